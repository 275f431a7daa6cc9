"""A run that is killed, or stopped by its budget, goes on where it was: what was paid for is not paid for again."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from conftest import cli_environment, git
from scripted_run import (
    CHECK,
    TASK,
    TEST,
    TWO_PARTS,
    WORK,
    Reply,
    call,
    edit,
    either_part,
    holds,
    run_in,
    scripted,
)

if TYPE_CHECKING:
    from conftest import Cli
    from openai_server import Asked, ModelServer

LEARNED = [{"text": "calc.total.total of an empty list is 0", "about": "calc.total.total"}]


def killed_at(
    number: int, folder: Path, server: ModelServer, changed: Mapping[str, tuple[Reply, ...]] | None = None
) -> str:
    """Run the task, kill it when it asks its n-th question, before the answer; give the run's id."""
    roles = scripted(server, **(changed or {}))
    process: subprocess.Popen[bytes] | None = None

    def kill(at: int, _: Asked) -> None:
        if at == number and process is not None:
            process.kill()
            process.wait()

    roles.before = kill
    command = [sys.executable, "-m", "engrep", "run", TASK, "--test", TEST, "--json"]
    environment = cli_environment(**server.environment())
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    assert process.wait(120) == -signal.SIGKILL
    (run,) = folder.glob(".engrep/runs/*")
    return run.name


@pytest.mark.skipif(os.name == "nt", reason="a signal kills")
@pytest.mark.parametrize("number", [1, 2, 4, 6, 7, 9])
def test_kill_nine_at_any_request_pays_for_nothing_twice(
    number: int, folder: Path, cli: Cli, server: ModelServer
) -> None:
    """Killed while it waits for planner, coder, tester, reviewer or verifier, it goes on; only the open request is repeated."""
    name = killed_at(number, folder, server)
    # The reply to the open request was never received; all replies before it were, and are in the journal.
    before = [each.text for each in server.asked]
    assert len(before) == number
    server.asked.clear()
    replay = scripted(server)
    replay.said = Counter(_role(text) for text in before[:-1])
    told = run_in(cli, folder, server, "--resume", name)
    assert told["status"] == "solved"
    asked = [each.text for each in server.asked]
    assert asked[0] == before[-1]
    assert not set(asked) & set(before[:-1])
    assert len(before) - 1 + len(asked) == 9
    assert sum(each["calls"] for each in told["roles"]) == 9
    assert git(folder, "show", f"{told['branch']}:calc/total.py").endswith("return sum(items)\n")
    assert [each["id"] for each in told["evidence"]] == ["e1", "e2", "e3", "e4", "e5", "e6"]


@pytest.mark.skipif(os.name == "nt", reason="a signal kills")
@pytest.mark.parametrize("number", [4, 6])
def test_kill_nine_while_parts_are_done_side_by_side(number: int, folder: Path, cli: Cli, server: ModelServer) -> None:
    """What each part wrote comes back, in whatever order they went on; only requests that were open are repeated."""
    parts: dict[str, tuple[Reply, ...]] = {"planner": (TWO_PARTS,), "coder": (either_part,)}
    killed = killed_at(number, folder, server, parts)
    before = [each.text for each in server.asked]
    server.asked.clear()
    scripted(server, **parts)
    told = run_in(cli, folder, server, "--resume", killed)
    assert told["status"] == "solved"
    repeated = [each.text for each in server.asked if each.text in before]
    assert len(repeated) <= 2
    assert {each["path"] for each in told["files"]} == {"calc/total.py", "calc/bill.py", "tests/test_total.py"}
    assert len(told["refusals"]) == 1


def _role(text: str) -> str:
    import re

    found = re.search(r"You are the (\w+)", text)
    assert found
    return found[1]


SLOW = "import os, signal, unittest\nclass K(unittest.TestCase):\n    def test_k(self):\n        if not os.path.exists('k.done'):\n            import time; time.sleep(60)\n"


@pytest.mark.skipif(os.name == "nt", reason="a signal kills")
def test_kill_nine_while_a_command_runs_ends_the_command_too(folder: Path, cli: Cli, server: ModelServer) -> None:
    """The command does not outlive the run that started it; the run goes on by running it again, without a new request."""
    (folder / "tests/test_slow.py").write_text(SLOW)
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "-m", "slow")
    scripted(server)
    command = [sys.executable, "-m", "engrep", "run", TASK, "--test", TEST, "--json"]
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=cli_environment(**server.environment()),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    tree = _waited(folder)
    process.kill()
    process.wait()
    (run,) = folder.glob(".engrep/runs/*")
    _gone(str(tree))
    assert not server.asked
    told = run_in(cli, folder, server, "--resume", run.name, "--command-seconds", "1", "--rounds", "1", code=1)
    assert told["evidence"][0]["ended"] == "time"
    assert told["status"] == "failed"


