"""Where a session stood, read from its own turns: what was asked, which files were changed, what went wrong last.

Before a program sums a session up, its transcript is taken into the archive; what is told afterwards is read from there, so
that nothing is written down twice and nothing in it bears a secret.
"""

from __future__ import annotations

from collections.abc import Sequence

from engrep.engine.db import Connection
from engrep.engine.hook_event import CHANGING
from engrep.engine.memory_types import Turn
from engrep.engine.pack import tokens_of
from engrep.engine.store_archive import sessions_like, turns_of

LAST_TURNS = 120  # of a session that are looked at
MOST_FILES = 8
WORDS = 40  # of one thing that was said


def state_of(connection: Connection, session: str, budget: int) -> list[str]:
    """Return where a session stood, a line each, as far as the budget of tokens goes; none where it is not kept."""
    like = sessions_like(connection, session, 1)
    if not like or like[0].id != session:
        return []
    last = turns_of(connection, session, max(0, like[0].turns - LAST_TURNS))
    first = turns_of(connection, session, 0, 3) if like[0].turns > LAST_TURNS else last
    kept: list[str] = []
    for line in _lines(first, last):
        budget -= tokens_of(line)
        if budget < 0:
            break
        kept.append(line)
    return kept


def _lines(first: Sequence[Turn], last: Sequence[Turn]) -> list[str]:
    asked = [turn for turn in last if turn.role == "user"]
    begun = next((turn for turn in first if turn.role == "user"), None)
    lines = [f"first asked: {_short(begun.text)}"] if begun else []
    if asked and begun and asked[-1].number != begun.number:
        lines.append(f"last asked: {_short(asked[-1].text)}")
    files = [turn.path for turn in last if turn.role == "call" and turn.path and turn.tool.lower() in CHANGING]
    if files:
        lines.append("changed: " + ", ".join(list(dict.fromkeys(reversed(files)))[:MOST_FILES]))
    wrong = next((turn for turn in reversed(last) if turn.role == "error"), None)
    if wrong:
        lines.append(f"went wrong last: {_short(wrong.text)}")
    said = next((turn for turn in reversed(last) if turn.role == "assistant"), None)
    if said:
        lines.append(f"said last: {_short(said.text)}")
    return lines


def _short(text: str) -> str:
    words = text.split()
    return " ".join(words[:WORDS]) + (" …" if len(words) > WORDS else "")
