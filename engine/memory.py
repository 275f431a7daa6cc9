"""The one façade: everything engrep can do for a root, as plain verbs.

    with Memory.open("path/to/repository") as memory:
        memory.index()
        for hit in memory.search("where do we retry failed payments").hits:
            print(hit.path, hit.start_line, hit.qualified_name)

A `Memory` may be shared between threads; it never prints and opens its files only when they are needed.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from types import TracebackType
from typing import Self

from engrep.engine import ingest, search, store
from engrep.engine.embed import default_embedder
from engrep.engine.errors import NotIndexedError
from engrep.engine.lanes import LANES
from engrep.engine.places import code_database, find_root
from engrep.engine.types import IndexReport, Search


class Memory:
    """The code index of one root."""

    def __init__(self, root: Path, database: Path) -> None:
        self.root = root
        self._code = store.open_code(database)

    @classmethod
    def open(cls, root: str | Path | None = None, *, home: Path | None = None) -> Self:
        """Open the memory of a root; without one, of the enclosing repository or indexed folder."""
        found = find_root(root)
        return cls(found, code_database(found, home))

    def index(self, *, full: bool = False, jobs: int | None = None, progress: ingest.Progress | None = None) -> IndexReport:
        """Bring the code index up to date; `full` makes it anew."""
        return ingest.index(self._code, self.root, full=full, jobs=jobs, progress=progress)

    def search(
        self,
        query: str,
        *,
        limit: int = 10,
        from_file: str | None = None,
        path: str | None = None,
        language: str | None = None,
        kind: str | None = None,
        lanes: Collection[str] | None = None,
        per_symbol: bool | None = None,
    ) -> Search:
        """Return the places in the code that answer a question."""
        wanted = search.Wanted(limit, from_file, path, language, kind, tuple(lanes) if lanes else LANES, per_symbol)
        with self._code.reading() as connection:
            if not store.is_indexed(connection):
                message = f"{self.root} is not indexed yet: run `engrep index`"
                raise NotIndexedError(message)
            return search.search(connection, self.root, query, wanted, default_embedder())

    def close(self) -> None:
        """Close the databases."""
        self._code.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()
