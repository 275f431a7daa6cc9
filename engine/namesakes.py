"""Which symbols and files a question means, and which of their namesakes it does not."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from engrep.engine.db import Connection
from engrep.engine.disambiguate import ambiguity
from engrep.engine.identity import Named, path_match
from engrep.engine.query import Query, Spelled
from engrep.engine.score_types import Ambiguity
from engrep.indexers.text import fold

MOST_NAMED = 12  # symbols of one question that memories are looked up by
TOLD_APART = 0.3  # of the evidence for the likeliest; a namesake that lacks less of it may be meant too
UNLIKE = 0.5  # how surely a namesake is not meant that lies farther from the asker than another one
PLAIN = 0.5  # how much less a plain word means a symbol than a name does that is spelled as code


@dataclass(frozen=True, slots=True)
class Meant:
    """What a question is about by name."""

    strength: Mapping[str, float]  # qualified name → how surely it is meant
    refused: Mapping[str, float]  # qualified name of a namesake → how surely it is not meant
    paths: tuple[str, ...]
    spelled: tuple[tuple[str, ...], ...]  # qualified names in the question, folded part by part
    ambiguous: Ambiguity | None = None

    @property
    def names(self) -> Collection[str]:
        """The qualified names that may be meant."""
        return self.strength.keys()

    def about(self, qualified_name: str, path: str) -> float:
        """Return how surely the question means a place: 1 for the very one, -1 for a namesake of it, 0 for another matter."""
        if qualified_name in self.strength:
            return self.strength[qualified_name]
        if qualified_name in self.refused or self._contradicts(qualified_name):
            return -self.refused.get(qualified_name, 1.0)
        if path and any(path_match(asked, path) for asked in self.paths):
            return 1.0
        return 1.0 if self._spells(qualified_name) else 0.0

    def _spells(self, qualified_name: str) -> bool:
        own = tuple(map(fold, qualified_name.split(".")))
        return any(own[-len(asked) :] == asked for asked in self.spelled)

    def _contradicts(self, qualified_name: str) -> bool:
        """Tell whether the question spells out another thing of the same name."""
        own = tuple(map(fold, qualified_name.split(".")))
        asked = [each for each in self.spelled if each[-1] == own[-1] and len(own) > 1]
        return bool(asked) and not any(own[-len(each) :] == each or each[-len(own) :] == own for each in asked)


def spelled_out(query: Query) -> tuple[tuple[str, ...], ...]:
    """Return the qualified names of a question, folded."""
    return tuple(tuple(map(fold, name.parts)) for name in query.names if len(name.parts) > 1)


def meant_by_words(query: Query) -> Meant:
    """Return what a question means as far as it spells it out; no index is asked."""
    return Meant({}, {}, _paths(query), spelled_out(query))


def meant_in(connection: Connection, query: Query, named: Sequence[Named]) -> Meant:
    """Return what a question means, given the symbols that its names may be."""
    strength: dict[str, float] = {}
    refused: dict[str, float] = {}
    for group in _by_name(named).values():
        best = max(map(_said, group)), max(map(_near, group))
        for entry in group:
            name, unlike = entry.symbol.qualified_name, _unlikeness(entry, best)
            if unlike:
                refused[name] = unlike
            else:
                strength[name] = 1.0 if entry.is_exact else PLAIN
    kept = dict(list(strength.items())[:MOST_NAMED])
    refused = {name: unlike for name, unlike in refused.items() if name not in strength}
    exact = [(entry, entry.strength) for entry in named if entry.is_exact]
    return Meant(kept, refused, _paths(query), spelled_out(query), ambiguity(connection, exact))


def _unlikeness(entry: Named, best: tuple[float, float]) -> float:
    """Return how surely another one of the name is meant: 1 where the question says so, less where only the asker's place does."""
    said, near = best
    if _said(entry) < said * (1.0 - TOLD_APART):
        return 1.0
    return UNLIKE if _near(entry) < near * (1.0 - TOLD_APART) else 0.0


def _said(entry: Named) -> float:
    return sum(value for part, value in entry.parts if part in ("qualified_name", "file", "module_words"))


def _near(entry: Named) -> float:
    return sum(value for part, value in entry.parts if part in ("asker", "receiver", "companions"))


def _by_name(named: Sequence[Named]) -> dict[str, list[Named]]:
    groups: dict[str, list[Named]] = {}
    for entry in named:
        groups.setdefault(fold(entry.symbol.name), []).append(entry)
    return groups


def _paths(query: Query) -> tuple[str, ...]:
    spelled: list[Spelled] = [name for name in query.names if name.path]
    return tuple(dict.fromkeys([*(path for path, _ in query.paths), *(name.path for name in spelled)]))
