"""The baseline of full text: SQLite's own BM25 over windows of lines, its own tokeniser, no idea of code.

It shares nothing with engrep's stores, so that what is wrong there cannot be wrong here as well.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import apsw

from engrep.eval.cases import Found, Prepared
from engrep.eval.systems.code import chosen
from engrep.eval.systems.files import indexed_files

WINDOW = 40  # lines; half a screen, about what engrep's chunks hold at most
MOST_WORDS = 200  # of a question: an issue may have thousands, and SQLite's expressions have a limit


@dataclass(frozen=True, slots=True)
class Bm25:
    """`bm25`."""

    name: str = "bm25"

    @contextmanager
    def open(self, root: Path, state: Path) -> Iterator[Bm25Index]:
        """Begin with a folder."""
        folder = state / self.name
        folder.mkdir(parents=True, exist_ok=True)
        with closing(apsw.Connection(str(folder / "windows.db"))) as connection:
            yield Bm25Index(root, connection)


@dataclass(frozen=True, slots=True)
class Bm25Index:
    """The windows of one folder's files."""

    root: Path
    connection: apsw.Connection

    def update(self) -> Prepared:
        """Read all files anew."""
        started = time.perf_counter()
        files = n_lines = 0
        with self.connection as database:
            database.execute("DROP TABLE IF EXISTS piece")
            database.execute(
                "CREATE VIRTUAL TABLE piece USING fts5(text, path UNINDEXED, line UNINDEXED, tokenize = 'unicode61')"
            )
            for file, data in indexed_files(self.root):
                lines = data.decode("utf-8", "replace").split("\n")
                files, n_lines = files + 1, n_lines + len(lines)
                windows = (
                    ("\n".join(lines[start : start + WINDOW]), file.path, start + 1)
                    for start in range(0, len(lines), WINDOW)
                )
                database.executemany("INSERT INTO piece (text, path, line) VALUES (?, ?, ?)", windows)
        seconds = time.perf_counter() - started
        return Prepared(seconds, files, n_lines, Path(self.connection.filename).stat().st_size)

    def search(self, query: str, *, limit: int, from_file: str | None, per_symbol: bool) -> Sequence[Found]:
        """Rank the windows that hold any word of the question."""
        del from_file
        words = list(dict.fromkeys(re.findall(r"\w+", query)))[:MOST_WORDS]
        if not words:
            return []
        rows = self.connection.execute(
            "SELECT path, line, text, bm25(piece) FROM piece WHERE piece MATCH ? ORDER BY bm25(piece), rowid",
            (" OR ".join(f'"{word}"' for word in words),),
        )
        ranked = (
            Found(str(path), line, line + text.count("\n"), score=-score, text=text) for path, line, text, score in rows
        )
        return chosen(ranked, limit, per_symbol=per_symbol)
