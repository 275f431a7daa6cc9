"""An answer of a chat for other programs: JSON, and the exit code."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from engrep.output import FOUND, INTERRUPTED, NOTHING, STATE

if TYPE_CHECKING:
    from engrep.agents.chat_types import Reply


def shape(reply: Reply) -> dict[str, Any]:
    """Return an answer as the object that `--json` writes."""
    return {
        "question": reply.question, "answer": reply.answer, "mode": reply.mode, "model": reply.model or None,
        "citations": [asdict(each) for each in reply.citations],
        "items": [asdict(each) for each in reply.recalled],
        "tools": [
            {"tool": use.tool, "arguments": use.arguments, "decision": use.decision, "error": use.error or None}
            for use in reply.uses
        ],
        "notes": list(reply.notes), "problem": reply.problem or None, "session": reply.session or None,
        "usage": {**asdict(reply.usage), "total": reply.usage.total}, "costs": dict(reply.costs),
        "seconds": reply.seconds, "first_seconds": reply.first_seconds, "stopped": reply.is_stopped,
    }  # fmt: skip


def code_of(reply: Reply) -> int:
    """Return the exit code of an answer: a model that failed is a state that needs a hand, though there are extracts."""
    if reply.is_stopped:
        return INTERRUPTED
    if reply.problem:
        return STATE
    return FOUND if reply.answer else NOTHING
