"""What an instruction file says: its statements line by line, the files that it imports, and what it holds for.

CLAUDE.md, AGENTS.md, GEMINI.md and the rules of Cursor are Markdown with a few conventions; text in, frozen values out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

BEGIN, END = "<!-- engrep:begin -->", "<!-- engrep:end -->"  # our own block: what it says are memories already
MOST_CHARACTERS = 600  # of one statement; a longer paragraph or listing is cut
_OWN_BLOCK = re.compile(rf"{re.escape(BEGIN)}.*?(?:{re.escape(END)}|\Z)", re.DOTALL)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_HEADING = re.compile(r" {0,3}#{1,6}\s+(.*?)\s*#*$")
_ITEM = re.compile(r"\s*(?:[-*+]|\d{1,9}[.)])\s+(?:\[[ xX]\]\s+)?")
_RULER = re.compile(r"\s*(?:[-*_=]\s*){3,}$|\s*\|?(?:\s*:?-+:?\s*\|)+\s*:?-*:?\s*$")
_SPAN = re.compile(r"(?<!`)(`+)(?!`).+?(?<!`)\1(?!`)")
_IMPORT = re.compile(r"(?<!\S)@((?:[^\s\\`]|\\ )+)")
_KEY = re.compile(r"([A-Za-z_]\w*)\s*:\s*(.*)")


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing that a file says: an item of a list, a paragraph, or a listing."""

    text: str
    line: int  # from 1
    end_line: int
    heading: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """An instruction file, read."""

    statements: tuple[Statement, ...]
    imports: tuple[str, ...]  # as written, in order
    description: str = ""
    type: str = ""  # of a memory that Claude Code wrote
    globs: tuple[str, ...] = ()  # the files that it holds for; none for all
    always: bool = True  # False for a rule that an agent is only told where it applies


def page_of(text: str) -> Page:
    """Read an instruction file."""
    lines = _without(_OWN_BLOCK, text.removeprefix("\ufeff").replace("\r\n", "\n")).split("\n")
    fields, start = _front_matter(lines)
    body = [*[""] * start, *lines[start:]]
    globs = fields.get("globs") or fields.get("paths") or fields.get("applyTo") or ()
    always = fields.get("alwaysApply", ("true",)) == ("true",)
    return Page(
        tuple(_statements(_without(_COMMENT, "\n".join(body)).split("\n"))), tuple(_imports(body)),
        " ".join(fields.get("description", ())), next(iter(fields.get("type", ())), ""), () if always and "alwaysApply" in fields else tuple(globs), always,
    )  # fmt: skip


def _without(pattern: re.Pattern[str], text: str) -> str:
    """Blank out what a pattern finds; the lines keep their numbers."""
    return pattern.sub(lambda match: "\n" * match[0].count("\n"), text)


def _front_matter(lines: list[str]) -> tuple[dict[str, tuple[str, ...]], int]:
    """Return the fields that stand before the text, and the number of lines that they take."""
    if lines[0].strip() != "---":
        return {}, 0
    end = next((at for at, line in enumerate(lines[1:], 1) if line.strip() == "---"), 0)
    fields: dict[str, tuple[str, ...]] = {}
    key = ""
    for line in lines[1:end]:
        said = line.strip()
        found = _KEY.fullmatch(said)
        if found:
            key, said = found[1], found[2].strip("[]")
            fields[key] = _values(said, key)
        elif said.startswith("- ") and key:
            fields[key] = (*fields[key], *_values(said[2:], ""))
    return fields, end + 1 if end else 0


def _values(text: str, key: str) -> tuple[str, ...]:
    parts = [text] if key == "description" else re.split(r",(?![^{]*\})", text)  # a glob may hold {a,b}
    return tuple(part for each in parts if (part := each.strip().strip("\"'")))


def _statements(lines: list[str]) -> Iterator[Statement]:
    """Yield what lines say; those of one paragraph, item or listing together."""
    heading, fence = "", ""
    held: list[str] = []
    start = 0

    def told(end: int) -> Iterator[Statement]:
        text = ("\n" if fence else " ").join(held).strip()
        if any(map(str.isalnum, text)):
            cut = text if len(text) <= MOST_CHARACTERS else f"{text[: MOST_CHARACTERS - 1]}…"
            yield Statement(cut, start, end, heading)
        held.clear()

    for number, line in enumerate([*lines, ""], 1):
        mark = _FENCE.match(line)
        if fence:
            if mark and mark[1].startswith(fence) and not line[mark.end() :].strip():
                yield from told(number)
                fence = ""
            else:
                held.append(line.rstrip())
            continue
        title, item = _HEADING.fullmatch(line), _ITEM.match(line)
        if mark or title or item or not line.strip() or _RULER.fullmatch(line):
            yield from told(number - 1)
            start = number
        if mark:
            fence = mark[1]
        elif title:
            heading = title[1]
        elif line.strip() and not _RULER.fullmatch(line):
            if not held:
                start = number
            held.append((line[item.end() :] if item else line).strip())
    yield from told(len(lines))


def _imports(lines: list[str]) -> Iterator[str]:
    """Yield what is imported with `@path`, but not from code: between fences, in spans, or set in by four blanks."""
    fence, in_list, is_apart = "", False, True
    for line in lines:
        mark = _FENCE.match(line)
        if mark and (not fence or mark[1].startswith(fence)):
            fence = "" if fence else mark[1]
            continue
        is_set_in = line.startswith(("    ", "\t"))
        in_list = bool(_ITEM.match(line)) or (in_list and (is_set_in or not is_apart))
        if not fence and not (is_set_in and is_apart and not in_list):
            for found in _IMPORT.finditer(_SPAN.sub(" ", line)):
                yield found[1].replace("\\ ", " ")
            is_apart = not line.strip()
