"""Claude Code's histories: a tree of lines, of which one path is the conversation."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from engrep.engine.memory_types import Turn
from engrep.indexers.transcripts import Head, Notes, called, fields_of, gave, instant, joined, said, text_of

_COMMAND = re.compile(
    r"<command-name>\s*(/?[\w:.-]+)\s*</command-name>(?:.*?<command-args>(.*?)</command-args>)?", re.DOTALL
)
_NOT_SAID = ("[Request interrupted by user", "Caveat: The messages below were generated", "No response requested.")
_TITLES = {"summary": "summary", "custom-title": "customTitle", "ai-title": "aiTitle"}


class Link(NamedTuple):
    """How a line hangs in the tree; 0 for no line."""

    own: int
    parent: int
    message: int  # lines of one message bear one number
    is_leaf: bool  # it may be the last of the conversation
    is_result: bool


def is_line(fields: dict[str, Any]) -> bool:
    """Tell whether a line is one of Claude Code's."""
    return fields.get("type") == "summary" or ("sessionId" in fields and ("uuid" in fields or "type" in fields))


def head(fields: dict[str, Any]) -> Head:
    """Return what a line tells of its session."""
    title = text_of(fields.get(_TITLES.get(text_of(fields.get("type")), "")))
    return Head(
        text_of(fields.get("sessionId")),
        text_of(fields.get("cwd")),
        text_of(fields.get("gitBranch")),
        "" if fields.get("type") == "summary" else title,  # summaries of other sessions are known to stray in
        bool(fields.get("isSidechain")),
    )


def link(fields: dict[str, Any]) -> Link | None:
    """Return where a line hangs, None for one that is no part of the tree."""
    own = text_of(fields.get("uuid"))
    if not own:
        return None
    parent = text_of(fields.get("parentUuid")) or text_of(fields.get("logicalParentUuid"))
    if not parent and fields.get("subtype") == "compact_boundary":
        parent = "?"  # a full context was summed up: the conversation goes on from the line before
    message = fields_of(fields.get("message"))
    is_said = fields.get("type") in ("user", "assistant") and not (fields.get("isMeta") or fields.get("isSidechain"))
    content = message.get("content")
    blocks = content if isinstance(content, list) else []
    is_result = bool(blocks) and all(fields_of(block).get("type") == "tool_result" for block in blocks)
    return Link(number(own), number(parent), number(text_of(message.get("id"))), is_said, is_result)


def number(uuid: str) -> int:
    """Return a number for an id, 0 for none."""
    return int.from_bytes(hashlib.blake2b(uuid.encode("utf-8", "replace"), digest_size=8).digest()) if uuid else 0


def conversation(links: Iterable[Link], leaf: int = 0) -> set[int] | None:
    """Return the lines of the conversation: from the last one back to the root, and what was done beside it.

    A model may use several tools at once; their results hang side by side, so that the way back meets one of them alone.
    Where the way back leads to a line that is not there, it goes on from the one before. With `leaf`, the links are those
    after it; None when the conversation does not go on from there.
    """
    known = list(links)
    last = next((place for place in range(len(known) - 1, -1, -1) if known[place].is_leaf), -1)
    kept, root = _way_back(known, last, leaf)
    if leaf and last >= 0 and root != leaf:
        return None
    messages = {each.message for each in known if each.own in kept} - {0}
    for each in known:
        hangs_on = each.parent in kept or each.parent == leaf != 0
        if hangs_on and (each.is_result or each.message in messages):
            kept.add(each.own)
    return kept


def _way_back(known: Sequence[Link], place: int, leaf: int) -> tuple[set[int], int]:
    """Return the lines from one back to the root, and the parent of the last of them."""
    places = {each.own: place for place, each in enumerate(known)}
    kept: set[int] = set()
    parent = 0
    while place >= 0 and known[place].own not in kept:
        kept.add(known[place].own)
        parent = known[place].parent
        if parent in (0, leaf):
            break
        place = places.get(parent, -1 if leaf else place - 1)
    return kept, parent


def turns(fields: dict[str, Any], notes: Notes) -> list[Turn]:
    """Return what was said in one line of the conversation."""
    kind = fields.get("type")
    if kind not in ("user", "assistant"):
        return []
    message = fields_of(fields.get("message"))
    reason = _why_left_out(fields, message)
    if reason:
        notes.left_out[reason] += 1
        return []
    at = instant(fields.get("timestamp"))
    content = message.get("content")
    if isinstance(content, str):
        return _said(kind, content, at, notes)
    return _blocks(kind, content if isinstance(content, list) else [], at, notes)


def _why_left_out(fields: dict[str, Any], message: dict[str, Any]) -> str:
    if fields.get("isSidechain"):
        return "sidechain"
    if fields.get("isCompactSummary"):
        return "summary"
    if fields.get("isMeta") or fields.get("isApiErrorMessage") or message.get("model") == "<synthetic>":
        return "meta"
    return "copied" if fields.get("forkedFrom") else ""


def _blocks(kind: str, blocks: list[Any], at: str, notes: Notes) -> list[Turn]:
    found: list[Turn] = []
    for block in map(fields_of, blocks):
        match block.get("type"):
            case "text":
                found += _said(kind, text_of(block.get("text")), at, notes)
            case "tool_use":
                found += called(text_of(block.get("id")), text_of(block.get("name")), block.get("input"), at, notes)
            case "tool_result":
                output = joined(block.get("content"), notes)
                found += gave(text_of(block.get("tool_use_id")), output, at, notes, failed=bool(block.get("is_error")))
            case "thinking" | "redacted_thinking":
                notes.left_out["thinking"] += 1
            case "image" | "document":
                notes.left_out["data"] += 1
    return found


def _said(kind: str, text: str, at: str, notes: Notes) -> list[Turn]:
    if text.startswith(_NOT_SAID):
        notes.left_out["meta"] += 1
        return []
    if kind == "user" and "<command-name>" in text:
        text = _COMMAND.sub(lambda match: f"{match[1]} {(match[2] or '').strip()}", text)
    return said(kind, text, at, notes)
