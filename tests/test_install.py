"""`engrep install` and `uninstall`: what stands in the files of other programs stays, and comes back byte for byte."""

from __future__ import annotations

import json
import os
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from installing import files_of, install, uninstall

from engrep import install_json as in_json
from engrep.install_programs import NAMES, is_our_server, is_ours

if TYPE_CHECKING:
    from conftest import Cli

FILES = {
    "claude": {".claude/settings.json", ".mcp.json"},
    "codex": {".codex/hooks.json", ".codex/config.toml"},
    "gemini": {".gemini/settings.json"},
    "cursor": {".cursor/hooks.json", ".cursor/mcp.json"},
    "vscode": {".vscode/mcp.json"},
}
SETTINGS = """\
{
    "model": "opus",   // the good one
    "permissions": {"allow": ["Bash(ls:*)"], "deny": []},
    "hooks": {
        "Stop": [
            {
                "hooks": [{"type": "command", "command": "say done"}]
            },
        ],
        "SessionStart": []
    },
    /* servers */ "mcpServers": { "other": {"command": "x"} }
}
"""
CODEX = 'model = "gpt-5"  # mine\n[mcp_servers.other]\ncommand = "x"\n\n[features]\nhooks = true'


@pytest.mark.parametrize("program", NAMES)
def test_into_an_empty_project_and_out_again(program: str, project: Path) -> None:
    """The files are made, a second time nothing changes, and afterwards there is neither a file nor a folder."""
    assert set(install(program, project)) == {"created"}
    made = files_of(project)
    assert made.keys() == FILES[program]
    for path, content in made.items():
        held: Any = tomllib.loads(content.decode()) if path.endswith("toml") else json.loads(content)
        servers = next((held[key] for key in ("mcpServers", "servers", "mcp_servers") if key in held), None)
        assert servers is None or is_our_server(servers["engrep"])
        for entries in held.get("hooks", {}).values():
            assert len(entries) == 1
            assert is_ours(entries[0])
    assert set(install(program, project)) == {"unchanged"}
    assert files_of(project) == made
    assert set(uninstall(program, project)) == {"removed"}
    assert [each.name for each in project.iterdir()] == [".git"]
    assert set(uninstall(program, project)) == {"unchanged"}


def test_what_stands_there_stays(project: Path) -> None:
    """Comments, trailing commas, other hooks and servers, and the way it is written stay; afterwards every byte is back."""
    (project / ".gemini").mkdir()
    path = project / ".gemini" / "settings.json"
    path.write_bytes(b"\xef\xbb\xbf" + SETTINGS.replace("\n", "\r\n").encode())
    path.chmod(0o640)
    before = path.read_bytes()
    assert install("gemini", project) == ["changed"]
    text = path.read_bytes().decode("utf-8-sig")
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    assert text.count("\n") == text.count("\r\n")
    assert '"model": "opus",   // the good one\r\n' in text
    held = in_json.value_of(text)
    assert held["mcpServers"].keys() == {"other", "engrep"}
    assert held["hooks"]["Stop"] == [{"hooks": [{"type": "command", "command": "say done"}]}]
    assert [is_ours(each) for each in held["hooks"]["SessionStart"]] == [True]
    assert list(held)[:2] == ["model", "permissions"]
    if os.name != "nt":
        assert path.stat().st_mode & 0o777 == 0o640
    assert uninstall("gemini", project) == ["restored"]
    assert path.read_bytes() == before


def test_what_somebody_wrote_since_stays(project: Path) -> None:
    """Only our entries go out of a file that was edited meanwhile, with the objects that were made for them."""
    (project / ".claude").mkdir()
    path = project / ".claude" / "settings.json"
    path.write_text('{\n  "model": "opus"\n}\n', encoding="utf-8")
    install("claude", project)
    path.write_text(path.read_text(encoding="utf-8").replace('"opus"', '"sonnet"'), encoding="utf-8")
    assert install("claude", project) == ["unchanged", "unchanged"]
    assert uninstall("claude", project) == ["changed", "removed"]
    assert path.read_text(encoding="utf-8") == '{\n  "model": "sonnet"\n}\n'


