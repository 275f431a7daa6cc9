"""A file's bytes with what symbols, references and chunks look up in them: lines, comments, what stands before what."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engrep.indexers.plain import plain_text
from engrep.indexers.spelling import comment_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engrep.indexers.matched import Form

MAX_COMMENTS = 200  # comments above a definition that are read
MAX_INDENT = 400  # bytes of a line that are looked at before a definition; a line can be the whole file
HEADER_LINES = 5  # a licence starts within these

_BREAK = 0x0A
_LICENCE = re.compile(rb"copyright|licen[sc]e|SPDX|\(c\) ?\d{4}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Source:
    """A file's bytes and its indexes over them."""

    data: bytes
    blanked: bytes  # the same length, comments and docstrings are blanks
    plain: bytes  # the same length, what is only form is blanks too: see plain.py
    newlines: list[int]  # offset of each line break
    comments: list[tuple[int, int]]  # sorted spans
    leads: dict[int, int]  # start of a definition -> start of the comments above it, filled as they are asked for
    own_line: dict[int, int]  # line a comment ends on -> its index, for comments with nothing before them on the line
    spoken: dict[bytes, str]  # comments -> their words, filled as they are asked for
    has_attributes: bool  # whether a Rust attribute may stand between a comment and its item

    def words(self, start: int, end: int) -> str:
        """Read a comment or docstring without its markers; the same one is asked for by symbols and by chunks."""
        raw = self.data[start:end].rstrip()
        text = self.spoken.get(raw)
        if text is None:
            text = self.spoken[raw] = comment_text(raw.decode("utf-8", "replace"))
        return text

    def line(self, offset: int) -> int:
        """Give the line of an offset."""
        return bisect_left(self.newlines, offset) + 1

    def line_end(self, offset: int) -> int:
        """Give the offset after the line that holds an offset, its break included."""
        index = bisect_left(self.newlines, offset)
        return self.newlines[index] + 1 if index < len(self.newlines) else len(self.data)

    def line_start(self, line: int) -> int:
        """Give the offset at which a line starts."""
        return self.newlines[line - 2] + 1 if line > 1 else 0

    def opens_line(self, offset: int) -> bool:
        """Tell whether nothing but blanks and comments stands before an offset on its line."""
        before = self.line_start(self.line(offset))
        return offset - before <= MAX_INDENT and not self.blanked[before:offset].strip()

    def with_indent(self, offset: int) -> int:
        """Give the start of an offset's line where nothing but blanks and comments stands before it, else the offset."""
        index = bisect_left(self.newlines, offset)
        before = self.newlines[index - 1] + 1 if index else 0
        return before if offset - before <= MAX_INDENT and not self.blanked[before:offset].strip() else offset


def read_source(
    data: bytes,
    comments: list[tuple[int, int]],
    docs: list[tuple[int, int]],
    forms: Sequence[Form] = (),
    language: str = "",
) -> Source:
    """Index lines and comments once a file."""
    blanks = bytearray(data)
    for start, end in (*comments, *docs):
        blanks[start:end] = b" " * (end - start)
    blanked = bytes(blanks)
    newlines = line_breaks(data)
    return Source(
        data,
        blanked,
        plain_text(blanked, forms, language),
        newlines,
        comments,
        {},
        _own_lines(data, blanked, newlines, comments),
        {},
        b"#[" in data,
    )


def line_breaks(data: bytes) -> list[int]:
    """Give the offset of each line break; in Python alone this took a quarter of the time that indexing a file takes."""
    import numpy as np

    breaks: list[int] = np.flatnonzero(np.frombuffer(data, np.uint8) == _BREAK).tolist()
    return breaks


def _own_lines(data: bytes, blanked: bytes, newlines: list[int], comments: list[tuple[int, int]]) -> dict[int, int]:
    """Map the lines that comments end on to them, for those with nothing but blanks and comments before them."""
    lines: dict[int, int] = {}
    n_lines = len(newlines)
    at = 0
    for index, (start, end) in enumerate(comments):
        at = bisect_left(newlines, start, at)
        before = newlines[at - 1] + 1 if at else 0
        if start != before and (start - before > MAX_INDENT or blanked[before:start].strip()):
            continue
        # Some grammars count the line break as part of the comment.
        last = end - (2 if data[end - 1] == _BREAK else 1) if end else start
        lines[(at if at == n_lines or last <= newlines[at] else bisect_left(newlines, last, at)) + 1] = index
    return lines


def leading_comment(source: Source, start: int) -> int:
    """Give the offset where the comments that end right above a definition start, or the definition's own start."""
    known = source.leads.get(start)
    if known is None:
        known = source.leads[start] = _leading_comment(source, start)
    return known


def _leading_comment(source: Source, start: int) -> int:
    index = bisect_left(source.newlines, start)
    if index not in source.own_line and not source.has_attributes:
        return start
    before = source.newlines[index - 1] + 1 if index else 0
    if start - before > MAX_INDENT or source.blanked[before:start].strip():
        return start
    line, first = index + 1, start
    for _ in range(MAX_COMMENTS):
        above = source.own_line.get(line - 1)
        if above is not None:
            at, end = source.comments[above]
            line = source.line(at)
            if line <= HEADER_LINES and _LICENCE.search(source.data, at, end):
                break
            first = at
        elif line > 1 and source.has_attributes and _is_attribute(source, line - 1, start):
            line -= 1  # a Rust attribute between the comment and the item
        else:
            break
    return first


def _is_attribute(source: Source, line: int, end: int) -> bool:
    return source.blanked[source.line_start(line) : end].lstrip().startswith(b"#[")
