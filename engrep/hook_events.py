"""One adapter for each program: its own payload in, the one normalised event out; None for what is none of ours.

Programs rename fields and add events: what is unknown is passed over, and every field may be missing or of another type.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from engrep.engine import hook_event as events
from engrep.engine.hook_event import Event

MAX_TEXT = 40_000  # characters of a prompt: what is beyond says nothing new
MAX_PATHS = 8

# What an event means, by all the names that programs have for it.
_KINDS = {
    name: kind
    for kind, names in (
        (events.BEGIN, "SessionStart sessionStart"),
        (events.PROMPT, "UserPromptSubmit BeforeAgent beforeSubmitPrompt"),
        (events.TOUCH, "PreToolUse BeforeTool preToolUse beforeReadFile PostToolUse AfterTool postToolUse"),
        (events.CHANGE, "afterFileEdit"),
        (events.COMPACT, "PreCompact PreCompress preCompact"),
        (events.REST, "Stop AfterAgent stop"),
        (events.END, "SessionEnd sessionEnd"),
    )
    for name in names.split()
}
# The events to which a program puts an answer before its model. Versions of Codex differ in whether they refuse one before a
# tool runs, and Cursor documents none at a prompt.
_TOLD = {
    "claude": {"SessionStart", "UserPromptSubmit", "PreToolUse", "PostToolUse"},
    "codex": {"SessionStart", "UserPromptSubmit", "PostToolUse"},
    "gemini": {"SessionStart", "BeforeAgent", "AfterTool"},
    "cursor": {"sessionStart", "postToolUse"},
}
PROGRAMS = tuple(_TOLD)
_GEMINI_ONLY = {"BeforeAgent", "AfterAgent", "BeforeTool", "AfterTool", "PreCompress"}
_AFTER = {"PostToolUse", "AfterTool", "postToolUse"}
_PATH_FIELDS = ("file_path", "notebook_path", "absolute_path", "path", "target_file", "filePath")
_PATCHED = re.compile(r"^\*\*\* (?:Update|Add|Delete) File: (.+)$", re.MULTILINE)
_DRIVE = re.compile(r"/[A-Za-z]:(?:/|$)")


def read_event(payload: dict[str, Any], program: str | None = None) -> Event | None:
    """Return the event that a payload tells of; None where nothing says which, or where."""
    name = _text(payload, "hook_event_name")
    program = program or program_of(payload)
    kind, folder = _KINDS.get(name, ""), _folder(payload)
    if not kind or not folder:
        return None
    paths: tuple[str, ...] = ()
    if kind in (events.TOUCH, events.CHANGE):
        kind, paths = _of_tool(payload, name, kind)
        if not paths:
            return None
    session = _text(payload, "session_id", "conversation_id")
    agent = _text(payload, "agent_id")  # an agent within an agent has a context of its own
    return Event(
        program, kind, name, f"{session}:{agent}" if session and agent else session, folder,
        text=_text(payload, "prompt", "user_prompt")[:MAX_TEXT] if kind == events.PROMPT else "",
        paths=paths, source=_text(payload, "source", "trigger"), transcript=_text(payload, "transcript_path"),
        is_told=name in _TOLD[program],
    )  # fmt: skip


def program_of(payload: dict[str, Any]) -> str:
    """Tell which program a payload is of, by the fields that only one of them has."""
    name, transcript = _text(payload, "hook_event_name"), _text(payload, "transcript_path").replace("\\", "/")
    if "cursor_version" in payload or "workspace_roots" in payload or name[:1].islower():
        return "cursor"
    if (
        name in _GEMINI_ONLY
        or "/.gemini/" in transcript
        or ("timestamp" in payload and "permission_mode" not in payload)
    ):
        return "gemini"
    is_codex = "turn_id" in payload or "/.codex/" in transcript or "/rollout-" in transcript
    return "codex" if is_codex else "claude"


def _folder(payload: dict[str, Any]) -> str:
    """Return where the agent stands; a relative path says nothing, as nobody knows from where."""
    roots = payload.get("workspace_roots")
    first = roots[0] if isinstance(roots, list) and roots and isinstance(roots[0], str) else ""
    found = native(_text(payload, "cwd") or first)
    return found if Path(found).is_absolute() and "\0" not in found else ""


def native(path: str, *, is_windows: bool = os.name == "nt") -> str:
    """Return a path as the system has it: Cursor writes `/c:/shop` on Windows."""
    return path[1:] if is_windows and _DRIVE.match(path) else path


def _of_tool(payload: dict[str, Any], name: str, kind: str) -> tuple[str, tuple[str, ...]]:
    """Return what a tool did to which files; none for a tool that neither reads nor edits one."""
    tool = _text(payload, "tool_name").lower()
    given = payload.get("tool_input")
    fields = given if isinstance(given, dict) else {}
    if tool and tool not in events.CHANGING | events.READING:
        return kind, ()
    is_changed = kind == events.CHANGE or (tool in events.CHANGING and name in _AFTER)
    path = _text(fields, *_PATH_FIELDS) or _text(payload, "file_path")
    patch = "" if path else _text(fields, "command", "input", "patch") or (given if isinstance(given, str) else "")
    paths = (path,) if path else tuple(match.strip() for match in _PATCHED.findall(patch[: 1 << 20]))
    usable = tuple(native(each) for each in paths if each and "\0" not in each)[:MAX_PATHS]
    return (events.CHANGE if is_changed else events.TOUCH), usable


def _text(fields: dict[str, Any], *names: str) -> str:
    """Return the first of these fields that holds a text."""
    return next((value for name in names if isinstance(value := fields.get(name), str) and value), "")


def reply(event: Event, text: str) -> dict[str, Any]:
    """Return the answer that puts a text before the model, in the shape that its program reads."""
    if event.program == "cursor":
        return {"continue": True, "additional_context": text}
    answer: dict[str, Any] = {"hookSpecificOutput": {"hookEventName": event.name, "additionalContext": text}}
    if event.program == "claude":
        return {"continue": True, "suppressOutput": True, **answer}
    return {"suppressOutput": True, **answer} if event.program == "gemini" else answer
