"""MiMo Code's histories: messages made of parts, both JSON in a database's rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engrep.engine.memory_types import Turn
from engrep.indexers.transcripts import Notes, called, fields_of, gave, instant, said, text_of


def is_finished(message: dict[str, Any]) -> bool:
    """Tell whether a message is whole: one that is still being written is left for the next time."""
    return message.get("role") != "assistant" or bool(
        message.get("error") or fields_of(message.get("time")).get("completed")
    )


def turns(message: dict[str, Any], parts: Sequence[dict[str, Any]], notes: Notes) -> list[Turn]:
    """Return what was said in one message."""
    role = text_of(message.get("role"))
    if role not in ("user", "assistant") or message.get("summary") is True:
        notes.left_out["summary" if message.get("summary") is True else "meta"] += 1
        return []
    at = instant(fields_of(message.get("time")).get("created"))
    found: list[Turn] = []
    for part in parts:
        match part.get("type"):
            case "text" if part.get("synthetic") or part.get("ignored"):
                notes.left_out["injected"] += 1
            case "text":
                found += said(role, text_of(part.get("text")), at, notes)
            case "tool":
                found += _tool(part, at, notes)
            case "reasoning":
                notes.left_out["thinking"] += 1
            case "file":
                notes.left_out["data"] += 1
    return found


def _tool(part: dict[str, Any], at: str, notes: Notes) -> list[Turn]:
    """Return the use of a tool, and what it gave."""
    state = fields_of(part.get("state"))
    call_id = text_of(part.get("callID")) or text_of(part.get("id")) or "call"
    found = called(call_id, text_of(part.get("tool")), state.get("input"), at, notes)
    failed = state.get("status") == "error"
    output = text_of(state.get("error" if failed else "output"))
    ended = instant(fields_of(state.get("time")).get("end")) or at
    return found + gave(call_id, output, ended, notes, failed=failed)
