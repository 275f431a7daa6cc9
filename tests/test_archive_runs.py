"""A run that takes sessions in: dry, killed, two at once, and on the command line."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from archived_project import claude_file, counts, found, opened, project_in
from histories import Claude, write_lines

from engrep import Memory, NotFoundError, UsageError

if TYPE_CHECKING:
    from conftest import Cli


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Make a project, and histories beside it."""
    return project_in(tmp_path)


@pytest.fixture
def memory(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Memory]:
    """Open the memory of the project, with all histories in the test's own folder."""
    with opened(root, tmp_path, monkeypatch) as memory:
        yield memory


def test_a_dry_run_writes_nothing(memory: Memory, root: Path, tmp_path: Path) -> None:
    """It tells what would be taken, and there is not even a database afterwards."""
    told = Claude(root)
    told.user("One.")
    write_lines(claude_file(tmp_path), told.lines)
    done = memory.import_history("claude", dry_run=True)
    assert (counts(done), done.turns) == ((1, 0, 0, 0), 1)
    assert not list((tmp_path / "home").rglob("memory.db"))


def turns_on_disk(home: Path) -> int:
    """Count the turns in the only database, as another process sees them; 0 while there is none."""
    for path in home.rglob("memory.db"):
        connection = sqlite3.connect(path)
        try:
            return int(connection.execute("SELECT count(*) FROM turn").fetchone()[0])
        except sqlite3.OperationalError:
            return 0
        finally:
            connection.close()
    return 0


def test_a_killed_import_repeats_nothing_and_loses_nothing(cli: Cli, root: Path, tmp_path: Path) -> None:
    """However often an import is killed, in the end every turn is there once, in order."""
    import subprocess
    import sys

    from conftest import cli_environment

    told = Claude(root)
    for number in range(6000):
        told.user(f"Turn {number} says {'something ' * 20}")
    write_lines(claude_file(tmp_path), told.lines)
    environment = cli_environment(ENGREP_HOME=str(tmp_path / "home"), CLAUDE_CONFIG_DIR=str(tmp_path / "claude"))
    partial = 0
    for _ in range(4):
        process = subprocess.Popen(
            [sys.executable, "-m", "engrep", "import", "claude"], cwd=root, env=environment, stdout=subprocess.DEVNULL
        )
        before = count = turns_on_disk(tmp_path / "home")
        while count == before and process.poll() is None:
            time.sleep(0.005)
            count = turns_on_disk(tmp_path / "home")
        process.kill()
        process.wait()
        partial += 0 < turns_on_disk(tmp_path / "home") < 6000
    assert partial
    done = cli(
        "import",
        "claude",
        "--json",
        cwd=root,
        ENGREP_HOME=str(tmp_path / "home"),
        CLAUDE_CONFIG_DIR=str(tmp_path / "claude"),
    )
    assert done.returncode == 0
    with Memory.open(root, home=tmp_path / "home") as memory:
        texts = [text.split()[1] for text in (turn.text for turn in memory.session("5e55-1", limit=9999).turns)]
        assert texts == [str(number) for number in range(6000)]
        assert len(found(memory, "5999")) == 1


def test_two_imports_at_once_double_nothing(root: Path, tmp_path: Path) -> None:
    """Two processes that take in the same history leave each turn there once."""
    import subprocess
    import sys

    from conftest import cli_environment

    told = Claude(root)
    for number in range(3000):
        told.user(f"Turn {number}.")
    write_lines(claude_file(tmp_path), told.lines)
    environment = cli_environment(ENGREP_HOME=str(tmp_path / "home"), CLAUDE_CONFIG_DIR=str(tmp_path / "claude"))
    command = [sys.executable, "-m", "engrep", "import", "claude", "--json"]
    both = [subprocess.Popen(command, cwd=root, env=environment, stdout=subprocess.DEVNULL) for _ in range(3)]
    assert [process.wait() for process in both] == [0, 0, 0]
    (path,) = (tmp_path / "home").rglob("memory.db")
    connection = sqlite3.connect(path)
    rows = connection.execute("SELECT count(*), count(DISTINCT number), max(number) FROM turn").fetchone()
    connection.close()
    assert rows == (3000, 3000, 3000)


def test_the_command_line(cli: Cli, root: Path, tmp_path: Path) -> None:
    """`import` and `sessions` give data and lines; what is not there is said so."""
    told = Claude(root)
    for number in range(3):
        told.user(f"Turn {number}.")
    path = write_lines(claude_file(tmp_path), told.lines)
    settings = {"ENGREP_HOME": str(tmp_path / "home"), "CLAUDE_CONFIG_DIR": str(tmp_path / "claude")}
    assert cli("sessions", cwd=root, **settings).returncode == 1
    done = json.loads(cli("import", "claude", "--json", cwd=root, **settings).stdout)
    assert (done["sessions_new"], done["turns"]) == (1, 3)
    listed = json.loads(cli("sessions", "--json", cwd=root, **settings).stdout)
    assert [(each["id"], each["title"], each["turns"]) for each in listed["sessions"]] == [("5e55-1", "Turn 0.", 3)]
    page = json.loads(cli("sessions", "5e55", "--limit", "2", "--json", cwd=root, **settings).stdout)
    assert ([turn["text"] for turn in page["turns"]], page["next_after"]) == (["Turn 0.", "Turn 1."], 2)
    assert "--after 2" in cli("sessions", "5e55", "-k", "2", cwd=root, **settings).stdout
    assert cli("import", str(path), cwd=root, **settings).returncode == 0
    assert cli("import", "nowhere", cwd=root, **settings).returncode == 2
    assert cli("sessions", "zzz", cwd=root, **settings).returncode == 1


def test_what_is_not_there_is_said(memory: Memory) -> None:
    """A history, a file or a session that is not there is an error, not an empty answer."""
    for source, program in (("mimo", "MiMo"), ("claude", "Claude Code"), ("codex", "Codex")):
        with pytest.raises(UsageError, match=f"no history of {program}"):
            memory.import_history(source)
    with pytest.raises(UsageError, match="no file or folder"):
        memory.import_history("nowhere.jsonl")
    with pytest.raises(NotFoundError):
        memory.session("zzz")
    assert memory.sessions() == ()
