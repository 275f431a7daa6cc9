"""The past commits as one work tree sees them: the ancestors of what is checked out now, and nothing newer."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from math import log as logarithm
from pathlib import Path
from typing import TYPE_CHECKING, Self, TypeVar

from engrep.engine.db import Connection, Database
from engrep.engine.errors import StateError
from engrep.engine.places import history_database

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from engrep.engine.store_history import Node, Seen

log = logging.getLogger(__name__)

Answer = TypeVar("Answer")

MOST_ROWS = 60_000  # that the terms of one question bring together, the rarest terms first
_SATURATION, _LENGTH = 1.2, 0.6  # as BM25's k1 and b, for terms that count once a message
_NEW = 4000  # commits since the last index run that are looked through for where the known ones begin
_MOST_MOVES = 8  # of one file that are followed


class PastCommits:
    """The past commits of one root; what is checked out is looked up anew for each question."""

    def __init__(self, path: Path, root: Path) -> None:
        self.path = path
        self._root = root
        self._opened: Database | None = None
        self._known: tuple[str, int, Seen] | None = None  # commit, how often there was written, what it sees

    @classmethod
    def of(cls, root: Path, home: Path | None) -> Self:
        """Return the past commits of a root; nothing is opened before it is asked for."""
        return cls(history_database(root, home), root)

    @property
    def database(self) -> Database:
        """Their database, which may not exist yet."""
        if self._opened is None:
            from engrep.engine.store_history import open_history

            self._opened = open_history(self.path)
        return self._opened

    def close(self) -> None:
        """Close the database."""
        if self._opened is not None:
            self._opened.close()

    def asked(self, ask: Callable[[Connection, Seen], Answer]) -> Answer | None:
        """Ask the commits that are behind what is checked out; None where there are none, or git or the file is in trouble."""
        from engrep.engine.branches import head_commit

        head = head_commit(self._root) if self.path.exists() else ""
        if not head:
            return None
        try:
            with self.database.reading() as connection:
                return ask(connection, self._seen(connection, head))
        except StateError as error:
            log.info("past commits are left out: %s", error)
            return None

    def _seen(self, connection: Connection, head: str) -> Seen:
        from engrep.engine import store_history as store

        written = store.views(connection)
        if self._known is not None and self._known[:2] == (head, written):
            return self._known[2]
        number = store.number_of(head)
        seen = store.view_of(connection, number)
        if seen is None:
            from engrep.engine.git_history import ancestors

            nodes = store.nodes(connection)
            reached = ancestors(nodes, self._begin(nodes, head))
            hidden = frozenset(node.row for node in nodes if node.row not in reached)
            seen = store.Seen(max((node.row for node in nodes), default=0), hidden)
        self._known = head, written, seen
        return seen

    def _begin(self, nodes: Collection[Node], head: str) -> list[int]:
        """Return the known commits from which a commit, itself perhaps new, is reached by new ones alone."""
        from engrep.engine import store_history as store
        from engrep.indexers.walk import git

        known = {node.number for node in nodes}
        if store.number_of(head) in known:
            return [store.number_of(head)]
        told = git(self._root, "rev-list", "--parents", f"--max-count={_NEW}", head, "--") or b""
        listed = {store.number_of(each) for each in told.decode("ascii", "replace").split()}
        return list(listed & known)


def matches(connection: Connection, seen: Seen, words: Mapping[str, float], limit: int) -> list[tuple[int, float]]:
    """Return (row, score) of the commits whose messages hold any of some weighted terms, best first.

    A term counts once a message, by its rarity among the commits that are seen; short messages before long ones.
    """
    import numpy as np

    from engrep.engine import store_past as asking

    total = max(asking.told(connection) - len(seen.hidden), 1)
    allowed = MOST_ROWS
    found: list[tuple[NDArray[np.int64], float]] = []
    for term, held in sorted(asking.frequencies(connection, words).items(), key=lambda item: (item[1], item[0])):
        if found and held > allowed:
            break
        allowed -= held
        rows = seen.those(asking.rows_with(connection, term))
        if len(rows):
            found.append((rows, words[term] * logarithm(1 + max(total - len(rows) + 0.5, 0.5) / (len(rows) + 0.5))))
    if not found:
        return []
    weights = np.zeros(max(int(rows.max()) for rows, _ in found) + 1, np.float32)
    for rows, weight in found:
        weights[rows] += weight
    held_rows = np.flatnonzero(weights)
    heaviest = held_rows[np.lexsort((-held_rows, -weights[held_rows]))][: 4 * limit].tolist()
    own, mean = asking.lengths(connection, heaviest), asking.mean_length(connection)
    scored = [(row, float(weights[row]) / _damping(own.get(row, 0) / mean)) for row in heaviest]
    return sorted(scored, key=lambda item: (-item[1], -item[0]))[:limit]


def _damping(length: float) -> float:
    return (1.0 + _SATURATION * (1.0 - _LENGTH + _LENGTH * length)) / (1.0 + _SATURATION)


def names_of(connection: Connection, seen: Seen, path: str) -> list[int]:
    """Return the rows of a path and of those that its file bore before, as far as it moved unchanged."""
    from engrep.engine import store_past as asking

    rows = asking.path_rows(connection, [path])
    found = list(rows.values())
    for row in found:
        if len(found) > _MOST_MOVES:
            break
        found += [old for old, commit in asking.former(connection, row) if commit in seen and old not in found]
    return found
