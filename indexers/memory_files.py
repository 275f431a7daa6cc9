"""What other programs wrote down as memories: Markdown, read into statements with their kind, reason and place.

Claude Code keeps one fact a file with its type above it, and an index of links; MiMo Code four sections; Codex groups of
tasks, each for the folders that it names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from engrep.indexers.instructions import Page, Statement, page_of

_TYPES = {"user": "preference", "feedback": "convention", "project": "decision", "reference": "gotcha"}  # Claude's
_SECTIONS = (
    (re.compile(r"(?i)preference|偏好"), "preference"),
    (re.compile(r"(?i)\brules?\b|convention|feedback|规则|约定"), "convention"),
    (re.compile(r"(?i)decision|architecture|决策|架构"), "decision"),
)
_RULE = re.compile(r"(?i)\b(?:always|never|must|do not|don't|don’t)\b|总是|始终|必须|不要|不得|禁止")
_LINK = re.compile(r"\[[^\]]*\]\([^)]*\.md\)")
_REASON = re.compile(r"(?i)\**(?:why|reason|how to apply)\s*:\**\s*")
_GROUP = re.compile(r"(?m)^# (?=Task Group)")
_APPLIES = re.compile(r"(?m)^applies_to:.*?\bcwd\s*=\s*([^;\n]+)")
_LASTING = re.compile(r"(?i)preference|reusable|knowledge|failure")  # the sections of a group that outlive its tasks


@dataclass(frozen=True, slots=True)
class Noted:
    """One memory as a program wrote it down."""

    text: str
    line: int
    kind: str
    reason: str = ""


def noted(text: str) -> list[Noted]:
    """Read a page of memories."""
    return list(_noted(page_of(text), lambda _: True))


def noted_by_codex(text: str, is_ours: Callable[[str], bool]) -> list[Noted]:
    """Read Codex's handbook: of the groups for this project's folders what outlives their tasks."""
    found: list[Noted] = []
    starts = [match.start() for match in _GROUP.finditer(text)]
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        group = text[start:end]
        applies = _APPLIES.search(group)
        if applies and is_ours(applies[1].strip().strip("`\"'")):
            above = text.count("\n", 0, start)
            page = page_of("\n" * above + group)
            found += _noted(page, lambda heading: bool(_LASTING.search(heading)))
    return found


def _noted(page: Page, is_wanted: Callable[[str], bool]) -> Iterator[Noted]:
    told: Noted | None = None
    for each in page.statements:
        if not is_wanted(each.heading) or _is_index(each):
            continue
        reason = _REASON.match(each.text)
        if told is not None and reason:
            why = f"{told.reason} {each.text[reason.end() :]}".strip()
            told = Noted(told.text, told.line, told.kind, why)
            continue
        if told is not None:
            yield told
        told = Noted(each.text, each.line, _kind(page, each))
    if told is not None:
        yield told


def _is_index(each: Statement) -> bool:
    return bool(_LINK.match(each.text))


def _kind(page: Page, each: Statement) -> str:
    if page.type in _TYPES:
        return _TYPES[page.type]
    by_section = (kind for pattern, kind in _SECTIONS if pattern.search(each.heading))
    return next(by_section, "convention" if _RULE.search(each.text) else "gotcha")
