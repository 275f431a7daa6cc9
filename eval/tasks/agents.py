"""Small real tasks for agents: bugs that commits mended, judged by the tests of those commits when an agent is done."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from engrep.eval.agent_cases import AgentTask, agent_tasks
from engrep.eval.agent_ground import Ground, lay
from engrep.eval.agent_judge import Verdict, judge, require_pytest
from engrep.eval.alone import alone_in
from engrep.eval.cases import Case, Corpus, Outcome, Prepared
from engrep.eval.datasets import Places
from engrep.eval.fetch import absent_commits, fetch_past, history, is_shallow
from engrep.eval.systems.agents import MINUTES, TOKENS, WITHOUT, Agents, Attempt
from engrep.eval.task import Event
from engrep.eval.tasks.on_data import OnDataset

SOLVED, WRONGLY, REGRESSIONS = "solved", "wrongly done", "regressions"


class AgentTasks(OnDataset):
    """Bug fixes of small packages; on a data set of the user's own the task is `agents:NAME`."""

    name = "agents"
    data = "agent-tasks"
    title = "small real bugs, mended by agents and judged by the hidden tests of the real fix"
    kind = "agents"
    measures: tuple[str, ...] = (SOLVED, WRONGLY, REGRESSIONS, "tokens", "cost", "seconds")
    average = "counts"
    baselines: tuple[str, ...] = ("workflow", f"workflow{WITHOUT}", "single", f"single{WITHOUT}")

    def corpora(self, places: Places) -> Sequence[Corpus]:
        """Return a corpus for each task: each has a repository and a commit of its own."""
        return [Corpus(task.name, task.language, (_case(task),), task) for task in agent_tasks(self.dataset(places))]

    def missing(self, corpus: Corpus, places: Places) -> str | None:
        """Tell whether the commits are here, with what came before."""
        task: AgentTask = corpus.detail
        absent = absent_commits(places, task.repository, task.commits)
        where = history(places, task.repository)
        if absent:
            return f"{len(absent)} of its {len(task.commits)} commits are not in {where}"
        return f"{where} lacks what came before" if is_shallow(where) else None

    def fetch(self, corpus: Corpus, places: Places, remote: str) -> None:
        """Bring the fix and all that came before it."""
        task: AgentTask = corpus.detail
        fetch_past(places, remote, task.repository, task.commits)

    def options(self) -> Mapping[str, Any]:
        """Return what two parts of a run must agree in: who is asked, and what may be taken.

        Raises:
            ModelError: no language model is configured.
            StateError: there is no pytest to judge with.

        """
        require_pytest()
        return {"asked": ", ".join(asked()), "tokens": TOKENS, "minutes": MINUTES}

    def answer(
        self, corpus: Corpus, systems: Mapping[str, Agents], todo: Mapping[str, Sequence[Case]], places: Places
    ) -> Iterator[Event]:
        """Have each system work on a ground of its own, and then judge what it made."""
        task: AgentTask = corpus.detail
        git_dir = history(places, task.repository)
        for name, system in systems.items():
            for case in todo[name]:
                ground = Ground(places.work / "agents" / _key(task, name))
                with alone_in(ground.folder.with_name(f"{ground.folder.name}.lock")):
                    seconds = 0.0 if ground.is_ready else lay(ground, git_dir, task, has_memory=system.has_memory)
                    yield name, Prepared(seconds)
                    made = system.attempt(task, ground)
                    verdict = judge(
                        task, git_dir, ground.root / ".git", made.commit or "main", ground.folder / "judged"
                    )
                    yield name, outcome_of(case, made, verdict)
                    ground.remove()


def asked() -> list[str]:
    """Return the models that agents ask, each with where it is; raises ModelError when there is none."""
    from engrep.agents.models import Models

    with Models.open() as models:
        return [f"{each.model} at {each.where}" for each in models.candidates("coder")]


def _key(task: AgentTask, system: str) -> str:
    """Name a ground after all that a run on it depends on: another model must not go on with what one began."""
    told = "\n".join((task.base, task.statement, " ".join(task.command), system, *asked(), str(TOKENS), str(MINUTES)))
    return f"{task.name}-{system}-{hashlib.sha256(told.encode()).hexdigest()[:12]}"


def _case(task: AgentTask) -> Case:
    return Case(task.name, task.statement, "bug", task.failing, task)


def outcome_of(case: Case, made: Attempt, verdict: Verdict) -> Outcome:
    """Put what an agent made, and what became of it, into measures.

    An agent that gives no result breaks nothing and claims nothing; one that does has claimed that the task is done.
    """
    is_solved = bool(made.commit) and verdict.is_solved
    values = {
        SOLVED: float(is_solved),
        WRONGLY: float(bool(made.commit) and not is_solved),
        REGRESSIONS: float(len(verdict.broken)) if made.commit else 0.0,
        "tokens": float(made.tokens),
        "seconds": made.seconds,
    }
    if made.cost is not None:
        values["cost"] = made.cost
    return Outcome(case.case_id, values, note=_note(made, verdict))


def _note(made: Attempt, verdict: Verdict) -> str:
    if not made.commit:
        return f"no result: {made.said}"
    parts = [f"{len(verdict.failing)} hidden tests do not pass" if verdict.failing else ""]
    parts.append(f"broken: {', '.join(verdict.broken[:5])}" if verdict.broken else "")
    return "; ".join(filter(None, parts))
