"""Codex's histories: `rollout-*.jsonl`, one event a line; older ones have the items themselves without an envelope."""

from __future__ import annotations

import json
import re
from typing import Any

from engrep.engine.memory_types import Turn
from engrep.indexers.transcripts import Head, Notes, called, fields_of, gave, instant, joined, said, text_of

_ITEMS = {"message", "function_call", "function_call_output", "local_shell_call", "custom_tool_call",
          "custom_tool_call_output", "web_search_call", "reasoning"}  # fmt: skip
_INJECTED = ("<user_instructions>", "<environment_context>", "# AGENTS.md instructions", "<permissions instructions",
             "<INSTRUCTIONS>", "<turn_aborted>", "<collaboration_mode>", "<skill>", "<subagent_notification>",
             "<model_switch>", "<user_shell_command>")  # fmt: skip
_FOLDER = re.compile(r"<cwd>(.+?)</cwd>|Current working directory: (.+)")
_STATUS = re.compile(r"(?:Exit code:|exited with code) (-?\d+)")


def is_line(fields: dict[str, Any]) -> bool:
    """Tell whether a line is one of Codex's."""
    return (
        isinstance(fields.get("payload"), dict)
        or (fields.get("type") in _ITEMS and "uuid" not in fields)
        or ("instructions" in fields and "timestamp" in fields and "id" in fields)
    )


def head(fields: dict[str, Any]) -> Head:
    """Return what a line tells of its session."""
    payload = fields_of(fields.get("payload"))
    if fields.get("type") == "session_meta":
        git, source = fields_of(payload.get("git")), payload.get("source")
        is_side = isinstance(source, dict) and "subagent" in source
        return Head(text_of(payload.get("id")), text_of(payload.get("cwd")), text_of(git.get("branch")), "", is_side)
    if fields.get("type") == "turn_context":
        return Head(project=text_of(payload.get("cwd")))
    if "instructions" in fields and "id" in fields:
        branch = text_of(fields_of(fields.get("git")).get("branch"))
        return Head(text_of(fields.get("id")), text_of(fields.get("cwd")), branch)
    item = payload or fields
    if item.get("type") == "message" and item.get("role") == "user":
        told = _FOLDER.search(joined(item.get("content"), Notes())[:4000])
        return Head(project=(told[1] or told[2]).strip()) if told else Head()
    return Head()


def turns(fields: dict[str, Any], notes: Notes) -> list[Turn]:
    """Return what was said in one line."""
    is_wrapped = isinstance(fields.get("payload"), dict)
    if is_wrapped and fields.get("type") != "response_item":
        return []  # events repeat what the items say
    item = fields_of(fields.get("payload")) if is_wrapped else fields
    at = instant(fields.get("timestamp"))
    call_id = text_of(item.get("call_id")) or text_of(item.get("id"))
    match item.get("type"):
        case "message":
            return _message(item, at, notes)
        case "function_call":
            return called(call_id, text_of(item.get("name")), _arguments(item.get("arguments")), at, notes)
        case "custom_tool_call":
            return called(call_id, text_of(item.get("name")), item.get("input"), at, notes)
        case "local_shell_call":
            return called(call_id, "shell", item.get("action"), at, notes)
        case "web_search_call":
            return called("", "web_search", fields_of(item.get("action")).get("query"), at, notes)
        case "function_call_output" | "custom_tool_call_output":
            output, failed = _output(item.get("output"), notes)
            return gave(call_id, output, at, notes, failed=failed)
        case "reasoning":
            notes.left_out["thinking"] += 1
    return []


def _message(item: dict[str, Any], at: str, notes: Notes) -> list[Turn]:
    role, text = item.get("role"), joined(item.get("content"), notes)
    if role not in ("user", "assistant"):
        notes.left_out["meta"] += 1
        return []
    if role == "user" and text.lstrip().startswith(_INJECTED):
        notes.left_out["injected"] += 1
        return []
    return said(str(role), text, at, notes)


def _arguments(given: object) -> object:
    """Return the arguments of a call, which are JSON in a text."""
    if not isinstance(given, str):
        return given
    try:
        return json.loads(given)
    except ValueError:
        return given


def _output(given: object, notes: Notes) -> tuple[str, bool]:
    """Return what a tool gave, and whether it failed: newer and older versions write it in four ways."""
    inner = _arguments(given) if isinstance(given, str) and given.startswith("{") else given
    if isinstance(inner, dict) and ("output" in inner or "content" in inner):
        status = fields_of(inner.get("metadata")).get("exit_code", 0)
        failed = inner.get("success") is False or status not in (0, None)
        return joined(inner.get("output") or inner.get("content"), notes), failed
    text = given if isinstance(given, str) else joined(given, notes)
    told = _STATUS.search(text[:400])
    return text, bool(told and told[1] != "0")
