"""The commands that measure: engrep eval run, report, compare, and what goes with them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engrep.cli_eval_report import RUNS, compare, keep, report
from engrep.cli_eval_sets import generate, replay, seal
from engrep.cli_speed import speed
from engrep.options import EvalCache, EvalData, Json
from engrep.output import FOUND, emit

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

app = typer.Typer(
    name="eval",
    help="Measure retrieval: engrep, parts of it, and others, on real data, with intervals and paired tests.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Runs = Annotated[Path, typer.Option("--out", metavar="DIR", help="The folder of run files.")]
CorpusNames = Annotated[
    list[str] | None, typer.Option("--corpus", metavar="NAME", help="Only this corpus; may be repeated.")
]
TaskName = Annotated[str, typer.Argument(metavar="TASK", help="A task, as `engrep eval tasks` names it.")]


def run_task(
    task: TaskName,
    system: Annotated[
        list[str] | None, typer.Option("--system", metavar="SYSTEM", help="A system; may be repeated.")
    ] = None,
    corpus: CorpusNames = None,
    limit: Annotated[
        int | None, typer.Option("--limit", metavar="N", min=1, help="The first N cases a corpus.")
    ] = None,
    out: Runs = RUNS,
    jobs: Annotated[int | None, typer.Option("--jobs", metavar="N", min=1, help="Corpora side by side.")] = None,
    anew: Annotated[bool, typer.Option("--anew", help="Begin again where the folder holds such a run.")] = False,
    data: EvalData = None,
    cache: EvalCache = None,
    as_json: Json = False,
) -> int:
    """Have systems answer all cases of a task.

    What is answered already is kept; a run that was stopped goes on.
    """
    from engrep.eval.datasets import places
    from engrep.eval.run import Wish, run
    from engrep.eval.task import failed
    from engrep.eval.tasks.registry import task as task_of
    from engrep.progress import progress_bar

    wish = Wish(tuple(system or ()), tuple(corpus or ()), limit, jobs, anew)
    with progress_bar() as progress:
        ran = run(task_of(task), wish, places(data, cache), out, progress)

    def view(_console: Console) -> Iterable[Text]:
        from engrep.render_eval import run_lines

        return run_lines(ran.files, ran.left_out)

    told = {"runs": [str(path) for path in ran.files], "failures": ran.failures, "left_out": ran.left_out}
    emit({"task": task, **told}, view, as_json=as_json)
    if ran.failures:
        raise failed("done", ran.failures, "The same command goes on where this one stopped")
    return FOUND


def fetch(
    task: TaskName,
    corpus: CorpusNames = None,
    remote: Annotated[
        str,
        typer.Option(
            "--remote",
            metavar="URL",
            envvar="ENGREP_EVAL_REMOTE",
            help="Where repositories are: {repository} or {owner} and {name} stand for each one's own.",
        ),
    ] = "https://github.com/{repository}.git",
    data: EvalData = None,
    cache: EvalCache = None,
    as_json: Json = False,
) -> int:
    """Bring the corpora of a task with git; what is here already stays."""
    from engrep.eval.datasets import places
    from engrep.eval.fetch import fetch_corpora
    from engrep.eval.task import failed
    from engrep.eval.tasks.registry import task as task_of
    from engrep.progress import progress_bar

    with progress_bar() as progress:
        fetched = fetch_corpora(task_of(task), tuple(corpus or ()), places(data, cache), remote, progress)

    def view(_console: Console) -> Iterable[Text]:
        from engrep.render_eval import fetched_lines

        return fetched_lines(fetched)

    emit(fetched, view, as_json=as_json)
    if fetched["failures"]:
        raise failed("here", fetched["failures"], "The same command brings what is missing")
    return FOUND


def tasks(data: EvalData = None, cache: EvalCache = None, as_json: Json = False) -> int:
    """List the tasks, and whether their data is here."""
    from engrep.eval.datasets import places
    from engrep.eval.tasks.registry import listed

    found = listed(places(data, cache))

    def view(_console: Console) -> Iterable[Text]:
        from engrep.render_eval import task_lines

        return task_lines(found)

    emit({"tasks": found}, view, as_json=as_json)
    return FOUND


def systems(as_json: Json = False) -> int:
    """List the systems, and what of engrep can be switched off."""
    from engrep.engine.parts import PARTS
    from engrep.eval.systems.registry import listed

    found = listed()
    parts = [{"name": name, "title": title} for name, title in PARTS.items()]

    def view(_console: Console) -> Iterable[Text]:
        from engrep.render_eval import system_lines

        return system_lines(found, parts)

    emit({"systems": found, "parts": parts}, view, as_json=as_json)
    return FOUND


app.command("run")(run_task)
for command in (report, compare, fetch, keep, tasks, systems, generate, replay, seal, speed):
    app.command()(command)
