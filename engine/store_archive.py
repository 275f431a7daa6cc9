"""Sessions and their turns on disk: texts packed, terms searchable, and how far each source was read."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import log
from typing import TYPE_CHECKING, Any, NamedTuple

from engrep.engine.db import Connection, only_row
from engrep.engine.memory_types import Session, Turn
from engrep.engine.packed import PackedError, inflate, squeeze
from engrep.indexers.text import terms

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Bytes of text that are packed together: on disk .32 of the text, against .43 turn by turn, .33 turn by turn with a shared
# dictionary and .31 with packs twice as large; one is unpacked in 0.11 ms.
PACK = 32 * 1024
# Rows that the terms of one question may bring together, the rarest terms first. With a million turns this takes 23 ms
# of CPU instead of 37 for all rows (95 of 100 questions), and the turn that a question was made of is among the first ten
# for .765 of 200 questions instead of .805; smaller archives are searched whole.
MOST_ROWS = 100_000
_CANDIDATES = 300  # turns whose lengths are looked at
_SATURATION, _LENGTH = 1.2, 0.6  # as BM25's k1 and b, for terms that count once a turn

_SESSION = "id, program, project, branch, started_at, ended_at, title, turns, source, rereads"
_TURN = "s.id, t.number, t.role, t.at, t.tool, t.path, t.pack_row, t.start, t.length"


@dataclass(frozen=True, slots=True)
class Watermark:
    """How far the source of a session was read."""

    size: int = 0
    changed: int = 0
    consumed: int = 0
    mark: str = ""
    state: str = "{}"


class PackedTurn(NamedTuple):
    """A turn as its row has it, and its distinct terms."""

    number: int
    role: str
    at: str
    tool: str
    path: str
    start: int
    length: int
    words: int
    distinct: str


class Pack(NamedTuple):
    """Successive turns with their texts deflated together."""

    texts: bytes
    turns: tuple[PackedTurn, ...]


def sessions(connection: Connection) -> list[Session]:
    """Return every session, the oldest first."""
    rows = connection.execute(f"SELECT {_SESSION} FROM session ORDER BY started_at, id").fetchall()
    return [_session(row) for row in rows]


def sessions_like(connection: Connection, beginning: str, limit: int) -> list[Session]:
    """Return the sessions whose ids begin so; the one that bears it whole comes first."""
    rows = connection.execute(
        f"SELECT {_SESSION} FROM session WHERE substr(id, 1, length(?)) = ? ORDER BY length(id), id LIMIT ?",
        (beginning, beginning, limit),
    ).fetchall()
    return [_session(row) for row in rows]


def _session(row: tuple[Any, ...]) -> Session:
    return Session(*row)


def turns_of(connection: Connection, session_id: str, after: int = 0, limit: int = -1) -> list[Turn]:
    """Return the turns of a session after a number, in order; a negative limit is none."""
    rows = connection.execute(
        f"SELECT {_TURN} FROM session s JOIN turn t ON t.session_row = s.row_id "
        "WHERE s.id = ? AND t.number > ? ORDER BY t.number LIMIT ?",
        (session_id, after, limit),
    ).fetchall()
    return [turn for _, turn in _unpacked(connection, ((0, row) for row in rows))]


def turns_by_row(connection: Connection, rows: Collection[int]) -> dict[int, Turn]:
    """Return turns by their rows."""
    found = connection.execute(
        f"SELECT t.row_id, {_TURN} FROM json_each(?) AS wanted JOIN turn t ON t.row_id = wanted.value "
        "JOIN session s ON s.row_id = t.session_row ORDER BY t.row_id",
        (json.dumps(list(rows)),),
    ).fetchall()
    return dict(_unpacked(connection, ((row[0], row[1:]) for row in found)))


def _unpacked(connection: Connection, rows: Iterable[tuple[Any, tuple[Any, ...]]]) -> Iterator[tuple[int, Turn]]:
    """Add the texts to rows of turns; those of one pack are neighbours, so each is unpacked once."""
    held, texts = -1, b""
    for row_id, row in rows:
        pack_row, start, length = (int(str(value)) for value in row[6:9])
        if pack_row != held:
            packed = only_row(connection, "SELECT texts FROM turn_pack WHERE row_id = ?", (pack_row,))[0]
            held, texts = pack_row, inflate(packed)
        if start + length > len(texts):
            message = f"the texts of turn {row_id}: shorter than they were"
            raise PackedError(message)
        text = texts[start : start + length].decode("utf-8", "replace")
        yield row_id, Turn(str(row[0]), int(str(row[1])), str(row[2]), str(row[3]), text, str(row[4]), str(row[5]))


def turn_matches(connection: Connection, words: Collection[str], limit: int) -> list[tuple[int, float]]:
    """Return (row, score) of the turns that hold any of the terms, best first; the higher the better.

    A term counts once a turn, by its rarity; short turns before long ones. What very common terms alone would bring is
    left out, so that a question costs the same in a large archive.
    """
    total = int(connection.execute("SELECT count(*) FROM turn").get or 0)
    chosen: list[tuple[str, float]] = []
    allowed = MOST_ROWS
    for word, held in sorted(_frequencies(connection, words).items(), key=lambda item: (item[1], item[0])):
        if chosen and held > allowed:
            break
        chosen.append((word, log(1 + (total - held + 0.5) / (held + 0.5))))
        allowed -= held
    if not chosen:
        return []
    average = float(connection.execute("SELECT avg(words) FROM (SELECT words FROM turn LIMIT 1000)").get or 1)
    return _best(connection, chosen, average, limit)


def _frequencies(connection: Connection, words: Collection[str]) -> dict[str, int]:
    """Count the turns that hold each term; terms that none holds are left out."""
    rows = connection.execute(
        "SELECT v.term, v.doc FROM json_each(?) AS wanted JOIN turn_vocabulary v ON v.term = wanted.value",
        (json.dumps(list(dict.fromkeys(words))),),
    )
    return dict(rows)


def _best(
    connection: Connection, chosen: Sequence[tuple[str, float]], average: float, limit: int
) -> list[tuple[int, float]]:
    """Add up the weights of the terms that each turn holds, and put the best in order by their length too."""
    import numpy as np

    found = [(rows, weight) for term, weight in chosen if len(rows := _rows_with(connection, term))]
    if not found:
        return []
    weights = np.zeros(max(int(rows.max()) for rows, _ in found) + 1, np.float32)
    for rows, weight in found:
        weights[rows] += weight
    held = np.flatnonzero(weights)
    candidates = max(4 * limit, _CANDIDATES)
    if len(held) > candidates:
        held = held[weights[held] >= np.partition(weights[held], -candidates)[-candidates]]
    heaviest = held[np.lexsort((held, -weights[held]))][: 2 * candidates].tolist()
    lengths = dict(
        connection.execute(
            "SELECT t.row_id, t.words FROM json_each(?) AS wanted JOIN turn t ON t.row_id = wanted.value",
            (json.dumps(heaviest),),
        )
    )
    scored = [(row, float(weights[row]) / _damping(lengths[row] / average)) for row in heaviest if row in lengths]
    return sorted(scored, key=lambda item: (-item[1], item[0]))[:limit]


def _damping(length: float) -> float:
    return (1.0 + _SATURATION * (1.0 - _LENGTH + _LENGTH * length)) / (1.0 + _SATURATION)


def _rows_with(connection: Connection, term: str) -> NDArray[np.int64]:
    """Return the turns that hold a term; one text of them all is read faster than so many rows."""
    import numpy as np

    quoted = '"' + term.replace('"', '""') + '"'
    joined = connection.execute("SELECT group_concat(rowid, ' ') FROM turn_fts WHERE turn_fts MATCH ?", (quoted,)).get
    return np.fromstring(joined or "", np.int64, sep=" ")


def count_turns(connection: Connection) -> int:
    """Return how many turns are kept."""
    return int(only_row(connection, "SELECT count(*) FROM turn")[0])


def watermark_of(connection: Connection, session_id: str) -> Watermark | None:
    """Return how far the source of a session was read, None when it is not known."""
    row = connection.execute(
        "SELECT size, changed, consumed, mark, state FROM session WHERE id = ?", (session_id,)
    ).fetchone()
    return None if row is None else Watermark(*row)


def is_read(connection: Connection, source: str, size: int, changed: int) -> bool:
    """Tell whether a file was read to its end as it is now."""
    row = connection.execute(
        "SELECT 1 FROM session WHERE source = ? AND size = ? AND changed = ?", (source, size, changed)
    ).fetchone()
    return row is not None


def append(
    connection: Connection,
    session: Session,
    packs: Sequence[Pack],
    watermark: Watermark,
    *,
    before: Watermark | None,
    afresh: bool,
) -> bool:
    """Add turns to a session, and how far that takes it; False, and nothing is done, when another process was there first.

    `before` is the watermark that they follow; `afresh` drops the turns that the session had.
    """
    if watermark_of(connection, session.id) != before:
        return False
    if afresh:
        _clear(connection, session.id)
    values = (session.program, session.project, session.branch, session.started_at, session.ended_at, session.title,
              session.turns, session.rereads, session.source, watermark.size, watermark.changed, watermark.consumed,
              watermark.mark, watermark.state)  # fmt: skip
    row = only_row(
        connection,
        "INSERT INTO session (id, program, project, branch, started_at, ended_at, title, turns, rereads, source, size, "
        "changed, consumed, mark, state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET "
        "(program, project, branch, started_at, ended_at, title, turns, rereads, source, size, changed, consumed, mark, "
        "state) = (excluded.program, excluded.project, excluded.branch, excluded.started_at, excluded.ended_at, "
        "excluded.title, excluded.turns, excluded.rereads, excluded.source, excluded.size, excluded.changed, "
        "excluded.consumed, excluded.mark, excluded.state) RETURNING row_id",
        (session.id, *values),
    )[0]
    for packed in packs:
        _write_pack(connection, row, packed)
    return True


def _clear(connection: Connection, session_id: str) -> None:
    """Drop the turns of a session."""
    of_session = "FROM turn WHERE session_row = (SELECT row_id FROM session WHERE id = ?)"
    connection.execute(f"DELETE FROM turn_fts WHERE rowid IN (SELECT row_id {of_session})", (session_id,))
    connection.execute(f"DELETE FROM turn_pack WHERE row_id IN (SELECT pack_row {of_session})", (session_id,))
    connection.execute(f"DELETE {of_session}", (session_id,))


def pack(turns: Sequence[Turn]) -> list[Pack]:
    """Make turns ready to be written: texts together and deflated, terms taken; no database is needed for it."""
    return [Pack(squeeze(b"".join(data for _, data in group)), tuple(_packed(group))) for group in _groups(turns)]


def _groups(turns: Sequence[Turn]) -> Iterator[list[tuple[Turn, bytes]]]:
    """Put successive turns together until they fill a pack."""
    group: list[tuple[Turn, bytes]] = []
    size = 0
    for turn in turns:
        data = turn.text.encode("utf-8", "replace")
        if group and size + len(data) > PACK:
            yield group
            group, size = [], 0
        group.append((turn, data))
        size += len(data)
    if group:
        yield group


def _packed(group: Sequence[tuple[Turn, bytes]]) -> Iterator[PackedTurn]:
    start = 0
    for turn, data in group:
        words = terms(f"{turn.text} {turn.tool} {turn.path}")
        distinct = " ".join(dict.fromkeys(words))
        yield PackedTurn(turn.number, turn.role, turn.at, turn.tool, turn.path, start, len(data), len(words), distinct)
        start += len(data)


def _write_pack(connection: Connection, session_row: int, packed: Pack) -> None:
    pack_row = only_row(connection, "INSERT INTO turn_pack (texts) VALUES (?) RETURNING row_id", (packed.texts,))[0]
    for turn in packed.turns:
        row_id = only_row(
            connection,
            "INSERT INTO turn (session_row, pack_row, number, role, at, tool, path, start, length, words) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING row_id",
            (session_row, pack_row, *turn[:-1]),
        )[0]
        connection.execute("INSERT INTO turn_fts (rowid, text) VALUES (?, ?)", (row_id, turn.distinct))
