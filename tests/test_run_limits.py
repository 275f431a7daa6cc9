"""Budgets that end in the middle, disks that are full, repositories that moved on: a run stops whole and goes on whole."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from conftest import cli_environment, git
from scripted_run import (
    CHECK,
    GOOD,
    NEW_TEST,
    TASK,
    TEST,
    WORK,
    Reply,
    call,
    edit,
    holds,
    run_in,
    scripted,
    submit,
    writes,
)

from engrep.agents.flow_journal import Journal
from engrep.engine.errors import StateError

if TYPE_CHECKING:
    from conftest import Cli
    from openai_server import ModelServer

SLOW = "import time\ntime.sleep(4)\nprint('done at last')\n"


def test_time_that_ends_during_a_command_of_a_role_is_no_answer_to_it(
    folder: Path, cli: Cli, server: ModelServer
) -> None:
    """Seen: the role was told that the minutes were over, for good: with more of them the command was not run."""
    (folder / "slow.py").write_text(SLOW)
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "-m", "slow")
    slow = call("run_command", argv=[sys.executable, "slow.py"])
    scripted(server, coder=(edit(), slow, WORK))
    told = run_in(cli, folder, server, "--allow", f"{sys.executable} slow.py", "--max-minutes", "0.06", code=3)
    assert (told["status"], "minutes" in told["reason"]) == ("stopped", True)
    done = run_in(cli, folder, server, "--resume", told["id"], "--max-minutes", "5")
    assert (done["status"], len(server.asked)) == ("solved", 9 + 1)
    assert any("done at last" in each.text for each in server.asked)


def test_a_run_that_goes_on_keeps_the_time_of_its_commands(folder: Path, cli: Cli, server: ModelServer) -> None:
    """What the run began with holds, unless the person says otherwise."""
    (folder / "slow.py").write_text(SLOW)
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "-m", "slow")
    slow = call("run_command", argv=[sys.executable, "slow.py"])
    scripted(server, coder=(edit(), slow, WORK)).usage = (1000, 200)
    allow = ("--allow", f"{sys.executable} slow.py", "--command-seconds", "2")
    told = run_in(cli, folder, server, *allow, "--max-tokens", "3000", code=3)
    done = run_in(cli, folder, server, "--resume", told["id"], "--max-tokens", "900000")
    assert "time" in [each["ended"] for each in done["evidence"]]


@pytest.mark.parametrize(
    "moved", ["the project's folder", "git's list of work trees", "objects nobody names", "the tree"]
)
def test_a_run_goes_on_after_the_repository_moved_on(moved: str, folder: Path, cli: Cli, server: ModelServer) -> None:
    """What was done is there though the project was moved, git cleaned up, or the work tree was deleted by hand."""
    scripted(server).usage = (1000, 200)
    told = run_in(cli, folder, server, "--max-tokens", "9000", code=3)
    assert "calc/total.py" in {each["path"] for each in told["files"]}
    paid = len(server.asked)
    if moved == "the project's folder":
        folder = folder.rename(folder.with_name("elsewhere"))
    elif moved == "the tree":
        shutil.rmtree(Path(told["folder"]) / "tree")
    elif moved == "objects nobody names":
        git(folder, "gc", "--quiet", "--prune=now")
    else:
        shutil.rmtree(folder / ".git/worktrees")
    (folder / "calc/total.py").write_text("unfinished work of the person\n")
    done = run_in(cli, folder, server, "--resume", told["id"], "--max-tokens", "900000")
    assert (done["status"], len(server.asked) <= 9, paid > 3) == ("solved", True, True)
    assert git(folder, "show", f"{done['branch']}:calc/total.py").endswith(GOOD)
    assert (folder / "calc/total.py").read_text() == "unfinished work of the person\n"
    assert not git(folder, "for-each-ref", "refs/engrep")


@pytest.mark.skipif(sys.platform != "linux", reason="a limit of a file's length stands for a full disk")
def test_a_line_that_the_disk_had_no_room_for_leaves_no_half(tmp_path: Path) -> None:
    """Seen: a disk that takes the first half of a line without a word made all that followed unreadable."""
    import resource

    journal = Journal(tmp_path / "journal.jsonl")
    journal.open()
    journal.put("first", 1)
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(StateError, match="cannot be written"):
            journal.put("big", "x" * 5000)
        assert not journal.has("big")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    journal.put("last", 2)
    journal.close()
    again = Journal(tmp_path / "journal.jsonl")
    again.open()
    assert (again.get("first"), again.get("big"), again.get("last")) == (1, None, 2)
    again.close()


HANGS_BEFORE = """import time, unittest
from calc.total import total
class Total(unittest.TestCase):
    def test_empty(self):
        if total([]) != 0:
            time.sleep(60)
