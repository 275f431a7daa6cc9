"""Find the headings of Markdown and reStructuredText by scanning lines, in time linear in the size of the file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

HEADING_LIMIT = 200

# Each class stops at its own opening character, so that no text makes a search start over.
_LINK = re.compile(r"!?\[([^\[\]]*)\]\([^()]*\)")
_TAG = re.compile(r"<[^<>]*>")
_ROLE = re.compile(r":[a-z:]+:`")
_PUNCTUATION = frozenset("=-~^\"'`#*+.:_<>!$%&/,;?@|")
_NO_SETEXT = ("#", ">", "- ", "* ", "+ ", "|", "    ", "\t", "<", "```", "~~~")
_LEAST_UNDERLINE = 4  # docutils takes a shorter one only when it is as long as the title
_DEEPEST_ATX = 6


class Line(NamedTuple):
    """A line with its end mark; offsets are bytes."""

    text: str
    start: int
    end: int


class Heading(NamedTuple):
    """A heading found at a line: level 1 is the highest."""

    line: int  # 0-based index of its first line
    level: int
    title: str


def headings_of(lines: list[Line], language: str) -> list[Heading]:
    """Return a text's headings in order; a language without any gives none."""
    if language == "markdown":
        return list(_markdown_headings(lines))
    return list(_rst_headings(lines)) if language == "rst" else []


def _markdown_headings(lines: list[Line]) -> Iterator[Heading]:
    fence = ""
    start = _after_front_matter(lines)
    for index in range(start, len(lines)):
        text = lines[index].text.rstrip()
        mark = text.lstrip()
        if fence:
            fence = "" if mark.startswith(fence) and not mark.strip(fence[0]) else fence
        elif mark.startswith(("```", "~~~")):
            fence = mark[: len(mark) - len(mark.lstrip(mark[0]))]
        elif mark.startswith("#") and len(text) - len(mark) < _LEAST_UNDERLINE:
            yield from _atx(index, mark)
        elif mark and mark[0] in "=-" and not mark.strip(mark[0]) and index > start:
            yield from _setext(lines, index, mark[0], start)


def _after_front_matter(lines: list[Line]) -> int:
    """Skip the settings between two lines of `---` that open a file."""
    if lines and lines[0].text.rstrip() == "---":
        for index in range(1, len(lines)):
            if lines[index].text.rstrip() in ("---", "..."):
                return index + 1
    return 0


def _atx(index: int, mark: str) -> Iterator[Heading]:
    rest = mark.lstrip("#")
    level = len(mark) - len(rest)
    title = _plain(rest.rstrip("# \t") if rest.endswith("#") else rest)
    if level <= _DEEPEST_ATX and rest[:1] in (" ", "\t") and title:
        yield Heading(index, level, title)


def _setext(lines: list[Line], index: int, mark: str, start: int) -> Iterator[Heading]:
    above = lines[index - 1].text
    opens_paragraph = index - 2 < start or not lines[index - 2].text.strip()
    title = _plain(above)
    if title and opens_paragraph and not above.startswith(_NO_SETEXT):
        yield Heading(index - 1, 1 if mark == "=" else 2, title)


def _rst_headings(lines: list[Line]) -> Iterator[Heading]:
    levels: dict[tuple[str, bool], int] = {}
    used = -1  # the last line that already belongs to a heading
    for index in range(1, len(lines)):
        mark = underline(lines[index].text)
        title = lines[index - 1].text.rstrip()
        if not mark or index - 1 <= used or not title.strip() or underline(title):
            continue
        overlined = index - 2 > used and underline(lines[index - 2].text)[:1] == mark[0]
        if (title[0].isspace() and not overlined) or len(mark) < min(len(title.strip()), _LEAST_UNDERLINE):
            continue
        level = levels.setdefault((mark[0], overlined), len(levels) + 1)
        used = index
        plain = _plain(title)
        if plain:
            yield Heading(index - 1 - overlined, level, plain)


def underline(text: str) -> str:
    """Return a line of one repeated punctuation mark, two at least; "" for any other line."""
    mark = text.rstrip()
    return mark if len(mark) > 1 and mark[0] in _PUNCTUATION and not mark.strip(mark[0]) else ""


def _plain(title: str) -> str:
    """Take inline markup off a heading: links keep their text, tags and emphasis go."""
    title = title.strip()[: 5 * HEADING_LIMIT]
    if "[" in title:
        title = _LINK.sub(r"\1", title)
    if "<" in title:
        title = _TAG.sub("", title)
    if ":" in title:
        title = _ROLE.sub("`", title)
    plain = " ".join(title.replace("`", "").replace("**", "").split())
    return plain.encode("utf-8", "replace").decode()[:HEADING_LIMIT]
