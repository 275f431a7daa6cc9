"""An index that an older engrep made: kept until a run makes it anew, and never taken for none."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from engrep.engine.store import SCHEMA_VERSION

if TYPE_CHECKING:
    from conftest import Cli, MakeRepo

SHOP = """
    #- billing/retry.py
    def backoff(attempt):
        return 60 * 4 ** attempt
"""
SAYS = f"was made by an older engrep (schema {SCHEMA_VERSION - 1}, this one has {SCHEMA_VERSION})"


@pytest.fixture
def older(repo: MakeRepo, cli: Cli) -> Path:
    """Give a folder whose index, made without vectors by choice, is of the schema before this one."""
    folder = repo(SHOP)
    assert cli("index", "--embedder", "none", cwd=folder).returncode == 0
    with closing(sqlite3.connect(folder / ".engrep/code.db")) as connection:
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION - 1}")
        connection.execute("DROP TABLE symbol")  # which an older schema had otherwise
        connection.commit()
    return folder


def asked(cli: Cli, folder: Path, *arguments: str, code: int) -> dict[str, Any]:
    """Run a command and give its JSON."""
    done = cli(*arguments, "--json", cwd=folder)
    assert done.returncode == code, done.stdout + done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@pytest.mark.parametrize("command", ["search", "symbol", "callers", "status"])
def test_it_is_said_what_it_is_and_what_to_run(command: str, older: Path, cli: Cli) -> None:
    """It was "not indexed yet", as if it had never been made."""
    done = cli(command, *(["backoff"] if command != "status" else []), cwd=older)
    told = " ".join((done.stdout + done.stderr).split())
    assert done.returncode == 3
    assert f"{SAYS}: run `engrep index`, which makes it anew" in told
    assert "not indexed yet" not in told


def test_asking_leaves_it_to_the_engrep_that_made_it(older: Path, cli: Cli) -> None:
    """A question of a newer engrep emptied it at once: whoever went back found nothing."""
    for command in (("search", "backoff"), ("status",), ("doctor",), ("recall", "backoff"), ("remember", "Use tabs.")):
        cli(*command, cwd=older)
    with closing(sqlite3.connect(older / ".engrep/code.db")) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION - 1,)
        assert connection.execute("SELECT count(*) FROM file").fetchone() == (1,)


def test_memories_are_told_without_it(older: Path, cli: Cli) -> None:
    """What is remembered does not need the index of the code."""
    cli("remember", "Retries stop at five.", cwd=older)
    assert [item["text"] for item in asked(cli, older, "recall", "retries", code=0)["items"]] == [
        "Retries stop at five."
    ]


def test_the_next_run_makes_it_anew_with_the_embedder_it_had(older: Path, cli: Cli) -> None:
    """All of it comes from the files but the choice of the embedder, which stays."""
    assert "none, by choice" in cli("doctor", cwd=older).stdout
    assert asked(cli, older, "index", code=0)["updated"] == 1
    assert asked(cli, older, "status", code=0)["embedder"] == "none"
    assert asked(cli, older, "search", "backoff", code=0)["hits"][0]["path"] == "billing/retry.py"


def test_doctor_tells_what_the_first_run_would_use(repo: MakeRepo, cli: Cli) -> None:
    """In a folder without an index it said that there is no model, which the next run would have had."""
    folder = repo(SHOP)

    def model(**environment: str) -> tuple[bool, str]:
        checks = json.loads(cli("doctor", "--json", cwd=folder, **environment).stdout)["checks"]
        return next((check["ok"], check["detail"]) for check in checks if check["name"] == "model")

    assert model(ENGREP_EMBEDDER="") == (True, "`engrep index` would use static, the model that comes with engrep")
    assert model(ENGREP_EMBEDDER="none")[1].startswith("none, by choice")
    ok, detail = model(ENGREP_EMBEDDER="./gone.npz")
    assert not ok
    assert "gone.npz" in detail
