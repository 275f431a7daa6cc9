"""`engrep hook` in trouble: hostile input, stores that cannot be used, pipes that nobody closes; the agent goes on."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import hook_payloads as payloads
import pytest
from conftest import Cli, MakeRepo, cli_environment
from hook_shop import SHOP, hook, shop_in, told

PROGRAMS = (payloads.claude, payloads.codex, payloads.gemini, payloads.cursor)
Payload = Callable[..., dict[str, Any]]


@pytest.fixture
def shop(repo: MakeRepo) -> Path:
    """Make a repository with an index and three memories."""
    return shop_in(repo)


HOSTILE = {
    "nothing": "",
    "blanks": " \n\t ",
    "no json": "hello",
    "half an object": '{"hook_event_name": "SessionSt',
    "a list": "[1, 2]",
    "a text": '"x"',
    "null": "null",
    "deep": "[" * 100_000,
    "no name": '{"session_id": "s"}',
    "unknown event": '{"hook_event_name": "Elsewhere", "cwd": "/"}',
    "no cwd": '{"hook_event_name": "SessionStart", "session_id": "s"}',
    "other types": '{"hook_event_name": 7, "cwd": [], "session_id": {}, "prompt": false}',
    "a relative cwd": '{"hook_event_name": "SessionStart", "cwd": "."}',
    "a nul in cwd": '{"hook_event_name": "SessionStart", "cwd": "/a\\u0000b"}',
    "half a pair": '{"hook_event_name": "SessionStart", "cwd": "/\\ud800"}',
    "a cwd that is not there": '{"hook_event_name": "SessionStart", "cwd": "/not/there/at/all"}',
}


@pytest.mark.parametrize("name", HOSTILE)
def test_whatever_comes_the_agent_goes_on(name: str, cli: Cli, tmp_path: Path) -> None:
    """Exit code 0 and silence, and nothing is made anywhere."""
    done = cli("hook", cwd=tmp_path, stdin=HOSTILE[name])
    assert (done.returncode, done.stdout) == (0, "")
    assert list(tmp_path.iterdir()) == []


def test_hostile_fields_of_a_real_event(shop: Path, cli: Cli) -> None:
    """Megabytes, other types and control characters in the fields of an event break nothing."""
    for more in (
        {"prompt": "backoff " * 500_000},
        {"prompt": "\ud800\u0000\u202e \u001b[2J"},
        {"prompt": {"a": 1}, "session_id": 7},
        {"prompt": "x", "session_id": "s" * 100_000},
        {"prompt": "x", "transcript_path": "\u0000"},
    ):
        text = json.dumps({**payloads.claude("UserPromptSubmit", shop), **more})
        assert cli("hook", cwd=shop, stdin=text).returncode == 0
    edit = payloads.claude("PostToolUse", shop, file="../../../etc/passwd\u0000")
    assert hook(cli, edit) is None
    assert hook(cli, payloads.claude("SessionStart", shop), "--program", "nonsense") is not None


def test_more_than_anybody_sends_is_left(shop: Path, cli: Cli) -> None:
    """A payload of 40 MB is silence."""
    payload = payloads.claude("SessionStart", shop, more="x" * (40 << 20))
    done = cli("hook", cwd=shop, stdin=json.dumps(payload))
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("program", PROGRAMS)
def test_where_engrep_was_never_used_nothing_is_made(program: Payload, repo: MakeRepo, cli: Cli) -> None:
    """A repository without an index and memories stays as it is, whatever happens in it."""
    folder = repo(SHOP, git=True)
    before = sorted(folder.rglob("*"))
    names = {payloads.gemini: ("SessionStart", "AfterAgent"), payloads.cursor: ("sessionStart", "stop")}
    for name in names.get(program, ("SessionStart", "Stop")):
        assert hook(cli, program(name, folder, transcript_path=str(folder / "t.jsonl"))) is None
    assert sorted(folder.rglob("*")) == before


def test_a_spool_that_cannot_be_written_keeps_no_answer_back(shop: Path, cli: Cli) -> None:
    """A file lies where the spool belongs: what was to be done is lost, what is to be told is not."""
    (shop / ".engrep" / "spool").write_text("", encoding="utf-8")
    edit = payloads.claude("PostToolUse", shop, file="billing/retry.py")
    assert "whole days" in told(hook(cli, edit))
    assert hook(cli, payloads.claude("Stop", shop)) is None


@pytest.mark.parametrize("state", ["newer", "damaged", "locked"])
def test_a_store_that_cannot_be_used_is_silence(state: str, shop: Path, cli: Cli) -> None:
    """A store of a newer engrep, a damaged or a locked one says nothing, soon, and stays as it is."""
    path = shop / ".engrep" / "memory.db"
    with closing(sqlite3.connect(path)) as connection:
        if state == "newer":
            connection.execute("PRAGMA user_version = 999")
        elif state == "locked":
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("BEGIN EXCLUSIVE")
        else:
            connection.close()
            for ending in ("-wal", "-shm"):
                path.with_name(path.name + ending).unlink(missing_ok=True)
            path.write_bytes(b"no database" * 1000)
        began = time.monotonic()
        for payload in (
            payloads.claude("SessionStart", shop),
            payloads.claude("UserPromptSubmit", shop, prompt="backoff in billing"),
            payloads.claude("PreToolUse", shop, file="billing/retry.py"),
        ):
            done = cli("hook", cwd=shop, stdin=json.dumps(payload))
            assert (done.returncode, done.stdout) == (0, "")
        assert time.monotonic() - began < 15
    if state == "damaged":
        assert path.read_bytes() == b"no database" * 1000


def test_a_hook_does_not_wait_for_a_writer(shop: Path, cli: Cli) -> None:
    """While another process writes, all is told and nothing written down: better twice than not at all."""
    with closing(sqlite3.connect(shop / ".engrep" / "memory.db", isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        assert "whole days" in told(hook(cli, payloads.claude("SessionStart", shop)))
        asked = payloads.claude("UserPromptSubmit", shop, prompt="why does backoff in billing wait so long?")
        assert "whole days" in told(hook(cli, asked))
        connection.execute("ROLLBACK")
    assert "whole days" in told(hook(cli, asked))
    assert hook(cli, asked) is None


def test_a_hook_ends_though_nobody_closes_its_input(tmp_path: Path) -> None:
    """An agent that forgets to close the pipe waits for three seconds, not for ever."""
    process = subprocess.Popen(
        [sys.executable, "-m", "engrep", "hook"], cwd=tmp_path, stdin=subprocess.PIPE, env=cli_environment()
    )
    assert process.stdin is not None
    assert process.wait(timeout=60) == 0
    process.stdin.close()


def test_a_hook_loads_no_command_line_and_no_model(shop: Path) -> None:
    """What an agent waits for loads neither typer, rich nor numpy, and a turn's end not even the database."""
    heavy = {"typer", "click", "rich", "numpy", "tree_sitter", "sqlite_vec", "openai", "mcp", "engrep.cli"}
    for event, more in (("UserPromptSubmit", set[str]()), ("Stop", {"apsw", "dataclasses", "engrep.engine.store"})):
        payload = json.dumps(payloads.claude(event, shop, prompt="why does backoff in billing wait so long?"))
        done = subprocess.run(
            [sys.executable, "-X", "importtime", "-m", "engrep", "hook"],
            input=payload, env=cli_environment(), cwd=shop, capture_output=True, encoding="utf-8", check=True,
        )  # fmt: skip
        loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
        assert "engrep.hook" in loaded
        assert not loaded & (heavy | more), event
