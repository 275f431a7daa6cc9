"""`engrep models`: what is configured, what it can do, what to configure."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from conftest import cli_environment
from openai_server import Say, serving

if TYPE_CHECKING:
    from conftest import Cli, MakeRepo


def test_without_a_model_it_says_what_to_configure(cli: Cli, tmp_path: Path) -> None:
    """Nothing is configured: exit code 1, the ways to change that, and an empty list for programs."""
    done = cli("models", cwd=tmp_path, OPENAI_API_KEY="sk-lies-about")
    assert done.returncode == 1
    assert "ENGREP_MODEL=ollama:qwen3" in done.stdout
    assert "config.toml" in done.stdout
    assert json.loads(cli("models", "--json", cwd=tmp_path).stdout)["models"] == []


def test_a_model_is_asked_what_it_can_do(cli: Cli, tmp_path: Path) -> None:
    """It answers, streams, calls tools and keeps to a schema, each found out by asking."""
    with serving() as server:
        server.say("ready", Say(calls=(("add", {"a": 19, "b": 23}),)), {"total": 42})
        found = json.loads(
            cli("models", "--json", cwd=tmp_path, **server.environment(ENGREP_MODEL_KEY="sk-secret")).stdout
        )
    one = found["models"][0]
    assert (one["reachable"], one["streaming"], one["tools"], one["structured"], one["usage"]) == (
        True, True, True, "json_schema", True,
    )  # fmt: skip
    assert (one["is_local"], one["has_key"]) == (True, True)
    assert "sk-secret" not in json.dumps(found)


def test_what_a_model_cannot_do_is_said(cli: Cli, tmp_path: Path) -> None:
    """No tools, no schemas, no count of tokens, no stream."""
    with serving() as server:
        server.refuses = {"tools", "json_schema", "json_object", "stream_options"}
        server.answer = lambda asked: Say("none" if "total" in asked.last else "ready", usage=None, whole=True)
        done = cli("models", cwd=tmp_path, **server.environment())
    assert done.returncode == 0
    assert "no streaming, no tools, no structured, no usage" in done.stdout


def test_a_model_that_fails_says_why(cli: Cli, tmp_path: Path) -> None:
    """A wrong key: one line that names the endpoint, exit code 3; without asking, nothing is sent."""
    with serving() as server:
        server.key = "sk-right"
        done = cli("models", cwd=tmp_path, **server.environment(ENGREP_MODEL_KEY="sk-wrong"))
        assert done.returncode == 3
        assert "refuses its key" in done.stdout
        assert "sk-wrong" not in done.stdout + done.stderr
        asked = len(server.asked)
        assert cli("models", "--no-probe", cwd=tmp_path, **server.environment()).returncode == 0
        assert len(server.asked) == asked


def test_a_bad_configuration_is_a_usage_error(cli: Cli, repo: MakeRepo) -> None:
    """A project that brings models is told that it may not; exit code 2."""
    folder = repo("#- .engrep/config.toml\n[models.x]\nurl = 'https://evil.example/v1'\nmodel = 'x'\n", git=True)
    done = cli("models", cwd=folder)
    assert done.returncode == 2
    assert "a project's file may not" in done.stderr


@pytest.mark.parametrize(
    "command", ["search retry", "recall retry", "remember retries-wait --kind decision", "status", "brief"]
)
def test_no_command_that_needs_no_model_loads_one(command: str, repo: MakeRepo, cli: Cli) -> None:
    """Neither the SDK nor our own client is imported, even with a model configured."""
    folder = repo("#- a.py\ndef retry(): ...\n", git=True)
    assert cli("index", cwd=folder).returncode == 0
    program = (
        "import sys\nfrom engrep.cli import main\n"
        "try:\n    main(sys.argv[1:])\nexcept SystemExit:\n    pass\n"
        "print(*[m for m in sys.modules if m.split('.')[0] in ('openai', 'httpx2', 'pydantic', 'keyring') "
        "or m.startswith('engrep.agents.')], file=sys.stderr)"
    )
    environment = cli_environment(ENGREP_MODEL="m@http://127.0.0.1:9/v1")
    done = subprocess.run(
        [sys.executable, "-c", program, *command.split()],
        cwd=folder, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stderr.strip() == "", done.stderr
