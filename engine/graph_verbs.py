"""The verbs of `Memory` that follow calls: who calls a symbol, what it calls, what a change can reach."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from engrep.engine.db import Connection
from engrep.engine.errors import UsageError
from engrep.engine.rooted import Rooted
from engrep.engine.rungs import DEFAULT_MIN_CONFIDENCE
from engrep.engine.types import Edges
from engrep.indexers.text import readable

if TYPE_CHECKING:
    from engrep.engine.graph import Walk

    Verb = Callable[[Connection, str, Walk, str | None], Edges]


class GraphVerbs(Rooted):
    """What `Memory` can do with the call graph of its root."""

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

    def _walked(self, verb: Verb, name: str, walk: Walk, from_file: str | None) -> Edges:
        where = self._relative(from_file)
        return self._asked(lambda connection: verb(connection, readable(name), walk, where))
