"""What the evaluation commands show on a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len
from rich.text import Text

from engrep.output import safe_line

if TYPE_CHECKING:
    from engrep.eval.compare import Change, Comparison
    from engrep.eval.datasets import Dataset
    from engrep.eval.report import TaskReport
    from engrep.eval.tables import Table


def _line(text: str, style: str = "", bold: str = "") -> Text:
    """Make a line, perhaps after a bold beginning; names, titles and messages are other people's text."""
    return Text.assemble((safe_line(bold), "bold"), (safe_line(text), style))


def run_lines(files: Sequence[Path], left_out: Sequence[str] = ()) -> Iterable[Text]:
    """Name the run files and how to look at them, and the systems that could not run."""
    yield from (_line(f"without {each}", "yellow") for each in left_out)
    for path in files:
        yield _line(str(path))
    yield _line(f"look at them with: engrep eval report {files[0].parent}", "dim")


def fetched_lines(fetched: Mapping[str, Any]) -> Iterable[Text]:
    """Tell what was brought."""
    yield _line(f"{fetched['task']}: {len(fetched['fetched'])} fetched, {len(fetched['present'])} here already")


def generated_lines(folder: Path, counts: Mapping[str, int], task: str) -> Iterable[Text]:
    """Tell how many cases of each kind were made, and how to run them."""
    yield _line(", ".join(f"{count} {kind}" for kind, count in counts.items()))
    whole = folder.resolve()
    yield _line(f"run them with: engrep eval run {task}:{whole.name} --data {whole.parent}", "dim")


def sealed_lines(sealed: Dataset) -> Iterable[Text]:
    """Tell a data set's checksum."""
    yield _line(f"{sealed.name}: checksum {sealed.checksum}")


def task_lines(found: Sequence[Mapping[str, Any]]) -> Iterable[Text]:
    """List tasks."""
    width = max(len(each["name"]) for each in found)
    for each in found:
        yield _line(each["title"], bold=f"{each['name']:{width}}  ")
        yield _line(f"{'':{width}}  {each['state']}", "dim")


def system_lines(found: Sequence[Mapping[str, Any]], parts: Sequence[Mapping[str, Any]]) -> Iterable[Text]:
    """List systems by the kind of task they can do, and what engrep can do without."""
    width = max(len(each["name"]) for each in (*found, *parts))
    for each in found:
        yield _line(f"{each['title']}  ({each['kind']})", bold=f"{each['name']:{width}}  ")
    yield _line("parts of engrep that can be switched off, as in engrep-dense-test:", "dim")
    for each in parts:
        yield _line(each["title"], bold=f"{each['name']:{width}}  ")


def report_lines(made: Sequence[TaskReport], more: Sequence[Table] = ()) -> Iterable[Text]:
    """Show each task's tables, and further ones."""
    from engrep.eval.tables import tables

    for report in made:
        yield _line(f"  {report.title}", bold=report.task)
        for table in tables(report):
            yield from table_lines(table)
        yield Text()
    for table in more:
        yield from table_lines(table)


def table_lines(table: Table) -> Iterable[Text]:
    """Line up a table's columns, the first to the left, figures to the right, between its title and its note."""
    yield Text()
    yield _line("", bold=table.title)
    rows = [[safe_line(cell) for cell in row] for row in (table.head, *table.rows)]
    widths = [max(cell_len(row[at]) for row in rows) for at in range(len(table.head))]
    for number, row in enumerate(rows):
        cells = [
            cell + " " * (width - cell_len(cell)) if at == 0 else " " * (width - cell_len(cell)) + cell
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield Text("  ".join(cells).rstrip(), style="" if number else "dim")
    if table.note:
        yield _line(table.note, "dim")


def comparison_lines(found: Comparison, n_cases: int) -> Iterable[Text]:
    """Show every measure's difference, and the cases that moved most, with what moved them."""
    yield _line(f" against {found.first} on {found.task}", bold=found.second)
    width = max(len(test.measure) for test in found.measures)
    for test in found.measures:
        yield _line(
            f"  {test.measure:{width}}  {test.first:10,.4f} → {test.second:10,.4f}  {test.difference:+10,.4f} "
            f"[{test.low:+,.4f}, {test.high:+,.4f}]  p {test.p:.4f}  n {test.n:,}"
        )
    if found.only_one:
        yield _line(f"  {found.only_one:,} cases are in one run only and do not count", "yellow")
    for name, changes in (("lost", found.lost), ("won", found.won)):
        yield _line(f"{len(changes)} cases {name}" + (", the most:" if changes and n_cases else ""))
        for change in changes[:n_cases]:
            yield from _change(change)
    deciding = found.measures[0]
    verdict = "loss" if found.is_loss else "gain" if found.is_gain else "no difference beyond chance"
    style = "red" if found.is_loss else "green" if found.is_gain else ""
    yield _line(f"{deciding.measure}: {verdict} (p {deciding.p:.4f}, alpha {found.alpha:g})", style)


def _change(change: Change) -> Iterable[Text]:
    from engrep.eval.tables import short

    told = f"  {change.first:.2f} → {change.second:.2f}  {change.corpus}  {short(change.query)}"
    yield _line("", bold=told.rstrip())
    yield _line(f"    before: {change.why_first}")
    yield _line(f"    after:  {change.why_second}")
