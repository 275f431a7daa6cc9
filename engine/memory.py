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
from typing import TYPE_CHECKING, Self

from engrep.engine import places, store
from engrep.engine.browse_verbs import BrowseVerbs
from engrep.engine.choice import Choice
from engrep.engine.distil_verbs import DistilVerbs
from engrep.engine.dump_verbs import DumpVerbs
from engrep.engine.embed import EmbedderOf
from engrep.engine.graph_verbs import GraphVerbs
from engrep.engine.memory_vectors import MemoryVectors
from engrep.engine.past import PastCommits
from engrep.engine.past_verbs import PastVerbs
from engrep.engine.state_verbs import StateVerbs
from engrep.engine.store_memory import open_memories
from engrep.engine.store_readings import open_readings
from engrep.engine.store_vectors import open_vectors
from engrep.engine.types import Check, IndexReport, Search
from engrep.indexers.text import readable

if TYPE_CHECKING:
    from engrep.engine.embed_cost import Agree
    from engrep.engine.ingest import Progress
    from engrep.engine.second_stage import SecondStage
    from engrep.engine.secrets_kept import Leak
    from engrep.engine.warm import SignBits


# Each verb imports what it needs when it is called: a cold search must not wait for the parser and the resolver.


class Memory(GraphVerbs, DumpVerbs, PastVerbs, DistilVerbs, StateVerbs, BrowseVerbs):
    """The code index of one root, and what is remembered of it."""

    def __init__(
        self,
        root: Path,
        home: Path | None = None,
        embedder: EmbedderOf | str | None = None,
        trust: float | None = None,
        second_stage: EmbedderOf | str | None = None,
    ) -> None:
        self.root = root
        self._choice = Choice(embedder, home, trust)
        self._code = store.open_code(places.code_database(root, home))
        self._vectors = open_vectors(places.vector_database(root, home))
        self._project = open_memories(places.memory_database(root, home))
        self._user = open_memories(places.user_database(home))
        self._like_project = MemoryVectors(self._vectors)
        self._like_user = MemoryVectors(open_vectors(places.vectors_beside(self._user.path)))
        self._readings = open_readings(places.reading_database(root, home))
        self._past = PastCommits.of(root, home)
        self._signs: SignBits | None = None
        self._second_choice, self._home = second_stage, home
        self._second: SecondStage | None = None

    @classmethod
    def open(
        cls,
        root: str | Path | None = None,
        *,
        home: Path | None = None,
        embedder: EmbedderOf | str | None = None,
        trust: float | None = None,
        second_stage: EmbedderOf | str | None = None,
    ) -> Self:
        """Open the memory of a root; without one, of the enclosing repository or indexed folder.

        `embedder` is a choice as `--embedder` takes it, or a function that gives a model, or None for none; it travels to
        worker processes, so it must be one of a module. Without it the environment decides, or what the index was made
        with. `trust` in it overrides what was measured. `second_stage` is a choice of the same kind: a model that looks at
        the best places once more; without it ENGREP_SECOND_STAGE decides, and usually there is none.

        Raises:
            UsageError: the root is no folder, or the choice names nothing.

        """
        return cls(places.find_root(root, home), home, embedder, trust, second_stage)

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
        if progress is not None:
            progress("history", 0, 0)
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
        may_be_new: bool = False,
    ) -> Search:
        """Return the places in the code that answer a question; `without` names parts that are switched off.

        `may_be_new` takes a `from_file` that is not there, as one that is being written.

        Raises:
            UsageError: there is no such lane, part, language, kind or file to ask from.

        """
        from engrep.engine import search
        from engrep.engine.parts import switched_off
        from engrep.engine.second_stage import SecondStage
        from engrep.engine.warm import SignBits

        off = switched_off(lanes, without)
        wanted = search.Wanted(limit, self._relative(from_file), path, language, kind, off, per_symbol, may_be_new)
        signs = self._signs = self._signs or SignBits()
        second = self._second = self._second or SecondStage(self._second_choice, self._home, self._vectors)
        return self._asked(
            lambda connection: search.search(
                connection, self.root, readable(query), wanted, self._choice, signs.nearest, second
            )
        )

    def symbol(self, name: str, *, from_file: str | None = None, limit: int = 50) -> Search:
        """Return every symbol that a name may mean, best first; raises UsageError where there is no file to ask from."""
        from engrep.engine import search

        where = self._relative(from_file)
        return self._asked(lambda connection: search.symbol(connection, self.root, readable(name), where, limit))

    def doctor(self) -> tuple[Check, ...]:
        """Look over everything that engrep depends on; never raises for what it finds."""
        from engrep.engine import health

        background = health.background_check(places.spool_folder(self.root, self._home))
        return (
            *health.doctor(self._code, self.root, self._choice),
            self.memories_check(),
            self.past_check(),
            background,
        )

    def secrets(self) -> tuple[Leak, ...]:
        """Look through memories, events, turns, commits and the code index for secrets; return the places alone."""
        from engrep.engine.secrets_kept import leaks

        return tuple(leaks(self._present(), self._code, self._past.database, self._readings))

    def close(self) -> None:
        """Close the databases."""
        likes = (self._like_project, self._like_user)
        for each in (self._code, self._project, self._user, *likes, self._readings, self._past):
            each.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
