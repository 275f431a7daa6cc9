"""Agents at a small task with hidden tests, on the real command line with scripted models; and the tasks that are published."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from agent_sets import BETTER, BROKEN, BUG, FIXED, HIDDEN_MARK, KNOWN, Lab, edits, make_lab, writes_conftest
from conftest import PROJECT, git
from openai_server import Asked, ModelServer, Say, error
from scripted_run import APPROVED, PLAN, TESTED, WORK, Reply, Roles, call, holds, submit

from engrep.eval.agent_cases import agent_tasks
from engrep.eval.agent_ground import Ground, lay
from engrep.eval.agent_judge import put_in
from engrep.eval.datasets import dataset

if TYPE_CHECKING:
    from conftest import Cli

ALL = ("workflow", "workflow-no-memory", "single", "single-no-memory")
DONE = submit(summary="mended", why="it is right now", learned=[])
CHECK = call("run_command", argv=[sys.executable, "-m", "pytest", "-q", "tests"])


@pytest.fixture
def lab(tmp_path: Path, cli: Cli) -> Lab:
    """Make a repository with a bug and its fix, and a data set with one task about it."""
    return make_lab(tmp_path, cli)


def is_alone(asked: Asked) -> bool:
    """Tell whether a request is the single agent's."""
    return "you do it alone" in asked.system


def play(server: ModelServer, *single: Say, coder: tuple[Say, ...] = ()) -> None:
    """Have a server play the single agent in this order, each time anew, and the roles of the workflow."""
    tests = (call("write_file", path="tests/test_more.py", text="def test_more():\n    assert True\n"), TESTED)
    said: dict[str, tuple[Reply, ...]] = {
        "planner": (PLAN,),
        "coder": (*(coder or (edits(BUG, FIXED),)), WORK),
        "tester": tests,
        "reviewer": (APPROVED,),
        "verifier": (CHECK, holds),
    }
    roles = Roles(said)

    def answer(asked: Asked) -> Say:
        if is_alone(asked):
            return single[len([each for each in asked.messages if each["role"] == "assistant"])]
        if roles.said.get("verifier") and "You are the planner" in asked.system:
            roles.said.clear()  # the next run of the workflow begins
        return roles(asked)

    server.answer = answer


def test_a_mended_bug_is_solved_by_all_systems(lab: Lab, server: ModelServer) -> None:
    """Each works on its own ground, is judged by tests that it never saw, and leaves nothing behind."""
    play(server, edits(BUG, FIXED), DONE)
    kept = lab.run(server, *ALL)
    assert {name: row["values"]["solved"] for name, row in kept.items()} == dict.fromkeys(ALL, 1)
    assert {row["values"]["regressions"] + row["values"]["wrongly done"] for row in kept.values()} == {0}
    assert kept["single"]["values"]["tokens"] == 30
    assert kept["workflow"]["values"]["tokens"] > 100
    assert all(row["values"]["cost"] == 0 < row["values"]["seconds"] for row in kept.values())
    known = [KNOWN in asked.text for asked in server.asked if is_alone(asked)]
    assert known == [True, True, False, False]
    assert not any(HIDDEN_MARK in asked.text for asked in server.asked)
    assert not [each for each in (lab.cache / "work/agents").iterdir() if not each.name.endswith(".lock")]


def test_what_is_wrong_is_told(lab: Lab, server: ModelServer) -> None:
    """An agent that says done without being so is wrong; the workflow, whose tests fail, gives nothing and breaks nothing."""
    play(server, edits(BUG, BROKEN), DONE, coder=(edits(BUG, BROKEN),))
    kept = lab.run(server, "single", "workflow-no-memory")
    values = kept["single"]["values"]
    assert (values["solved"], values["wrongly done"], values["regressions"]) == (0, 1, 1)
    assert kept["single"]["note"] == "1 hidden tests do not pass; broken: tests.test_bill::test_bill"
    values = kept["workflow-no-memory"]["values"]
    assert (values["solved"], values["wrongly done"], values["regressions"]) == (0, 0, 0)
    assert kept["workflow-no-memory"]["note"].startswith("no result: the tests do not pass")


