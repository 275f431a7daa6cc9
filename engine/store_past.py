"""What recall and search ask of the past commits."""

from __future__ import annotations

import json
from array import array
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engrep.engine.db import Connection, only_row
from engrep.engine.packed import PackedError, inflate

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Past:
    """A commit that explains something."""

    row: int
    id: str
    at: int  # seconds since 1970
    message: str
    paths: tuple[str, ...]  # as they were called then; none where it touched very many
    touched: int

    @property
    def subject(self) -> str:
        """The first line of the message."""
        return self.message.partition("\n")[0]

    @property
    def text(self) -> str:
        """What it says."""
        return self.message


def frequencies(connection: Connection, terms: Iterable[str]) -> dict[str, int]:
    """Count the commits whose messages hold each term; terms that none holds are left out."""
    rows = connection.execute(
        "SELECT v.term, v.doc FROM json_each(?) AS wanted JOIN message_vocabulary v ON v.term = wanted.value",
        (json.dumps(list(terms)),),
    )
    return dict(rows)


def told(connection: Connection) -> int:
    """Return how many commits explain something."""
    return int(only_row(connection, "SELECT count(*) FROM message_fts_docsize")[0])


def rows_with(connection: Connection, term: str) -> NDArray[np.int64]:
    """Return the commits whose messages hold a term; one text of them all is read faster than so many rows."""
    import numpy as np

    quoted = '"' + term.replace('"', '""') + '"'
    joined = connection.execute(
        "SELECT group_concat(rowid, ' ') FROM message_fts WHERE message_fts MATCH ?", (quoted,)
    ).get
    return np.fromstring(joined or "", np.int64, sep=" ")


def lengths(connection: Connection, rows: Iterable[int]) -> dict[int, int]:
    """Return how many terms the messages of commits have."""
    found = connection.execute(
        "SELECT c.row_id, c.words FROM json_each(?) AS wanted JOIN git_commit c ON c.row_id = wanted.value",
        (json.dumps(list(rows)),),
    )
    return dict(found)


def mean_length(connection: Connection) -> float:
    """Return about how many terms a message has."""
    found = connection.execute("SELECT avg(words) FROM (SELECT words FROM git_commit WHERE words > 0 LIMIT 2000)").get
    return float(found or 1.0)


def path_texts(connection: Connection, rows: Iterable[int]) -> dict[int, str]:
    """Return paths by their rows."""
    found = connection.execute(
        "SELECT p.row_id, p.text FROM json_each(?) AS wanted JOIN path p ON p.row_id = wanted.value",
        (json.dumps(list(rows)),),
    )
    return dict(found)


def path_rows(connection: Connection, paths: Iterable[str]) -> dict[str, int]:
    """Return the rows of paths; those that no commit touched are left out."""
    found = connection.execute(
        "SELECT p.text, p.row_id FROM json_each(?) AS wanted JOIN path p ON p.text = wanted.value",
        (json.dumps(list(paths)),),
    )
    return dict(found)


def former(connection: Connection, path_row: int) -> list[tuple[int, int]]:
    """Return from which paths a file moved to this one, each with the commit that moved it."""
    rows = connection.execute("SELECT old_row, commit_row FROM renamed WHERE new_row = ?", (path_row,))
    return [(row[0], row[1]) for row in rows]


def touching(connection: Connection, path_rows_: Collection[int]) -> list[int]:
    """Return the commits that touched one of some paths and explain something, the newest first."""
    rows = connection.execute(
        "SELECT DISTINCT c.row_id, c.at FROM json_each(?) AS wanted JOIN touch t ON t.path_row = wanted.value "
        "JOIN git_commit c ON c.row_id = t.commit_row WHERE c.length > 0 ORDER BY c.at DESC, c.row_id",
        (json.dumps(list(path_rows_)),),
    )
    return [row[0] for row in rows]


def commits_by_row(connection: Connection, rows: Collection[int]) -> list[Past]:
    """Return commits that explain something, the newest first."""
    found = connection.execute(
        "SELECT c.pack_row, c.row_id, c.id, c.at, c.start, c.length, c.paths, c.touched FROM json_each(?) AS wanted "
        "JOIN git_commit c ON c.row_id = wanted.value WHERE c.length > 0 ORDER BY c.pack_row",
        (json.dumps(list(rows)),),
    ).fetchall()
    texts = path_texts(connection, {path for row in found for path in array("I", _bytes(row[6]))})
    held, packed, past = -1, b"", []
    for row in found:
        pack_row, row_id, at, start, length, touched = (int(str(row[each])) for each in (0, 1, 3, 4, 5, 7))
        if pack_row != held:
            held = pack_row
            packed = inflate(only_row(connection, "SELECT texts FROM message_pack WHERE row_id = ?", (pack_row,))[0])
        if start + length > len(packed):
            message = f"the message of commit {_bytes(row[2]).hex()}: shorter than it was"
            raise PackedError(message)
        said = packed[start : start + length].decode("utf-8", "replace")
        paths = tuple(texts[path] for path in array("I", _bytes(row[6])) if path in texts)
        past.append(Past(row_id, _bytes(row[2]).hex(), at, said, paths, touched))
    return sorted(past, key=lambda commit: (-commit.at, commit.id))


def rows_by_id(connection: Connection, ids: Iterable[str]) -> dict[str, int]:
    """Return the rows of commits by their ids."""
    from engrep.engine.store_history import number_of

    numbers = {number_of(each): each for each in ids}
    rows = connection.execute(
        "SELECT c.number, c.row_id FROM json_each(?) AS wanted JOIN git_commit c ON c.number = wanted.value",
        (json.dumps(list(numbers)),),
    )
    return {numbers[row[0]]: row[1] for row in rows}


def _bytes(value: Any) -> bytes:
    return value if isinstance(value, bytes) else b""
