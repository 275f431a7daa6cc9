"""Answers without a language model: the passages that answer, each with where it stands; nothing is put into other words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from engrep.agents.chat_types import Citation, Extract
from engrep.engine.recall_types import Item
from engrep.indexers.text import terms, words

MOST, MOST_LINES = 6, 8  # extracts of one answer, lines of each
HONEST = "These are extracts, best first; no language model answered."


def extracts(question: str, items: Iterable[Item], most: int = MOST) -> tuple[Extract, ...]:
    """Return the passages of what was brought back that hold most of the question."""
    wanted = frozenset(terms(question))
    return tuple(_extract(item, wanted) for _, item in zip(range(most), items, strict=False))


def written(found: Sequence[Extract], walk: str = "") -> str:
    """Return an answer of extracts as text, cited; before them a walk along the call graph, where one was asked for."""
    shown = ["\n".join([f"{each.cite}{_about(each.item)}", *_shown(each)]) for each in found]
    parts = [each for each in (walk, *shown) if each]
    return "\n\n".join([HONEST, *parts]) if parts else ""


def citations(found: Iterable[Extract]) -> tuple[Citation, ...]:
    """Return what an answer of extracts cites: all of it was just read, so it is there."""
    return tuple(_citation(each) for each in found)


def cite(item: Item) -> str:
    """Name what was brought back, as an answer cites it."""
    if item.type == "code":
        return f"{item.path}:{item.start_line}"
    if item.type == "turn":
        return f"session {item.session} turn {item.number}"
    return f"commit {item.id[:12]}" if item.type == "commit" else item.id


def _extract(item: Item, wanted: frozenset[str]) -> Extract:
    lines = item.text.rstrip("\n").split("\n")
    if item.type != "code" or len(lines) <= MOST_LINES:
        return Extract(item, cite(item), item.start_line, tuple(lines[: 2 * MOST_LINES]))
    held = [wanted.intersection(terms(line)) for line in lines]
    starts = range(len(lines) - MOST_LINES + 1)
    best = max(starts, key=lambda at: (len(frozenset[str]().union(*held[at : at + MOST_LINES])), -at))
    first = item.start_line + best
    return Extract(item, f"{item.path}:{first}", first, tuple(lines[best : best + MOST_LINES]))


def _shown(found: Extract) -> list[str]:
    if found.item.type != "code":
        return [f"  {line}" for line in found.lines]
    width = len(str(found.first_line + len(found.lines)))
    return [f"  {number:>{width}}  {line}" for number, line in enumerate(found.lines, found.first_line)]


def _about(item: Item) -> str:
    if item.type == "code":
        return f"  {item.qualified_name}" if item.qualified_name else ""
    about = ", ".join(each.qualified_name or each.path for each in item.anchors[:2])
    said = [
        each for each in (item.kind if item.type != "turn" else item.role, f"about {about}" if about else "") if each
    ]
    return f"  ({', '.join(said)})" if said else ""


def _citation(found: Extract) -> Citation:
    item = found.item
    if item.type in ("code", "instruction"):
        first = found.first_line or item.start_line
        last = first + len(found.lines) - 1 if item.type == "code" else item.end_line
        return Citation(found.cite, "code", True, item.path, first, last)
    return Citation(found.cite, item.type, True, id=item.id or f"{item.session} {item.number}")


_WALKS = (
    ("callers", re.compile(r"(?i)\b(?:who|what|which \w+)\s+(?:calls?|uses?|invokes?)\s+`?([\w.:#/]+)`?|\bcallers? of\s+`?([\w.:#/]+)`?|谁(?:调用|使用)了?\s*`?([\w.:#/]+)`?")),
    ("callees", re.compile(r"(?i)\bwhat does\s+`?([\w.:#/]+)`?\s+(?:call|use|invoke)s?\b|\bcallees? of\s+`?([\w.:#/]+)`?")),
)  # fmt: skip


def walk_asked(question: str) -> tuple[str, str] | None:
    """Return the walk along the call graph that a question asks for, callers or callees, and of what; None for no such question."""
    for verb, pattern in _WALKS:
        if found := pattern.search(question):
            name = next(group for group in found.groups() if group).rstrip(".?:")
            return (verb, name) if words(name) else None
    return None
