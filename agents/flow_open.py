"""Where runs lie, and how one begins, goes on and ends: its folder, its journal, its work tree, its report.

.engrep/runs/<id>/journal.jsonl   what was done and paid for
.engrep/runs/<id>/report.md       and report.json: the last report
.engrep/runs/<id>/change.patch    what was changed, whatever became of the run
.engrep/runs/<id>/logs/e1.txt     what commands printed
.engrep/runs/<id>/tree            the work tree, until the run is solved
"""

from __future__ import annotations

import contextlib
import json
import secrets
import shutil
from collections.abc import Callable, Iterable
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engrep.agents.account import Account, Call
from engrep.agents.config_types import Limits
from engrep.agents.flow_types import SOLVED, OnStep, Report, Wish
from engrep.engine.errors import NotFoundError, StateError, UsageError
from engrep.engine.places import make_folder, memory_database

if TYPE_CHECKING:
    from engrep.agents.flow_journal import Journal
    from engrep.agents.flow_run import Run
    from engrep.agents.workspace import Start
    from engrep.engine.memory import Memory

RUNS = "runs"
JOURNAL = "journal.jsonl"


class _PaidAccount(Account):
    """An account whose calls are in the journal, so that a run that goes on knows what it has spent."""

    def __init__(self, limits: Limits, journal: Journal) -> None:
        super().__init__(limits, [_call(each) for each in journal.events("call")])
        self._journal = journal

    def end(self, number: int, call: Call) -> None:
        super().end(number, call)
        self._journal.tell({"kind": "call", "call": asdict(call)})


def runs_folder(root: Path) -> Path:
    """Return the folder of a root's runs: beside its memories."""
    return memory_database(root).with_name(RUNS)


def runs_of(root: Path) -> list[Path]:
    """Return the folders of the runs that there are, the newest first."""
    found = [each for each in runs_folder(root).glob("*") if (each / JOURNAL).is_file()]
    return sorted(found, key=lambda each: each.name, reverse=True)


def folder_of(root: Path, name: str) -> Path:
    """Return the folder of a run by its id or a unique beginning of it; raises NotFoundError."""
    found = [each for each in runs_of(root) if each.name.startswith(name)] if name else []
    exact = [each for each in found if each.name == name]
    if len(exact or found) != 1:
        near = tuple(each.name for each in (found or runs_of(root))[:3])
        message = f"there is no run {name}" if not found else f"several runs begin with {name}"
        raise NotFoundError(message, near)
    return (exact or found)[0]


def new_folder(root: Path) -> Path:
    """Make a folder for a new run."""
    name = f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
    folder = runs_folder(root) / name
    make_folder(folder / JOURNAL)
    return folder


def run_task(
    memory: Memory,
    wish: Wish | None,
    on_step: OnStep,
    *,
    model: str | None = None,
    resume: str = "",
    more: Wish | None = None,
    work: Callable[[Run], None] | None = None,
) -> Report:
    """Do a task, or go on with one; return its report, which also lies in the run's folder.

    `more` holds limits that take the place of those that the run began with. `work` does the task otherwise than by roles,
    on the same ground: what the workflow is measured against.

    Raises:
        UsageError: the task, an option or the repository is not as a run needs it.
        NotFoundError: there is no such run.
        ModelError: no model is configured.
        StateError: another process works on the run, or git cannot be run.

    """
    from engrep.agents.flow_journal import Journal
    from engrep.agents.workspace import start_of

    start = None if resume else start_of(memory.root)
    if wish is not None and not wish.task.strip():
        raise UsageError("a run needs a task: say what is to be done")
    if wish is not None:
        _check(memory.root, wish, model)
    folder = folder_of(memory.root, resume) if resume else new_folder(memory.root)
    journal = Journal(folder / JOURNAL)
    journal.open()
    try:
        return _opened(memory, journal, folder, _asked(journal, wish, start), more, model, on_step, work)
    finally:
        journal.close()


def discard(root: Path, name: str) -> str:
    """Take away a run with all that was kept of it but its branch; return its id.

    Raises:
        NotFoundError: there is no such run.
        StateError: a process works on it.

    """
    from engrep.agents.flow_journal import Journal
    from engrep.agents.workspace import Workspace

    folder = folder_of(root, name)
    journal = Journal(folder / JOURNAL)
    journal.open()
    journal.close()
    Workspace(root, folder, "").remove()
    shutil.rmtree(folder, ignore_errors=True)
    return folder.name


