"""What memories claim, how they are worded, which of them clash, and how far sessions were distilled: rows beside them."""

from __future__ import annotations

from collections.abc import Collection

from engrep.engine.db import Connection
from engrep.engine.memory_types import Entry
from engrep.indexers.claims import Claim
from engrep.indexers.slots import claims_of, wording

_LIVING = "memory.status IN ('active', 'proposed')"


def write_claims(connection: Connection, row_id: int, entry: Entry) -> None:
    """Write what a memory claims now, and the hash of its words."""
    connection.execute("DELETE FROM claim WHERE memory_row = ?", (row_id,))
    connection.executemany(
        "INSERT INTO claim VALUES (?, ?, ?, ?, ?, ?)",
        [
            (row_id, number, claim.slot, claim.value, int(claim.is_sole), int(claim.is_exclusive))
            for number, claim in enumerate(claims_of(entry.body, entry.slot))
        ],
    )
    connection.execute("INSERT OR REPLACE INTO wording VALUES (?, ?)", (row_id, wording(entry.body)))


def same_words(connection: Connection, said: str) -> list[int]:
    """Return the rows of the memories, of any status, that say something in these words."""
    rows = connection.execute("SELECT memory_row FROM wording WHERE said = ? ORDER BY memory_row", (said,))
    return [int(str(row[0])) for row in rows]


def rivals(
    connection: Connection, entry: Entry, slots: Collection[str], values: Collection[str]
) -> dict[int, list[Claim]]:
    """Return the claims of living memories in the same place that fill one of the slots or say one of the values."""
    marks = ", ".join("?" * len(slots)), ", ".join("?" * len(values))
    rows = connection.execute(
        "SELECT memory_row, claim.slot, value, is_sole, is_exclusive FROM claim "
        "JOIN memory ON memory.row_id = claim.memory_row "
        f"WHERE (claim.slot IN ({marks[0]}) OR value IN ({marks[1]})) AND {_LIVING} "
        "AND memory.subject = ? AND memory.scope = ? AND memory.place = ? AND memory.id != ? ORDER BY memory_row, number",
        (*slots, *values, entry.subject, entry.scope, entry.place, entry.id),
    )
    found: dict[int, list[Claim]] = {}
    for row_id, slot, value, is_sole, is_exclusive in rows:
        claim = Claim(str(slot), str(value), bool(is_sole), bool(is_exclusive))
        found.setdefault(int(str(row_id)), []).append(claim)
    return found


def add_conflict(connection: Connection, memory_id: str, other_id: str, at: str) -> None:
    """Keep for review that two memories may contradict each other."""
    connection.execute("INSERT OR IGNORE INTO conflict VALUES (?, ?, ?)", (memory_id, other_id, at))


def conflicts(connection: Connection) -> list[tuple[str, str]]:
    """Return the pairs of living memories that wait for a decision, the later one of each first."""
    rows = connection.execute(
        "SELECT conflict.memory_id, conflict.other_id FROM conflict "
        "CROSS JOIN memory ON memory.id = conflict.memory_id "  # few conflicts, many memories: begin with those
        "CROSS JOIN memory AS other ON other.id = conflict.other_id "
        f"WHERE {_LIVING} AND other.status IN ('active', 'proposed') ORDER BY conflict.at, memory.row_id, other.row_id"
    )
    return [(str(row[0]), str(row[1])) for row in rows]


def rivals_of(connection: Connection, memory_id: str) -> list[str]:
    """Return the ids of the living memories that one is in conflict with."""
    pairs = connection.execute(
        "SELECT other_id FROM conflict JOIN memory ON memory.id = other_id "
        f"WHERE memory_id = ?1 AND {_LIVING} UNION "
        "SELECT memory_id FROM conflict JOIN memory ON memory.id = memory_id "
        f"WHERE other_id = ?1 AND {_LIVING} ORDER BY 1",
        (memory_id,),
    )
    return [str(row[0]) for row in pairs]


def end_conflict(connection: Connection, one: str, other: str) -> None:
    """Say that two memories may stand beside each other."""
    connection.execute(
        "DELETE FROM conflict WHERE (memory_id = ?1 AND other_id = ?2) OR (memory_id = ?2 AND other_id = ?1)",
        (one, other),
    )


def watermark(connection: Connection, session: str, rereads: int) -> int:
    """Return the number of the last turn of a session that was distilled; 0 for none, or when it was read anew since."""
    row = connection.execute(
        "SELECT watermark FROM distilled WHERE session_id = ? AND rereads = ?", (session, rereads)
    ).fetchone()
    return int(str(row[0])) if row is not None else 0


def set_watermark(connection: Connection, session: str, rereads: int, turn: int, at: str) -> None:
    """Remember how far a session was distilled."""
    connection.execute("INSERT OR REPLACE INTO distilled VALUES (?, ?, ?, ?)", (session, turn, rereads, at))


def raise_watermark(connection: Connection, session: str, rereads: int, turn: int, at: str) -> None:
    """Remember how far a session was distilled elsewhere, where that is farther."""
    connection.execute(
        "INSERT INTO distilled VALUES (?, ?, ?, ?) ON CONFLICT (session_id) DO UPDATE SET "
        "(watermark, rereads, at) = (excluded.watermark, excluded.rereads, excluded.at) "
        "WHERE (excluded.rereads, excluded.watermark) > (rereads, watermark)",
        (session, turn, rereads, at),
    )


def watermarks(connection: Connection) -> list[tuple[str, int, int, str]]:
    """Return how far each session was distilled: its id, the last turn, how often it was read anew by then, when."""
    rows = connection.execute("SELECT session_id, watermark, rereads, at FROM distilled ORDER BY session_id")
    return [(row[0], row[1], row[2], row[3]) for row in rows]


def every_conflict(connection: Connection) -> list[tuple[str, str, str]]:
    """Return all pairs that were ever found to clash and that nobody decided, also of memories that hold no more."""
    rows = connection.execute("SELECT memory_id, other_id, at FROM conflict ORDER BY memory_id, other_id")
    return [(row[0], row[1], row[2]) for row in rows]


def cited_sessions(connection: Connection) -> set[str]:
    """Return the ids of the sessions that memories rest on."""
    return {row[0] for row in connection.execute("SELECT DISTINCT session FROM evidence")}
