"""Tables on a terminal: columns lined up, and folded where the terminal is narrower than they are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.text import Text

from engrep.output import safe_line
from engrep.render_columns import GAP

if TYPE_CHECKING:
    from engrep.eval.tables import Table

STYLES = {"gain": "green", "loss": "red", "best": "bold", "soft": "dim"}


def table_lines(table: Table, width: int | None = None) -> Iterable[Text]:
    """Line up a table's columns, the first to the left, figures to the right, between its title and its note.

    Where that takes more than `width` cells, long heads are broken into lines, and what is still too much goes below, the
    first column again beside it.
    """
    yield Text(safe_line(table.title), style="bold")
    rows = [[safe_line(cell) for cell in row] for row in table.rows]
    heads = [[safe_line(cell)] for cell in table.head]
    widths = _widths(heads, rows)
    if width is not None and _total(widths) > width:
        bodies = [max((cell_len(row[at]) for row in rows), default=0) for at in range(len(heads))]
        heads = [broken(head, body) for (head,), body in zip(heads, bodies, strict=True)]
        widths = _widths(heads, rows)
    for number, columns in enumerate(_blocks(widths, width)):
        if number:
            yield Text()
        yield from _block(table, heads, rows, widths, columns)
    if table.note:
        yield Text(safe_line(table.note), style="dim")


def broken(head: str, width: int) -> list[str]:
    """Break a head where its parts join, into lines as wide as its column or as its longest part."""
    parts = re.findall(r"[^-=_+/ ]*[-=_+/ ]*", head)
    longest = max(width, *(cell_len(part.rstrip()) for part in parts))
    lines = [""]
    for part in parts:
        if lines[-1] and cell_len((lines[-1] + part).rstrip()) > longest:
            lines.append("")
        lines[-1] += part
    return [line.rstrip() for line in lines]


def _widths(heads: Sequence[Sequence[str]], rows: Sequence[Sequence[str]]) -> list[int]:
    return [max(map(cell_len, (*head, *(row[at] for row in rows)))) for at, head in enumerate(heads)]


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + len(GAP) * (len(widths) - 1)


def _blocks(widths: Sequence[int], width: int | None) -> list[list[int]]:
    """Divide the columns into blocks that fit, each with the first column; at least one further column in each."""
    blocks = [[0]]
    for at in range(1, len(widths)):
        fits = width is None or _total([widths[each] for each in (*blocks[-1], at)]) <= width
        if not fits and len(blocks[-1]) > 1:
            blocks.append([0])
        blocks[-1].append(at)
    return blocks


def _block(
    table: Table,
    heads: Sequence[Sequence[str]],
    rows: Sequence[Sequence[str]],
    widths: Sequence[int],
    columns: list[int],
) -> Iterable[Text]:
    height = max(len(heads[at]) for at in columns)
    for level in range(height):
        lines = [heads[at][level - height] if level - height >= -len(heads[at]) else "" for at in columns]
        cells = [_padded(cell, at, widths) for cell, at in zip(lines, columns, strict=True)]
        yield Text(GAP.join(cells).rstrip(), style="dim")
    for number, row in enumerate(rows):
        whole = STYLES.get(table.marks.get((number, -1), ""), "")
        line = Text(style=whole)
        for at in columns:
            line.append(GAP if at else "")
            line.append(_padded(row[at], at, widths), STYLES.get(table.marks.get((number, at), ""), ""))
        line.rstrip()
        yield line


def _padded(cell: str, column: int, widths: Sequence[int]) -> str:
    blanks = " " * (widths[column] - cell_len(cell))
    return blanks + cell if column else cell + blanks
