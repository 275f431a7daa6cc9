"""The command that measures agents: engrep eval agents."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engrep.options import Cache, Data, Json
from engrep.output import FOUND, NOTHING, emit, note

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text


def agents(
    system: Annotated[
        list[str] | None,
        typer.Option(
            "--system",
            metavar="SYSTEM",
            help="workflow, single, or one of them with -no-memory; may be repeated. Without it: all.",
        ),
    ] = None,
    task: Annotated[
        list[str] | None, typer.Option("--task", metavar="NAME", help="Only this task; may be repeated.")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Ask no model: run each task's tests before and with its fix.")
    ] = False,
    own: Annotated[
        str, typer.Option("--dataset", metavar="NAME", help="Another data set of such tasks, a folder in --data.")
    ] = "",
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="The folder of run files.")] = Path("runs"),
    jobs: Annotated[
        int, typer.Option("--jobs", metavar="N", min=1, help="Tasks side by side; times are comparable with one alone.")
    ] = 1,
    anew: Annotated[bool, typer.Option("--anew", help="Begin again where the folder holds such a run.")] = False,
    data: Data = None,
    cache: Cache = None,
    as_json: Json = False,
) -> int:
    """Have agents mend small real bugs, and judge them by the hidden tests of the real fixes.

    The workflow of `engrep run` against one agent alone, each with the project's past and without it.
    Asks the model that ENGREP_MODEL names; `engrep eval fetch agents` brings the projects, `engrep eval report` shows what was found.
    """
    from engrep.cli_eval import run
    from engrep.eval.datasets import places

    name = f"agents:{own}" if own else "agents"
    if not check:
        return run(name, system, task, None, out, jobs, anew, data, cache, as_json)
    from dataclasses import asdict

    from engrep.eval.agent_check import check_all
    from engrep.progress import progress_bar

    with progress_bar() as progress:
        found = check_all(name, tuple(task or ()), places(data, cache), progress)

    def view(_console: Console) -> Iterable[Text]:
        from engrep.render_eval import checked_lines

        return checked_lines(found)

    emit({"tasks": [asdict(each) for each in found]}, view, as_json=as_json)
    wrong = [each.task for each in found if not each.is_right]
    if wrong:
        note(f"not as they say: {', '.join(wrong)}")
    return NOTHING if wrong else FOUND
