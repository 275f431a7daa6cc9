"""Memories that other programs keep in files, taken in when asked: each once, whatever became of it since."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from conftest import write_files

from engrep.engine.memory import Memory
from engrep.indexers.memory_files import noted

if TYPE_CHECKING:
    from conftest import Cli, MakeRepo


def imported(cli: Cli, root: Path, home: Path, source: str, *more: str) -> dict[str, Any]:
    """Import the memories of a program from a home, and give the report."""
    places = {
        "HOME": str(home),
        "USERPROFILE": str(home),
        "CLAUDE_CONFIG_DIR": "",
        "CODEX_HOME": "",
        "MIMOCODE_HOME": "",
        "MIMOCODE_DB": "",
    }
    done = cli("import", source, "--memories", "--json", *more, cwd=root, **places)
    assert done.stdout, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def kept(root: Path) -> dict[str, str]:
    """Give the active memories with their kinds."""
    with Memory.open(root) as memory:
        return {each.text: each.kind for each in memory.memories()}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Give a person's own folder."""
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


def claude_folder(home: Path, root: Path) -> Path:
    """Give the folder in which Claude Code keeps its memories of a project."""
    folder = home / ".claude" / "projects" / re.sub(r"[^A-Za-z0-9]", "-", str(root)) / "memory"
    folder.mkdir(parents=True)
    return folder


CLAUDE = """
    #- MEMORY.md
    # Memory
    - [Commit style](feedback_commits.md) — short messages
    ## Build
    - The wheel is built with `make wheel`.
    #- feedback_commits.md
    ---
    name: commits
    description: how to commit
    metadata:
      type: feedback
    ---
    Commit messages say why.

    **Why:** the diff says what.
"""


def test_claudes_memories_are_taken_once(repo: MakeRepo, cli: Cli, home: Path) -> None:
    """Facts with their kind and reason, no links of the index; again, nothing is new; a dry run writes nothing."""
    root = repo("#- CLAUDE.md\n- Use pnpm.")
    folder = write_files(claude_folder(home, root), CLAUDE)
    assert imported(cli, root, home, "claude", "--dry-run")["memories_added"] == 2
    assert kept(root) == {}
    assert imported(cli, root, home, "claude")["memories_added"] == 2
    assert kept(root) == {
        "Commit messages say why. (because the diff says what.)": "convention", "The wheel is built with `make wheel`.": "gotcha",
    }  # fmt: skip
    again = imported(cli, root, home, "claude")
    assert (again["memories_added"], again["memories_updated"], again["memories_unchanged"]) == (0, 0, 2)
    (folder / "MEMORY.md").write_text("- The wheel is built with `make dist`.\n- Always use pnpm.\n", encoding="utf-8")
    report = imported(cli, root, home, "claude")
    assert (report["memories_added"], report["memories_updated"]) == (1, 1)
    assert report["left_out"] == {"said by an instruction file": 1}
    assert "The wheel is built with `make dist`." in kept(root)
    assert "The wheel is built with `make wheel`." not in kept(root)


def test_what_a_person_changed_stays_changed(repo: MakeRepo, cli: Cli, home: Path) -> None:
    """What was edited, forgotten or rejected here is not brought back by the file that still says it."""
    root = repo("#- README.md\nx")
    lines = ["Deploys happen on Mondays.", "The staging server is slow.", "Logs go to syslog."]
    (claude_folder(home, root) / "MEMORY.md").write_text("".join(f"- {line}\n" for line in lines), encoding="utf-8")
    imported(cli, root, home, "claude")
    with Memory.open(root) as memory:
        by_text = {each.body: each.id for each in memory.memories()}
        memory.edit(by_text[lines[0]], "Deploys happen on Tuesdays.")
        memory.forget(by_text[lines[1]])
        memory.reject(by_text[lines[2]])
    assert imported(cli, root, home, "claude")["memories_added"] == 0
    assert list(kept(root)) == ["Deploys happen on Tuesdays."]


def test_codex_tells_what_is_for_this_folder(repo: MakeRepo, cli: Cli, home: Path) -> None:
    """Of the groups of tasks those for the project, and of them what outlives the task."""
    root = repo("#- README.md\nx")
    group = """
        # Task Group: {name}
        scope: something
        applies_to: cwd={folder}; reuse_rule=safe
        ## Task 1: do it, success
        - passing detail {name}
        ## User preferences
        - when asked, answer briefly in {name}
        ## Reusable knowledge
        - the port of {name} is fixed
    """
    text = "".join(
        re.sub(r"(?m)^ {8}", "", group.format(name=name, folder=folder))
        for name, folder in (("here", root), ("there", home))
    )
    write_files(home, "#- .codex/memories/MEMORY.md\nx")
    (home / ".codex" / "memories" / "MEMORY.md").write_text(text, encoding="utf-8")
    imported(cli, root, home, "codex")
    assert kept(root) == {"when asked, answer briefly in here": "preference", "the port of here is fixed": "gotcha"}


def test_mimos_four_sections_are_taken(repo: MakeRepo, cli: Cli, home: Path) -> None:
    """The project is found by the folder of its sessions; rules, decisions and knowledge keep their kind."""
    root = repo("#- README.md\nx")
    data = home / ".local" / "share" / "mimocode"
    write_files(
        data,
        """
        #- memory/projects/p1/MEMORY.md
        # Memory
        ## Project context
        - A shop with two services.
        ## Rules
        - Amounts are integer cents.
        ## Architecture decisions
        - Payments go through one queue.
        ## Discovered durable knowledge
        - The sandbox refuses cards on Sundays.
        #- memory/projects/p2/MEMORY.md
        - Of another project.
    """,
    )
    with closing(sqlite3.connect(data / "mimocode.db")) as database:
        database.execute("CREATE TABLE session (id TEXT, project_id TEXT, directory TEXT)")
        database.executemany("INSERT INTO session VALUES (?, ?, ?)", [("s1", "p1", str(root)), ("s2", "p2", str(home))])
        database.commit()
    imported(cli, root, home, "mimo")
    assert kept(root) == {
        "A shop with two services.": "gotcha", "Amounts are integer cents.": "convention",
        "Payments go through one queue.": "decision", "The sandbox refuses cards on Sundays.": "gotcha",
    }  # fmt: skip


def test_secrets_stay_out_and_absence_is_said(repo: MakeRepo, cli: Cli, home: Path) -> None:
    """A file that is named is read without its secrets; a program without memories is an error that says so."""
    root = repo("#- README.md\nx")
    (home / "notes.md").write_text("- The key is AKIAZQ3DRSTUVWXY2345 there.\n", encoding="utf-8")
    assert imported(cli, root, home, str(home / "notes.md"))["redacted"] > 0
    assert "AKIAZQ3DRSTUVWXY2345" not in json.dumps(kept(root))
    done = cli("import", "codex", "--memories", cwd=root, HOME=str(home), CODEX_HOME="")
    assert done.returncode == 2
    assert "codex keeps no memories of this project" in done.stderr


def test_a_reason_belongs_to_what_stands_before_it() -> None:
    """`Why:` and `How to apply:` are no facts of their own."""
    [only] = noted("Use tabs.\n\n**Why:** history.\n\n**How to apply:** everywhere.")
    assert (only.text, only.reason) == ("Use tabs.", "history. everywhere.")
