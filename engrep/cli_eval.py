"""The commands that measure: engrep eval, with run, report, compare and keep."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engrep.cli_eval_agents import agents
from engrep.cli_eval_calibrate import calibrate
from engrep.cli_eval_lists import fetch, systems, tasks
from engrep.cli_eval_sets import generate, replay, seal
from engrep.cli_speed import speed
from engrep.options import Cache, CorpusNames, Data, Json, TaskName
from engrep.output import FOUND, NOTHING, emit, note, safe_block, write

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from engrep.eval.cases import Result

app = typer.Typer(
    name="eval",
    help="Measure retrieval: engrep, parts of it, and others, on real data, with intervals and paired tests.",
    invoke_without_command=True,
    rich_markup_mode=None,
)

Runs = Annotated[Path, typer.Option("--out", metavar="DIR", help="The folder of run files.")]


@app.callback()
def _group(context: typer.Context) -> int:
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
    return FOUND


def run(
    task: TaskName,
    system: Annotated[
        list[str] | None,
        typer.Option(
            "--system",
            metavar="SYSTEM",
            help="A system, as `engrep eval systems` tells; may be repeated. Without it: those usual for the task.",
        ),
    ] = None,
    corpus: CorpusNames = None,
    limit: Annotated[
        int | None, typer.Option("--limit", metavar="N", min=1, help="The first N cases a corpus.")
    ] = None,
    out: Runs = Path("runs"),
    jobs: Annotated[int | None, typer.Option("--jobs", metavar="N", min=1, help="Corpora side by side.")] = None,
    anew: Annotated[bool, typer.Option("--anew", help="Begin again where the folder holds such a run.")] = False,
    data: Data = None,
    cache: Cache = None,
    as_json: Json = False,
) -> int:
    """Have systems answer all cases of a task.

    What is answered already is kept; a run that was stopped goes on.
    """
    from engrep.eval.datasets import places
    from engrep.eval.run import Wish, run_systems
    from engrep.eval.task import failed
    from engrep.eval.tasks.registry import task as task_of
    from engrep.progress import progress_bar

    wish = Wish(tuple(system or ()), tuple(corpus or ()), limit, jobs, anew)
    try:
        with progress_bar() as progress:
            files, failures, left_out = run_systems(task_of(task), wish, places(data, cache), out, progress)
    except KeyboardInterrupt:
        note("stopped; what is answered is kept, and the same command goes on")
        raise

    def view(_console: Console) -> Iterable[Text]:
        from engrep.render_eval import run_lines

        return run_lines(files, left_out)

    emit(
        {"task": task, "runs": [str(path) for path in files], "failures": failures, "left_out": left_out},
        view,
        as_json=as_json,
    )
    if failures:
        raise failed("done", failures, "The same command goes on where this one stopped")
    return FOUND


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
    data: Data = None,
    as_json: Json = False,
) -> int:
    """Show what runs found: figures, intervals, paired tests."""
    from engrep.eval.datasets import places
    from engrep.eval.report import reports, summary
    from engrep.eval.speed.figures import speed_table
    from engrep.eval.tables import markdown, markdown_report
    from engrep.eval.tasks.registry import in_order, published

    given = runs or [Path("runs")]
    files, speeds = _run_files(given)
    results = in_order(_answered(files))
    made = reports(results, against, published({result.head["task"] for result in results}, places(data, None)))
    speed_tables = [speed_table(result) for result in speeds]
    if html is not None:
        from engrep.eval.page import comparisons, page
        from engrep.eval.speed.drawn import speed_pictures

        html.parent.mkdir(parents=True, exist_ok=True)
        more = [(table, speed_pictures(result)) for table, result in zip(speed_tables, speeds, strict=True)]
        html.write_text(page(made, comparisons(made), more), encoding="utf-8")
        note(f"wrote {html}")
    if as_markdown and not as_json:
        text = markdown_report(made) + "".join(f"\n## {each.title}\n\n{markdown(each)}\n" for each in speed_tables)
        write(safe_block(text))
        return FOUND

    def view(console: Console) -> Iterable[Text]:
        from engrep.render_columns import width_of
        from engrep.render_eval import report_lines

        return report_lines(made, speed_tables, width_of(console))

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
    """Tell whether AFTER is worse than BEFORE: exit 1 if so.

    Only a loss beyond chance counts; both must be runs of one task on the same data.
    """
    from dataclasses import asdict

    from engrep.eval.compare import compare as compared
    from engrep.eval.runs import read_run

    found = compared(read_run(first), read_run(second), measure, alpha)

    def view(console: Console) -> Iterable[Text]:
        from engrep.render_columns import width_of
        from engrep.render_eval import comparison_lines

        return comparison_lines(found, cases, width_of(console))

    emit({**asdict(found), "is_loss": found.is_loss, "is_gain": found.is_gain}, view, as_json=as_json)
    return NOTHING if found.is_loss else FOUND


def keep(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN...", help="Run files.")],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where the copies go.")],
    as_json: Json = False,
) -> int:
    """Copy runs without questions and answers, packed.

    Small enough for a repository, and enough for every figure.
    """
    from engrep.eval.runs import keep as kept

    copies = kept(runs, out)

    def view(_console: Console) -> Iterable[Text]:
        from engrep.render_eval import run_lines

        return run_lines(copies)

    emit({"runs": [str(path) for path in copies]}, view, as_json=as_json)
    return FOUND


for command in (tasks, systems, fetch, run, report, compare, keep, agents, calibrate, speed, generate, replay, seal):
    app.command()(command)


def _run_files(given: list[Path]) -> tuple[list[Path], list[dict[str, Any]]]:
    """Return the run files and the speed measurements named, or lying in folders named; UsageError when there is none."""
    from engrep.engine.errors import UsageError
    from engrep.eval.runs import run_files
    from engrep.eval.speed.bench import FILE_NAME, read_speed

    absent = [path for path in given if not path.exists()]
    measured = [
        path / FILE_NAME if path.is_dir() else path for path in given if path.is_dir() or path.name == FILE_NAME
    ]
    speeds = [read_speed(path) for path in measured if path.exists()]
    files = [path for path in run_files(given) if path not in measured]
    if absent or not (files or speeds):
        where = ", ".join(map(str, absent or given))
        raise UsageError(f"there are no run files in {where}: make some with `engrep eval run`")
    return files, speeds


def _answered(files: list[Path]) -> list[Result]:
    """Read runs, without those that have not answered anything, which are told of."""
    from engrep.eval.runs import read_run

    results = {file: read_run(file) for file in files}
    for file, result in results.items():
        if not result.cases:
            note(f"{file} holds no answers yet and is left out")
    return [result for result in results.values() if result.cases]
