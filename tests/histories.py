"""Histories as other programs write them, for the tests of the archive."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

AT = "2026-01-31T12:00:{:02}.123Z"


def write_lines(path: Path, lines: list[dict[str, Any]], *, more: str = "") -> Path:
    """Write JSON lines, and a text after them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines) + more, encoding="utf-8")
    return path


class Claude:
    """A session of Claude Code's, line by line: each hangs on the one before."""

    def __init__(self, folder: Path, session: str = "5e55-1", branch: str = "main") -> None:
        self.lines: list[dict[str, Any]] = []
        self._common = {"sessionId": session, "cwd": str(folder), "gitBranch": branch, "version": "2.1.0"}

    def add(self, kind: str, content: object, *, parent: str | None = None, **more: Any) -> str:
        """Add a line and give its id."""
        own = f"u{len(self.lines)}"
        before = next((line["uuid"] for line in reversed(self.lines) if "uuid" in line), None)
        message = {"role": kind, "content": content, **more.pop("message", {})}
        self.lines.append(
            {**self._common, "type": kind, "uuid": own, "parentUuid": parent or before,
             "timestamp": AT.format(len(self.lines) % 60), "message": message, **more}
        )  # fmt: skip
        return own

    def user(self, text: str, **more: Any) -> str:
        """Add what the user said."""
        return self.add("user", text, **more)

    def assistant(self, text: str, **more: Any) -> str:
        """Add what the model said."""
        return self.add("assistant", [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": text}], **more)

    def call(self, tool: str, given: dict[str, Any], number: str = "t1", **more: Any) -> str:
        """Add the use of a tool."""
        return self.add("assistant", [{"type": "tool_use", "id": number, "name": tool, "input": given}], **more)

    def result(self, content: object, number: str = "t1", *, failed: bool = False, **more: Any) -> str:
        """Add what a tool gave."""
        block = {"type": "tool_result", "tool_use_id": number, "content": content, "is_error": failed}
        return self.add("user", [block], **more)


def codex_lines(folder: Path, session: str = "c0de-1") -> list[dict[str, Any]]:
    """Give a session of Codex's."""
    items: list[dict[str, Any]] = [
        {"type": "message", "role": "developer", "content": [{"type": "input_text", "text": "You are Codex."}]},
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "<environment_context>\n<cwd>x</cwd>\n</environment_context>"}]},
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Why does the build fail?"}]},
        {"type": "reasoning", "summary": [], "encrypted_content": "gAAAA"},
        {"type": "function_call", "name": "shell", "call_id": "c1", "arguments": json.dumps({"command": ["bash", "-lc", "make build"]})},
        {"type": "function_call_output", "call_id": "c1", "output": json.dumps({"output": "missing header", "metadata": {"exit_code": 2}})},
        {"type": "custom_tool_call", "name": "apply_patch", "call_id": "c2", "input": "*** Begin Patch\n*** Update File: src/io.c\n+#include <io.h>\n*** End Patch"},
        {"type": "custom_tool_call_output", "call_id": "c2", "output": "Exit code: 0\nOutput:\nSuccess."},
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "The header was missing."}]},
    ]  # fmt: skip
    meta = {"id": session, "cwd": str(folder), "git": {"branch": "fix"}, "source": "cli", "cli_version": "0.99"}
    events = [{"type": "event_msg", "payload": {"type": "user_message", "message": "Why does the build fail?"}}]
    return [
        {"timestamp": AT.format(0), "type": "session_meta", "payload": meta},
        *({"timestamp": AT.format(number), "type": "response_item", "payload": item} for number, item in enumerate(items, 1)),
        *({"timestamp": AT.format(30), **event} for event in events),
        {"timestamp": AT.format(31), "type": "something_new", "payload": {"type": "unheard_of"}},
    ]  # fmt: skip


class Mimo:
    """A database of MiMo Code's."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.connection = sqlite3.connect(path)
        self.connection.executescript(
            """
            CREATE TABLE session (id TEXT PRIMARY KEY, parent_id TEXT, directory TEXT, title TEXT, revert TEXT,
                time_created INTEGER, time_updated INTEGER);
            CREATE TABLE message (id TEXT PRIMARY KEY, session_id TEXT, agent_id TEXT DEFAULT 'main',
                time_created INTEGER, time_updated INTEGER, data TEXT);
            CREATE TABLE part (id TEXT PRIMARY KEY, message_id TEXT, session_id TEXT, time_created INTEGER,
                time_updated INTEGER, data TEXT);
            """
        )
        self._number = 0

    def session(self, session: str, folder: Path, parent: str | None = None) -> None:
        """Add a session."""
        row = (session, parent, str(folder), "Retries", None, 1_770_000_000_000, 0)
        self.connection.execute("INSERT INTO session VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        self.connection.commit()

    def message(self, session: str, role: str, *parts: dict[str, Any], done: bool = True, agent: str = "main") -> str:
        """Add a message and give its id."""
        self._number += 1
        message, at = f"msg_{self._number:04}", 1_770_000_000_000 + self._number * 1000
        time = {"created": at, **({"completed": at + 500} if done else {})}
        data = json.dumps({"role": role, "time": time})
        self.connection.execute(
            "INSERT INTO message VALUES (?, ?, ?, ?, ?, ?)", (message, session, agent, at, at, data)
        )
        for number, part in enumerate(parts):
            row = (f"{message}-{number}", message, session, at, at, json.dumps(part))
            self.connection.execute("INSERT INTO part VALUES (?, ?, ?, ?, ?, ?)", row)
        self.connection.commit()
        return message
