"""The verbs of past commits: read the new ones after an index run, tell why a place in the code is as it is."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from engrep.engine.errors import EngrepError
from engrep.engine.recall_verbs import RecallVerbs
from engrep.engine.types import Check
from engrep.indexers.text import readable

if TYPE_CHECKING:
    from engrep.engine.recall_types import Recall

log = logging.getLogger(__name__)

WHY_LIMIT, WHY_BUDGET = 10, 2000


class PastVerbs(RecallVerbs):
    """What git says of the code."""

    def why(
        self, name: str, *, from_file: str | None = None, limit: int = WHY_LIMIT, budget: int = WHY_BUDGET
    ) -> Recall:
        """Return why a symbol or file is as it is: the memories about it, and the commits that its lines come from.

        Raises:
            NotFoundError: nothing in the index bears the name.
            UsageError: several symbols do.

        """
        from engrep.engine import origin

        where = self._relative(from_file)
        place = self._asked(lambda connection: origin.place_of(connection, self.root, readable(name), where))
        return origin.why(place, self.root, self._sources(), self._standing(from_file, None, ""), limit, budget)

    def past_check(self) -> Check:
        """Tell doctor how many past commits are known, and whether their file is sound."""
        from engrep.engine.db import integrity
        from engrep.engine.health import database_bytes
        from engrep.engine.store_history import count

        database = self._past.database
        if not database.path.exists():
            return Check("history", True, "no past commits")
        try:
            found = integrity(database.path)
            if found == "ok":
                with database.reading() as connection:
                    known = count(connection)
                size = database_bytes(database.path) / 1e6
                return Check("history", True, f"{known:,} past commits, {size:.1f} MB")
        except EngrepError as error:
            found = str(error)
        return Check("history", False, found, f"delete {database.path}: `engrep index` reads the commits anew")

    def _after_run(self) -> None:
        """Read the new commits too; what goes wrong at that must not stop an index run."""
        super()._after_run()
        from engrep.engine.branches import head_commit
        from engrep.engine.git_history import catch_up

        try:
            catch_up(self._past.database, self.root, head_commit(self.root))
        except EngrepError as error:
            log.info("past commits could not be read: %s", error)