def test_a_change_that_misses_the_bug_is_not_solved(lab: Lab, server: ModelServer) -> None:
    """The tests that the agent saw pass; the hidden one does not."""
    play(server, edits(BUG, BETTER), DONE)
    (row,) = lab.run(server, "single").values()
    assert (row["values"]["solved"], row["values"]["regressions"]) == (0, 0)
    assert row["note"] == "1 hidden tests do not pass"


def test_an_agent_that_looks_for_the_hidden_tests_finds_nothing(lab: Lab, server: ModelServer) -> None:
    """Not in the files, not outside, not in the history, and not by a test that it writes itself."""
    spy = (
        "import pathlib, subprocess\n\ndef test_spy():\n"
        "    said = subprocess.run(['git', 'rev-list', '--all', '--objects'], capture_output=True, text=True).stdout\n"
        "    config = subprocess.run(['git', 'config', '--list'], capture_output=True, text=True).stdout\n"
        "    assert not said, said + config\n"
    )
    tries = (
        call("read_file", path="tests/test_total.py"),
        call("read_file", path="../../../../remote/x+calc/tests/test_total.py"),
        call("read_file", path=str(lab.folder / "remote/x+calc/tests/test_total.py")),
        call("run_command", argv=["git", "log", "--all", "-p"]),
        call("write_file", path="tests/test_spy.py", text=spy),
        call("run_command", argv=[sys.executable, "-m", "pytest", "-q", "tests/test_spy.py"]),
        call("delete_file", path="tests/test_spy.py"),
    )
    play(server, *tries, DONE)
    (row,) = lab.run(server, "single").values()
    assert row["values"]["solved"] == 0
    told = server.asked[-1].text
    assert "there is no such file" in told
    assert told.count("refused: ") >= 4
    assert "calc/total.py" in told  # what git told the test, which is all there is
    assert HIDDEN_MARK not in told
    assert lab.fix not in told
    assert str(lab.cache / "git") not in told


def test_tests_that_an_agent_steers_judge_nobody(lab: Lab, server: ModelServer) -> None:
    """A conftest.py that lets everything pass is not there when the hidden tests run."""
    play(server, writes_conftest(), DONE)
    (row,) = lab.run(server, "single").values()
    assert row["values"]["solved"] == 0
    assert row["values"]["wrongly done"] == 1


def test_a_link_in_the_way_of_a_hidden_test_is_not_followed(tmp_path: Path, lab: Lab) -> None:
    """The hidden test takes the place of the link, and what the link led to stays as it was."""
    elsewhere, tree = tmp_path / "elsewhere.py", tmp_path / "tree"
    elsewhere.write_text("mine")
    (tree / "tests").mkdir(parents=True)
    (tree / "tests/test_total.py").symlink_to(elsewhere)
    put_in(tree, lab.remote / ".git", lab.fix)
    assert elsewhere.read_text() == "mine"
    assert HIDDEN_MARK in (tree / "tests/test_total.py").read_text()


def test_a_ground_ends_at_the_base(lab: Lab, tmp_path: Path) -> None:
    """The fix is no object of it; without memory there is one commit, and with it all that came before."""
    lab.fetch()
    (task,) = agent_tasks(dataset("tiny", lab.data))
    counts = {}
    for has_memory in (True, False):
        ground = Ground(tmp_path / f"ground{has_memory}")
        lay(ground, lab.cache / "git/x+calc.git", task, has_memory=has_memory)
        counts[has_memory] = git(ground.root, "rev-list", "--all", "--count").strip()
        objects = git(ground.root, "cat-file", "--batch-all-objects", "--batch-check")
        assert lab.fix not in objects
        assert git(ground.root, "status", "--porcelain") == ""
        assert "x+calc" not in "".join(
            each.read_text() for each in (ground.root / ".git").glob("*") if each.is_file() and each.name != "index"
        )
    assert counts == {True: "2", False: "1"}


def test_a_budget_that_is_used_up_ends_a_task_unsolved(lab: Lab, server: ModelServer) -> None:
    """It counts as tried, with what it took; nothing is judged as its result."""
    play(server, Say(calls=edits(BUG, FIXED).calls, usage=(700_000, 5)), DONE)
    (row,) = lab.run(server, "single").values()
    assert row["values"]["tokens"] == 700_005
    assert (row["values"]["solved"], row["values"]["wrongly done"]) == (0, 0)
    assert "no result: the run may take 600000 tokens" in row["note"]


