"""The shape of what a model replies to a passage of a session; loaded only when one is asked, for it loads pydantic."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

Kind = Literal[
    "decision", "constraint", "convention", "interface", "data_model", "business_rule", "bug_fix", "gotcha", "preference",
    "task_state",
]  # fmt: skip


class Found(BaseModel):
    """One thing that the next session has to know."""

    kind: Kind
    statement: str
    reason: str = ""
    turns: list[int]
    quote: str
    names: list[str] = []


class Extraction(BaseModel):
    """All that a passage gives; nothing is a good answer."""

    memories: list[Found]
