"""What the evaluation commands show on a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Any

from rich.text import Text

from engrep.output import safe_line
from engrep.render_table import table_lines

if TYPE_CHECKING:
    from engrep.eval.agent_check import Checked
    from engrep.eval.calibrate import Measured
    from engrep.eval.compare import Change, Comparison
    from engrep.eval.report import TaskReport
    from engrep.eval.tables import Table


def run_lines(files: Sequence[Path], left_out: Sequence[str] = ()) -> Iterable[Text]:
    """Name the run files, what could not run here, and how to look at them."""
    for path in files:
        yield Text(safe_line(str(path)))
    for system in left_out:
        yield Text(safe_line(system), style="yellow")
    yield Text(safe_line(f"look at them with: engrep eval report {files[0].parent}"), style="dim")


def checked_lines(found: Sequence[Checked]) -> Iterable[Text]:
    """Tell of each task for agents whether it is as it says."""
    for each in found:
        yield Text.assemble(
            (f"{'right' if each.is_right else 'wrong'}  ", "" if each.is_right else "red"), safe_line(each.task)
        )
        told = (
            f"{len(each.failing)} fail without the fix, {len(each.staying)} pass before and after; {each.seconds:.1f} s"
        )
        yield Text(f"       {told}", style="dim")
        yield from (Text(safe_line(f"       {problem}"), style="red") for problem in each.problems)


def fetched_lines(fetched: Mapping[str, Any]) -> Iterable[Text]:
    """Tell what was brought."""
    failed = f", {len(fetched['failures'])} not" if fetched["failures"] else ""
    counts = f"{len(fetched['fetched'])} fetched{failed}, {len(fetched['present'])} here already"
    yield Text(safe_line(f"{fetched['task']}: {counts}"))


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


def task_lines(found: Sequence[Mapping[str, Any]], data: Path) -> Iterable[Text]:
    """List tasks, and where their data was looked for."""
    width = max(len(each["name"]) for each in found)
    for each in found:
        yield Text.assemble((f"{each['name']:{width}}  ", "bold"), safe_line(each["title"]))
        yield Text(f"{'':{width}}  {safe_line(each['state'])}", style="dim")
    yield Text()
    yield Text(
        safe_line(f"data sets are those in {data}; --data or ENGREP_EVAL_DATA names another folder"), style="dim"
    )


def system_lines(
    found: Sequence[Mapping[str, Any]], parts: Sequence[Mapping[str, Any]], tasks: Mapping[str, Sequence[str]]
) -> Iterable[Text]:
    """List systems by the kind of task they can do (`tasks`: kind → its tasks), and what engrep can do without."""
    width = max(len(each["name"]) for each in (*found, *parts))
    for kind, names in tasks.items():
        yield Text.assemble((f"{kind}: ", "bold"), (", ".join(names), "dim"))
        yield from (_listed(each, width) for each in found if each["kind"] == kind)
        yield Text()
    yield Text.assemble(("parts of engrep ", "bold"), ("that can be switched off, as in engrep-dense-test", "dim"))
    yield from (_listed(each, width) for each in parts)


def _listed(each: Mapping[str, Any], width: int) -> Text:
    return Text.assemble(f"  {each['name']:{width}}  ", each["title"])


def report_lines(made: Sequence[TaskReport], more: Sequence[Table] = (), width: int | None = None) -> Iterable[Text]:
    """Show each task's tables, and further ones; `width` as in `table_lines`."""
    from engrep.eval.tables import tables

    for at, report in enumerate(made):
        if at:
            yield Text()
        yield Text.assemble((safe_line(report.task), "bold"), safe_line(f"  {report.title}"))
        for table in tables(report):
            yield Text()
            yield from table_lines(table, width)
    for at, table in enumerate(more):
        if made or at:
            yield Text()
        yield from table_lines(table, width)


def calibration_lines(found: Measured, kept: Path | None) -> Iterable[Text]:
    """Show the figure at each trust, which one was taken, and where it is kept."""
    measured = found.calibration
    yield Text("trust  NDCG@10", style="dim")
    for trust, figure in found.curve:
        taken = trust == measured.trust
        yield Text(f"{trust:5.2f}  {figure:.4f}" + ("  ← taken" if taken else ""), style="bold" if taken else "")
    yield Text()
    yield Text.assemble(
        (safe_line(measured.identity), "bold"), f": trust {measured.trust:g} (the best lies within {measured.low:g} and "
        f"{measured.high:g}), {measured.gain:+.4f} [{measured.gain_low:+.4f}, {measured.gain_high:+.4f}] against no vectors, "
        f"{measured.items:,} functions of {safe_line(', '.join(measured.corpora))}",
    )  # fmt: skip
    where = f"kept in {kept}" if kept else f"not kept; a model's own file says it as trust = {measured.trust:g}"
    yield Text(safe_line(where), style="dim")


def comparison_lines(found: Comparison, n_cases: int, width: int | None = None) -> Iterable[Text]:
    """Show every measure's difference, and the cases that moved most, with what moved them."""
    from engrep.eval.tables import differences, probability

    yield from table_lines(differences(found), width)
    if found.only_one:
        yield Text(f"{found.only_one:,} cases are in one run only and do not count", style="yellow")
    for name, changes in (("lost", found.lost), ("won", found.won)):
        yield Text()
        yield Text(
            f"{len(changes):,} cases {name}" + (", the most:" if len(changes) > n_cases > 0 else ""), style="bold"
        )
        for change in changes[:n_cases]:
            yield from _change(change, width)
    deciding = found.measures[0]
    verdict = "loss" if found.is_loss else "gain" if found.is_gain else "no difference beyond chance"
    style = "red" if found.is_loss else "green" if found.is_gain else ""
    yield Text()
    yield Text.assemble(
        (safe_line(found.second), "bold"), f" against {safe_line(found.first)}: ", (verdict, style),
        f" in {safe_line(deciding.measure)} (p {probability(deciding.p)}, alpha {found.alpha:g})",
    )  # fmt: skip


def _change(change: Change, width: int | None) -> Iterable[Text]:
    from engrep.eval.compare import NOT_KEPT
    from engrep.eval.tables import short

    where = " · ".join(filter(None, (change.corpus, change.category)))
    question = short(change.query) or change.case_id
    yield Text.assemble(
        f"  {change.first:.2f} → {change.second:.2f}  ", (safe_line(question), "bold"), (f"  {safe_line(where)}", "dim")
    )
    for name, why in (("before", change.why_first), ("after", change.why_second)):
        if why != NOT_KEPT:
            told = f"    {name + ':':8}{safe_line(why)}"
            yield Text(told if width is None else fill(told, width, subsequent_indent=" " * 12, break_on_hyphens=False))
