"""`engrep run` from the task to the branch, on the real command line with scripted models: what passes, and what must not."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from conftest import git
from openai_server import ModelServer, Say, error
from scripted_run import (
    APPROVED,
    CHECK,
    GOOD,
    REJECTED,
    TEST,
    TESTED,
    WORK,
    call,
    edit,
    holds,
    role_of,
    run_in,
    scripted,
    submit,
    untouched,
    writes,
)  # fmt: skip

if TYPE_CHECKING:
    from conftest import Cli


def test_a_task_becomes_a_branch_with_its_evidence(folder: Path, cli: Cli, server: ModelServer) -> None:
    """The tests pass after the change and fail before; the branch holds it; every claim names what shows it."""
    scripted(server)
    told = run_in(cli, folder, server)
    assert (told["status"], told["approved"], told["verified"], told["rounds"]) == ("solved", True, True, 1)
    assert git(folder, "show", f"{told['branch']}:calc/total.py").endswith(GOOD)
    assert git(folder, "rev-parse", f"{told['branch']}~1").strip() == told["base"]
    assert git(folder, "status", "--porcelain") == ""
    assert "+ 1" in (folder / "calc/total.py").read_text()
    assert git(folder, "worktree", "list").count("\n") == 1
    ran = {each["purpose"]: each for each in told["evidence"]}
    assert ran["the new tests without the change"]["exit"] != 0
    assert ran["the tests on what is committed"]["exit"] == 0
    assert (
        ran["the tests on what is committed"]["tree"] == git(folder, "rev-parse", f"{told['branch']}^{{tree}}").strip()
    )
    assert told["claims"]
    known = {each["id"] for each in told["evidence"]} | {"plan", "diff", "review/1"}
    for claim in told["claims"]:
        assert set(claim["evidence"]) & known, claim
    assert all((Path(told["folder"]) / each["log"]).is_file() for each in told["evidence"])
    assert {each["role"] for each in told["roles"]} == {"planner", "coder", "tester", "reviewer", "verifier"}


def test_the_report_leads_from_each_claim_to_a_file(folder: Path, cli: Cli, server: ModelServer) -> None:
    """Every link of the page exists, and every claim has one."""
    scripted(server)
    page = Path(run_in(cli, folder, server)["report"])
    text = page.read_text(encoding="utf-8")
    claims = text.partition("## What is claimed")[2].partition("\n## ")[0]
    assert all(re.search(r"\]\(|`[\w/.]+:\d+`", line) for line in claims.splitlines() if line.startswith("- "))
    for link in re.findall(r"\]\(([^)]+)\)", text):
        assert (page.parent / link).is_file(), link


def test_the_reviewer_sees_the_change_its_callers_and_no_reasoning(folder: Path, cli: Cli, server: ModelServer) -> None:
    """It is told the task, the diff, who calls what changed and what is remembered; not what the coder thought or said."""
    assert cli("index", cwd=folder).returncode == 0
    assert (
        cli(
            "remember", "The total is always in cents, never in EUR", "--about", "calc.total.total", cwd=folder
        ).returncode
        == 0
    )
    thought = Say(calls=edit().calls, text="SECRET-THOUGHT", reasoning="SECRET-REASONING")
    scripted(server, coder=(thought, submit(summary="SECRET-SUMMARY", why="SECRET-WHY", learned=[])))
    run_in(cli, folder, server, task="the total of an empty list must be 0")
    asked = next(each for each in server.asked if role_of(each) == "reviewer").text
    assert "calc.bill.bill" in asked
    assert "always in cents" in asked
    assert "+    return sum(items)" in asked
    assert "SECRET" not in asked


def test_a_review_that_rejects_sends_it_back(folder: Path, cli: Cli, server: ModelServer) -> None:
    """Rejected twice, mended twice, then approved: the coder is told the findings, and the result is of the third round."""
    mended = (
        edit(),
        WORK,
        edit(GOOD, "    return sum(items) + 0\n"),
        WORK,
        edit("    return sum(items) + 0\n", GOOD),
        WORK,
    )
    roles = scripted(server, coder=mended, reviewer=(REJECTED, REJECTED, APPROVED))
    told = run_in(cli, folder, server)
    assert (told["status"], told["rounds"], roles.said["reviewer"]) == ("solved", 3, 3)
    assert any(
        "calc/total.py:3 major: negative prices" in each.text for each in server.asked if role_of(each) == "coder"
    )
    assert "negative prices" in [each for each in server.asked if role_of(each) == "reviewer"][1].text


def test_tests_that_never_pass_end_in_an_honest_failure(folder: Path, cli: Cli, server: ModelServer) -> None:
    """After the last round the run says what fails, keeps everything and makes no branch; nobody was asked to review it."""
    scripted(server, coder=(edit(new="    return sum(items) + 2\n"), WORK))
    told = run_in(cli, folder, server, "--rounds", "2", code=1)
    assert (told["status"], told["approved"], told["verified"], told["branch"]) == ("failed", False, False, "")
    assert "the tests do not pass" in told["reason"]
    assert "AssertionError" in (Path(told["folder"]) / told["evidence"][-1]["log"]).read_text()
    assert Path(told["patch"]).read_text().count("+ 2") == 1
    assert "reviewer" not in {each["role"] for each in told["roles"]}
    assert untouched(folder)


def test_a_reviewer_that_dies_approves_nothing(folder: Path, cli: Cli, server: ModelServer) -> None:
    """No answer is no approval: no branch, and the run can go on when the model is back."""
    scripted(server, reviewer=(error(401, "gone"),))
    told = run_in(cli, folder, server, code=3)
    assert (told["status"], told["approved"], told["branch"]) == ("stopped", False, "")
    assert untouched(folder)
    again = scripted(server)
    done = run_in(cli, folder, server, "--resume", told["id"])
    assert (done["status"], done["approved"]) == ("solved", True)
    assert set(again.said) == {"reviewer", "verifier"}


MALFORMED: tuple[Say, ...] = (
    Say(text="Looks good to me, ship it!"),
    Say(calls=(("submit", "{not json"),)),
    submit(verdict="maybe", summary="x", findings=[]),
    submit(verdict="approve", findings=[]),
    submit(verdict="approve", summary="fine", findings=[{"path": "calc/total.py", "line": 2, "severity": "blocker", "claim": "x"}]),
    submit(verdict="reject", summary="no", findings=[]),
    submit(verdict="reject", summary="no", findings=[{"path": "calc/none.py", "line": 1, "severity": "blocker", "claim": "x"}]),
    submit(verdict="reject", summary="no", findings=[{"path": "calc/total.py", "line": 99, "severity": "blocker", "claim": "x"}]),
)  # fmt: skip


@pytest.mark.parametrize("replies", [MALFORMED[:3], MALFORMED[3:6], MALFORMED[5:]])
def test_a_review_that_is_none_approves_nothing(
    replies: tuple[Say, ...], folder: Path, cli: Cli, server: ModelServer
) -> None:
    """Prose, broken or contradictory hand-overs and findings without a place are told back, and end the run unapproved."""
    roles = scripted(server, reviewer=replies)
    told = run_in(cli, folder, server, code=1)
    assert (told["status"], told["approved"], told["branch"], roles.said["reviewer"]) == ("failed", False, "", 3)
    assert untouched(folder)


def test_a_reviewer_may_mend_its_review(folder: Path, cli: Cli, server: ModelServer) -> None:
    """What does not fit is told, and a corrected review counts."""
    scripted(server, reviewer=(MALFORMED[-1], APPROVED))
    assert run_in(cli, folder, server)["status"] == "solved"
    assert "calc/total.py:99 does not exist" in [each for each in server.asked if role_of(each) == "reviewer"][1].last


def fails(asked: Any) -> Say:
    """Say that it does not hold, citing the last command."""
    found = holds(asked).calls[0][1]
    return submit(**{**found, "verdict": "fails", "summary": "a negative total"})


@pytest.mark.parametrize("verifier", [
    (CHECK, fails),
    (submit(verdict="fails", summary="nothing shows it", checks=[], shown=[]),),
    (call("run_command", argv=[*TEST.split(), "-k", "empty", "--no-such-option"]), holds),
])  # fmt: skip
def test_a_verifier_that_contradicts_the_tests_ends_in_failure(
    verifier: tuple[Any, ...], folder: Path, cli: Cli, server: ModelServer
) -> None:
    """Its word against the tests, or its own command against its word: nothing is merged."""
    scripted(server, verifier=verifier)
    told = run_in(cli, folder, server, "--rounds", "1", code=1)
    assert (told["status"], told["verified"], told["branch"]) == ("failed", False, "")
    assert "contradicts the tests" in told["reason"]
    assert untouched(folder)


def test_nothing_holds_without_a_command_that_shows_it(folder: Path, cli: Cli, server: ModelServer) -> None:
    """A verdict without evidence, or with a command that never ran, is not taken."""
    bare = submit(verdict="holds", summary="trust me", checks=[], shown=[])
    invented = submit(verdict="holds", summary="trust me", checks=[{"claim": "x", "evidence": "e77"}], shown=[])
    scripted(server, verifier=(bare, invented, bare))
    told = run_in(cli, folder, server, code=1)
    assert (told["status"], told["verified"]) == ("failed", False)


def test_a_test_that_needs_what_is_not_committed_does_not_pass(folder: Path, cli: Cli, server: ModelServer) -> None:
    """The last run is on the committed files alone: a file that git ignores helps nobody."""
    (folder / ".gitignore").write_text("*.cache\n")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "-m", "ignore")
    needs = "import pathlib, unittest\nclass A(unittest.TestCase):\n    def test_empty(self):\n        assert pathlib.Path('x.cache').exists()\n"
    scripted(
        server,
        coder=(edit(), call("run_command", argv=["touch", "x.cache"]), WORK),
        tester=(writes("tests/test_cache.py", needs), TESTED),
    )
    told = run_in(cli, folder, server, "--rounds", "1", "--allow", "touch", code=1)
    assert told["status"] == "failed"
    assert "what would be committed" in told["reason"]
    assert told["branch"] == ""