def test_an_older_installation_is_brought_up_to_date(project: Path) -> None:
    """Entries of ours that are otherwise now are replaced, not doubled, and the file as it was is not forgotten."""
    path = project / ".claude" / "settings.json"
    path.parent.mkdir()
    old = '{"hooks": {"Stop": [{"hooks": [{"type": "command", "command": "/opt/old place/bin/engrep hook"}]}]}}'
    path.write_text(old, encoding="utf-8")
    assert install("claude", project)[0] == "changed"
    held = json.loads(path.read_text(encoding="utf-8"))
    assert len(held["hooks"]["Stop"]) == 1
    assert held["hooks"]["Stop"][0]["hooks"][0]["command"] == "engrep hook --program claude"


def test_the_block_of_codex(project: Path) -> None:
    """A TOML file gets a block at its end; it goes out again though the rest was edited, and the rest stays."""
    path = project / ".codex" / "config.toml"
    path.parent.mkdir()
    path.write_text(CODEX, encoding="utf-8")
    install("codex", project)
    text = path.read_text(encoding="utf-8")
    assert text.startswith(CODEX)
    assert tomllib.loads(text)["mcp_servers"] == {
        "other": {"command": "x"}, "engrep": {"command": "engrep", "args": ["mcp"]},
    }  # fmt: skip
    path.write_text(text + "\n[more]\na = 1\n", encoding="utf-8")
    assert install("codex", project) == ["unchanged", "unchanged"]
    uninstall("codex", project)
    assert tomllib.loads(path.read_text(encoding="utf-8")) == {**tomllib.loads(CODEX), "more": {"a": 1}}


def test_a_server_of_somebody_elses_is_left(project: Path, cli: Cli) -> None:
    """Another server called engrep stays, and the answer says so; it stays on the way out, too."""
    text = '{"mcpServers": {"engrep": {"command": "my-own-wrapper"}}}'
    (project / ".mcp.json").write_text(text, encoding="utf-8")
    told = json.loads(cli("install", "claude", "--json", cwd=project).stdout)
    assert [bool(file["note"]) for file in told["files"]] == [False, True]
    uninstall("claude", project)
    assert (project / ".mcp.json").read_text(encoding="utf-8") == text


def test_a_dry_run_shows_the_lines_and_no_secrets(project: Path, cli: Cli) -> None:
    """Nothing is written, and a key in the lines around is not shown."""
    key = "sk-ant-" + "api03-Zx9Qw3Er7Ty1Ui5Op8As2Df4Gh6Jk0Lz"
    text = f'{{\n  "mcpServers": {{\n    "other": {{"env": {{"API_KEY": "{key}"}}}}\n  }}\n}}\n'
    (project / ".mcp.json").write_text(text, encoding="utf-8")
    done = cli("install", "claude", "--dry-run", cwd=project)
    assert done.returncode == 0
    assert '+    "engrep": {' in done.stdout
    assert "engrep hook --program claude" in done.stdout
    assert key not in done.stdout
    assert files_of(project) == {".mcp.json": text.encode()}


def test_the_files_of_a_person(project: Path, cli: Cli) -> None:
    """With --user the files lie in the person's folder, the copy of what they were is for nobody else, and goes."""
    home = project.parent / "person"
    home.mkdir()
    environment = {"HOME": str(home), "USERPROFILE": str(home), "ENGREP_HOME": str(project.parent / "home")}
    (home / ".claude.json").write_text('{"userID": "x"}', encoding="utf-8")
    for program in ("claude", "codex", "gemini", "cursor"):
        done = cli("install", program, "--user", cwd=project, CLAUDE_CONFIG_DIR="", CODEX_HOME="", **environment)
        assert done.returncode == 0, done.stderr
    assert files_of(project) == {}
    kept = list((project.parent / "home" / "installed").iterdir())
    assert len(kept) == 7
    assert os.name == "nt" or {each.stat().st_mode & 0o777 for each in kept} == {0o600}
    server = json.loads((home / ".claude.json").read_text(encoding="utf-8"))["mcpServers"]["engrep"]
    assert Path(server["command"]).is_absolute()
    for program in ("claude", "codex", "gemini", "cursor"):
        cli("uninstall", program, "--user", cwd=project, CLAUDE_CONFIG_DIR="", CODEX_HOME="", **environment)
    assert files_of(home) == {".claude.json": b'{"userID": "x"}'}
    assert list((project.parent / "home" / "installed").iterdir()) == []


def test_unknown_programs(project: Path, cli: Cli) -> None:
    """A program that nobody knows is a mistake in the command line."""
    done = cli("install", "emacs", cwd=project)
    assert done.returncode == 2
    assert "claude, codex, gemini, cursor, vscode" in done.stderr