def _waited(folder: Path) -> Path:
    """Wait until the tests of a run are running; give its work tree."""
    import time

    for _ in range(1200):
        time.sleep(0.05)
        for tree in folder.glob(".engrep/runs/*/tree"):
            if _processes(str(tree)):
                return tree
    raise AssertionError("no command was started")


def _processes(place: str) -> list[int]:
    """Give the processes that work in a folder."""
    found = []
    for each in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (each / "cwd").readlink() == Path(place) and b"unittest" in (each / "cmdline").read_bytes().split(b"\0"):
                found.append(int(each.name))
    return found


def _gone(place: str) -> None:
    import time

    for _ in range(200):
        if not _processes(place):
            return
        time.sleep(0.05)
    raise AssertionError("a command outlived its run")


def test_a_spent_budget_stops_and_a_larger_one_goes_on(folder: Path, cli: Cli, server: ModelServer) -> None:
    """Tokens are counted over all processes of a run; what was done is kept, and goes on with more."""
    scripted(server).usage = (1000, 200)
    told = run_in(cli, folder, server, "--max-tokens", "6000", code=3)
    assert told["status"] == "stopped"
    assert "tokens" in told["reason"]
    assert told["branch"] == ""
    paid = len(server.asked)
    assert 0 < paid < 9
    still = run_in(cli, folder, server, "--resume", told["id"], code=3)
    assert (still["status"], len(server.asked)) == ("stopped", paid)
    done = run_in(cli, folder, server, "--resume", told["id"], "--max-tokens", "1000000")
    assert (done["status"], len(server.asked)) == ("solved", 9)


def test_the_time_of_a_run_is_limited(folder: Path, cli: Cli, server: ModelServer) -> None:
    """A model that takes longer than the run may is not waited for; the time of earlier processes counts."""
    roles = scripted(server)

    def hang(at: int, _: Asked) -> None:
        if at == 3:
            server.closing.wait(30)

    roles.before = hang
    told = run_in(cli, folder, server, "--max-minutes", "0.2", code=3)
    assert (told["status"], "minutes" in told["reason"]) == ("stopped", True)
    assert told["seconds"]["total"] < 28
    still = run_in(cli, folder, server, "--resume", told["id"], code=3)
    assert "minutes" in still["reason"]


def test_a_finished_run_is_told_again_and_asks_nobody(folder: Path, cli: Cli, server: ModelServer) -> None:
    """Going on with a run that is solved gives its report."""
    scripted(server, coder=(edit(), call("run_command", argv=TEST.split()), WORK), verifier=(CHECK, holds))
    told = run_in(cli, folder, server)
    asked = len(server.asked)
    again = run_in(cli, folder, server, "--resume", told["id"])
    assert (again["commit"], len(server.asked)) == (told["commit"], asked)


def test_two_processes_do_not_work_on_one_run(folder: Path, cli: Cli, server: ModelServer) -> None:
    """The second is told that the first works on it."""
    from engrep.agents.flow_journal import Journal

    scripted(server).usage = (1000, 200)
    told = run_in(cli, folder, server, "--max-tokens", "6000", code=3)
    journal = Journal(Path(told["folder"]) / "journal.jsonl")
    journal.open()
    done = cli("run", "--resume", told["id"], cwd=folder, **server.environment())
    journal.close()
    assert done.returncode == 3
    assert "another process" in done.stderr


def test_a_run_can_be_taken_away(folder: Path, cli: Cli, server: ModelServer) -> None:
    """What was kept of a run that failed goes when the person says so: files, work tree, and its place in git."""
    scripted(server).usage = (1000, 200)
    told = run_in(cli, folder, server, "--max-tokens", "6000", code=3)
    assert git(folder, "worktree", "list").count("\n") == 2
    assert cli("run", "--discard", told["id"][:-2], cwd=folder).stdout == f"{told['id']} is gone\n"
    assert git(folder, "worktree", "list").count("\n") == 1
    assert not Path(told["folder"]).exists()
    assert cli("run", "--discard", told["id"], cwd=folder).returncode == 1
