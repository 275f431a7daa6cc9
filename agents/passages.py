"""Cut a session into passages that a model can read, always at the same places, so that one that was read is known again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from engrep.engine.memory_types import Turn
from engrep.indexers.redact import redact, without_hashes
from engrep.indexers.tokens import count_tokens

MOST_TOKENS = 6000  # of a passage
_OVERLAP = 2  # turns before a passage that are shown with it: "yes, do that" needs what was proposed
_MOST = {"user": 8000, "assistant": 4000, "call": 800, "result": 800, "error": 1200}  # characters of a turn
_FENCE = re.compile(r"</?passage", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Passage:
    """Successive turns as they are sent."""

    first: int  # the number of the first turn
    last: int
    text: str
    tokens: int


def passages(turns: Sequence[Turn], most_tokens: int = MOST_TOKENS) -> list[Passage]:
    """Return a session in passages; what is said later changes only the last of them."""
    told = [(turn.number, outgoing(turn)) for turn in turns]
    sizes = [count_tokens(text) for _, text in told]
    found: list[Passage] = []
    begin, size = 0, 0
    for at in range(len(told) + 1):
        if at < len(told) and (at == begin or size + sizes[at] <= most_tokens):
            size += sizes[at]
            continue
        if at > begin:
            found.append(_passage(told, max(begin - _OVERLAP, 0), begin, at))
        begin, size = at, sizes[at] if at < len(told) else 0
    return found


def _passage(told: Sequence[tuple[int, str]], shown: int, begin: int, end: int) -> Passage:
    text = "\n\n".join(text for _, text in told[shown:end])
    return Passage(told[begin][0], told[end - 1][0], text, count_tokens(text))


def outgoing(turn: Turn) -> str:
    """Return what of a turn leaves this machine: bounded, without secrets and without the hashes that stand for them here."""
    text = clean(_shortened(turn.text, _MOST.get(turn.role, 800)))
    about = " ".join(each for each in (turn.role, clean(turn.tool), clean(turn.path)) if each)
    return f"[{turn.number}] {about}: {_FENCE.sub('<passage_', text)}"


def clean(text: str) -> str:
    """Return a text without secrets and without the hashes that stand for them here."""
    return without_hashes(redact(text).text)


def _shortened(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    return f"{text[: most * 2 // 3]}\n[…]\n{text[-most // 3 :]}"
