"""One adapter for each program: its own payload in, the one normalised event out; None for what is none of ours.

Programs rename fields and add events: what is unknown is passed over, and every field may be missing or of another type.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from engrep.engine import hook_event as events
from engrep.engine.hook_event import Event

PROGRAMS = ("claude", "codex", "gemini", "cursor")
MAX_TEXT = 40_000  # characters of a prompt: what is beyond says nothing new
MAX_PATHS = 8

# Program → its event → what it means, and whether the program puts an answer to it before its model.
_LIKE_CLAUDE = {
    "SessionStart": (events.BEGIN, True),
    "UserPromptSubmit": (events.PROMPT, True),
    "PreToolUse": (events.TOUCH, True),
    "PostToolUse": (events.TOUCH, True),
    "PreCompact": (events.COMPACT, False),
    "Stop": (events.REST, False),
    "SessionEnd": (events.END, False),
}
_EVENTS = {
    "claude": _LIKE_CLAUDE,
    # Versions differ in whether they refuse context before a tool runs; all take it afterwards.
    "codex": {**_LIKE_CLAUDE, "PreToolUse": (events.TOUCH, False)},
    "gemini": {
        "SessionStart": (events.BEGIN, True),
        "BeforeAgent": (events.PROMPT, True),
        "BeforeTool": (events.TOUCH, False),
        "AfterTool": (events.TOUCH, True),
        "PreCompress": (events.COMPACT, False),
        "AfterAgent": (events.REST, False),
        "SessionEnd": (events.END, False),
    },
    "cursor": {
        "sessionStart": (events.BEGIN, True),
        "beforeSubmitPrompt": (events.PROMPT, False),
        "preToolUse": (events.TOUCH, False),
        "postToolUse": (events.TOUCH, True),
        "beforeReadFile": (events.TOUCH, False),
        "afterFileEdit": (events.CHANGE, False),
        "preCompact": (events.COMPACT, False),
        "stop": (events.REST, False),
        "sessionEnd": (events.END, False),
    },
}
_AFTER = frozenset({"PostToolUse", "AfterTool", "postToolUse"})
_CHANGING = frozenset(
    "edit write multiedit notebookedit apply_patch replace write_file edit_file search_replace".split()
)
_READING = frozenset("read read_file read_many_files view notebookread".split())
_PATH_FIELDS = ("file_path", "notebook_path", "absolute_path", "path", "target_file", "filePath")
_PATCHED = re.compile(r"^\*\*\* (?:Update|Add|Delete) File: (.+)$", re.MULTILINE)
_GEMINI_ONLY = _EVENTS["gemini"].keys() - _LIKE_CLAUDE.keys()


def read_event(payload: dict[str, Any], program: str | None = None) -> Event | None:
    """Return the event that a payload tells of; None where nothing says which, or where."""
    name = _text(payload, "hook_event_name")
    program = program or program_of(payload)
    kind, is_told = _EVENTS[program].get(name, ("", False))
    folder = _folder(payload)
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
        is_told=is_told,
    )  # fmt: skip


def program_of(payload: dict[str, Any]) -> str:
    """Tell which program a payload is of, by the fields that only one of them has."""
    name, transcript = _text(payload, "hook_event_name"), _text(payload, "transcript_path").replace("\\", "/")
    if "cursor_version" in payload or "workspace_roots" in payload or name in _EVENTS["cursor"]:
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
    found = _text(payload, "cwd") or first
    return found if Path(found).is_absolute() and "\0" not in found else ""


def _of_tool(payload: dict[str, Any], name: str, kind: str) -> tuple[str, tuple[str, ...]]:
    """Return what a tool did to which files; none for a tool that neither reads nor edits one."""
    tool = _text(payload, "tool_name").lower()
    given = payload.get("tool_input")
    fields = given if isinstance(given, dict) else {}
    if tool and tool not in _CHANGING | _READING:
        return kind, ()
    is_changed = kind == events.CHANGE or (tool in _CHANGING and name in _AFTER)
    path = _text(fields, *_PATH_FIELDS) or _text(payload, "file_path")
    patch = "" if path else _text(fields, "command", "input", "patch") or (given if isinstance(given, str) else "")
    paths = (path,) if path else tuple(match.strip() for match in _PATCHED.findall(patch[: 1 << 20]))
    usable = tuple(each for each in paths if each and "\0" not in each)[:MAX_PATHS]
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
