"""The lane over code: the hits of `search`, weighed by how much of the question each holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from engrep.engine import store_search as asking
from engrep.engine.candidates import Candidate
from engrep.engine.db import Connection
from engrep.engine.evidence import Asked, field, share_of, told
from engrep.engine.namesakes import Meant

if TYPE_CHECKING:
    from engrep.engine.types import Hit, Search

NAMES, TEXT = 1.0, 0.8  # what the words of a place are worth
FLOOR = 0.35  # a place holds many words: the least share of the question that it holds
W_WORDS = 1.0
W_RANK = 0.3  # the order that `search` gave, which sees more than words
W_NAMED = 1.0  # it is the very symbol that the question names
W_TEST = -0.2  # it is a test or an example, which says a thing in many words that the code does in few


def weigh(connection: Connection, asked: Asked, found: Search, meant: Meant) -> list[Candidate]:
    """Return the hits that hold enough of the question, scored, in the order of the search."""
    counts = asking.term_frequencies(connection, asked.words)
    weighed = told(asked, counts, asking.chunk_count(connection), {})
    best = max((hit.score for hit in found.hits), default=0.0)
    kept = []
    for hit in found.hits:
        if meant.about(hit.qualified_name, "") == -1.0:
            continue  # the question says that it means another one of this name
        candidate = Candidate("code", hit)
        fields = [field(f"{hit.path} {hit.qualified_name}", NAMES), field(hit.text, TEXT)]
        candidate.share = share_of(weighed, fields)
        candidate.add("words", W_WORDS * candidate.share.value)
        candidate.add("named", W_NAMED * (meant.strength.get(hit.qualified_name, 0.0) == 1.0))
        if candidate.part("named") or (candidate.share.is_telling and candidate.share.value >= FLOOR):
            candidate.add("search", W_RANK * hit.score / best if best > 0 else 0.0)
            candidate.add("test", W_TEST * any(why.part == "test" for why in hit.why))
            kept.append(candidate)
    return kept


def places(hits: Sequence[Candidate]) -> Mapping[str, float]:
    """Return the qualified names and paths of the hits with how high each stands: 1 for the first."""
    found: dict[str, float] = {}
    for at, candidate in enumerate(hits):
        hit: Hit = candidate.payload
        for place in filter(None, (hit.qualified_name, hit.path)):
            found.setdefault(place, 1.0 / (1 + at))
    return found
