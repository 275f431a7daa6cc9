"""The library's answers, trimmed for a model: the field names of the CLI's JSON, without what only a program reads.

Fields that say nothing (null, empty, false) are left out, and what a terminal would obey is made visible.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from engrep.engine.memory_types import Anchor, AnchorState, Change, Entry, Session, Turn
from engrep.engine.recall_types import Item
from engrep.engine.report_types import Remembered
from engrep.engine.types import Ambiguity, Edge, Hit
from engrep.output import safe_source

Data = dict[str, Any]

EXCERPT_LINES = 24  # of a hit; `symbol` shows more
MOST_CANDIDATES = 10
MOST_FILES = 10  # of a commit
MOST_TURN = 2000  # characters of one turn


def clean(value: Any) -> Any:
    """Return a value for JSON: without what says nothing, control characters visible."""
    if isinstance(value, str):
        return safe_source(value)
    if isinstance(value, dict):
        return {safe_source(key): clean(each) for key, each in value.items() if _says_something(each)}
    return [clean(each) for each in value] if isinstance(value, list | tuple) else value


def _says_something(value: Any) -> bool:
    return value is not None and value is not False and (bool(value) or isinstance(value, int | float))


def hit(found: Hit, *, most_lines: int | None) -> Data:
    """Return a place in the code; with `more_lines` where its text goes on."""
    lines = found.text.removesuffix("\n…").split("\n")
    cut = lines if most_lines is None else lines[:most_lines]
    more = found.end_line - found.start_line + 1 - len(cut) if found.text else 0
    return {
        "path": found.path, "start_line": found.start_line, "end_line": found.end_line,
        "qualified_name": found.qualified_name, "kind": found.kind, "score": round(found.score, 2),
        "text": "\n".join(cut), "more_lines": max(more, 0) or None, "stale": found.stale,
    }  # fmt: skip


def ambiguous(found: Ambiguity | None) -> Data | None:
    """Return the namesakes that could not be told apart."""
    if found is None:
        return None
    candidates = [
        {
            "qualified_name": each.qualified_name, "path": each.path, "start_line": each.start_line, "kind": each.kind,
            "signature": each.signature, "caller": each.caller,
        }
        for each in found.candidates[:MOST_CANDIDATES]
    ]  # fmt: skip
    return {"name": found.name, "candidates": candidates, "more": len(found.candidates) - len(candidates) or None}


def edge(found: Edge, stale: Collection[str]) -> Data:
    """Return one end of a call."""
    return {
        "qualified_name": found.qualified_name, "path": found.path, "line": found.line, "rung": found.rung,
        "confidence": found.confidence, "depth": found.depth if found.depth > 1 else None, "stale": found.path in stale,
    }  # fmt: skip


def item(found: Item, stale: Collection[str]) -> Data:
    """Return one thing that was brought back."""
    learned = {"at": found.learned.at, "session": found.learned.session} if found.learned else None
    shown: Data = {"type": found.type, "score": round(found.score, 2), "text": found.text, "learned": learned}
    if found.type == "memory":
        return {
            **shown, "id": found.id, "kind": found.kind, "status": "" if found.status == "active" else found.status,
            "anchors": [_anchor(each, stale) for each in found.anchors], "changed": found.changed,
            "contradicted": found.contradicted,
        }  # fmt: skip
    if found.type == "instruction":
        place = {"path": found.path, "start_line": found.start_line, "end_line": found.end_line}
        return {**shown, "id": found.id, "kind": found.kind, "title": found.title, **place}
    if found.type == "commit":
        files = {"files": list(found.files[:MOST_FILES]), "touched": found.touched}
        return {**shown, "id": found.id, "title": found.title, **files}
    if found.type == "turn":
        return {**shown, "session": found.session, "number": found.number, "role": found.role}
    return {
        **shown, "path": found.path, "start_line": found.start_line, "end_line": found.end_line,
        "qualified_name": found.qualified_name, "stale": found.path in stale,
    }  # fmt: skip


def _anchor(found: Anchor | AnchorState, stale: Collection[str] = ()) -> Data:
    """Return a place that a memory is about; of a file that changed since it was indexed nobody knows how it stands."""
    state = "unknown" if found.path in stale else "" if found.state == "fresh" else found.state
    return {"qualified_name": found.qualified_name, "path": found.path, "state": state}


def entry(found: Entry, stale: Collection[str] = ()) -> Data:
    """Return a memory as it stands."""
    return {
        "id": found.id, "kind": found.kind, "text": found.text, "status": found.status,
        "scope": f"{found.scope}:{found.place}" if found.place else found.scope, "slot": found.slot, "trust": found.trust,
        "pinned": found.pinned, "anchors": [_anchor(each, stale) for each in found.anchors], "changed_at": found.changed_at,
        "superseded_by": found.superseded_by, "sessions": sorted({each.session for each in found.evidence}),
    }  # fmt: skip


def change(found: Change) -> Data:
    """Return one event in the life of a memory, with what it said from then on."""
    said = found.after.text if found.after and (found.before is None or found.before.text != found.after.text) else ""
    return {"at": found.at, "actor": found.actor, "verb": found.verb, "cause": found.cause, "text": said}


def remembered(found: Remembered) -> Data:
    """Return what became of a statement."""
    return {
        "id": found.id, "status": found.status, "anchors": [_anchor(each) for each in found.anchors],
        "superseded": list(found.superseded), "duplicate_of": found.duplicate_of, "redacted": found.redacted or None,
        "conflicts": list(found.conflicts),
    }  # fmt: skip


def session(found: Session) -> Data:
    """Return the index line of a session."""
    return {
        "id": found.id, "program": found.program, "started_at": found.started_at, "branch": found.branch,
        "title": found.title, "turns": found.turns,
    }  # fmt: skip


def turn(found: Turn) -> Data:
    """Return one thing that was said or done."""
    text = found.text if len(found.text) <= MOST_TURN else f"{found.text[:MOST_TURN]}\n…"
    return {
        "number": found.number,
        "role": found.role,
        "tool": found.tool,
        "path": found.path,
        "at": found.at,
        "text": text,
    }
