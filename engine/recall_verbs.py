"""The verbs that bring memories back: recall, push, brief. `Memory` has them beside the others."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar

from engrep.engine.errors import EngrepError
from engrep.engine.follow_verbs import FollowVerbs

if TYPE_CHECKING:
    from engrep.engine.choice import Choice
    from engrep.engine.embed import StaticEmbedder
    from engrep.engine.memory_types import Entry
    from engrep.engine.memory_vectors import MemoryVectors
    from engrep.engine.past import PastCommits
    from engrep.engine.recall_types import Brief, Recall
    from engrep.engine.sources import Near, Sources
    from engrep.engine.standing import Standing
    from engrep.engine.types import Search

log = logging.getLogger(__name__)

Answer = TypeVar("Answer")
RECALL_BUDGET, PUSH_BUDGET, BRIEF_BUDGET = 2000, 200, 500  # tokens


class RecallVerbs(FollowVerbs):
    """What was remembered, said and written, where it applies."""

    _choice: Choice
    _like_project: MemoryVectors
    _like_user: MemoryVectors
    _past: PastCommits

    def recall(
        self,
        query: str,
        *,
        from_file: str | None = None,
        budget: int = RECALL_BUDGET,
        include_stale: bool = False,
        as_of: str | None = None,
        place: str = "",
        limit: int = 20,
        types: Sequence[str] | None = None,
    ) -> Recall:
        """Return what answers a question, best first, in `budget` tokens: memories, code, turns, commits, instructions.

        `as_of` is a date or a time: memories as they held then. `place` is the module that the asker stands in, where no
        `from_file` tells. `types` is what may answer, of memory, code, turn, instruction and commit; without it past
        commits do where the question asks why, or since when. Nothing comes back when nothing fits.

        Raises:
            UsageError: `as_of` is no date, or there is no such type.

        """
        from engrep.engine import recall
        from engrep.engine.lifecycle import among
        from engrep.engine.recall_commits import asks_why
        from engrep.engine.sources import TYPES, Wanted

        for each in types or ():
            among("type", each, TYPES)
        kinds = tuple(types) if types is not None else TYPES if asks_why(query) else TYPES[:-1]
        wanted = Wanted(budget, limit, include_stale, kinds)
        return recall.recall(query, self._sources(), self._standing(from_file, as_of, place), wanted)

    def push(self, query: str, *, session: str, from_file: str | None = None, budget: int = PUSH_BUDGET) -> Recall:
        """Return the memories that a prompt cannot do without, each once a session; silence is the rule.

        What is returned is written into the ledger of what was put before a model.
        """
        from engrep.engine import push

        return push.push(query, self._sources(), self._standing(from_file, None, ""), session, budget)

    def brief(
        self,
        *,
        from_file: str | None = None,
        budget: int = BRIEF_BUDGET,
        session: str = "",
        place: str = "",
        program: str = "",
    ) -> Brief:
        """Return what a new session starts with: pinned rules, the task left open, decisions near the files in play.

        `program` is the one that it is for (claude, codex, gemini, cursor or vscode): then also rules of instruction files
        that it does not read by itself.
        """
        from engrep.engine import brief

        files = brief.files_in_play(self.root, self._relative(from_file))
        standing = self._standing(from_file, None, place)
        return brief.brief(self._sources(), standing, files, session, budget, rules=self._foreign_rules(program, files))

    def _foreign_rules(self, program: str, files: Sequence[str]) -> list[Entry]:
        if not program:
            return []
        from engrep.engine.foreign_rules import foreign_rules

        return foreign_rules(self._instructions().files({file.rpartition("/")[0] for file in files}), program)

    def _sources(self) -> Sources:
        from engrep.engine.sources import Sources

        def search(text: str, limit: int, from_file: str | None) -> Search:
            return self.search(text, limit=limit, from_file=from_file, may_be_new=True)

        def here(entries: Sequence[Entry]) -> dict[str, Entry]:
            return {entry.id: entry for entry in self.seen(self.visible(entries))}

        def near_by(vectors: MemoryVectors) -> Near:
            return lambda memories, question: vectors.near(memories, question, self._embedder)

        near = near_by(self._like_project), near_by(self._like_user)
        return Sources(
            self._asked, search, here, self._project, self._user, *near, self._past.asked,
            instructions=self._instructions().files,
        )  # fmt: skip

    def _after_run(self) -> None:
        """Embed the memories that have changed too; what goes wrong at that must not stop an index run."""
        super()._after_run()
        for database, vectors in ((self._project, self._like_project), (self._user, self._like_user)):
            if database in self._present():
                try:
                    vectors.catch_up(database, self._embedder)
                except EngrepError as error:
                    log.info("memories could not be embedded: %s", error)

    def _embedder(self) -> StaticEmbedder | None:
        from engrep.engine.store import named_embedder

        return self._choice.for_memories(named_embedder(self._code))

    def _standing(self, from_file: str | None, as_of: str | None, place: str) -> Standing:
        from engrep.engine.lifecycle import now
        from engrep.engine.standing import Standing, end_of

        return Standing(self._relative(from_file) or "", place, end_of(as_of) if as_of else "", now())

    def search(self, query: str, *, limit: int = 10, from_file: str | None = None, may_be_new: bool = False) -> Search:
        """Return the places in the code that answer a question; `Memory` does."""
        raise NotImplementedError
