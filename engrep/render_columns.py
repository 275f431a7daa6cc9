"""Columns without a box: lined up where they fit, and below each other where a terminal is narrower than they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich.text import Text

if TYPE_CHECKING:
    from rich.console import Console

GAP = "  "
_BREAKS = ("./: ", "_,")  # a line ends behind one of these, of the first where it can: half words are read badly


def width_of(console: Console) -> int | None:
    """Return the columns of a terminal, None for a file or a pipe, where lines stay whole."""
    return console.width if console.is_terminal else None


def columns(rows: Sequence[Sequence[Text]], width: int | None = None) -> Iterator[Text]:
    """Align cells by padding, nothing cut; where that takes more than `width`, each row flows over lines of its own."""
    if not rows:
        return
    widths = [max(cell.cell_len for cell in column) for column in zip(*rows, strict=True)]
    if width is not None and sum(widths) + len(GAP) * len(widths) > width:
        for row in rows:
            yield from _flowing([cell for cell in row if cell.plain], width)
        return
    for row in rows:
        line = Text(GAP)
        for cell, room in zip(row, widths, strict=True):
            line.append_text(cell)
            line.append(" " * (room - cell.cell_len) + GAP)
        line.rstrip()
        yield line


def shortened(text: str, most: int) -> str:
    """Cut a text behind a word where it is longer than `most` letters, and show that it is cut."""
    if len(text) <= most:
        return text
    head = text[: most - 1]
    return f"{head[: head.rfind(' ')] if ' ' in head else head}…"


def _flowing(cells: Sequence[Text], width: int) -> Iterator[Text]:
    """Put as many cells on a line as it takes, further lines indented more."""
    line = Text(GAP)
    for cell in cells:
        begun = line.cell_len > len(GAP) * 2
        if begun and line.cell_len + len(GAP) + cell.cell_len > width:
            yield line
            line, begun = Text(GAP * 2), False
        *whole, last = _broken(cell, width - line.cell_len)
        for part in whole:
            yield line.append_text(part)
            line = Text(GAP * 2)
        line.append(GAP if begun else "")
        line.append_text(last)
    yield line


def _broken(cell: Text, room: int) -> Iterator[Text]:
    """Break a cell that is wider than its line behind a part of the name or path."""
    room = max(room - len(GAP), 8)
    while cell.cell_len > room + len(GAP):
        head = cell.plain[:room]
        while Text(head).cell_len > room:
            head = head[:-1]
        ends = (max(map(head.rfind, marks)) + 1 for marks in _BREAKS)
        at = next((end for end in ends if end > len(head) // 2), len(head))
        first, cell = cell.divide([at])
        yield first
    yield cell
