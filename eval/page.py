"""A report as one HTML page that needs nothing else: tables, pictures, and what each question lost or won.

Questions and answers are other people's text: everything is escaped.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

from engrep.eval.compare import Change, Comparison, compare
from engrep.eval.plots import Picture, pictures, unique_ids
from engrep.eval.report import TaskReport
from engrep.eval.tables import Table, probability, short, tables

STYLE = Path(__file__).with_name("report.css")
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
        _task(report, [next(queue) for _ in some], comparisons) for report, some in zip(made, of_tasks, strict=True)
    ]
    sections += [
        f"<section><h2>{escape(table.title)}</h2>{_table(table)}{_figures([next(queue) for _ in some])}</section>"
        for table, some in more
    ]
    links = "".join(f'<a href="#{escape(report.task, quote=True)}">{escape(report.task)}</a>' for report in made)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><title>engrep eval</title>'
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


def _task(report: TaskReport, drawn: Sequence[Picture], comparisons: Sequence[Comparison]) -> str:
    first, *rest = tables(report)
    text = (
        f'<section id="{escape(report.task, quote=True)}"><h2>{escape(report.task)}</h2><p>{escape(report.title)}</p>'
    )
    text += _table(first) + _figures(drawn)
    text += "".join(f"<h3>{escape(table.title)}</h3>{_table(table)}" for table in rest)
    return text + "".join(_comparison(each) for each in comparisons if each.task == report.task) + "</section>"


def _figures(drawn: Sequence[Picture]) -> str:
    figures = "".join(f"<figure><figcaption>{escape(each.title)}</figcaption>{each.svg}</figure>" for each in drawn)
    return f'<div class="figures">{figures}</div>' if figures else ""


def _table(table: Table) -> str:
    head = "".join(f"<th>{escape(cell)}</th>" for cell in table.head)
    rows = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in table.rows)
    note = f'<p class="note">{escape(table.note)}</p>' if table.note else ""
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>{note}'


def _comparison(found: Comparison) -> str:
    deciding = found.measures[0]
    verdict = "a loss" if found.is_loss else "a gain" if found.is_gain else "no difference beyond chance"
    text = (
        f"<h3>{escape(found.second)} against {escape(found.first)}: {verdict}</h3>"
        f"<p>{escape(deciding.measure)} {deciding.first:.4f} → {deciding.second:.4f}, difference {deciding.difference:+.4f} "
        f"[{deciding.low:+.4f}, {deciding.high:+.4f}], p {escape(probability(deciding.p))}; "
        f"{len(found.lost)} cases lost, {len(found.won)} won of {deciding.n:,}.</p>"
    )
    return text + _changes("Lost", "loss", found.lost) + _changes("Won", "gain", found.won)


def _changes(name: str, style: str, changes: Sequence[Change]) -> str:
    if not changes:
        return ""
    shown = "".join(_change(change, style) for change in changes[:_MOST_CHANGES])
    left = len(changes) - _MOST_CHANGES
    rest = f'<p class="note">and {left} more, smaller ones</p>' if left > 0 else ""
    return f"<h3>{name}: {len(changes)}</h3>{shown}{rest}"


def _change(change: Change, style: str) -> str:
    return (
        f'<details><summary><span class="{style}">{change.first:.2f} → {change.second:.2f}</span> '
        f'<span class="soft">{escape(change.corpus)} · {escape(change.category)}</span> {escape(short(change.query))}</summary>'
        f'<div class="question">before: <code>{escape(change.why_first)}</code><br>'
        f"after: <code>{escape(change.why_second)}</code></div></details>"
    )
