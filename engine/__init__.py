"""State and ranking: the stores, ingest, edges, lanes, fusion, namesakes, and the one façade, `Memory`."""
