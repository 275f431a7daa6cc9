"""The one façade: everything engrep can do for a root, as plain verbs.

    with Memory.open("path/to/repository") as memory:
        memory.index()
        for hit in memory.search("where do we retry failed payments").hits:
            print(hit.path, hit.start_line, hit.qualified_name)

A `Memory` may be shared between threads; it never prints and opens its files only when they are needed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from engrep.engine import places, store
from engrep.engine.choice import Choice
from engrep.engine.db import Connection
from engrep.engine.distil_verbs import DistilVerbs
from engrep.engine.dump_verbs import DumpVerbs
from engrep.engine.embed import EmbedderOf
from engrep.engine.errors import UsageError
from engrep.engine.memory_vectors import MemoryVectors
from engrep.engine.recall_verbs import RecallVerbs
from engrep.engine.rungs import DEFAULT_MIN_CONFIDENCE
from engrep.engine.store_memory import open_memories
from engrep.engine.store_vectors import open_vectors
from engrep.engine.types import Check, Edges, IndexReport, Search, SkippedFile, Status
from engrep.indexers.text import readable

if TYPE_CHECKING:
    from engrep.engine.embed_cost import Agree
    from engrep.engine.graph import Walk
    from engrep.engine.ingest import Progress
    from engrep.engine.secrets_kept import Leak
    from engrep.engine.warm import SignBits

    Verb = Callable[[Connection, str, Walk, str | None], Edges]

# Each verb imports what it needs when it is called: a cold search must not wait for the parser and the resolver.


class Memory(DumpVerbs, RecallVerbs, DistilVerbs):
    """The code index of one root, and what is remembered of it."""

    def __init__(
        self, root: Path, home: Path | None = None, embedder: EmbedderOf | str | None = None, trust: float | None = None
    ) -> None:
        self.root = root
        self._choice = Choice(embedder, home, trust)
        self._code = store.open_code(places.code_database(root, home))
        self._vectors = open_vectors(places.vector_database(root, home))
        self._project = open_memories(places.memory_database(root, home))
        self._user = open_memories(places.user_database(home))
        self._like_project = MemoryVectors(self._vectors)
        self._like_user = MemoryVectors(open_vectors(places.vectors_beside(self._user.path)))
        self._signs: SignBits | None = None

    @classmethod
    def open(
        cls,
        root: str | Path | None = None,
        *,
        home: Path | None = None,
        embedder: EmbedderOf | str | None = None,
        trust: float | None = None,
    ) -> Self:
        """Open the memory of a root; without one, of the enclosing repository or indexed folder.

        `embedder` is a choice as `--embedder` takes it, or a function that gives a model, or None for none; it travels to
        worker processes, so it must be one of a module. Without it the environment decides, or what the index was made
        with. `trust` in it overrides what was measured.

        Raises:
            UsageError: the root is no folder, or the choice names nothing.

        """
        return cls(places.find_root(root, home), home, embedder, trust)

    def index(
        self,
        *,
        full: bool = False,
        jobs: int | None = None,
        progress: Progress | None = None,
        agree: Agree | None = None,
    ) -> IndexReport:
        """Bring the code index up to date; `full` makes it anew.

        `agree` is asked before much text is sent to an embedding server; without it that is an error.

        Raises:
            UsageError: nobody agreed, so that only the vectors are missing; or the environment names no embedder.

        """
        from engrep.engine import ingest

        self._before_run()
        chosen = self._choice.to_index(store.named_embedder(self._code))
        wish = ingest.Wish(full, jobs, chosen.spec, agree)
        report = ingest.index(self._code, self._vectors, self.root, chosen.embedder_of, wish, progress)
        self._after_run()
        return report

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
        without: Collection[str] = (),
    ) -> Search:
        """Return the places in the code that answer a question; `without` names parts that are switched off.

        Raises:
            UsageError: a lane or part is none of those in parts.py.

        """
        from engrep.engine import search
        from engrep.engine.parts import switched_off
        from engrep.engine.warm import SignBits

        off = switched_off(lanes, without)
        wanted = search.Wanted(limit, self._relative(from_file), path, language, kind, off, per_symbol)
        signs = self._signs = self._signs or SignBits()
        return self._asked(
            lambda connection: search.search(
                connection, self.root, readable(query), wanted, self._choice, signs.nearest
            )
        )

    def symbol(self, name: str, *, from_file: str | None = None, limit: int = 50) -> Search:
        """Return every symbol that a name may mean, best first."""
        from engrep.engine import search

        where = self._relative(from_file)
        return self._asked(lambda connection: search.symbol(connection, self.root, readable(name), where, limit))

    def callers(
        self,
        name: str,
        *,
        depth: int = 1,
        min_confidence: float = DEFAULT_MIN_CONFIDENCE,
        limit: int = 100,
        from_file: str | None = None,
    ) -> Edges:
        """Return who calls a symbol.

        Raises:
            NotFoundError: nothing in the index bears the name.

        """
        from engrep.engine import graph

        return self._walked(graph.callers, name, graph.Walk(depth, min_confidence, limit), from_file)

    def callees(
        self,
        name: str,
        *,
        depth: int = 1,
        min_confidence: float = DEFAULT_MIN_CONFIDENCE,
        limit: int = 100,
        from_file: str | None = None,
    ) -> Edges:
        """Return what a symbol calls; raises as `callers`."""
        from engrep.engine import graph

        return self._walked(graph.callees, name, graph.Walk(depth, min_confidence, limit), from_file)

    def implementations(
        self,
        name: str,
        *,
        depth: int = 3,
        min_confidence: float = DEFAULT_MIN_CONFIDENCE,
        limit: int = 100,
        from_file: str | None = None,
    ) -> Edges:
        """Return the types derived from a type, or the overrides of a method; raises as `callers`."""
        from engrep.engine import graph

        return self._walked(graph.implementations, name, graph.Walk(depth, min_confidence, limit), from_file)

    def impact(
        self,
        name: str | None = None,
        *,
        diff: str | None = None,
        depth: int = 5,
        min_confidence: float = DEFAULT_MIN_CONFIDENCE,
        limit: int = 200,
        from_file: str | None = None,
    ) -> Edges:
        """Return what a change may reach: of one symbol, or of everything changed since a git revision.

        Raises:
            UsageError: neither or both are given, or git does not know the revision.
            NotFoundError: nothing in the index bears the name.

        """
        if (name is None) == (diff is None):
            message = "give either a symbol's name or a git revision to compare with"
            raise UsageError(message)
        from engrep.engine import graph

        walk = graph.Walk(depth, min_confidence, limit)
        if diff is not None:
            return self._asked(lambda connection: graph.impact_of_diff(connection, self.root, diff, walk))
        return self._walked(graph.impact, name or "", walk, from_file)

    def status(self) -> Status:
        """Return what is indexed, and how far the work tree has moved on."""
        from engrep.engine import health

        return health.status(self._code, self.root, self._choice)

    def skipped(self) -> tuple[SkippedFile, ...]:
        """Return the files that are not in the index, with the reasons."""
        return self._asked(
            lambda connection: tuple(
                SkippedFile(path, row[0]) for path, row in sorted(store.skipped(connection).items())
            )
        )

    def doctor(self) -> tuple[Check, ...]:
        """Look over everything that engrep depends on; never raises for what it finds."""
        from engrep.engine import health

        return (*health.doctor(self._code, self.root, self._choice), self.memories_check())

    def secrets(self) -> tuple[Leak, ...]:
        """Look through memories, events, turns and the code index for secrets; return the places, never what stands there."""
        from engrep.engine.secrets_kept import leaks

        return tuple(leaks(self._present(), self._code))

    def close(self) -> None:
        """Close the databases."""
        for each in (self._code, self._project, self._user, self._like_project, self._like_user):
            each.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _walked(self, verb: Verb, name: str, walk: Walk, from_file: str | None) -> Edges:
        where = self._relative(from_file)
        return self._asked(lambda connection: verb(connection, readable(name), walk, where))
