"""The command that has a task done by several roles: run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from engrep.options import Json, Repo
from engrep.output import FOUND, NOTHING, STATE, emit, note

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from engrep.agents.flow_types import Report, Wish
    from engrep.engine.memory import Memory

Task = Annotated[
    list[str] | None, typer.Argument(metavar="TASK", help="What is to be done, or - to read it from stdin.")
]
Test = Annotated[
    str | None,
    typer.Option("--test", metavar="COMMAND", help="What runs the tests. Without it: what the project's files say."),
]
Allow = Annotated[
    list[str] | None,
    typer.Option("--allow", metavar="COMMAND", help="Another command that roles may run; may be repeated."),
]
Rounds = Annotated[
    int | None, typer.Option("--rounds", metavar="N", min=1, help="Give up after N rounds of testing and review; 3.")
]
Tokens = Annotated[
    int | None, typer.Option("--max-tokens", metavar="N", min=1, help="Stop when so many tokens are spent.")
]
Cost = Annotated[
    float | None,
    typer.Option("--max-cost", metavar="X", min=0.0, help="Stop when so much is spent, at the prices configured."),
]
Minutes = Annotated[
    float | None, typer.Option("--max-minutes", metavar="N", min=0.0, help="Stop after so many minutes.")
]
CommandSeconds = Annotated[
    float | None,
    typer.Option("--command-seconds", metavar="N", min=1.0, help="End a command that takes longer; 600."),
]
Patch = Annotated[bool, typer.Option("--patch", help="Make no branch: the result is a patch.")]
Network = Annotated[bool, typer.Option("--network", help="Let commands reach the network.")]
ChangeTests = Annotated[
    bool,
    typer.Option(
        "--change-tests", help="Tests that passed before need not pass as they were: the task changes what is right."
    ),
]
Model = Annotated[
    str | None,
    typer.Option("--model", metavar="SPEC", help="A configured model, PROVIDER:MODEL or MODEL@URL, for all roles."),
]
Resume = Annotated[str, typer.Option("--resume", metavar="ID", help="Go on with a run that was stopped or killed.")]
Discard = Annotated[
    str, typer.Option("--discard", metavar="ID", help="Take a run away with all that was kept of it; a branch stays.")
]
Listed = Annotated[bool, typer.Option("--list", help="List the runs that there are.")]


def run(
    task: Task = None,
    test: Test = None,
    allow: Allow = None,
    rounds: Rounds = None,
    max_tokens: Tokens = None,
    max_cost: Cost = None,
    max_minutes: Minutes = None,
    command_seconds: CommandSeconds = None,
    patch: Patch = False,
    network: Network = False,
    change_tests: ChangeTests = False,
    model: Model = None,
    resume: Resume = "",
    show_list: Listed = False,
    discard: Discard = "",
    repo: Repo = None,
    as_json: Json = False,
) -> int:
    """Have a change planned, written, tested, reviewed and verified, beside your work tree; the result is a branch."""
    from dataclasses import replace

    from engrep.agents.flow_types import COMMAND_SECONDS, ROUNDS, Wish
    from engrep.engine.memory import Memory

    with Memory.open(repo) as memory:
        if show_list:
            return _list(memory, as_json=as_json)
        if discard:
            return _discard(memory, discard, as_json=as_json)
        wish = Wish(
            _text(task or []), test, tuple(allow or ()), rounds or ROUNDS, max_tokens, max_cost, max_minutes,
            command_seconds or COMMAND_SECONDS, branch=not patch, network=network, change_tests=change_tests,
        )  # fmt: skip
        _agree(wish, resume)
        report = _run(
            memory, wish, model, resume, replace(wish, rounds=rounds or 1, command_seconds=command_seconds or 0)
        )

    def view(_console: Console) -> Iterable[Text]:
        from engrep.render_run import report_lines

        return report_lines(report)

    emit(report, view, as_json=as_json)
    return {"solved": FOUND, "failed": NOTHING}.get(report.status, STATE)


def _run(memory: Memory, wish: Wish, model: str | None, resume: str, more: Wish) -> Report:
    from engrep.agents.flow_open import run_task
    from engrep.render_run import steps_shown

    with _hint(), steps_shown() as on_step:
        if resume:
            return run_task(memory, None, on_step, model=model, resume=resume, more=more)
        return run_task(memory, wish, on_step, model=model)


@contextmanager
def _hint() -> Iterator[None]:
    """Say how to go on where a person interrupts."""
    try:
        yield
    except KeyboardInterrupt:
        note("all is kept: `engrep run --list` names the run, `engrep run --resume ID` goes on with it")
        raise


def _agree(wish: Wish, resume: str) -> None:
    """Raise where a task and a run to go on with are both given, or neither."""
    from engrep.engine.errors import UsageError

    if bool(wish.task.strip()) == bool(resume):
        raise UsageError(
            "say what is to be done, or which run to go on with: `engrep run TASK` or `engrep run --resume ID`"
        )
    if resume and (wish.test or wish.allow or wish.network or wish.change_tests or not wish.branch):
        raise UsageError(
            "a run that goes on keeps its commands and its kind of result: give limits alone with --resume"
        )


def _list(memory: Memory, *, as_json: bool) -> int:
    from engrep.agents.flow_open import listed

    runs = [{"id": name, "status": status, "task": task} for name, status, task in listed(memory.root)]

    def view(_console: Console) -> Iterable[Text]:
        from engrep.render_run import run_lines

        return run_lines(runs)

    emit({"runs": runs}, view, as_json=as_json)
    return FOUND if runs else NOTHING


def _discard(memory: Memory, name: str, *, as_json: bool) -> int:
    from engrep.agents.flow_open import discard

    gone = discard(memory.root, name)

    def view(_console: Console) -> Iterable[Text]:
        from rich.text import Text

        yield Text(f"{gone} is gone")

    emit({"discarded": gone}, view, as_json=as_json)
    return FOUND


def _text(task: list[str]) -> str:
    import sys

    return sys.stdin.buffer.read().decode("utf-8", "replace") if task == ["-"] else " ".join(task)