def test_a_run_goes_on_where_a_dead_model_stopped_it(lab: Lab, server: ModelServer) -> None:
    """What no model answered is not counted as tried; the same command goes on, and asks for nothing twice."""
    answers = iter([edits(BUG, FIXED), error(401, "gone"), DONE])
    server.answer = lambda _: next(answers)
    lab.fetch()
    stopped = lab.command(server, "single")
    assert stopped.returncode == 3
    assert "gone" in stopped.stdout
    (row,) = lab.run(server, "single").values()
    assert row["values"]["solved"] == 1
    assert len(server.asked) == 3
    lab.run(server, "single")
    assert len(server.asked) == 3


def test_without_a_model_it_says_what_to_set(lab: Lab) -> None:
    """Nothing is begun."""
    lab.fetch()
    ran = lab.command(None, "single")
    assert ran.returncode == 3
    assert "ENGREP_MODEL" in ran.stdout
    assert not (lab.folder / "runs").exists()


def test_the_report_has_each_task_and_wilsons_interval(lab: Lab, server: ModelServer, cli: Cli) -> None:
    """Of one task that is solved, the interval says how little one task says."""
    play(server, edits(BUG, FIXED), DONE)
    lab.run(server, "single", "single-no-memory")
    shown = cli("eval", "report", "--markdown", cwd=lab.folder).stdout
    assert "| single | 1.0000 [0.2065, 1.0000] |" in shown
    assert "asked scripted at 127.0.0.1" in shown
    assert "interval by Wilson" in shown
    assert "| mend-total | single | 1 | 0 | 0 | 30 | 0 |" in shown
    assert "| all | single-no-memory | 1 | 0 | 0 | 30 | 0 |" in shown


def test_a_data_set_is_checked_by_running(lab: Lab, cli: Cli) -> None:
    """What it says of its tests is compared with how they end; exit 1 where that differs."""
    lab.fetch()
    places = ("--dataset", "tiny", "--data", str(lab.data), "--cache", str(lab.cache), "--json")
    right = cli("eval", "agents", "--check", *places, cwd=lab.folder)
    (found,) = json.loads(right.stdout)["tasks"]
    assert (right.returncode, found["problems"]) == (0, [])
    assert (found["before"], found["hidden"]["failed"], found["after"]["failed"]) == (
        {"passed": 2, "failed": 0, "skipped": 0},
        1,
        0,
    )
    lab.change(failing=["tests.test_total::test_many"], staying=[])
    wrong = cli("eval", "agents", "--check", *places, cwd=lab.folder)
    assert wrong.returncode == 1
    assert "not failing (tests.test_total::test_empty" in json.loads(wrong.stdout)["tasks"][0]["problems"][0]


@pytest.mark.parametrize(
    "change", [{"base": "main"}, {"command": "sh -c true"}, {"tests": ["../x.py"]}, {"seconds": 0}]
)
def test_a_task_of_another_form_is_refused(lab: Lab, cli: Cli, change: dict[str, Any]) -> None:
    """Data sets are other people's: the message names the file."""
    lab.change(**change)
    ran = cli("eval", "fetch", "agents:tiny", "--data", str(lab.data), "--cache", str(lab.cache), cwd=lab.folder)
    assert ran.returncode == 3
    assert "mend-total.json is no task for agents" in ran.stderr


def test_the_published_tasks_are_whole() -> None:
    """Ten of ten projects under permissive licences, none of which retrieval is measured on; as their checksums say."""
    tasks = agent_tasks(dataset("agent-tasks", PROJECT / "datasets"))
    assert len(tasks) == len({task.repository for task in tasks}) == 10
    assert {task.licence for task in tasks} <= {"MIT", "BSD-3-Clause", "Apache-2.0 OR BSD-2-Clause"}
    assert all(len(task.staying) >= 5 and len(task.statement) > 200 for task in tasks)
    elsewhere = [json.loads(path.read_text("utf-8")) for path in (PROJECT / "datasets").glob("*/repos.json")]
    measured = {entry.get("repository") for entries in elsewhere for entry in entries}
    assert not measured & {task.repository for task in tasks}
    names = {test.rpartition("::")[2].partition("[")[0] for task in tasks for test in task.failing}
    assert not [name for name in names for task in tasks if name in task.statement or name in " ".join(task.command)]
