"""How much of a model's context a text takes, counted the same way for every system."""

from __future__ import annotations

import re

_PIECE = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|[0-9]{1,3}|[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|\s*\n\s*|[^\sA-Za-z0-9]")
_WORD_LENGTH = 7  # letters; longer words are taken to be cut


def count_tokens(text: str) -> int:
    """Estimate the tokens of a text: parts of words, digits by three, CJK characters, signs, line ends.

    No published table ships with the package, so this is a unit of measure and no model's own count.
    """
    return sum(1 + (len(piece) - 1) // _WORD_LENGTH for piece in _PIECE.findall(text))
