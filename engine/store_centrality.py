"""How central a file is: the most files that refer to one of its own top-level names.

Its own is a name of more than three letters that at most three files define.
"""

from __future__ import annotations

import json
from collections.abc import Collection

from engrep.engine.db import Connection


def refresh_all(connection: Connection) -> None:
    """Reckon how central every file is."""
    connection.execute(
        "WITH own AS (SELECT name_id FROM symbol GROUP BY name_id HAVING count(DISTINCT blob_id) <= 3), "
        "central AS (SELECT s.blob_id AS blob_id, max(n.uses) AS uses FROM symbol s JOIN own ON own.name_id = s.name_id "
        "JOIN name n ON n.id = s.name_id WHERE s.parent_id IS NULL AND length(n.text) > 3 GROUP BY s.blob_id) "
        "UPDATE blob SET centrality = coalesce((SELECT uses FROM central WHERE blob_id = blob.id), 0)",
    )


def refresh(connection: Connection, blob_ids: Collection[int]) -> None:
    """Reckon again how central some files are."""
    connection.execute(
        "WITH touched (id) AS (SELECT value FROM json_each(?)), "
        "borne AS MATERIALIZED (SELECT s.blob_id, s.name_id, n.uses FROM touched JOIN blob b ON b.id = touched.id "
        "JOIN symbol s ON s.id >= b.symbol_id AND s.id < b.symbol_id + b.symbols JOIN name n ON n.id = s.name_id "
        "WHERE s.parent_id IS NULL AND length(n.text) > 3), "
        "own AS (SELECT name_id FROM symbol WHERE name_id IN (SELECT name_id FROM borne) "
        "GROUP BY name_id HAVING count(DISTINCT blob_id) <= 3), "
        "central AS MATERIALIZED (SELECT blob_id, max(uses) AS uses FROM borne WHERE name_id IN own GROUP BY blob_id) "
        "UPDATE blob SET centrality = coalesce((SELECT uses FROM central WHERE blob_id = blob.id), 0) "
        "WHERE id IN (SELECT id FROM touched)",
        (json.dumps(sorted(blob_ids)),),
    )


def blobs_defining(connection: Connection, names: Collection[int], at_most: int) -> set[int]:
    """Return the files that define any of some names which at most so many files define."""
    rows = connection.execute(
        "WITH rare AS (SELECT name_id FROM symbol WHERE name_id IN (SELECT value FROM json_each(?)) "
        "GROUP BY name_id HAVING count(DISTINCT blob_id) <= ?) SELECT DISTINCT blob_id FROM symbol WHERE name_id IN rare",
        (json.dumps(sorted(names)), at_most),
    )
    return {row[0] for row in rows}