"""


def learns(*tests: str) -> dict[str, tuple[Reply, ...]]:
    """Give roles that learn something, and a tester that writes a file."""
    learned = [{"text": "calc.total.total of an empty list is 0, without a base price", "about": "calc.total.total"}]
    shows = lambda asked: submit(**{**holds(asked).calls[0][1], "shown": [1]})  # noqa: E731
    return {
        "coder": (edit(), submit(summary="s", why="w", learned=learned)),
        "tester": (*(writes("tests/test_total.py", text) for text in tests), submit(summary="t", files=[])),
        "verifier": (CHECK, shows),
    }


def trust_of(cli: Cli, folder: Path, memory: str) -> tuple[str, str]:
    """Tell how far a memory is believed, and whether it holds."""
    change = json.loads(cli("history", memory, "--json", cwd=folder).stdout)["changes"][0]["after"]
    return change["trust"], change["status"]


@pytest.mark.parametrize("about", ["calc.bill.bill", "calc/bill.py", "calc/bill.py:2"])
def test_the_tests_of_a_change_show_nothing_of_other_code(
    about: str, folder: Path, cli: Cli, server: ModelServer
) -> None:
    """Whatever the verifier says it showed: a lesson about code that is as it was waits for a person."""
    roles = learns(NEW_TEST)
    learned = [{"text": "Prices on a bill are never negative", "about": about}]
    scripted(server, **{**roles, "coder": (edit(), submit(summary="s", why="w", learned=learned))})
    told = run_in(cli, folder, server)
    assert trust_of(cli, folder, told["memories"][0]) == ("proposed", "proposed")


@pytest.mark.parametrize("about", ["calc.total.total", "calc/total.py", "calc/total.py:3"])
def test_what_a_test_and_the_verifier_show_is_verified(about: str, folder: Path, cli: Cli, server: ModelServer) -> None:
    """It failed without the change, passes with it, and is about what changed."""
    roles = learns(NEW_TEST)
    learned = [{"text": "The total of an empty list is 0", "about": about}]
    scripted(server, **{**roles, "coder": (edit(), submit(summary="s", why="w", learned=learned))})
    told = run_in(cli, folder, server)
    assert trust_of(cli, folder, told["memories"][0]) == ("verified", "active")


def test_where_tests_failed_before_a_new_one_proves_nothing_alone(folder: Path, cli: Cli, server: ModelServer) -> None:
    """An exit code does not say which test failed, so a lesson waits for a person where others failed already."""
    (folder / "tests/test_sum.py").write_text(NEW_TEST)
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "-m", "a failing test")
    scripted(server, **learns("import unittest\nclass T(unittest.TestCase):\n    def test_empty(self): pass\n"))
    told = run_in(cli, folder, server)
    assert trust_of(cli, folder, told["memories"][0]) == ("proposed", "proposed")


def test_a_test_that_did_not_come_to_an_end_proves_nothing(folder: Path, cli: Cli, server: ModelServer) -> None:
    """Only a test that ran without the change and failed shows it: what hangs or is killed shows nothing."""
    scripted(server, **learns(HANGS_BEFORE))
    told = run_in(cli, folder, server, "--command-seconds", "5")
    (before,) = [each for each in told["evidence"] if "without" in each["purpose"]]
    assert before["ended"] == "time"
    assert trust_of(cli, folder, told["memories"][0]) == ("proposed", "proposed")
    assert any("do not show" in each for each in told["notes"])


@pytest.mark.skipif(sys.platform != "linux", reason="a limit of a file's length stands for a full disk")
def test_a_full_disk_is_no_answer_to_a_role(folder: Path, cli: Cli, server: ModelServer) -> None:
    """Seen: the role was told that its edit was refused, went on without it, and the run failed for good with room again."""
    import resource

    (folder / "table.txt").write_text("x" * 4000)
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "-m", "a table")
    assert cli("index", cwd=folder).returncode == 0
    limit = max(each.stat().st_size for each in folder.rglob("*") if each.is_file()) + 4096
    wide = call("edit_file", path="table.txt", old="x", new="y" * (limit // 4000 + 2), everywhere=True)
    scripted(server, coder=(wide, edit(), WORK))
    done = subprocess.run(
        [sys.executable, "-m", "engrep", "run", TASK, "--test", TEST, "--json"], cwd=folder, check=False,
        env=cli_environment(**server.environment()), capture_output=True, text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )  # fmt: skip
    told = json.loads(done.stdout)
    assert (done.returncode, told["status"], len(server.asked)) == (3, "stopped", 3), done
    assert "table.txt cannot be written" in told["reason"]
    again = run_in(cli, folder, server, "--resume", told["id"])
    assert (again["status"], len(server.asked)) == ("solved", 10)
    assert "table.txt" in {each["path"] for each in again["files"]}
