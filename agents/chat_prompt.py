"""What a language model is told at the beginning of a chat, and how a question is put to it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from importlib import resources
from pathlib import Path

from engrep.agents import told
from engrep.agents.outgoing import outgoing
from engrep.engine.recall_types import Item

REMEMBERING = "When the person states a decision, a rule or a correction with its reason, call `remember`; they are asked before it is kept.\n"


def system_text(root: Path, standing: Sequence[Item], agent: str, tools: Sequence[str]) -> str:
    """Return what a model is told first: its task, what the chosen agent file says, and what holds in this repository."""
    parts = [_task().replace("{name}", root.name) + (REMEMBERING if "remember" in tools else "")]
    if agent:
        parts.append(
            f"The person chose these further instructions, from a file of the project:\n\n{told.unframed(outgoing(agent))}"
        )
    if standing:
        parts.append(told.framed("brief", [outgoing(told.item(each)) for each in standing]))
    return "\n\n".join(parts)


def asked_text(question: str, recalled: Sequence[Item]) -> str:
    """Return a question as it is put to a model: behind what was recalled for it."""
    frame = told.framed("recall", [outgoing(told.item(each), each.path) for each in recalled])
    said = told.unframed(outgoing(question))
    return f"{frame}\n\n{said}" if frame else said


@lru_cache(maxsize=1)
def _task() -> str:
    return resources.files("engrep.agents").joinpath("prompts/chat.md").read_text(encoding="utf-8")
