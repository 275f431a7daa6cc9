"""Full-text search over records as SQLite has it, with nothing of engrep's own: the floor under every memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import apsw

from engrep.eval.systems.records import Record


class Bm25:
    """FTS5's own bm25 with its default tokenizer, text and names as two columns of one weight."""

    def __init__(self, records: Sequence[Record]) -> None:
        self._connection = apsw.Connection(":memory:")
        self._connection.execute("CREATE VIRTUAL TABLE record USING fts5(text, names)")
        rows = [(at, each.text, "\n".join(each.names)) for at, each in enumerate(records)]
        self._connection.executemany("INSERT INTO record (rowid, text, names) VALUES (?, ?, ?)", rows)

    def rank(self, words: Iterable[str]) -> list[tuple[int, float]]:
        """Return place and score of all records that hold one of the words, best first."""
        match = " OR ".join(f'"{word}"' for word in words)
        if not match:
            return []
        query = "SELECT rowid, -bm25(record) FROM record WHERE record MATCH ? ORDER BY bm25(record), rowid"
        return [(int(at), float(score)) for at, score in self._connection.execute(query, (match,))]
