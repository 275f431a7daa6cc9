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
    from engrep.eval.report import TaskReport
    from engrep.eval.tables import Table


def run_lines(files: Sequence[Path]) -> Iterable[Text]:
    """Name the run files, and how to look at them."""
    for path in files:
        yield Text(safe_line(str(path)))
    yield Text(f"look at them with: engrep eval report {files[0].parent}", style="dim")


def fetched_lines(fetched: Mapping[str, Any]) -> Iterable[Text]:
    """Tell what was brought."""
    yield Text(f"{fetched['task']}: {len(fetched['fetched'])} fetched, {len(fetched['present'])} here already")


def generated_lines(folder: Path, counts: Mapping[str, int]) -> Iterable[Text]:
    """Tell how many questions were made, and how to ask them."""
    yield Text(", ".join(f"{count} {kind}" for kind, count in counts.items()))
    whole = folder.resolve()
    yield Text(safe_line(f"ask them with: engrep eval run namesakes:{whole.name} --data {whole.parent}"), style="dim")


def replayed_lines(folder: Path, counts: Mapping[str, int]) -> Iterable[Text]:
    """Tell how many places were drawn, and how to ask about them."""
    yield Text(", ".join(f"{count} {verdict}" for verdict, count in counts.items()))
    whole = folder.resolve()
    yield Text(
        safe_line(f"ask about them with: engrep eval run anchors:{whole.name} --data {whole.parent}"), style="dim"
    )


def task_lines(found: Sequence[Mapping[str, Any]]) -> Iterable[Text]:
    """List tasks."""
    width = max(len(each["name"]) for each in found)
    for each in found:
        yield Text.assemble((f"{each['name']:{width}}  ", "bold"), each["title"])
        yield Text(f"{'':{width}}  {each['state']}", style="dim")


def system_lines(found: Sequence[Mapping[str, Any]], parts: Sequence[Mapping[str, Any]]) -> Iterable[Text]:
    """List systems by the kind of task they can do, and what engrep can do without."""
    width = max(len(each["name"]) for each in (*found, *parts))
    for each in found:
        yield Text.assemble((f"{each['name']:{width}}  ", "bold"), each["title"], (f"  ({each['kind']})", "dim"))
    yield Text("parts of engrep that can be switched off, as in engrep-dense-test:", style="dim")
    for each in parts:
        yield Text.assemble((f"{each['name']:{width}}  ", "bold"), each["title"])


def report_lines(made: Sequence[TaskReport], more: Sequence[Table] = ()) -> Iterable[Text]:
    """Show each task's tables, and further ones."""
    from engrep.eval.tables import tables

    for report in made:
        yield Text.assemble((report.task, "bold"), f"  {report.title}")
        for table in tables(report):
            yield from table_lines(table)
        yield Text()
    for table in more:
        yield from table_lines(table)


def table_lines(table: Table) -> Iterable[Text]:
    """Line up a table's columns, the first to the left, figures to the right, between its title and its note."""
    yield Text()
    yield Text(table.title, style="bold")
    rows = [[safe_line(cell) for cell in row] for row in (table.head, *table.rows)]
    widths = [max(cell_len(row[at]) for row in rows) for at in range(len(table.head))]
    for number, row in enumerate(rows):
        cells = [
            cell + " " * (width - cell_len(cell)) if at == 0 else " " * (width - cell_len(cell)) + cell
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield Text("  ".join(cells).rstrip(), style="" if number else "dim")
    if table.note:
        yield Text(table.note, style="dim")


def comparison_lines(found: Comparison, n_cases: int) -> Iterable[Text]:
    """Show every measure's difference, and the cases that moved most, with what moved them."""
    yield Text.assemble((f"{found.second}", "bold"), f" against {found.first} on {found.task}")
    width = max(len(test.measure) for test in found.measures)
    for test in found.measures:
        yield Text(
            f"  {test.measure:{width}}  {test.first:10,.4f} → {test.second:10,.4f}  {test.difference:+10,.4f} "
            f"[{test.low:+,.4f}, {test.high:+,.4f}]  p {test.p:.4f}  n {test.n:,}"
        )
    if found.only_one:
        yield Text(f"  {found.only_one:,} cases are in one run only and do not count", style="yellow")
    for name, changes in (("lost", found.lost), ("won", found.won)):
        yield Text(f"{len(changes)} cases {name}" + (", the most:" if changes and n_cases else ""))
        for change in changes[:n_cases]:
            yield from _change(change)
    deciding = found.measures[0]
    verdict = "loss" if found.is_loss else "gain" if found.is_gain else "no difference beyond chance"
    style = "red" if found.is_loss else "green" if found.is_gain else ""
    yield Text.assemble(f"{deciding.measure}: ", (verdict, style), f" (p {deciding.p:.4f}, alpha {found.alpha:g})")


def _change(change: Change) -> Iterable[Text]:
    from engrep.eval.tables import short

    yield Text(
        f"  {change.first:.2f} → {change.second:.2f}  {change.corpus}  {safe_line(short(change.query))}".rstrip(),
        style="bold",
    )
    yield Text(f"    before: {safe_line(change.why_first)}")
    yield Text(f"    after:  {safe_line(change.why_second)}")
