"""Cursor's transcripts: a message a line with Claude's blocks in it, and neither times nor what tools gave.

    {"role": "user", "message": {"content": [{"type": "text", "text": "<timestamp>…</timestamp><user_query>…</user_query>"}]}}

Cursor documents no format; it is that of the transcripts in public repositories' tests, which agree (2026).
"""

from __future__ import annotations

import re
from typing import Any

from engrep.engine.memory_types import Turn
from engrep.indexers.transcripts import Head, Notes, called, fields_of, joined, said, text_of

_QUERY = re.compile(r"<user_query>(.*?)(?:</user_query>|\Z)", re.DOTALL)


def is_line(fields: dict[str, Any]) -> bool:
    """Tell whether a line is a message of Cursor's."""
    return fields.get("role") in ("user", "assistant") and isinstance(fields.get("message"), dict)


def head(_fields: dict[str, Any]) -> Head:
    """Return what a line tells of its session, which is nothing."""
    return Head()


def turns(fields: dict[str, Any], notes: Notes) -> list[Turn]:
    """Return what was said in one line; of a person that is what stands between the marks, where there are any."""
    content = fields_of(fields.get("message")).get("content")
    if fields.get("role") == "user":
        text = joined(content, notes)
        return said("user", "\n".join(_QUERY.findall(text)) or text, "", notes)
    found: list[Turn] = []
    for block in content if isinstance(content, list) else [content]:
        call = fields_of(block)
        if call.get("type") == "tool_use":
            found += called("", text_of(call.get("name")), call.get("input"), "", notes)
        else:
            found += said("assistant", joined([block], notes), "", notes)
    return found
