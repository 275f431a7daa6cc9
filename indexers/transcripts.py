"""What the histories of all programs have in common: cleaning what was said, and keeping the ends of what is long.

The readers beside this file turn one line, or one message, of a program's history into turns. They read what they know and
leave the rest: unknown fields and events are no error. `Notes` is what a reader has to know of the lines before.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from engrep.engine.memory_types import Turn
from engrep.indexers.secret_files import holds_secrets

OUTPUT_HEAD, OUTPUT_TAIL = 3000, 1500  # characters kept of what a tool gave
CALL_HEAD, CALL_TAIL = 6000, 2000  # of what it was called with
SAID_HEAD, SAID_TAIL = 80_000, 20_000  # of what a person or a model said: only a pasted file is longer
_MOST_CALLS = 512  # calls that wait for their result at one time

_DATA_URL = re.compile(r"data:([\w.+/-]{1,100})?(?:;[\w=.+-]{1,100})*;base64,[A-Za-z0-9+/=_-]{32,}")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{600,}={0,2}")
_BINARY = re.compile("[\x00-\x08\x0e-\x1a\ufffd]")
# What programs put beside the words of a person. `engrep` is what we inject ourselves: kept, memories would echo. Gemini CLI
# escapes the marks and puts `hook_context` around them (getAdditionalContext in its packages/core/src/hooks/types.ts).
_BESIDE = re.compile(
    r"<(system-reminder|engrep(?:-\w+)?|ide_opened_file|ide_selection|ide_diagnostics|command-message|"
    r"local-command-stdout|local-command-stderr|local-command-caveat|task-notification|environment_context|"
    r"user_instructions|environment_details|bash-stdout|bash-stderr|hook_context)\b[^>]{0,200}>.*?(?:</\1>|\Z)"
    r"|&lt;(engrep(?:-\w+)?)&gt;.*?(?:&lt;/\2&gt;|\Z)",
    re.DOTALL,
)
_OWN_TOOL = re.compile(r"mcp__(?:plugin_)?engrep|engrep[_.]")
_OWN_COMMAND = re.compile(r"^\s*(?:\w+=\S*\s+|uvx\s+|uv run\s+|python3? -m\s+)*engrep\s")
_PATH_FIELDS = ("file_path", "filePath", "path", "notebook_path", "filename", "target_file")
_PATCHED = re.compile(r"^\*\*\* (?:Update|Add|Delete) File: (.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Head:
    """What a line tells of the session it belongs to; '' for what it does not."""

    id: str = ""
    project: str = ""
    branch: str = ""
    title: str = ""
    is_side: bool = False  # held by a program with itself


@dataclass(slots=True)
class Notes:
    """What a reader knows of the lines before: calls that wait for a result, and how much was left out, by reason."""

    calls: dict[str, tuple[str, str, str]] = field(
        default_factory=dict
    )  # its number → (tool, path, why its result is left out)
    left_out: Counter[str] = field(default_factory=Counter)
    leaf: int = 0  # the last line of the conversation, where the source is a tree


def instant(value: object) -> str:
    """Return a time as ISO 8601 in UTC, to the second; '' for what is none. Numbers are seconds or milliseconds."""
    try:
        if isinstance(value, str) and value:
            moment = datetime.fromisoformat(value)
            moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        elif isinstance(value, int | float) and value > 0:
            moment = datetime.fromtimestamp(value / 1000 if value > 1e11 else value, UTC)
        else:
            return ""
        return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError, OSError):
        return ""


def text_of(value: object) -> str:
    """Return a value as a text; '' for what is none."""
    return value if isinstance(value, str) else ""


def fields_of(value: object) -> dict[str, Any]:
    """Return a value as an object; an empty one for what is none."""
    return value if isinstance(value, dict) else {}


def cleaned(text: str, notes: Notes) -> str:
    """Take out what nobody said: data, binary, and what programs put beside the words of a person."""
    if "<" in text or "&lt;" in text:
        text, found = _BESIDE.subn("", text)
        notes.left_out["injected"] += found
    if len(text) > 600 or "base64," in text:
        text, urls = _DATA_URL.subn(lambda match: f"[data left out: {match[1] or 'unknown'}]", text)
        text, runs = _BASE64.subn(lambda match: f"[data left out: {len(match[0])} characters]", text)
        notes.left_out["data"] += urls + runs
    if not text.isprintable() and len(_BINARY.findall(text, 0, 4096)) > min(len(text), 4096) // 20:
        notes.left_out["data"] += 1
        return f"[binary left out: {len(text)} characters]"
    return text.strip()


def bounded(role: str, text: str) -> str:
    """Return the text of a turn with the middle of a long one counted instead of kept; secrets are out of it already."""
    head, tail = SAID_HEAD, SAID_TAIL
    if role not in {"user", "assistant"}:
        head, tail = (CALL_HEAD, CALL_TAIL) if role == "call" else (OUTPUT_HEAD, OUTPUT_TAIL)
    if len(text) <= head + tail + 100:
        return text
    start, end = _end_of_line(text, head), _start_of_line(text, len(text) - tail)
    return f"{text[:start]}\n[… {end - start:,} characters left out …]\n{text[end:]}"


def _end_of_line(text: str, at: int) -> int:
    found = text.rfind("\n", at - at // 4, at)
    return at if found < 0 else found


def _start_of_line(text: str, at: int) -> int:
    found = text.find("\n", at, at + (len(text) - at) // 4)
    return at if found < 0 else found + 1


def said(role: str, text: str, at: str, notes: Notes) -> list[Turn]:
    """Return the turn of a person or a model; none for nothing said."""
    text = cleaned(text, notes)
    return [Turn("", 0, role, at, text)] if text else []


def called(call_id: str, tool: str, given: object, at: str, notes: Notes) -> list[Turn]:
    """Return the turn of a tool that is used; what our own tools give is not taken up again."""
    asked = given if isinstance(given, dict) else {"input": given} if given else {}
    command = _command(asked)
    path = next((text_of(asked[name]) for name in _PATH_FIELDS if text_of(asked.get(name))), "")
    text = command or "\n".join(f"{name}: {_shown(value)}" for name, value in asked.items())
    patched = _PATCHED.search(text) if not path else None
    path = patched[1].strip() if patched else path
    is_own = _OWN_TOOL.match(tool) or _OWN_COMMAND.match(command)
    reason = "own" if is_own else "denied" if _is_denied([path, *command.split()]) else ""
    if call_id and len(notes.calls) < _MOST_CALLS:
        notes.calls[_number(call_id)] = (tool, path, reason)
    if reason == "own" or (reason and not command):
        notes.left_out[reason] += 1
        return []
    return [Turn("", 0, "call", at, cleaned(text, notes), tool, path)]


def _number(call_id: str) -> str:
    """Return what stands for a call in what is kept of it: the id is a stranger's text."""
    return hashlib.blake2b(call_id.encode("utf-8", "replace"), digest_size=8).hexdigest()


