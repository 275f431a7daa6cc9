"""The commands that measure: engrep eval run, report, compare, and what goes with them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engrep.cli_eval_anchors import replay
from engrep.cli_speed import speed
from engrep.options import Json
from engrep.output import FOUND, NOTHING, emit, safe_block, write

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from engrep.eval.datasets import Places

app = typer.Typer(
    name="eval",
    help="Measure retrieval: engrep, parts of it, and others, on real data, with intervals and paired tests.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Data = Annotated[
    Path | None, typer.Option("--data", metavar="DIR", help="The folder of data sets. Without it: ENGREP_EVAL_DATA.")
]
Cache = Annotated[
    Path | None,
    typer.Option("--cache", metavar="DIR", help="Where corpora and indexes lie. Without it: ENGREP_EVAL_CACHE."),
]
Runs = Annotated[Path, typer.Option("--out", metavar="DIR", help="The folder of run files.")]
CorpusNames = Annotated[
    list[str] | None, typer.Option("--corpus", metavar="NAME", help="Only this corpus; may be repeated.")
]
_RUNS = Path("runs")
TaskName = Annotated[str, typer.Argument(metavar="TASK", help="A task, as `engrep eval tasks` names it.")]


@app.command("run")
def run_task(
    task: TaskName,
    system: Annotated[
        list[str] | None, typer.Option("--system", metavar="SYSTEM", help="A system; may be repeated.")
    ] = None,
    corpus: CorpusNames = None,
    limit: Annotated[
        int | None, typer.Option("--limit", metavar="N", min=1, help="The first N cases a corpus.")
    ] = None,
    out: Runs = _RUNS,
    jobs: Annotated[int | None, typer.Option("--jobs", metavar="N", min=1, help="Corpora side by side.")] = None,
    anew: Annotated[bool, typer.Option("--anew", help="Begin again where the folder holds such a run.")] = False,
    data: Data = None,
    cache: Cache = None,
    as_json: Json = False,
) -> int:
    """Have systems answer all cases of a task.

    What is answered already is kept; a run that was stopped goes on.
    """
    from engrep.eval.run import Wish, run
    from engrep.eval.task import failed
    from engrep.eval.tasks.registry import task as task_of
    from engrep.progress import progress_bar

    wish = Wish(tuple(system or ()), tuple(corpus or ()), limit, jobs, anew)
    with progress_bar() as progress:
        files, failures = run(task_of(task), wish, _places(data, cache), out, progress)

    def view(_console: Console) -> Iterable[Text]:
        from engrep.render_eval import run_lines

        return run_lines(files)

    emit({"task": task, "runs": [str(path) for path in files], "failures": failures}, view, as_json=as_json)
    if failures:
        raise failed("done", failures, "The same command goes on where this one stopped")
    return FOUND


@app.command()
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
    """Show what runs found: every system beside the others, with intervals and paired tests."""
    from engrep.eval.report import reports, summary
    from engrep.eval.runs import read_run
    from engrep.eval.speed.figures import speed_table
    from engrep.eval.tables import markdown, markdown_report
    from engrep.eval.tasks.registry import in_order, published

    given = runs or [_RUNS]
    files, speeds = _run_files(given)
    results = in_order([read_run(file) for file in files])
    made = reports(results, against, published({result.head["task"] for result in results}, _places(data, None)))
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


@app.command()
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


@app.command()
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
    data: Data = None,
    cache: Cache = None,
    as_json: Json = False,
) -> int:
    """Bring the corpora of a task with git; what is here already stays."""
    from engrep.eval.fetch import fetch_corpora
    from engrep.eval.task import failed
    from engrep.eval.tasks.registry import task as task_of
    from engrep.progress import progress_bar

    with progress_bar() as progress:
        fetched = fetch_corpora(task_of(task), tuple(corpus or ()), _places(data, cache), remote, progress)

    def view(_console: Console) -> Iterable[Text]:
        from engrep.render_eval import fetched_lines

        return fetched_lines(fetched)

    emit(fetched, view, as_json=as_json)
    if fetched["failures"]:
        raise failed("here", fetched["failures"], "The same command brings what is missing")
    return FOUND


@app.command()
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


@app.command()
def tasks(data: Data = None, cache: Cache = None, as_json: Json = False) -> int:
    """List the tasks, and whether their data is here."""
    from engrep.eval.tasks.registry import listed

    found = listed(_places(data, cache))

    def view(_console: Console) -> Iterable[Text]:
        from engrep.render_eval import task_lines

        return task_lines(found)

    emit({"tasks": found}, view, as_json=as_json)
    return FOUND


@app.command()
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


@app.command()
def generate(
    root: Annotated[Path, typer.Argument(metavar="ROOT", help="The top of a Python repository.")],
    out: Annotated[Path, typer.Argument(metavar="DIR", help="The data set: a new folder, or one to add to.")],
    repository: Annotated[
        str | None,
        typer.Option("--repository", metavar="OWNER/NAME", help="Let others fetch it there, at the commit it is at."),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="Another seed asks other questions.")] = 0,
    per_kind: Annotated[int, typer.Option("--per-kind", metavar="N", min=1, help="At most N of each kind.")] = 150,
    as_json: Json = False,
) -> int:
    """Make questions that mean one of several definitions of a name, from Python's own parser and jedi.

    `engrep eval run namesakes:NAME --data PARENT` asks them, for the data set PARENT/NAME.
    """
    from engrep.eval.generate import write_set

    counts = write_set(root, out, repository, seed, per_kind)

    def view(_console: Console) -> Iterable[Text]:
        from engrep.render_eval import generated_lines

        return generated_lines(out, counts, "namesakes")

    emit({"folder": str(out), "questions": counts}, view, as_json=as_json)
    return FOUND


app.command()(replay)


@app.command()
def seal(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A data set: a folder with a dataset.json.")],
    as_json: Json = False,
) -> int:
    """Write the checksums of a data set's files into its dataset.json."""
    from engrep.eval.datasets import seal as write_sums

    sealed = write_sums(folder.resolve())

    def view(_console: Console) -> Iterable[Text]:
        from engrep.render_eval import sealed_lines

        return sealed_lines(sealed)

    emit({"name": sealed.name, "checksum": sealed.checksum}, view, as_json=as_json)
    return FOUND


app.command("speed")(speed)


def _run_files(given: list[Path]) -> tuple[list[Path], list[dict[str, Any]]]:
    """Return the run files and the speed measurements named, or lying in folders named; UsageError when there is none."""
    from engrep.engine.errors import UsageError
    from engrep.eval.runs import run_files
    from engrep.eval.speed.bench import FILE_NAME, read_speed

    measured = [
        path / FILE_NAME if path.is_dir() else path for path in given if path.is_dir() or path.name == FILE_NAME
    ]
    speeds = [read_speed(path) for path in measured if path.exists()]
    files = [path for path in run_files(given) if path not in measured and (path.exists() or path != _RUNS)]
    if not files and not speeds:
        raise UsageError(f"there are no run files in {', '.join(map(str, given))}: make some with `engrep eval run`")
    return files, speeds


def _places(data: Path | None, cache: Path | None) -> Places:
    from engrep.eval.datasets import places

    return places(data, cache)
