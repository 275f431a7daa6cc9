"""What pages of memories ask: the rows that fit some filters, the newest first, how many there are, and what is stale."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from engrep.engine.db import Connection, only_row


class Filters(NamedTuple):
    """Which memories are meant; '' and None leave a filter out."""

    status: str = ""
    kind: str = ""
    scope: str = ""
    pinned: bool = False
    terms: tuple[str, ...] = ()  # all of them, normalised
    rows: frozenset[int] | None = None  # none but these
    without: frozenset[int] = frozenset()  # none of these
    elsewhere: frozenset[str] = frozenset()  # none of these branches


def _where(filters: Filters) -> tuple[str, list[str | int]]:
    """Return the condition of some filters, and its values."""
    given: list[tuple[str, str | int]] = [
        (f"{name} = ?", value)
        for name, value in (("status", filters.status), ("kind", filters.kind), ("scope", filters.scope))
        if value
    ]
    if filters.pinned:
        given.append(("pinned = ?", 1))
    if filters.terms:
        every = " AND ".join('"' + term.replace('"', '""') + '"' for term in filters.terms)
        given.append(("row_id IN (SELECT rowid FROM memory_fts WHERE memory_fts MATCH ?)", every))
    if filters.rows is not None:
        given.append(("row_id IN (SELECT value FROM json_each(?))", json.dumps(sorted(filters.rows))))
    if filters.without:
        given.append(("row_id NOT IN (SELECT value FROM json_each(?))", json.dumps(sorted(filters.without))))
    if filters.elsewhere:
        told = json.dumps(sorted(filters.elsewhere))
        given.append(("NOT (scope = 'branch' AND place IN (SELECT value FROM json_each(?)))", told))
    return " AND ".join(condition for condition, _ in given) or "1", [value for _, value in given]


def newest_rows(connection: Connection, filters: Filters, before: int | None, limit: int) -> list[tuple[int, str]]:
    """Return (row, when it was made) of the memories that fit, the newest first, of those that came before a row."""
    where, values = _where(filters)
    # The index of statuses would find all that fit and sort them, 31 ms of 100,000; the rows are in order, and a page ends soon.
    where = where.replace("status = ?", "+status = ?")
    if before is not None:
        where, values = f"{where} AND row_id < ?", [*values, before]
    rows = connection.execute(
        f"SELECT row_id, created_at FROM memory WHERE {where} ORDER BY row_id DESC LIMIT ?", [*values, limit]
    )
    return [(int(str(row[0])), str(row[1])) for row in rows]


def count_memories(connection: Connection, filters: Filters) -> int:
    """Count the memories that fit."""
    where, values = _where(filters)
    return int(only_row(connection, f"SELECT count(*) FROM memory WHERE {where}", tuple(values))[0])


def count_by_status(connection: Connection) -> Counter[str]:
    """Count the memories of each status."""
    return Counter(dict(connection.execute("SELECT status, count(*) FROM memory GROUP BY status")))


def branches_named(connection: Connection) -> set[str]:
    """Return the branches that memories belong to."""
    return {str(row[0]) for row in connection.execute("SELECT DISTINCT place FROM memory WHERE scope = 'branch'")}


def rows_wholly_at(connection: Connection, keys: Collection[str]) -> frozenset[int]:
    """Return the memories, by row, all of whose places have one of these keys."""
    found = rows_with_anchors(connection, keys)
    sql = "SELECT memory_row, count(*) FROM anchor WHERE memory_row IN (SELECT value FROM json_each(?)) GROUP BY memory_row"
    counts = connection.execute(sql, (json.dumps(sorted(found)),))
    return frozenset(int(str(row)) for row, count in counts if len(found[int(str(row))]) == count)


def pairs_in_conflict(connection: Connection) -> dict[str, tuple[str, ...]]:
    """Return the memories that wait for a decision, each with those that it may contradict."""
    from engrep.engine.store_claims import conflicts

    pairs: dict[str, tuple[str, ...]] = {}
    for later, earlier in conflicts(connection):
        pairs[later] = (*pairs.get(later, ()), earlier)
    return pairs


def proposed_ids(connection: Connection) -> list[str]:
    """Return the ids of the proposals, the oldest first."""
    rows = connection.execute("SELECT id FROM memory WHERE status = 'proposed' ORDER BY row_id")
    return [str(row[0]) for row in rows]


def count_proposals(connection: Connection, memory_ids: Collection[str]) -> int:
    """Count the proposals among some memories."""
    sql = "SELECT count(*) FROM json_each(?) AS wanted JOIN memory m ON m.id = wanted.value WHERE m.status = 'proposed'"
    return int(only_row(connection, sql, (json.dumps(sorted(memory_ids)),))[0])


def states_of_anchors(connection: Connection) -> dict[str, str]:
    """Return the state that the last index run found of each anchor, by its key; of those that do not stand as they were."""
    rows = connection.execute("SELECT anchor, state FROM followed WHERE state != 'fresh'")
    return {str(row[0]): str(row[1]) for row in rows}


def rows_with_anchors(connection: Connection, keys: Collection[str]) -> Mapping[int, Sequence[str]]:
    """Return the memories, by row, that are tied to a place of one of these keys, with those keys.

    A key is what `store_follow.anchor_key` makes; made of the bare columns it takes 0.12 s of 100,000 anchors, and 0.60 s
    of anchors as values.
    """
    found: dict[int, list[str]] = {}
    if not keys:
        return found
    rows = connection.execute(
        "SELECT memory_row, kind || char(0) || qualified_name || char(0) || path || char(0) || signature_hash || char(0) "
        "|| body_hash FROM anchor"
    )
    for row, said in rows:
        key = hashlib.blake2b(str(said).encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()
        if key in keys:
            found.setdefault(int(str(row)), []).append(key)
    return found