def _check(root: Path, wish: Wish, model: str | None) -> None:
    """Raise before anything is made, where there are no tests or no model."""
    from engrep.agents.commands_allowed import commands_of
    from engrep.agents.models import Models

    if not commands_of(root, wish.test, wish.allow).test:
        message = f"no tests were found in {root}: give --test COMMAND, so that a result can be verified"
        raise UsageError(message)
    Models.open(root, model).candidates("coder")


def _asked(journal: Journal, wish: Wish | None, start: Start | None) -> dict[str, Any]:
    """Return what the run was asked for when it began."""
    if not journal.has("asked"):
        if wish is None or start is None:
            raise UsageError("that run was ended before it began: run its task anew")
        journal.put("asked", {"wish": asdict(wish), "start": asdict(start)})
    found: dict[str, Any] = journal.get("asked")
    return found


def _opened(
    memory: Memory,
    journal: Journal,
    folder: Path,
    asked: dict[str, Any],
    more: Wish | None,
    model: str | None,
    on_step: OnStep,
    work: Callable[[Run], None] | None,
) -> Report:
    from engrep.agents import flow_report as report
    from engrep.agents.commands_allowed import commands_of
    from engrep.agents.config import read_settings
    from engrep.agents.config_file import lower
    from engrep.agents.flow import carry_out
    from engrep.agents.flow_run import Run
    from engrep.agents.models import Models
    from engrep.agents.workspace import Workspace

    done = report.read(folder)
    if done is not None and done.status == SOLVED:
        return done
    first = Wish(**{**asked["wish"], "allow": tuple(asked["wish"]["allow"])})
    wish = _with(first, more) if more else first
    settings = read_settings(memory.root, model)
    limits = lower(settings.limits, Limits(wish.tokens, wish.cost, None))
    _indexed(memory)
    space = Workspace(memory.root, folder, asked["start"]["commit"])
    space.make()
    with Models(settings, account=_PaidAccount(limits, journal)) as models:
        models.warm("planner")  # while the tests run for the first time
        run = Run(wish, journal, space, models, memory, commands_of(memory.root, wish.test, wish.allow), on_step)
        if asked["start"]["uncommitted"]:
            number = asked["start"]["uncommitted"]
            run.outcome.notes.append(
                f"{number} uncommitted file{'s' * (number > 1)} of the work tree took no part: the run is based on the last commit."
            )
        (work or carry_out)(run)
        try:
            made = report.write(run, asked["start"])
        except OSError as exc:
            message = f"the report in {folder} cannot be written: {exc.strerror or exc}: make room, then go on with --resume {folder.name}"
            raise StateError(message) from exc
    if made.status == SOLVED:
        space.remove()
    return made


def _indexed(memory: Memory) -> None:
    """Bring the index up to date: what the roles are told of callers must not be of another day."""
    moved = memory.moved_on()
    if moved is None or moved.files:
        with contextlib.suppress(
            UsageError
        ):  # vectors of a server cost something, and nobody is asked: it goes without
            memory.index()


def _with(first: Wish, more: Wish) -> Wish:
    """Return a wish with other limits, where others are given: none and 0 are not."""
    return replace(
        first, rounds=max(first.rounds, more.rounds), tokens=more.tokens or first.tokens, cost=more.cost or first.cost,
        minutes=more.minutes or first.minutes, command_seconds=more.command_seconds or first.command_seconds,
    )  # fmt: skip


def _call(told: dict[str, Any]) -> Call:
    from engrep.agents.model_types import Usage

    given = told["call"]
    return Call(**{**given, "usage": Usage(**given["usage"])})


def listed(root: Path) -> Iterable[tuple[str, str, str]]:
    """Give the runs that there are, the newest first: id, status, task."""
    for folder in runs_of(root):
        try:
            told = json.loads((folder / "report.json").read_text(encoding="utf-8"))
            yield folder.name, str(told["status"]), str(told["task"])
        except (OSError, ValueError, KeyError):
            yield folder.name, "unfinished", ""
