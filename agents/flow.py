"""A run from the task to the report: plan, code, test, review, verify, in bounded rounds; what is not shown is not done.

                 ┌────────────── what went wrong, at most so many rounds ◀──────────────┐
    plan ─▶ code ┴▶ tests written ─▶ engine runs them ─▶ review ─▶ verification ─▶ clean run ─▶ branch or patch
                       fail before the change?    no model judges an exit code

Everything asks the journal first, so a run that was killed is told again from its beginning and pays for nothing twice.
A result exists only after a review that is there and approves, a verification that holds, and tests that pass on exactly
what is committed; whatever else happens ends the run with its reason and keeps all of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from engrep.agents import flow_context as context
from engrep.agents import flow_steps as steps
from engrep.agents.flow_tests import counted, decides
from engrep.agents.flow_types import FAILED, SOLVED, STOPPED, Claim, Found
from engrep.agents.workspace import BRANCH_PREFIX
from engrep.engine.errors import ModelError, StateError

if TYPE_CHECKING:
    from engrep.agents.flow_run import Run
    from engrep.agents.flow_shapes import Finding, Lesson, Plan, Work
    from engrep.agents.flow_types import Evidence

_NO_RUNNER = re.compile(r"No module named '?(pytest|unittest)'?\s*\Z")


@dataclass(slots=True)
class _Rounds:
    """What goes from one round to the next."""

    plan: Plan
    works: list[Work]
    before: tuple[Evidence, str]  # the tests before the change, and what they printed
    is_tested: bool = False  # the tester has written its tests
    problem: str = ""  # what the coder is to mend
    earlier: list[Finding] = field(default_factory=list)
    proof: str = ""

    @property
    def lessons(self) -> list[Lesson]:
        return steps.lessons_of(self.works)


def carry_out(run: Run) -> None:
    """Do a task, or go on with it; what it comes to is in `run.outcome`, also when it stops in the middle."""
    outcome = run.outcome
    try:
        _carry_out(run)
    except ModelError as exc:
        # A run that the budget or a dead model stopped can go on; one whose models hand over nonsense cannot.
        outcome.status = FAILED if exc.kind == "schema" else STOPPED
        outcome.reason = str(exc)
        if outcome.status == STOPPED and not outcome.approved:
            outcome.notes.append("Nothing was approved: a review that is missing is no approval.")
    except (StateError, OSError) as exc:
        outcome.status, outcome.reason = STOPPED, str(exc)


def _carry_out(run: Run) -> None:
    baseline, output = _tests(run, "baseline", "the tests before the change", run.space.base)
    if baseline.ended == "missing" or (not baseline.is_passed and _NO_RUNNER.search(output)):
        message = f"the tests cannot be run: `{baseline.command}` is not installed; give --test COMMAND to a new run"
        raise StateError(message)
    if not baseline.is_passed:
        run.outcome.notes.append(f"The tests failed before anything was changed ({baseline.id}: {baseline.said}).")
    planned = steps.plan(run, f"{baseline.id} `{baseline.command}` ended with {baseline.said}")
    run.outcome.plan = tuple(each.title for each in planned.tasks)
    run.outcome.claims.append(Claim(f"Planned: {planned.summary}", ("plan",)))
    rounds = _Rounds(planned, steps.code(run, planned), (baseline, output))
    for number in range(1, run.wish.rounds + 1):
        run.outcome.rounds = number
        if number > 1:
            rounds.works.append(steps.mend(run, number, planned, rounds.problem, _state(run, f"before/{number}")))
        rounds.problem = _round(run, number, rounds)
        if not rounds.problem:
            return
    run.outcome.reason = f"{run.outcome.reason} (after {run.wish.rounds} rounds)"


def _round(run: Run, number: int, rounds: _Rounds) -> str:
    """Test, review and verify what there is; return what is wrong with it, '' where it was finished."""
    outcome = run.outcome
    outcome.approved = outcome.verified = False
    outcome.tree = tree = _state(run, f"coded/{number}")
    if not run.space.changed(tree):
        return _not_done(run, "nothing was changed", "You changed no file.")
    if not rounds.is_tested:
        steps.write_tests(run, rounds.plan, tree)
        rounds.is_tested = True
        outcome.tree = tree = _state(run, "tested")
    passed, output = _tests(run, f"ran/{number}", f"the tests after round {number}", tree)
    if not passed.is_passed:
        why = f"the tests do not pass ({passed.id}: {passed.said})"
        return _not_done(run, why, "The tests fail.\n" + context.ended(run, passed, output))
    problem = _not_as_before(run, number, rounds, tree, (passed, output))
    if problem:
        return problem
    tests = f"{passed.id} `{passed.command}` passed"
    rounds.proof = _proof(run, number, tree, passed, rounds.before[0])
    review = steps.review(run, number, tree, tests, rounds.earlier, steps.models_of(run, "coder"))
    rounds.earlier = list(review.findings)
    outcome.findings = [Found(f.path, f.line, f.severity, f.claim, f.advice, number) for f in review.findings]
    if review.verdict != "approve":
        found = "\n".join(f"{f.path}:{f.line} {f.severity}: {f.claim} {f.advice}" for f in review.findings)
        return _not_done(run, f"the review rejects it: {review.summary}", f"The review found:\n{found}")
    outcome.approved = True
    outcome.claims = [*outcome.claims[:1], *_claims(rounds, passed)]
    return _verified(run, number, rounds, tree, tests, review.summary)


def _verified(run: Run, number: int, rounds: _Rounds, tree: str, tests: str, reviewed: str) -> str:
    outcome = run.outcome
    made = steps.verify(run, number, rounds.plan, tree, tests, rounds.lessons)
    outcome.tree = tree = _state(run, f"verified/{number}", tree)
    against = steps.failed_checks(run, made)
    if made.verdict != "holds" or against:
        shown = ", ".join(f"{each.id}: {each.said}" for each in against)
        why = f"the verification contradicts the tests: {made.summary}" + (f" ({shown})" if shown else "")
        return _not_done(run, why, f"{why}\n" + "\n".join(f"{each.claim} ({each.evidence})" for each in made.checks))
    final, output = _clean_run(run, number, tree)
    if not final.is_passed:
        why = f"the tests do not pass on what would be committed alone ({final.id}: {final.said})"
        return _not_done(run, why, f"{why}\n" + context.ended(run, final, output))
    outcome.verified = True
    places = [f"{each.path}:{each.line}" for each in outcome.findings]
    outcome.claims.append(Claim(f"Reviewed and approved: {reviewed}", tuple(places) or (f"review/{number}",)))
    outcome.claims += [Claim(f"Verified: {each.claim}", (each.evidence,)) for each in made.checks]
    outcome.claims.append(Claim("The tests pass on exactly the files of the result.", (final.id,)))
    _finish(run, rounds, tree, final, made.shown)
    return ""


def _clean_run(run: Run, number: int, tree: str) -> tuple[Evidence, str]:
    """Run the tests on the files of a tree and nothing else: what git ignores is taken away before."""
    key = f"final/{number}"
    if not run.journal.has(key):
        with run.lock:
            run.on_disk(tree)
            run.space.clean()
    return _tests(run, key, "the tests on what is committed", tree)


def _finish(run: Run, rounds: _Rounds, tree: str, final: Evidence, shown: list[int]) -> None:
    """Put the result where the person finds it, and keep what was learned."""
    outcome, name = run.outcome, run.space.folder.name
    branch = f"{BRANCH_PREFIX}{name}"
    if run.wish.branch:
        message = f"{_title(run.wish.task)}\n\n{rounds.plan.summary}\n\nVerified-By: {final.command} ({final.said})\nEngrep-Run: {name}"
        outcome.commit = str(run.journal.once("commit", lambda: run.space.commit(tree, branch, message)))
        outcome.branch = branch
    if rounds.lessons and run.wish.branch:
        kept = run.journal.once(
            "remembered", lambda: [*steps.remember(run, rounds.lessons, shown, branch, rounds.proof)]
        )
        outcome.memories, problems = list(kept[0]), list(kept[1])
        outcome.notes += problems
    outcome.status, outcome.reason = SOLVED, "the tests pass, the review approves and the verification holds"


def _tests(run: Run, key: str, purpose: str, tree: str) -> tuple[Evidence, str]:
    with run.step("tests", purpose):
        return run.command(key, run.commands.test, purpose, tree=tree)


def _not_as_before(run: Run, number: int, rounds: _Rounds, tree: str, ran: tuple[Evidence, str]) -> str:
    """Return what is wrong where tests that passed before do not pass as they were: deleted, skipped, rewritten or broken.

    Tests and the settings of what runs them are taken from before the change then, and all else from after it.
    """
    baseline, told = rounds.before
    changed = [path for _, path in run.space.changed(tree)]
    own = [path for path in changed if not decides(path)]
    expected = counted(told)
    is_silent = expected is not None and counted(ran[1]) is None  # what ran them ended before it could say so
    if not is_silent and (not baseline.is_passed or run.wish.change_tests or not own):
        return ""
    if len(own) < len(changed) and not is_silent:
        mixed = str(run.journal.once(f"mixed/before/{number}", lambda: run.space.only(tree, own)))
        ran = _tests(run, f"before/ran/{number}", "the tests from before the change, as they were, with it", mixed)
    passing = counted(ran[1])
    if ran[0].is_passed and (expected is None or (passing is not None and passing >= expected)):
        return ""
    how = ran[0].said if not ran[0].is_passed else f"{passing or 0} passed instead of {expected}"
    why = f"tests that passed before the change do not pass as they were ({ran[0].id}: {how})"
    return _not_done(run, f"{why}; a new run with --change-tests allows that", f"{why}\n" + context.ended(run, *ran))


def _proof(run: Run, number: int, tree: str, passed: Evidence, baseline: Evidence) -> str:
    """Run the changed tests without the change: what fails there and passes with it shows what the change does.

    What does not come to an end shows nothing, nor does a failure where the old tests failed by themselves.
    """
    from engrep.indexers.testing import is_test_path

    changed = [path for letter, path in run.space.changed(tree) if is_test_path(path) and letter != "D"]
    if not changed:
        run.outcome.notes.append("No test was added or changed: nothing shows that the change was needed.")
        return ""
    mixed = str(run.journal.once(f"mixed/{number}", lambda: run.space.only(tree, changed)))
    before, _ = _tests(run, f"without/{number}", "the new tests without the change", mixed)
    outcome = run.outcome
    outcome.notes = [each for each in outcome.notes if not each.startswith("The new tests")]
    how = ""
    if before.is_passed:
        how = f"pass without the change too ({before.id})"
    elif before.ended != "exit":
        how = f"did not come to an end without the change ({before.id}: {before.said})"
    elif not baseline.is_passed:
        how = f"fail without the change ({before.id}), but others failed before already ({baseline.id})"
    if how:
        outcome.notes.append(f"The new tests {how}: they do not show that it was needed.")
        return ""
    return (
        f"{', '.join(changed[:4])}: {before.said} without the change ({before.id}), {passed.said} with it ({passed.id})"
    )


def _claims(rounds: _Rounds, passed: Evidence) -> list[Claim]:
    claims = [Claim(f"Changed: {work.summary} Why: {work.why}", ("diff",)) for work in rounds.works]
    claims.append(Claim("All tests pass with the change.", (passed.id,)))
    if rounds.proof:
        ids = tuple(part.strip("()") for part in rounds.proof.replace(",", " ").split() if part.startswith("(e"))
        claims.append(Claim(f"The tests show the change: {rounds.proof}.", ids))
    return claims


def _state(run: Run, key: str, tree: str = "") -> str:
    """Return the files as they were when a run first came here."""
    return str(run.journal.once(f"state/{key}", lambda: tree or run.tree))


def _not_done(run: Run, reason: str, problem: str) -> str:
    run.outcome.reason = reason
    return problem


def _title(task: str) -> str:
    first = " ".join(task.strip().splitlines()[0].split()) if task.strip() else "Change"
    return first if len(first) <= 72 else f"{first[:71]}…"
