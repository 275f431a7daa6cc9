"""One run as its steps see it: models, commands and files, each asked through the journal and within the run's budget."""

from __future__ import annotations

import hashlib
import shlex
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engrep.agents import commands as programs
from engrep.agents.commands_environment import environment_for, hidden_from, writable_for
from engrep.agents.flow_tests import counted
from engrep.agents.flow_types import Evidence, OnStep, Outcome, Refusal, Step, Wish
from engrep.agents.model_types import Answer, Message, ToolCall, ToolSpec, Usage
from engrep.engine.errors import BudgetError, ModelError

if TYPE_CHECKING:
    from engrep.agents.commands_allowed import Commands
    from engrep.agents.flow_journal import Journal
    from engrep.agents.models import Models
    from engrep.agents.workspace import Workspace
    from engrep.engine.memory import Memory

LOGS = "logs"


class Run:
    """The state of one run that is not on the disk; several threads may work on it."""

    def __init__(
        self,
        wish: Wish,
        journal: Journal,
        space: Workspace,
        models: Models,
        memory: Memory,
        commands: Commands,
        on_step: OnStep,
    ) -> None:
        self.wish, self.journal, self.space = wish, journal, space
        self.models, self.memory, self.commands = models, memory, commands
        self.outcome = Outcome()
        self.lock = threading.RLock()  # of the files
        self.begun = time.monotonic()
        self.waits: list[tuple[str, float, float]] = []  # model or command, from, to
        self._on_step = on_step
        self._told = threading.Lock()
        self._evidence: dict[str, Evidence] = {}
        self._refusals: dict[str, Refusal] = {}
        self._spent = journal.spent
        self._stop = threading.Event()
        self._is_on_disk = False
        self._environment = environment_for(space.root, space.tree, space.temporary)
        self.fence = str(
            journal.once("fence", lambda: hashlib.blake2b(str(time.time_ns()).encode(), digest_size=5).hexdigest())
        )

    # What a run has come to

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """Every command that was run, in order."""
        return tuple(sorted(self._evidence.values(), key=lambda each: int(each.id[1:])))

    @property
    def refusals(self) -> tuple[Refusal, ...]:
        """Everything that was refused, in the order of the steps."""
        return tuple(self._refusals.values())

    @property
    def tree(self) -> str:
        """The files as the last step left them."""
        with self.lock:
            found = self.journal.latest("tree")
            return str(found) if found else self.space.base

    @property
    def seconds_spent(self) -> float:
        """How long all processes together have worked on the run."""
        return self._spent + time.monotonic() - self.begun

    @contextmanager
    def step(self, role: str, what: str) -> Iterator[None]:
        """Tell whoever looks on that a step begins, and that it is done."""
        begun = time.monotonic()
        self._tell(Step(role, what))
        yield
        self._tell(Step(role, what, is_done=True, seconds=time.monotonic() - begun))

    def _tell(self, step: Step) -> None:
        with self._told:
            self._on_step(step)

    # Budget

    def left(self) -> float:
        """Return the seconds that the run may still take; raises BudgetError when there are none."""
        if self.wish.minutes is None:
            return float("inf")
        left = self.wish.minutes * 60 - self.seconds_spent
        if left <= 0:
            message = f"the run may take {self.wish.minutes:g} minutes and has taken them: raise the limit to go on"
            raise BudgetError(message)
        return left

    # Models

    def ask(
        self, key: str, role: str, messages: Sequence[Message], tools: Sequence[ToolSpec], unlike: Collection[str] = ()
    ) -> Answer:
        """Return a model's answer, from the journal where it was paid for already.

        Raises:
            BudgetError: the run has taken what it may.
            ModelError: no model answered.

        """
        held = self.journal.get(key)
        if held is not None:
            return _answer(held)
        left = self.left()
        timer = threading.Timer(min(left, threading.TIMEOUT_MAX), self._stop.set)
        timer.daemon = True
        timer.start()
        begun = time.monotonic()
        try:
            answer = self.models.ask(messages, role=role, tools=tools, unlike=unlike, cancel=self._stop)
        except ModelError as exc:
            if exc.kind == "cancelled":
                self.left()
            raise
        finally:
            timer.cancel()
            self.waits.append(("model", begun, time.monotonic()))
        self.journal.put(key, asdict(answer))
        return answer

    # Commands

    def command(
        self, key: str, argv: Sequence[str], purpose: str, *, role: str = "", tree: str = ""
    ) -> tuple[Evidence, str]:
        """Run a command on a state of the files and return how it ended and what it printed; from the journal where it ran.

        What it does to the files stays, unless a state is given.

        Raises:
            BudgetError: the time of the run is over.

        """
        with self.lock:
            held = self.journal.get(key)
            if held is None:
                held = self._run(key, argv, purpose, role, tree)
        found = Evidence(**held["evidence"])
        self._evidence[found.id] = found
        return found, str(held["output"])

    def _run(self, key: str, argv: Sequence[str], purpose: str, role: str, tree: str) -> dict[str, Any]:
        seconds = min(self.wish.command_seconds, self.left())
        wanted = tree or self.tree
        self.on_disk(wanted)
        writable = writable_for(self.space.tree, self.space.temporary)
        bounds = programs.Bounds(seconds, offline=not self.wish.network, hidden=hidden_from(self.space.root))
        begun = time.monotonic()
        ran = programs.run(argv, self.space.tree, self._environment, writable, bounds)
        self.waits.append(("command", begun, begun + ran.seconds))
        if ran.ended == "time" and seconds < self.wish.command_seconds:
            self.left()
        number = f"e{self.journal.next_number('evidence')}"
        log = self._log(number, ran)
        ended = "empty" if ran.is_passed and counted(ran.output) == 0 else ran.ended
        found = Evidence(
            number, purpose, shlex.join(ran.argv), ended, ran.code, round(ran.seconds, 3), log, wanted, ran.network,
            ran.writes, role, ran.secrets,
        )  # fmt: skip
        after = {} if tree else {"tree": self.space.snapshot()}
        self._is_on_disk = not tree
        value = {"evidence": asdict(found), "output": ran.output, **after}
        self.journal.put(key, value)
        return value

    def _log(self, number: str, ran: programs.Ran) -> str:
        """Keep what a command printed and return the file."""
        folder = self.space.folder / LOGS
        folder.mkdir(exist_ok=True)
        head = f"$ {shlex.join(ran.argv)}\n"
        (folder / f"{number}.txt").write_text(
            f"{head}{ran.output}\n[{ran.said}, {ran.seconds:.2f} s]\n", encoding="utf-8"
        )
        return f"{LOGS}/{number}.txt"

    # Files

    def on_disk(self, tree: str) -> None:
        """Have the files as they are in a git tree."""
        with self.lock:
            if not (self._is_on_disk and tree == self.tree):
                self.space.restore(tree)
            self._is_on_disk = tree == self.tree

    def changed_by(self, key: str, act: Callable[[], tuple[str, str]]) -> dict[str, Any]:
        """Change one file and keep the new state; `act` returns the file's name and what to tell of it."""
        with self.lock:
            self.on_disk(self.tree)
            self._is_on_disk = False  # until the state is kept
            name, told = act()
            value = {"text": told, "tree": self.space.snapshot([name])}
            self.journal.put(key, value)
            self._is_on_disk = True
            return value

    # Refusals

    def refused(self, key: str, role: str, call: ToolCall, why: str) -> None:
        """Keep what was refused, once for each step."""
        self._refusals[key] = Refusal(role, call.name, " ".join(call.arguments.split())[:300], why)

    def path(self, name: str) -> Path:
        """Return a file of the run's folder."""
        return self.space.folder / name


def _answer(held: dict[str, Any]) -> Answer:
    calls = tuple(ToolCall(**each) for each in held["calls"])
    return Answer(**{**held, "calls": calls, "usage": Usage(**held["usage"])})
