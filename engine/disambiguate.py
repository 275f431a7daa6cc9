"""Namesakes: how sure the choice between them is, and what to say when it is not."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from engrep.engine import store_search as asking
from engrep.engine.db import Connection
from engrep.engine.identity import Named
from engrep.engine.query import Query
from engrep.engine.types import Ambiguity, Candidate
from engrep.indexers.text import fold

MARGIN = 0.05  # of the best one's strength; below it the evidence does not tell two namesakes apart
MAX_CANDIDATES = 20


def namesakes(named: Sequence[Named], name: str) -> list[Named]:
    """Return the named symbols that bear a name, best first, each qualified name once."""
    found: dict[tuple[str, str], Named] = {}
    for entry in named:
        if fold(entry.symbol.name) == fold(name):
            found.setdefault((entry.symbol.qualified_name, entry.symbol.path), entry)
    return list(found.values())


def margin_of(named: Sequence[Named], entry: Named) -> float | None:
    """Return how far a symbol stands above its nearest namesake, as a share of the better one; None without namesakes."""
    others = [other for other in namesakes(named, entry.symbol.name) if other.symbol.symbol_id != entry.symbol.symbol_id]
    if not others:
        return None
    best = max(other.strength for other in others)
    return round((entry.strength - best) / max(entry.strength, best, 1e-9), 4)


def ambiguity(connection: Connection, query: Query, named: Sequence[Named]) -> Ambiguity | None:
    """Return the namesakes that the question leaves undecided, None when it decides or names nothing."""
    if not named or not (query.shape == "symbol" or named[0].is_exact):
        return None
    same = namesakes(named, named[0].symbol.name)
    margin = margin_of(named, named[0])
    if len(same) < 2 or margin is None or margin >= MARGIN:  # noqa: PLR2004 - a namesake takes two
        return None
    return Ambiguity(
        name=named[0].symbol.name,
        margin=margin,
        candidates=tuple(
            Candidate(
                qualified_name=entry.symbol.qualified_name, module=entry.symbol.module, path=entry.symbol.path,
                start_line=entry.symbol.start_line, kind=entry.symbol.kind, signature=entry.symbol.signature,
                caller=asking.one_caller(connection, entry.symbol.symbol_id), score=round(entry.strength, 4),
            )
            for entry in same[:MAX_CANDIDATES]
        ),
    )  # fmt: skip


def suggestions(connection: Connection, name: str, limit: int = 5) -> tuple[str, ...]:
    """Return the names of symbols that are spelled nearly like one that nothing bears."""
    near = asking.near_names(connection, fold(name), 4000)
    folded = {fold(candidate): candidate for candidate in near}
    return tuple(folded[match] for match in get_close_matches(fold(name), folded, n=limit, cutoff=0.7))
