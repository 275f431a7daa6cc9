"""How much of an answer goes into one page: cursors, and budgets in tokens.

A client shows its model the text or the JSON of an answer; a page keeps to its budget in both.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Sequence
from typing import Any

from engrep.engine.errors import UsageError
from engrep.indexers.tokens import count_tokens

Data = dict[str, Any]
Render = Callable[[Data], str]

FRAME_TOKENS = 150  # what stands around the entries: the heading, the state of the index, a cursor
_LEAST_TEXT = 120  # characters of an entry's text that stay, whatever the budget


def write_cursor(tool: str, asked: object, start: int) -> str:
    """Name the place in the answer to one question where the next page begins."""
    value = json.dumps([_digest(tool, asked), start])
    return base64.urlsafe_b64encode(value.encode()).decode().rstrip("=")


def read_cursor(tool: str, asked: object, cursor: str | None) -> int:
    """Return where a page begins; 0 without a cursor.

    Raises:
        UsageError: it is no cursor, or one of another question.

    """
    if not cursor:
        return 0
    try:
        digest, start = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, TypeError, RecursionError) as exc:
        message = "`cursor` is none of ours: pass next_cursor as it was given, or leave it out to begin anew"
        raise UsageError(message) from exc
    if digest != _digest(tool, asked) or type(start) is not int or start < 0:
        message = f"`cursor` belongs to another question: pass the arguments that {tool} was first asked with, or leave it out"
        raise UsageError(message)
    return start


def _digest(tool: str, asked: object) -> str:
    return hashlib.blake2b(repr((tool, asked)).encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()


def cost(entry: Data, render: Render) -> int:
    """Return the tokens that an entry takes, as text or as JSON, whichever is more."""
    return max(count_tokens(render(entry)), count_tokens(json.dumps(entry, ensure_ascii=False)))


def fill(entries: Sequence[Data], render: Render, budget: int) -> list[Data]:
    """Return the first entries that a budget has room for; at least one, with less of its text where need be."""
    room, kept = budget - FRAME_TOKENS, list[Data]()
    for entry in entries:
        taken = cost(entry, render)
        if taken > room:
            break
        room -= taken
        kept.append(entry)
    if entries and not kept:
        kept.append(_shortened(entries[0], render, room))
    return kept


def _shortened(entry: Data, render: Render, room: int) -> Data:
    """Return an entry with so much of its text that it fits."""
    while cost(entry, render) > room and len(entry.get("text", "")) > _LEAST_TEXT:
        text = entry["text"].removesuffix("…").rstrip("\n")
        entry = {**entry, "text": text[: len(text) * 2 // 3] + "\n…"}
    return entry
