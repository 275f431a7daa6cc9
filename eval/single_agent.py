"""What the workflow is measured against: one agent with the same tools, budget and ground, in one loop until it says done."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from engrep.agents import flow_context as context
from engrep.agents import roles
from engrep.agents.flow_loop import hand_over
from engrep.agents.flow_tools import Toolbox
from engrep.agents.flow_types import FAILED, SOLVED, STOPPED
from engrep.agents.workspace import BRANCH_PREFIX
from engrep.engine.errors import ModelError, StateError

if TYPE_CHECKING:
    from engrep.agents.flow_run import Run

PROMPT = Path(__file__).with_name("single_agent.md")
TURNS = 120  # as many as planner, coder, tester, reviewer and verifier have together in their first round


class SingleAgent(roles.Role):
    """A role with its own prompt; it goes by the coder's name, so that it has the coder's model."""

    __slots__ = ()

    def prompt(self) -> str:
        """Return what it is told to be."""
        return PROMPT.read_text(encoding="utf-8").strip()


ALONE = SingleAgent("coder", roles.CODER.tools, TURNS)


def work_alone(run: Run) -> None:
    """Do a task by one agent; what it says is done becomes the result, whether its tests pass or not."""
    outcome = run.outcome
    try:
        _work(run)
    except ModelError as exc:
        outcome.status = FAILED if exc.kind == "schema" else STOPPED
        outcome.reason = str(exc)
    except (StateError, OSError) as exc:
        outcome.status, outcome.reason = STOPPED, str(exc)


def _work(run: Run) -> None:
    from engrep.agents.flow_shapes import Work

    outcome, purpose = run.outcome, "the tests before the change"
    with run.step("tests", purpose):
        baseline, _ = run.command("baseline", run.commands.test, purpose, tree=run.space.base)
    allowed = "\n".join(f"- {shlex.join(each)}" for each in run.commands.allowed)
    told = [
        f"The task:\n{run.wish.task}", context.remembered(run, run.wish.task),
        f"The tests before any change: {baseline.id} `{baseline.command}` ended with {baseline.said}",
        f"Commands that may be run, with further arguments:\n{allowed}",
    ]  # fmt: skip
    with run.step("coder", "works alone"):
        asked = "\n\n".join(filter(None, told))
        made, _ = hand_over(run, "alone", ALONE, asked, Work, box=Toolbox(run, "coder", ALONE.tools))
    outcome.tree = tree = str(run.journal.once("state/alone", lambda: run.tree))
    if not run.space.changed(tree):
        outcome.reason = "nothing was changed"
        return
    branch = f"{BRANCH_PREFIX}{run.space.folder.name}"
    outcome.commit = str(run.journal.once("commit", lambda: run.space.commit(tree, branch, made.summary)))
    outcome.branch, outcome.status, outcome.reason = branch, SOLVED, "the agent says so"
