"""What a prompt calls for: the few memories that it cannot do without; silence is the rule."""

from __future__ import annotations

from dataclasses import replace

from engrep.engine import recall
from engrep.engine.brief import MAX_PUSHED, claimed, told_before
from engrep.engine.recall_types import Recall
from engrep.engine.sources import Sources, Wanted, nothing_near
from engrep.engine.standing import Standing

PUSH_FLOOR = 0.9  # of the score: the prompt is held nearly whole, or names what the memory is about or is called


def push(text: str, sources: Sources, standing: Standing, session: str, budget: int) -> Recall:
    """Return the memories that a prompt cannot do without and that its session was not told yet."""
    known = told_before(sources, session)
    sources = replace(sources, near_project=nothing_near, near_user=nothing_near)  # silence is the rule, and haste
    found = recall.recall(text, sources, standing, Wanted(budget, MAX_PUSHED, types=("memory",), but=known))
    items = claimed(sources, session, "push", standing.now, [i for i in found.items if i.score >= PUSH_FLOOR])
    return replace(found, items=items, tokens=sum(item.tokens for item in items))
