"""`engrep install` and `uninstall` where something is in the way: odd texts, links, files that cannot be written."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from installing import files_of, install, uninstall

from engrep import install_json as in_json
from engrep.engine.errors import StateError
from engrep.install import carry_out, plan_install, plan_uninstall
from engrep.install_programs import is_our_server, is_ours, targets

if TYPE_CHECKING:
    from conftest import Cli


@pytest.mark.parametrize(("path", "text", "what"), [
    (".gemini/settings.json", '{"hooks": ', "no JSON"),
    (".gemini/settings.json", "[]", "not an object"),
    (".gemini/settings.json", '{"hooks": []}', "hooks is not an object"),
    (".gemini/settings.json", '{"hooks": {"SessionStart": {}}}', "hooks.SessionStart is not an array"),
    (".gemini/settings.json", '{"mcpServers": null}', "mcpServers is not an object"),
    (".gemini/settings.json", '{"a": 1} {"b": 2}', "no JSON"),
    (".gemini/settings.json", "[" * 100_000, "no JSON"),
    (".codex/config.toml", "a = = 1", "no TOML"),
    (".codex/config.toml", "mcp_servers = {}", "no TOML"),
    (".codex/config.toml", "mcp_servers = 1", "not a table"),
])  # fmt: skip
def test_a_file_that_cannot_be_read_stops_everything(path: str, text: str, what: str, project: Path, cli: Cli) -> None:
    """The error names the file and what is wrong, and nothing is written, not even the files that could be."""
    (project / path).parent.mkdir(parents=True)
    (project / path).write_text(text, encoding="utf-8")
    done = cli("install", path[1:].partition("/")[0], cwd=project)
    assert done.returncode == 3
    assert Path(path).name in done.stderr
    assert what in done.stderr
    assert "nothing was written" in done.stderr
    assert files_of(project) == {path: text.encode()}


def test_other_encodings_are_refused(project: Path) -> None:
    """A file that is no UTF-8 is not written as if it were."""
    (project / ".mcp.json").write_bytes('{"ä": 1}'.encode("utf-16"))
    with pytest.raises(StateError, match="no UTF-8"):
        install("claude", project)
    assert files_of(project).keys() == {".mcp.json"}


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_links_are_followed_but_not_out_of_a_project(project: Path) -> None:
    """A link stays a link, and its file is written; one that leads out of the project is refused."""
    (project / "config").mkdir()
    (project / "config" / "mcp.json").write_text("{}", encoding="utf-8")
    (project / ".vscode").mkdir()
    (project / ".vscode" / "mcp.json").symlink_to("../config/mcp.json")
    install("vscode", project)
    assert (project / ".vscode" / "mcp.json").is_symlink()
    assert "engrep" in (project / "config" / "mcp.json").read_text(encoding="utf-8")
    uninstall("vscode", project)
    assert (project / "config" / "mcp.json").read_text(encoding="utf-8") == "{}"
    outside = project.parent / "profile"
    outside.write_text("{}", encoding="utf-8")
    (project / ".mcp.json").symlink_to(outside)
    with pytest.raises(StateError, match="leads out of"):
        install("claude", project)
    assert outside.read_text(encoding="utf-8") == "{}"


def test_what_cannot_be_written_puts_all_back(project: Path) -> None:
    """When the second file fails, the first is as it was."""
    (project / ".mcp.json").write_text("{}", encoding="utf-8")
    changes = plan_install(targets("claude", project), project)
    (project / ".mcp.json").write_text('{"a": 1}', encoding="utf-8")
    with pytest.raises(StateError, match="written meanwhile"):
        carry_out(changes)
    assert files_of(project) == {".mcp.json": b'{"a": 1}'}


def test_what_cannot_be_taken_back_is_kept_as_it_was(project: Path) -> None:
    """When the second file cannot be restored, the first has our entries again, and is still given back byte for byte."""
    (project / ".claude").mkdir()
    path = project / ".claude" / "settings.json"
    path.write_text('{"hooks":{},"a":[ ]}', encoding="utf-8")
    install("claude", project)
    made = files_of(project)
    changes = plan_uninstall(targets("claude", project), project)
    (project / ".mcp.json").write_text("{}", encoding="utf-8")
    with pytest.raises(StateError, match="nothing was changed"):
        carry_out(changes)
    assert path.read_bytes() == made[".claude/settings.json"]
    assert uninstall("claude", project)[0] == "restored"
    assert path.read_text(encoding="utf-8") == '{"hooks":{},"a":[ ]}'


def test_a_failed_installation_leaves_no_folder(project: Path) -> None:
    """The folder that was made for the first file goes when the second cannot be written, and nothing is kept."""
    changes = plan_install(targets("claude", project), project)
    (project / ".mcp.json").write_text("{}", encoding="utf-8")
    with pytest.raises(StateError, match="nothing was changed"):
        carry_out(changes)
    assert sorted(each.name for each in project.iterdir()) == [".git", ".mcp.json"]
    assert list((project.parent / "home" / "installed").iterdir()) == []


def test_no_copy_outlives_its_installation(project: Path) -> None:
    """What a file was is forgotten by an uninstall though the file is gone, or our entries were taken out by hand."""
    (project / ".mcp.json").write_text('{"mcpServers": {"a": {"env": {"KEY": "k"}}}}', encoding="utf-8")
    install("claude", project)
    (project / ".mcp.json").unlink()
    (project / ".claude" / "settings.json").write_text("{}", encoding="utf-8")
    uninstall("claude", project)
    assert list((project.parent / "home" / "installed").iterdir()) == []


COMMENTED = [
    '{"mcpServers": {"a": {}}, // mine\n}', '{"mcpServers": {"a": {}, // x\n}}', '{"a": 1 // c\n}',
    '{"hooks": {"SessionStart": [{"x": 1}, // y\n]}}', '{"a": 1, // c\n // more\n}', "{ // c\n}", '{"a": 1, /* c */}',
    '{"hooks": {"SessionStart": [ // none\n]}}', '// lead\n{"a": 1}\n// trail', '{"a": "// \\" /*", "b": 1 /* c\n */}',
]  # fmt: skip


@pytest.mark.parametrize("text", COMMENTED)
def test_comments_swallow_nothing(text: str, project: Path) -> None:
    """Our entries stand outside of comments wherever these stand, and what remains without them says what it said."""
    path = project / ".gemini" / "settings.json"
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")
    assert install("gemini", project) == ["changed"]
    edited = path.read_text(encoding="utf-8")
    held = in_json.value_of(edited)
    assert is_our_server(held["mcpServers"]["engrep"])
    assert is_ours(held["hooks"]["SessionStart"][-1])
    assert install("gemini", project) == ["unchanged"]
    path.write_text(f"{edited}\n", encoding="utf-8")
    assert uninstall("gemini", project) == ["changed"]
    assert in_json.value_of(path.read_text(encoding="utf-8")) == in_json.value_of(text)


def test_what_stands_behind_our_entry_is_no_part_of_a_comment(project: Path) -> None:
    """An entry of ours below a comment and before a bracket on its own line goes without taking the bracket along."""
    path = project / ".mcp.json"
    path.write_text(
        '{"mcpServers": {"a": 1, // c\n "engrep": {"command": "engrep", "args": ["mcp"]} }}', encoding="utf-8"
    )
    uninstall("claude", project)
    assert in_json.value_of(path.read_text(encoding="utf-8")) == {"mcpServers": {"a": 1}}


def test_the_block_of_codex_in_a_file_of_windows(project: Path) -> None:
    """A TOML file with carriage returns that was edited meanwhile loses the block, too, and is not told to be another's."""
    path = project / ".codex" / "config.toml"
    path.parent.mkdir()
    path.write_bytes(b'model = "gpt-5"\r\n')
    install("codex", project)
    path.write_bytes(path.read_bytes() + b"[more]\r\na = 1\r\n")
    assert [each.note for each in plan_install(targets("codex", project), project)] == ["", ""]
    uninstall("codex", project)
    assert path.read_bytes() == b'model = "gpt-5"\r\n[more]\r\na = 1\r\n'