def _command(asked: Mapping[str, object]) -> str:
    """Return the command line of a call of a shell, '' for other calls."""
    given = asked.get("command") or asked.get("cmd")
    if isinstance(given, list):
        words = [str(word) for word in given]
        return words[-1] if len(words) == 3 and words[1] in ("-c", "-lc") else " ".join(words)
    return text_of(given)


def _shown(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _is_denied(names: Iterable[str]) -> bool:
    """Tell whether a file that holds nothing but secrets is named."""
    return any(holds_secrets(name.strip("'\"`;|&()<>")) for name in names if name)


def gave(call_id: str, text: str, at: str, notes: Notes, *, failed: bool) -> list[Turn]:
    """Return the turn of what a tool gave back."""
    tool, path, reason = notes.calls.pop(_number(call_id), ("", "", ""))
    if reason:
        notes.left_out[reason] += 1
        return []
    text = cleaned(text, notes)
    return [Turn("", 0, "error" if failed else "result", at, text, tool, path)] if text else []


def joined(content: object, notes: Notes) -> str:
    """Return the text of a content that is one, or a list of blocks; pictures and files in it are counted."""
    if isinstance(content, str):
        return content
    parts: list[str] = []
    for block in content if isinstance(content, list) else []:
        if isinstance(block, str):
            parts.append(block)
        elif text := text_of(fields_of(block).get("text")):
            parts.append(text)
        elif fields_of(block).get("type") in ("image", "document", "input_image", "image_url", "file", "input_file"):
            notes.left_out["data"] += 1
    return "\n".join(parts)
