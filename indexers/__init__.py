"""Text in, facts out: walk, languages, code facts, chunks. Nothing here opens a database or loads a model."""
