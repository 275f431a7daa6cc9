"""The steps of a run, one for each role: what each is told, what it may write, and how its hand-over is checked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from engrep.agents import flow_context as context
from engrep.agents import roles
from engrep.agents.flow_fence import fenced
from engrep.agents.flow_loop import hand_over
from engrep.agents.flow_shapes import Finding, Lesson, Plan, PlannedTask, Review, Tests, Verification, Work
from engrep.agents.flow_tools import Toolbox
from engrep.agents.workspace_paths import RefusedError, place_in
from engrep.engine.errors import BudgetError, EngrepError
from engrep.indexers.testing import is_test_path

if TYPE_CHECKING:
    from engrep.agents.flow_run import Run
    from engrep.agents.flow_types import Evidence

MOST_BESIDE = 4  # tasks that are done at a time
MOST_LESSONS = 4
_WORD = re.compile(r"\w+")


def plan(run: Run, baseline: str) -> Plan:
    """Have the task planned."""
    told = [
        f"The task:\n{run.wish.task}",
        context.remembered(run, run.wish.task),
        f"The tests before any change: {baseline}",
    ]
    with run.step("planner", "reads and plans"):
        box = Toolbox(run, "planner", roles.PLANNER.tools)
        made, _ = hand_over(run, "plan", roles.PLANNER, _joined(told), Plan, box=box)
    return made


def code(run: Run, planned: Plan) -> list[Work]:
    """Have all parts of a plan done: side by side where they write different files, else one after the other."""
    shared = [
        f"The whole task:\n{run.wish.task}",
        f"The plan: {planned.summary}",
        context.remembered(run, run.wish.task),
    ]
    if not are_apart(planned.tasks):
        return [_part(run, f"code/{at}", shared, task) for at, task in enumerate(planned.tasks)]
    # Models are waited for, so threads do; each may write its own files only, and the journal keeps their steps apart.
    with ThreadPoolExecutor(MOST_BESIDE) as pool:
        parts = [
            pool.submit(_part, run, f"code/{at}", shared, task, is_beside=True) for at, task in enumerate(planned.tasks)
        ]
        problems = [part.exception() for part in parts]
    stopped = sorted((each for each in problems if each), key=lambda each: not isinstance(each, BudgetError))
    if stopped:
        raise stopped[0]
    return [part.result() for part in parts]


def are_apart(tasks: Sequence[PlannedTask]) -> bool:
    """Tell whether tasks can be done side by side: several, each says its files, no two share one, none waits."""
    files = [name.strip().removeprefix("./").casefold() for task in tasks for name in task.files]
    return len(tasks) > 1 and all(task.files and not task.after for task in tasks) and len(files) == len(set(files))


def _part(run: Run, key: str, shared: Sequence[str], task: PlannedTask, *, is_beside: bool = False) -> Work:
    own = frozenset(name.strip().removeprefix("./") for name in task.files)
    told = [*shared, f"Your part: {task.title}\n{task.instructions}"]
    if is_beside:
        told.append(
            f"Others do the other parts at the same time. You may write {', '.join(sorted(own))} and nothing else."
        )
        role = roles.CODER_BESIDE
        box = Toolbox(
            run, "coder", role.tools, lambda name: "" if name in own else "it belongs to another part of the plan"
        )
    else:
        role = roles.CODER
        told.append(_commands(run))
        box = Toolbox(run, "coder", role.tools)
    with run.step("coder", task.title):
        made, _ = hand_over(run, key, role, _joined(told), Work, box=box)
    return made


def mend(run: Run, number: int, planned: Plan, problem: str, tree: str) -> Work:
    """Have the coder mend what the last round found."""
    told = [
        f"The whole task:\n{run.wish.task}", f"The plan: {planned.summary}", context.diff_of(run, tree), problem,
        "Mend that.", _commands(run),
    ]  # fmt: skip
    with run.step("coder", f"mends, round {number}"):
        box = Toolbox(run, "coder", roles.CODER.tools)
        made, _ = hand_over(run, f"mend/{number}", roles.CODER, _joined(told), Work, box=box)
    return made


def write_tests(run: Run, planned: Plan, tree: str) -> Tests:
    """Have tests written for a change."""
    told = [
        f"The task:\n{run.wish.task}",
        _done_when(planned),
        context.diff_of(run, tree),
        f"All tests are run with: {run.commands.test}",
    ]
    with run.step("tester", "writes tests"):
        box = Toolbox(
            run, "tester", roles.TESTER.tools,
            lambda name: "" if is_test_path(name) else "it is no test file, and the tester writes no others",
        )  # fmt: skip
        made, _ = hand_over(run, "tester", roles.TESTER, _joined(told), Tests, box=box)
    return made


def review(run: Run, number: int, tree: str, tests: str, earlier: Sequence[Finding], author: Sequence[str]) -> Review:
    """Have a change reviewed by somebody who knows the task and the change, and nothing of how it came about."""
    before = "\n".join(f"{each.path}:{each.line} {each.severity}: {each.claim}" for each in earlier)
    told = [
        f"The task:\n{run.wish.task}", context.diff_of(run, tree), context.callers_of_change(run, tree),
        context.remembered(run, run.wish.task), f"The tests, as the engine ran them: {tests}",
        f"What you found in the round before; see whether it is mended:\n{before}" if before else "",
    ]  # fmt: skip

    def check(made: Review) -> None:
        for finding in made.findings:
            _exists(run, tree, finding)
        is_serious = any(each.severity != "minor" for each in made.findings)
        if made.verdict == "approve" and is_serious:
            raise RefusedError(
                "a change with blocker or major findings is not approved: reject it, or correct the findings"
            )
        if made.verdict == "reject" and not is_serious:
            raise RefusedError(
                "reject needs a blocker or major finding with its place; approve, or say what is wrong where"
            )

    with run.step("reviewer", f"reviews, round {number}"):
        box = Toolbox(run, "reviewer", roles.REVIEWER.tools)
        made, _ = hand_over(
            run, f"review/{number}", roles.REVIEWER, _joined(told), Review, box=box, check=check, unlike=author
        )
    return made


def _exists(run: Run, tree: str, finding: Finding) -> None:
    """Raise RefusedError where a finding cites what does not exist."""
    _, name = place_in(run.space.tree, finding.path)
    lines = run.space.lines_at(tree, name)
    if lines is None:
        raise RefusedError(f"{finding.path}:{finding.line} does not exist: there is no such file after the change")
    if finding.line > max(len(lines), 1):
        raise RefusedError(f"{finding.path}:{finding.line} does not exist: the file has {len(lines)} lines")


def verify(run: Run, number: int, planned: Plan, tree: str, tests: str, lessons: Sequence[Lesson]) -> Verification:
    """Have a change verified by commands that the engine runs."""
    statements = "\n".join(f"{at}. {each.text}" for at, each in enumerate(lessons, start=1))
    told = [
        f"The task:\n{run.wish.task}", _done_when(planned), context.diff_of(run, tree), f"The tests: {tests}", _commands(run),
        "Statements that are to be remembered; name in `shown` those that a command showed:\n"
        + fenced(run.fence, "statements", statements) if statements else "",
    ]  # fmt: skip

    def check(made: Verification) -> None:
        known = [each.id for each in run.evidence if each.tree == tree]
        for each in made.checks:
            if each.evidence not in known:
                raise RefusedError(
                    f"no command {each.evidence} ran on the change; there are {', '.join(known) or 'none'}"
                )
        if made.verdict == "holds" and not made.checks:
            raise RefusedError("nothing holds without a command that shows it: run one and cite it")

    with run.step("verifier", f"verifies, round {number}"):
        box = Toolbox(run, "verifier", roles.VERIFIER.tools, at=tree)
        made, _ = hand_over(run, f"verify/{number}", roles.VERIFIER, _joined(told), Verification, box=box, check=check)
    return made


def failed_checks(run: Run, made: Verification) -> list[Evidence]:
    """Return the commands that a verifier cites and that did not pass: they contradict whatever it says."""
    known = {each.id: each for each in run.evidence}
    return [known[each.evidence] for each in made.checks if not known[each.evidence].is_passed]


def models_of(run: Run, role: str) -> list[str]:
    """Return the names of the models that answered a role in this run."""
    return list(dict.fromkeys(call.name for call in run.models.account.calls if call.role == role and not call.error))


def lessons_of(works: Sequence[Work]) -> list[Lesson]:
    """Return what the coder thinks worth remembering."""
    return [each for work in works for each in work.learned][:MOST_LESSONS]


def remember(
    run: Run, lessons: Sequence[Lesson], shown: Sequence[int], branch: str, proof: str
) -> tuple[list[str], list[str]]:
    """Keep what was learned, for the branch of the result; return the ids of the memories, and what could not be kept.

    `proof` says which test failed before the change and passes after it, '' where none does. What the verifier showed then is
    verified and holds, where it is about something that the change names: tests of a change show nothing of other code. The
    rest waits for a person.
    """
    from engrep.engine.memory_types import Evidence as Passage

    ids, problems = list[str](), list[str]()
    for number, lesson in enumerate(lessons, start=1):
        is_shown = bool(proof) and number in shown and _is_of_change(run, lesson.about)
        status, trust = ("active", "verified") if is_shown else ("proposed", "proposed")
        passage = Passage(f"run:{run.space.folder.name}", "verify", proof or "no test failed before the change")
        for about in ((lesson.about,), ()):
            try:
                kept = run.memory.remember(
                    lesson.text, kind="decision", about=about, why=proof if is_shown else "", scope=f"branch:{branch}",
                    status=status, trust=trust, evidence=[passage], actor="run",
                )  # fmt: skip
            except EngrepError as exc:
                problems += [] if about else [f"not remembered: {lesson.text} ({exc})"]
                continue
            ids.append(kept.id)
            break
    return ids, problems


def _is_of_change(run: Run, about: str) -> bool:
    """Tell whether a symbol stands in what the result changes, or a file is of it."""
    tree, path = run.outcome.tree, about.partition(":")[0]
    if "/" in path or run.space.lines_at(tree, path) is not None:
        return path in {changed for _, changed in run.space.changed(tree)}
    return set(_WORD.findall(about)[-1:]) <= set(_WORD.findall(run.space.patch(tree)))


def _done_when(planned: Plan) -> str:
    return "Done when:\n" + "\n".join(f"- {each}" for each in planned.done_when)


def _commands(run: Run) -> str:
    import shlex

    lines = "\n".join(f"- {shlex.join(each)}" for each in run.commands.allowed)
    return f"Commands that may be run, with further arguments:\n{lines}"


def _joined(parts: Sequence[str]) -> str:
    return "\n\n".join(part for part in parts if part)
