"""What a prompt calls for: the few memories that it cannot do without; silence is the rule."""

from __future__ import annotations

from dataclasses import replace

from engrep.engine import recall
from engrep.engine.brief import MAX_PUSHED, claimed, told_before
from engrep.engine.recall_types import Recall
from engrep.engine.sources import Sources, Wanted, nothing_near
from engrep.engine.standing import Standing
from engrep.indexers.question import weights

FLOOR = 0.5  # of the score, for a short prompt: a memory holds half of what it says
SHORT = 8  # telling words; a longer prompt says so much that a few of its words stand in any memory: the floor rises with it
NAMED_FLOOR = 0.9  # never more is asked: a prompt that names what a memory is about or is called passes at any length


def push(text: str, sources: Sources, standing: Standing, session: str, budget: int) -> Recall:
    """Return the memories that a prompt cannot do without and that its session was not told yet."""
    known = told_before(sources, session)
    sources = replace(sources, near_project=nothing_near, near_user=nothing_near)  # silence is the rule, and haste
    found = recall.recall(text, sources, standing, Wanted(budget, MAX_PUSHED, types=("memory",), but=known))
    floor = floor_of(text)
    items = claimed(sources, session, "push", standing.now, [item for item in found.items if item.score >= floor])
    return replace(found, items=items, tokens=sum(item.tokens for item in items))


def floor_of(text: str) -> float:
    """Return the score from which a memory is told at a prompt."""
    return min(NAMED_FLOOR, FLOOR * max(1.0, len(weights(text)) / SHORT))
