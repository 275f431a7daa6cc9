"""Payloads as coding agents send them to their hooks, each with all the fields that its program sends."""

from __future__ import annotations

from pathlib import Path
from typing import Any

SESSION = "7d3b4c1e-0a52-4f6b-9c1d-2e5f8a90b6c4"


def claude(event: str, folder: Path, **more: Any) -> dict[str, Any]:
    """Give what Claude Code sends."""
    transcript = f"/home/dev/.claude/projects/-shop/{SESSION}.jsonl"
    common = {"session_id": SESSION, "transcript_path": transcript, "cwd": str(folder), "permission_mode": "default"}
    own: dict[str, dict[str, Any]] = {
        "SessionStart": {"source": "startup", "model": "opus"},
        "PreToolUse": {"tool_name": "Edit", "tool_use_id": "toolu_01", "tool_input": {"old_string": "a", "new_string": "b"}},
        "PostToolUse": {"tool_name": "Edit", "tool_use_id": "toolu_01", "tool_input": {}, "tool_response": {"success": True}},
        "PreCompact": {"trigger": "auto", "custom_instructions": ""},
        "Stop": {"stop_hook_active": False},
        "SessionEnd": {"reason": "prompt_input_exit"},
    }  # fmt: skip
    return _with_file({**common, "hook_event_name": event, **own.get(event, {})}, more)


def codex(event: str, folder: Path, **more: Any) -> dict[str, Any]:
    """Give what Codex sends."""
    transcript = f"/home/dev/.codex/sessions/2026/01/31/rollout-2026-01-31T12-00-00-{SESSION}.jsonl"
    common = {
        "session_id": SESSION, "transcript_path": transcript, "cwd": str(folder), "permission_mode": "default",
        "model": "gpt-5", "turn_id": "turn-1",
    }  # fmt: skip
    patch = f"*** Begin Patch\n*** Update File: {more.pop('file', '')}\n@@\n-a\n+b\n*** End Patch"
    own: dict[str, dict[str, Any]] = {
        "SessionStart": {"source": "startup"},
        "PreToolUse": {"tool_name": "apply_patch", "tool_use_id": "c1", "tool_input": {"command": patch}},
        "PostToolUse": {"tool_name": "apply_patch", "tool_use_id": "c1", "tool_input": {"command": patch}, "tool_response": "ok"},
    }  # fmt: skip
    return {**common, "hook_event_name": event, **own.get(event, {}), **more}


def gemini(event: str, folder: Path, **more: Any) -> dict[str, Any]:
    """Give what Gemini CLI sends."""
    common = {
        "session_id": SESSION, "transcript_path": f"/home/dev/.gemini/tmp/3f2a/chats/session-{SESSION}.json",
        "cwd": str(folder), "timestamp": "2026-01-31T12:00:00.000Z",
    }  # fmt: skip
    own: dict[str, dict[str, Any]] = {
        "SessionStart": {"source": "startup"},
        "BeforeTool": {"tool_name": "replace", "tool_input": {"old_string": "a", "new_string": "b"}},
        "AfterTool": {"tool_name": "replace", "tool_input": {}, "tool_response": {"llmContent": "done"}},
        "AfterAgent": {"prompt": "do it", "prompt_response": "done", "stop_hook_active": False},
        "PreCompress": {"trigger": "auto"},
        "SessionEnd": {"reason": "exit"},
    }
    return _with_file({**common, "hook_event_name": event, **own.get(event, {})}, more)


def cursor(event: str, folder: Path, **more: Any) -> dict[str, Any]:
    """Give what Cursor sends."""
    common = {
        "conversation_id": SESSION, "generation_id": "490b90b7", "model": "auto", "cursor_version": "2.4.1",
        "workspace_roots": [str(folder)], "user_email": None, "transcript_path": None,
    }  # fmt: skip
    own: dict[str, dict[str, Any]] = {
        "sessionStart": {"session_id": SESSION, "is_background_agent": False, "composer_mode": "agent"},
        "beforeSubmitPrompt": {"attachments": []},
        "preToolUse": {"tool_name": "Write", "tool_use_id": "w1", "cwd": "", "tool_input": {}},
        "postToolUse": {"tool_name": "Read", "tool_use_id": "w1", "cwd": "", "tool_input": {}, "tool_output": "{}"},
        "afterFileEdit": {"edits": [{"old_string": "a", "new_string": "b"}]},
        "stop": {"status": "completed", "loop_count": 0},
        "sessionEnd": {"reason": "completed", "duration_ms": 45000},
    }
    return _with_file({**common, "hook_event_name": event, **own.get(event, {})}, more)


def _with_file(payload: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    """Put a file where its program does: among what the tool was given, or beside it."""
    file = more.pop("file", None)
    if file is not None and "tool_input" in payload:
        payload["tool_input"] = {**payload["tool_input"], "file_path": str(file)}
    elif file is not None:
        payload["file_path"] = str(file)
    return {**payload, **more}
