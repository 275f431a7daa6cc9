"""What a run gives: a branch or a patch, what was learned, what a terminal sees; and what it needs before it begins."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from conftest import cli_environment, git
from scripted_run import (
    CHECK,
    PLAN,
    TASK,
    TEST,
    TWO_PARTS,
    WORK,
    edit,
    either_part,
    holds,
    project_in,
    run_in,
    scripted,
    submit,
    untouched,
)  # fmt: skip

if TYPE_CHECKING:
    from conftest import Cli
    from openai_server import ModelServer


def test_no_change_is_no_success(folder: Path, cli: Cli, server: ModelServer) -> None:
    """A coder that only talks has done nothing."""
    scripted(server, coder=(WORK,))
    told = run_in(cli, folder, server, "--rounds", "1", code=1)
    assert "nothing was changed" in told["reason"]


def test_a_patch_instead_of_a_branch(folder: Path, cli: Cli, server: ModelServer) -> None:
    """With --patch there is no branch; `git apply` takes the result."""
    scripted(server)
    told = run_in(cli, folder, server, "--patch")
    assert (told["status"], told["branch"]) == ("solved", "")
    assert untouched(folder)
    git(folder, "apply", told["patch"])
    assert "+ 1" not in (folder / "calc/total.py").read_text()


def test_parts_that_share_no_file_are_done_side_by_side(folder: Path, cli: Cli, server: ModelServer) -> None:
    """Each coder writes its own files only; what belongs to another part is refused."""
    scripted(server, planner=(TWO_PARTS,), coder=(either_part,))
    told = run_in(cli, folder, server)
    assert told["status"] == "solved"
    assert {each["path"] for each in told["files"]} == {"calc/total.py", "calc/bill.py", "tests/test_total.py"}
    assert [each["why"] for each in told["refusals"]] == ["calc/bill.py: it belongs to another part of the plan"]


def test_what_was_learned_is_remembered_when_a_test_shows_it(folder: Path, cli: Cli, server: ModelServer) -> None:
    """What the verifier showed is verified and of the branch; what nobody showed waits for a person."""
    learned = [
        {"text": "calc.total.total of an empty list is 0, without a base price", "about": "calc.total.total"},
        {"text": "Prices in calc are never negative anywhere", "about": "calc/bill.py"},
    ]
    shows = lambda asked: submit(**{**holds(asked).calls[0][1], "shown": [1]})  # noqa: E731
    scripted(server, coder=(edit(), submit(summary="s", why="w", learned=learned)), verifier=(CHECK, shows))
    told = run_in(cli, folder, server)
    shown, waits = (
        json.loads(cli("history", each, "--json", cwd=folder).stdout)["changes"][0]["after"]
        for each in told["memories"]
    )
    assert (shown["trust"], shown["status"], shown["scope"], shown["place"]) == (
        "verified",
        "active",
        "branch",
        told["branch"],
    )
    assert "without the change" in shown["reason"]
    assert (waits["trust"], waits["status"]) == ("proposed", "proposed")


def test_a_run_needs_tests_a_task_and_a_model(folder: Path, cli: Cli, server: ModelServer, tmp_path: Path) -> None:
    """What is missing is said before anything is made."""
    bare = tmp_path / "bare"
    bare.mkdir()
    project_in(bare, "#- readme.txt\nnothing")
    for where, options, said in (
        (bare, (TASK,), "no tests were found"), (folder, (), "what is to be done"), (folder, ("  ",), "what is to be done"),
        (folder, (TASK, "--resume", "x"), "which run"), (folder, (TASK, "--test", "a | b"), "no shell"),
    ):  # fmt: skip
        done = cli("run", *options, cwd=where, **server.environment())
        assert (done.returncode, said in done.stderr) == (2, True), done.stderr
    done = cli("run", TASK, "--test", TEST, cwd=folder)
    assert (done.returncode, "no language model is configured" in done.stderr) == (3, True)
    assert cli("run", "--resume", "none", cwd=folder, **server.environment()).returncode == 1
    assert not server.asked
    assert not list(folder.glob(".engrep/runs/*"))
    assert cli("run", "--list", "--json", cwd=folder).returncode == 1


def test_a_terminal_is_told_the_same(folder: Path, cli: Cli, server: ModelServer) -> None:
    """Without --json: verdict, files, evidence, and what to do next; nothing on stderr in a pipe."""
    scripted(server, planner=(PLAN,))
    done = cli("run", TASK, "--test", TEST, cwd=folder, **server.environment())
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("solved  ")
    assert "git merge engrep/" in done.stdout
    assert "calc/total.py  +1 −1" in done.stdout
    assert "solved" in cli("run", "--list", cwd=folder).stdout


def test_a_terminal_sees_each_step(folder: Path, server: ModelServer) -> None:
    """On a terminal each step stands on a line of its own when it is done, then the verdict; nothing is wider than it."""
    import os
    import subprocess

    from test_narrow_terminal import _read

    pty = pytest.importorskip("pty")
    outer, inner = pty.openpty()
    scripted(server)
    command = [sys.executable, "-m", "engrep", "run", TASK, "--test", TEST]
    environment = cli_environment(**server.environment(), TERM="xterm", COLUMNS="100")
    written = b""
    with subprocess.Popen(command, cwd=folder, env=environment, stdin=inner, stdout=inner, stderr=inner):
        os.close(inner)
        while piece := _read(outer):
            written += piece
    os.close(outer)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", written.decode())
    lines = [line.strip() for line in re.split(r"\x1b\[[0-9;?]*[A-Za-z]|[\r\n]", plain)]
    shown = [
        line.split()[0] for line in lines if re.match(r"(planner|coder|tester|tests|reviewer|verifier) .+ s$", line)
    ]
    expected = "tests planner coder tester tests tests tests reviewer verifier tests".split()
    assert shown == expected
    assert any(line.startswith("solved") for line in lines)
