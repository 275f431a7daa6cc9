"""How alike what a question says and what a symbol's documentation opens with are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from engrep.indexers.text import words

_SENTENCE_END = re.compile(r"[.!?:](?=\s|$)|\n\s*\n")


def likeness(said: str, doc: str) -> float:
    """Return the share of neighbouring words that both have, of the documentation's first sentence: 1 for a quotation."""
    asked, told = _pairs(said), _pairs(_SENTENCE_END.split(doc.strip(), maxsplit=1)[0])
    if not asked or not told:
        return 0.0
    return 2 * len(asked & told) / (len(asked) + len(told))


def _pairs(text: str) -> set[tuple[str, str]]:
    """Return the pairs of neighbouring words; the first and the last one have a neighbour outside."""
    found: Sequence[str] = ["", *(word.lower() for word in words(text)), ""]
    return set(pairwise(found)) if len(found) > len(("", "")) else set()
