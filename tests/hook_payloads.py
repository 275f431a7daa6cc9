"""Payloads as coding agents send them to their hooks: the fields of recorded ones and of their programs' schemas."""

from __future__ import annotations

from pathlib import Path
from typing import Any

SESSION = "7d3b4c1e-0a52-4f6b-9c1d-2e5f8a90b6c4"


def claude(event: str, folder: Path, **more: Any) -> dict[str, Any]:
    """Give what Claude Code sends, by src/claude_agent_sdk/types.py of its SDK for Python."""
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
    """Give what Codex sends, by its schemas in codex-rs/hooks/schema/generated and as recorded of 0.145 (2026-07).

    A session that begins has no turn yet, one that ends neither model nor turn.
    """
    common = {
        "session_id": SESSION, "cwd": str(folder),
        "transcript_path": f"/home/dev/.codex/sessions/2026/01/31/rollout-2026-01-31T12-00-00-{SESSION}.jsonl",
    }  # fmt: skip
    asked = {"model": "gpt-5", "permission_mode": "default"}
    turn = {"turn_id": "019f99c4-38c9-7f63-901a-d9910886b99a", **asked}
    patch = f"*** Begin Patch\n*** Update File: {more.pop('file', '')}\n@@\n-a\n+b\n*** End Patch"
    tool = {**turn, "tool_name": "apply_patch", "tool_use_id": "exec-1", "tool_input": {"command": patch}}
    own: dict[str, dict[str, Any]] = {
        "SessionStart": {**asked, "source": "startup"},
        "UserPromptSubmit": turn,
        "PreToolUse": tool,
        "PostToolUse": {**tool, "tool_response": "ok"},
        "PreCompact": {"turn_id": turn["turn_id"], "model": "gpt-5", "trigger": "auto"},
        "Stop": {**turn, "stop_hook_active": False, "last_assistant_message": "done"},
        "SessionEnd": {"reason": "other"},
    }
    return {**common, "hook_event_name": event, **own[event], **more}


def gemini(event: str, folder: Path, **more: Any) -> dict[str, Any]:
    """Give what Gemini CLI sends, by its packages/core/src/hooks/types.ts and as recorded of 0.46 (2026-07)."""
    common = {
        "session_id": SESSION, "transcript_path": f"/home/dev/.gemini/tmp/3f2a/chats/session-{SESSION}.json",
        "cwd": str(folder), "timestamp": "2026-01-31T12:00:00.000Z",
    }  # fmt: skip
    answer = {"llmContent": "done", "returnDisplay": "done"}
    own: dict[str, dict[str, Any]] = {
        "SessionStart": {"source": "startup"},
        "BeforeTool": {"tool_name": "replace", "tool_input": {"old_string": "a", "new_string": "b"}},
        "AfterTool": {"tool_name": "replace", "tool_input": {}, "tool_response": answer},
        "AfterAgent": {"prompt": "do it", "prompt_response": "done", "stop_hook_active": False},
        "PreCompress": {"trigger": "auto"},
        "SessionEnd": {"reason": "exit"},
    }
    return _with_file({**common, "hook_event_name": event, **own.get(event, {})}, more)


def cursor(event: str, folder: Path, **more: Any) -> dict[str, Any]:
    """Give what Cursor sends, by cursor.com/docs/agent/hooks and as recorded of its CLI of 2026-07 and its IDE 3.12."""
    common = {
        "conversation_id": SESSION, "generation_id": "490b90b7", "model": "default", "session_id": SESSION,
        "cursor_version": "2026.07.23-e383d2b", "workspace_roots": [str(folder)], "user_email": "dev@example.org",
        "transcript_path": None,
    }  # fmt: skip
    own: dict[str, dict[str, Any]] = {
        "sessionStart": {"is_background_agent": False, "composer_mode": "agent"},
        "beforeSubmitPrompt": {"attachments": []},
        "preToolUse": {"tool_name": "Write", "tool_use_id": "w1", "cwd": "", "tool_input": {}},
        "postToolUse": {
            "tool_name": "Read", "tool_use_id": "w1", "cwd": "", "tool_input": {}, "duration": 14.726,
            "tool_output": '{"content_length":44896}',
        },
        "afterFileEdit": {"edits": [{"old_string": "a", "new_string": "b"}]},
        "preCompact": {
            "trigger": "auto", "context_usage_percent": 91, "context_tokens": 182340, "context_window_size": 200000,
            "message_count": 146, "messages_to_compact": 118, "is_first_compaction": True,
        },
        "stop": {"status": "completed", "loop_count": 0, "input_tokens": 40450, "output_tokens": 754},
        "sessionEnd": {
            "reason": "completed", "duration_ms": 45000, "is_background_agent": False, "final_status": "completed",
        },
    }  # fmt: skip
    return _with_file({**common, "hook_event_name": event, **own.get(event, {})}, more)


def _with_file(payload: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    """Put a file where its program does: among what the tool was given, or beside it."""
    file = more.pop("file", None)
    if file is not None and "tool_input" in payload:
        payload["tool_input"] = {**payload["tool_input"], "file_path": str(file)}
    elif file is not None:
        payload["file_path"] = str(file)
    return {**payload, **more}
