"""What does tasks of agents: the workflow of `engrep run`, and one agent alone, each with the project's past and without it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engrep.engine.errors import StateError
from engrep.eval.agent_cases import AgentTask
from engrep.eval.agent_ground import Ground

if TYPE_CHECKING:
    from engrep.agents.flow_run import Run
    from engrep.agents.flow_types import Report

TOKENS = 600_000  # sent and received, that one task may take; the same for every system
MINUTES = 30.0
_OVERSPENT = "the run may take "  # how a run says that its budget stopped it
WITHOUT = "-no-memory"


@dataclass(frozen=True, slots=True)
class Attempt:
    """What an agent made of a task, before anybody judges it."""

    commit: str  # "" where it gave no result
    said: str
    tokens: int
    cost: float | None  # None: no price is configured, or there are several currencies
    seconds: float
    calls: int


@dataclass(frozen=True, slots=True)
class Agents:
    """One way to have a task done."""

    name: str
    has_memory: bool
    work: Callable[[], Callable[[Run], None]] | None  # None: the workflow

    def attempt(self, task: AgentTask, ground: Ground) -> Attempt:
        """Have a task done on its ground; a run that was ended there goes on, and pays for nothing twice.

        Raises:
            StateError: it could not be tried: no model answers, or a command is missing.

        """
        import sys

        from engrep.agents.flow_open import JOURNAL, run_task, runs_of
        from engrep.agents.flow_types import Wish
        from engrep.engine.memory import Memory

        python = (sys.executable, "-m", "pytest")
        wish = Wish(
            task.statement, _joined((sys.executable, *task.command[1:])), (_joined(python),), tokens=TOKENS, minutes=MINUTES,
            command_seconds=task.seconds,
        )  # fmt: skip
        with ground.at_home(), Memory.open(ground.root) as memory:
            begun = [each for each in runs_of(memory.root) if (each / JOURNAL).stat().st_size]
            work = self.work() if self.work else None
            resume = begun[0].name if begun else ""
            report = run_task(memory, None if resume else wish, lambda _: None, resume=resume, work=work)
        return _attempt(report)


def _joined(argv: tuple[str, ...]) -> str:
    import shlex

    return shlex.join(argv)


def _attempt(report: Report) -> Attempt:
    from engrep.agents.flow_types import STOPPED

    if report.status == STOPPED and not report.reason.startswith(_OVERSPENT):
        raise StateError(report.reason)
    currencies = {currency for role in report.roles for currency in role.costs}
    is_priced = len(currencies) <= 1 and not any(role.unpriced for role in report.roles)
    return Attempt(
        report.commit,
        report.reason,
        sum(role.sent + role.received for role in report.roles),
        sum(sum(role.costs.values()) for role in report.roles) if is_priced else None,
        report.seconds.total,
        sum(role.calls for role in report.roles),
    )


def _alone() -> Callable[[Run], None]:
    from engrep.eval.single_agent import work_alone

    return work_alone


AGENTS: dict[str, tuple[Agents, str]] = {
    each.name: (each, title)
    for each, title in (
        (Agents("workflow", has_memory=True, work=None), "engrep run: planner, coder, tester, reviewer and verifier"),
        (Agents(f"workflow{WITHOUT}", has_memory=False, work=None), "the same in a project without past and memories"),
        (
            Agents("single", has_memory=True, work=_alone),
            "one agent with the same tools, budget and model, until it says done",
        ),
        (Agents(f"single{WITHOUT}", has_memory=False, work=_alone), "the same in a project without past and memories"),
    )
}
