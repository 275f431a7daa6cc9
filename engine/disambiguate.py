"""Namesakes: how sure the choice between them is, and what to say when it is not."""

from __future__ import annotations

from collections.abc import Sequence

from engrep.engine import store_search as asking
from engrep.engine.db import Connection
from engrep.engine.identity import Named
from engrep.engine.score_types import Ambiguity, Candidate
from engrep.indexers.facts import CALLABLE_KINDS, TYPE_KINDS
from engrep.indexers.text import fold

MARGIN = 0.05  # of the best one's score; below it the evidence does not tell two namesakes apart
MAX_CANDIDATES = 20
MAX_NEAR = 8000  # names that are looked at more closely; comparing one takes a few microseconds


def margins(entries: Sequence[tuple[Named, float]]) -> list[float | None]:
    """Return how far each named symbol's score stands above its nearest namesake's, as a share of the better one.

    Negative for one that stands below; None for one without namesakes.
    """
    best: dict[str, list[float]] = {}
    for entry, score in entries:
        best.setdefault(fold(entry.symbol.name), []).append(score)
    result: list[float | None] = []
    for entry, score in entries:
        scores = sorted(best[fold(entry.symbol.name)], reverse=True)
        if len(scores) == 1:
            result.append(None)
            continue
        other = scores[1] if score == scores[0] else scores[0]
        result.append(round((score - other) / max(abs(score), abs(other), 1e-9), 4))
    return result


def ambiguity(connection: Connection, entries: Sequence[tuple[Named, float]]) -> Ambiguity | None:
    """Return the namesakes of the first symbol when nothing sets it clearly above them, else None.

    `entries` are named symbols with their scores, best first.
    """
    if not entries:
        return None
    name = entries[0][0].symbol.name
    same = [(entry, score) for entry, score in entries if fold(entry.symbol.name) == fold(name)]
    margin = margins(same)[0]
    if margin is None or margin >= MARGIN:
        return None
    return Ambiguity(
        name=name,
        margin=margin,
        candidates=tuple(
            Candidate(
                qualified_name=entry.symbol.qualified_name, module=entry.symbol.module, path=entry.symbol.path,
                start_line=entry.symbol.start_line, kind=entry.symbol.kind, signature=asking.details_of(connection, entry.symbol).signature,
                caller=asking.one_caller(connection, entry.symbol.symbol_id), score=round(score, 4),
            )
            for entry, score in same[:MAX_CANDIDATES]
        ),
    )  # fmt: skip


def rivals(named: Sequence[Named]) -> tuple[str, ...]:
    """Return the qualified names that a name may mean as well as the first one, going by what the asker spelled out."""
    best = named[0]
    names = (
        entry.symbol.qualified_name
        for entry in named
        if entry.symbol.name == best.symbol.name
        and entry.symbol.qualified_name != best.symbol.qualified_name
        and entry.symbol.kind in (*CALLABLE_KINDS, *TYPE_KINDS)
        and _spelled_out(entry) >= _spelled_out(best)
    )
    return tuple(dict.fromkeys(names))[:MAX_CANDIDATES]


def _spelled_out(entry: Named) -> float:
    return sum(value for part, value in entry.parts if part in ("qualified_name", "file", "asker"))


def suggestions(connection: Connection, name: str, limit: int = 5) -> tuple[str, ...]:
    """Return the names of symbols that are spelled nearly like one; none where a symbol bears it and was left out."""
    from difflib import get_close_matches

    spellings: dict[str, list[str]] = {}
    for candidate in asking.near_names(connection, fold(name), MAX_NEAR):
        spellings.setdefault(fold(candidate), []).append(candidate)
    if name in spellings.get(fold(name), ()):
        return ()
    matches = get_close_matches(fold(name), spellings, n=limit, cutoff=0.7)
    return tuple(spelling for match in matches for spelling in spellings[match])[:limit]
