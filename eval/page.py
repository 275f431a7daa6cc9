"""A report as one HTML page that needs nothing else: tables, pictures, and what each question lost or won.

Questions and answers are other people's text: everything is escaped.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from pathlib import Path

from engrep.eval.compare import Change, Comparison, compare
from engrep.eval.drawing import Picture, unique_ids
from engrep.eval.plots import pictures
from engrep.eval.report import TaskReport
from engrep.eval.tables import WHOLE_ROW, Table, probability, short, tables

STYLE = Path(__file__).with_name("report.css")
_MOST_OF_A_QUESTION = 2000  # characters: an issue may be a book
_MOST_CHANGES = 60  # of each kind that a page lists


def page(
    made: Sequence[TaskReport],
    comparisons: Sequence[Comparison],
    more: Sequence[tuple[Table, Sequence[Picture]]] = (),
) -> str:
    """Write the page: every task, then the differences between runs, then further tables with their pictures."""
    of_tasks = [pictures(report) for report in made]
    queue = iter(unique_ids(each for some in (*of_tasks, *(some for _, some in more)) for each in some))
    sections = [
        _task(report, _anchor(at, report.task), [next(queue) for _ in some], comparisons)
        for at, (report, some) in enumerate(zip(made, of_tasks, strict=True))
    ]
    sections += [
        f'<section id="{_anchor(at, table.title)}"><h2>{escape(table.title)}</h2>'
        f"{_table(table)}{_figures([next(queue) for _ in some])}</section>"
        for at, (table, some) in enumerate(more, len(made))
    ]
    names = [*(report.task for report in made), *(table.title for table, _ in more)]
    links = "".join(f'<a href="#{_anchor(at, name)}">{escape(name)}</a>' for at, name in enumerate(names))
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(', '.join(names[:3]))}{' …' if len(names) > 3 else ''} · engrep eval</title>"
        f"<style>\n{STYLE.read_text(encoding='utf-8')}</style></head><body>\n"
        f'<h1>Evaluation</h1><p class="soft">Made by <code>engrep eval report</code>.</p><nav>{links}</nav>\n'
        + "\n".join(sections)
        + "\n</body></html>\n"
    )


def comparisons(made: Sequence[TaskReport]) -> list[Comparison]:
    """Compare every system of a task with the one that its report compares with."""
    found = []
    for report in made:
        first = next(line for line in report.lines if line.system == report.first)
        found += [compare(first.result, line.result) for line in report.lines if line.against is not None]
    return found


def _anchor(at: int, name: str) -> str:
    """Give a section's id: two data sets of one task make two sections of one name."""
    return f"s{at + 1}-" + re.sub(r"\W+", "-", name)


def _task(report: TaskReport, anchor: str, drawn: Sequence[Picture], comparisons: Sequence[Comparison]) -> str:
    first, *rest = tables(report)
    text = f'<section id="{anchor}"><h2>{escape(report.task)}</h2><p>{escape(report.title)}</p>'
    text += _table(first) + _figures(drawn)
    text += "".join(
        f"<details><summary><h3>{escape(table.title)}</h3></summary>{_table(table)}</details>" for table in rest
    )
    told = "".join(_comparison(each) for each in comparisons if each.task == report.task)
    return text + (f"<h3>Question by question</h3>{told}" if told else "") + "</section>"


def _figures(drawn: Sequence[Picture]) -> str:
    figures = "".join(
        f"<figure><figcaption>{escape(each.title)}"
        + (f'<br><span class="soft">{escape(each.note)}</span>' if each.note else "")
        + f"</figcaption>{each.svg}</figure>"
        for each in drawn
    )
    return f'<div class="figures">{figures}</div>' if figures else ""


def _table(table: Table) -> str:
    head = "".join(f"<th>{_breakable(cell)}</th>" for cell in table.head)
    rows = "".join(
        f"<tr{_style(table, row, WHOLE_ROW)}>"
        + "".join(
            f"<td{_style(table, row, at)}>{escape(cell) if at else _breakable(cell)}</td>"
            for at, cell in enumerate(cells)
        )
        + "</tr>"
        for row, cells in enumerate(table.rows)
    )
    note = f'<p class="note">{escape(table.note)}</p>' if table.note else ""
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>{note}'


def _breakable(name: str) -> str:
    """Let a long name break where its parts join, so that its column is narrow."""
    return re.sub(r"(?<=\w)([-=_+/])(?=\w)", r"\1<wbr>", escape(name))


def _style(table: Table, row: int, column: int) -> str:
    mark = table.marks.get((row, column))
    return f' class="{mark}"' if mark else ""


def _comparison(found: Comparison) -> str:
    deciding = found.measures[0]
    verdict = "loss" if found.is_loss else "gain" if found.is_gain else "no difference beyond chance"
    style = f' class="{verdict}"' if found.is_loss or found.is_gain else ' class="soft"'
    changes = _changes("Lost", "loss", found, found.lost) + _changes("Won", "gain", found, found.won)
    return (
        f"<details><summary><strong>{escape(found.second)}</strong> against {escape(found.first)}: "
        f'<span{style}>{verdict}</span> <span class="soft">· {escape(deciding.measure)} {deciding.difference:+.4f} '
        f"[{deciding.low:+.4f}, {deciding.high:+.4f}], p {escape(probability(deciding.p))}"
        f" · {len(found.lost):,} lost, {len(found.won):,} won of {deciding.n:,}</span></summary>"
        f'<div class="changes">{changes or "<p>Every question went alike.</p>"}</div></details>'
    )


def _changes(name: str, style: str, found: Comparison, changes: Sequence[Change]) -> str:
    if not changes:
        return ""
    shown = "".join(_change(change, style, found) for change in changes[:_MOST_CHANGES])
    left = len(changes) - _MOST_CHANGES
    rest = f'<p class="note">and {left:,} more, smaller ones</p>' if left > 0 else ""
    return f"<h4>{name}: {len(changes):,}</h4>{shown}{rest}"


def _whole(query: str) -> str:
    """Give a question that its line cuts short."""
    return "" if short(query) == query else f'<p class="soft">{escape(short(query, _MOST_OF_A_QUESTION))}</p>'


def _change(change: Change, style: str, found: Comparison) -> str:
    where = " · ".join(filter(None, (change.corpus, change.category)))
    return (
        f'<details><summary><span class="{style}">{change.first:.2f} → {change.second:.2f}</span> '
        f'{escape(short(change.query) or change.case_id)} <span class="soft">{escape(where)}</span></summary>'
        f"{_whole(change.query)}"
        f"<dl><dt>{escape(found.first)}</dt><dd>{escape(change.why_first)}</dd>"
        f"<dt>{escape(found.second)}</dt><dd>{escape(change.why_second)}</dd></dl></details>"
    )
