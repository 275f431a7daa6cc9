"""The guide to the agents: the files that it names are those that `install` writes."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from conftest import PROJECT

from engrep.install_programs import NAMES

if TYPE_CHECKING:
    from conftest import Cli, MakeRepo

GUIDE = (PROJECT / "docs" / "guides" / "getting-started.md").read_text(encoding="utf-8")
TITLES = {"claude": "Claude Code", "codex": "Codex", "gemini": "Gemini CLI", "cursor": "Cursor", "vscode": "VS Code"}


@pytest.mark.parametrize("program", NAMES)
@pytest.mark.parametrize("scope", ["--project", "--user"])
def test_the_guide_names_the_files_that_are_written(
    program: str, scope: str, repo: MakeRepo, cli: Cli, tmp_path: Path
) -> None:
    """One row an agent, one column a scope; what a program still asks of its person stands in the guide too."""
    root = repo("#- a.py\nx = 1\n", git=True)
    home = tmp_path / "person"
    done = cli("install", program, scope, "--json", cwd=root, HOME=str(home), USERPROFILE=str(home), XDG_CONFIG_HOME="")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    row = next(line for line in GUIDE.splitlines() if line.startswith(f"| {TITLES[program]} |"))
    cell = row.split("|")[2 if scope == "--project" else 3]
    for file in answer["files"]:
        path = Path(file["path"])
        assert path.is_file()
        written = (
            path.relative_to(root).as_posix() if scope == "--project" else f"~/{path.relative_to(home).as_posix()}"
        )
        if (program, scope) == ("vscode", "--user"):
            written = "Code/User/mcp.json"
        assert f"`{written}`" in cell
    assert cell.count("`") == 2 * len(answer["files"])
    assert ("/hooks" in " ".join(answer["still_asked"])) == (program == "codex")


def test_taking_back_asks_nothing(repo: MakeRepo, cli: Cli) -> None:
    """Only an installation leaves something to the person."""
    root = repo("#- a.py\nx = 1\n", git=True)
    assert cli("install", "codex", cwd=root).stdout.count("type /hooks") == 1
    assert "type /hooks" not in cli("uninstall", "codex", cwd=root).stdout


def test_what_is_to_be_tried_works_in_any_project(repo: MakeRepo, cli: Cli) -> None:
    """The lines under "Does it work?" asked for a function that hardly any project has exactly one of."""
    root = repo("#- a.py\nx = 1\n", git=True)
    block = GUIDE.partition("## Does it work?")[2].partition("```sh\n")[2].partition("```")[0]
    lines = [shlex.split(line, comments=True)[1:] for line in block.splitlines()]
    assert [line[0] for line in lines] == ["remember", "brief", "recall", "doctor"]
    for line in [["index"], *lines]:
        done = cli(*line, cwd=root)
        assert done.returncode == 0, done.stderr
        assert line[0] not in ("brief", "recall") or "Retries stop at five" in done.stdout
