"""The commands that show, compare and keep runs: engrep eval report, compare, keep."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engrep.options import EvalData, Json
from engrep.output import FOUND, NOTHING, emit, safe_block, write

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

RUNS = Path("runs")


def report(
    runs: Annotated[
        list[Path] | None, typer.Argument(metavar="[RUN]...", help="Run files, or folders of them. Without it: runs.")
    ] = None,
    against: Annotated[
        str | None,
        typer.Option("--against", metavar="SYSTEM", help="Compare all with this system. Without it: engrep."),
    ] = None,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write a page with plots and each question's change.")
    ] = None,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Write Markdown to stdout.")] = False,
    data: EvalData = None,
    as_json: Json = False,
) -> int:
    """Show what runs found: every system beside the others, with intervals and paired tests."""
    from engrep.eval.datasets import places
    from engrep.eval.report import reports, summary
    from engrep.eval.runs import read_run
    from engrep.eval.speed.figures import speed_table
    from engrep.eval.tables import markdown, markdown_report
    from engrep.eval.tasks.registry import in_order, published

    given = runs or [RUNS]
    files, speeds = _run_files(given)
    results = in_order([read_run(file) for file in files])
    made = reports(results, against, published({result.head["task"] for result in results}, places(data, None)))
    speed_tables = [speed_table(result) for result in speeds]
    if html is not None:
        from engrep.eval.page import comparisons, page
        from engrep.eval.speed.drawn import speed_pictures

        html.parent.mkdir(parents=True, exist_ok=True)
        more = [(table, speed_pictures(result)) for table, result in zip(speed_tables, speeds, strict=True)]
        html.write_text(page(made, comparisons(made), more), encoding="utf-8")
    if as_markdown and not as_json:
        text = markdown_report(made) + "".join(f"\n## {each.title}\n\n{markdown(each)}\n" for each in speed_tables)
        write(safe_block(text))
        return FOUND

    def view(_console: Console) -> Iterable[Text]:
        from engrep.render_eval import report_lines

        return report_lines(made, speed_tables)

    emit({"tasks": [summary(each) for each in made], "speed": speeds}, view, as_json=as_json)
    return FOUND


def compare(
    first: Annotated[Path, typer.Argument(metavar="BEFORE", help="The run file to compare with.")],
    second: Annotated[Path, typer.Argument(metavar="AFTER", help="The run file in question.")],
    measure: Annotated[
        str | None,
        typer.Option("--measure", metavar="NAME", help="What decides. Without it: the task's first measure."),
    ] = None,
    alpha: Annotated[
        float, typer.Option("--alpha", metavar="P", min=0.0, max=1.0, help="A loss less likely by chance than P fails.")
    ] = 0.05,
    cases: Annotated[int, typer.Option("--cases", metavar="N", min=0, help="Show at most N lost and N won cases.")] = 5,
    as_json: Json = False,
) -> int:
    """Tell whether AFTER is worse than BEFORE; a loss beyond chance exits with 1.

    Both must be runs of one task on the same data.
    """
    from dataclasses import asdict

    from engrep.eval.compare import compare as compared
    from engrep.eval.runs import read_run

    found = compared(read_run(first), read_run(second), measure, alpha)

    def view(_console: Console) -> Iterable[Text]:
        from engrep.render_eval import comparison_lines

        return comparison_lines(found, cases)

    emit({**asdict(found), "is_loss": found.is_loss, "is_gain": found.is_gain}, view, as_json=as_json)
    return NOTHING if found.is_loss else FOUND


def keep(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN...", help="Run files.")],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where the copies go.")],
    as_json: Json = False,
) -> int:
    """Copy runs without questions and answers: small enough for a repository, enough for every figure."""
    from engrep.eval.runs import keep as kept

    copies = kept(runs, out)

    def view(_console: Console) -> Iterable[Text]:
        from engrep.render_eval import run_lines

        return run_lines(copies)

    emit({"runs": [str(path) for path in copies]}, view, as_json=as_json)
    return FOUND


def _run_files(given: list[Path]) -> tuple[list[Path], list[dict[str, Any]]]:
    """Return the run files and the speed measurements named, or lying in folders named; UsageError when there is none."""
    from engrep.engine.errors import UsageError
    from engrep.eval.runs import run_files
    from engrep.eval.speed.bench import FILE_NAME, read_speed

    measured = [
        path / FILE_NAME if path.is_dir() else path for path in given if path.is_dir() or path.name == FILE_NAME
    ]
    speeds = [read_speed(path) for path in measured if path.exists()]
    files = [path for path in run_files(given) if path not in measured and (path.exists() or path != RUNS)]
    if not files and not speeds:
        raise UsageError(f"there are no run files in {', '.join(map(str, given))}: make some with `engrep eval run`")
    return files, speeds
