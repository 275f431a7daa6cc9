"""Conversations in plain JSON, JSONL and Markdown, as people and small programs write them."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from engrep.engine.memory_types import Turn
from engrep.indexers.transcripts import Head, Notes, fields_of, instant, joined, said, text_of

_ROLES = {
    "user": "user", "human": "user", "you": "user", "me": "user", "用户": "user", "我": "user",
    "assistant": "assistant", "ai": "assistant", "model": "assistant", "bot": "assistant", "claude": "assistant",
    "codex": "assistant", "gemini": "assistant", "chatgpt": "assistant", "agent": "assistant", "助手": "assistant",
    "tool": "result", "function": "result", "工具": "result",
}  # fmt: skip
_TYPED = frozenset({"user", "gemini", "model", "assistant"})  # Gemini CLI names who spoke as the type of a message
_TEXTS, _TIMES = ("content", "text", "message", "body"), ("timestamp", "at", "created_at", "date", "time")
_IDS, _FOLDERS = ("sessionId", "session_id", "id", "conversation_id"), ("cwd", "project", "directory")
_SPEAKER = re.compile(
    r"^(?:(?P<mark>#{1,6}\s+|\*\*)|)(?P<who>"
    + "|".join(_ROLES)
    + r")\b[^\n:：*]{0,40}(?P<colon>\*{0,2}[:：]\*{0,2})?\*{0,2}[ \t]*",
    re.IGNORECASE | re.MULTILINE,
)
_HEADING = re.compile(r"^#{1,2} ", re.MULTILINE)
_FENCE = re.compile(r"^(?:```|~~~)", re.MULTILINE)


def is_turn(fields: dict[str, Any]) -> bool:
    """Tell whether a line is one turn of a conversation."""
    return _role(fields) != "" and any(name in fields for name in _TEXTS)


def is_session(fields: dict[str, Any]) -> bool:
    """Tell whether an object is a whole conversation."""
    return isinstance(fields.get("messages") or fields.get("turns"), list)


def head(fields: dict[str, Any]) -> Head:
    """Return what an object tells of its session; a project that is a name and no folder is left out."""
    more = {**fields_of(fields.get("metadata")), **fields}
    folder = _first(more, _FOLDERS)
    is_folder = folder.startswith(("/", "~")) or folder[1:3] in (":\\", ":/")
    named = _first(fields, _IDS) if is_session(fields) else ""
    return Head(named, folder if is_folder else "", text_of(more.get("branch")), text_of(more.get("title")))


def turns(fields: dict[str, Any], notes: Notes, at: str = "") -> list[Turn]:
    """Return what was said in one line: a turn, or a whole conversation."""
    if is_session(fields):
        told = {**fields_of(fields.get("metadata")), **fields}
        began = next((moment for name in _TIMES if (moment := instant(told.get(name)))), at)
        messages = fields.get("messages") or fields.get("turns")
        return [turn for each in messages or () for turn in turns(fields_of(each), notes, began)]
    role = _role(fields)
    if not role:
        notes.left_out["meta" if fields.get("role") else "unknown"] += 1
        return []
    moment = next((found for name in _TIMES if (found := instant(fields.get(name)))), at)
    text = next((text for name in _TEXTS if (text := joined(fields.get(name), notes))), "")
    tool = text_of(fields.get("tool")) or (text_of(fields.get("name")) if role == "result" else "")
    return [Turn("", 0, each.role, each.at, each.text, tool) for each in said(role, text, moment, notes)]


def _role(fields: dict[str, Any]) -> str:
    named = text_of(fields.get("role")) or text_of(fields.get("speaker")) or text_of(fields.get("from"))
    if not named and fields.get("type") in _TYPED:
        named = text_of(fields.get("type"))
    return _ROLES.get(named.lower(), "")


def _first(fields: dict[str, Any], names: tuple[str, ...]) -> str:
    return next((text for name in names if (text := text_of(fields.get(name)))), "")


def markdown_turns(text: str, notes: Notes, *, is_note: bool) -> list[Turn]:
    """Return what was said in a Markdown page by its speakers; with none, a note is all the user's, and others are nothing."""
    fences = [match.start() for match in _FENCE.finditer(text)]
    speakers = [
        match
        for match in _SPEAKER.finditer(text)
        if _names_speaker(match) and not bisect_left(fences, match.start()) % 2
    ]
    if not speakers:
        parts = _sections(text, fences) if is_note else ()
        return [turn for part in parts for turn in said("user", part, "", notes)]
    ends = [match.start() for match in speakers[1:]] + [len(text)]
    return [
        turn
        for match, end in zip(speakers, ends, strict=True)
        for turn in said(_ROLES[match["who"].lower()], text[match.end() : end], "", notes)
    ]


def _names_speaker(match: re.Match[str]) -> bool:
    """Tell a speaker from a line that begins with such a word: it is a heading, or has a colon after it."""
    is_heading = (match["mark"] or "").startswith("#") and match.string[match.end() : match.end() + 1] in ("\n", "")
    return bool(match["colon"]) or is_heading


def _sections(text: str, fences: Sequence[int]) -> Iterator[str]:
    """Cut a page at its headings of the first two levels."""
    headings = [match.start() for match in _HEADING.finditer(text) if not bisect_left(fences, match.start()) % 2]
    edges = sorted({0, *headings, len(text)})
    yield from (text[start:end] for start, end in pairwise(edges))
