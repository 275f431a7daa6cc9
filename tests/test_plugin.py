"""The plugin for Claude Code is sound: its files parse, its hooks are those that install writes, its commands exist."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

import engrep
from engrep.cli import app
from engrep.install_programs import SERVER, hooks_of, is_our_server

PROJECT = Path(__file__).resolve().parent.parent
PLUGIN = PROJECT / "plugin"
TEXTS = sorted([*PLUGIN.glob("skills/*/SKILL.md"), *PLUGIN.glob("commands/*.md")])


def read(path: Path) -> Any:
    """Give what a JSON file says."""
    return json.loads(path.read_text(encoding="utf-8"))


def front_matter(text: str) -> dict[str, str]:
    """Give the fields between the lines of dashes at the beginning."""
    fenced = re.match(r"---\n(.*?)\n---\n", text, re.DOTALL)
    assert fenced
    return dict(re.findall(r"^([\w-]+): (.+)$", fenced[1], re.MULTILINE))


def test_the_marketplace_leads_to_the_plugin() -> None:
    """The repository is a marketplace of one plugin, whose name and version are ours."""
    market = read(PROJECT / ".claude-plugin" / "marketplace.json")
    assert market["owner"]["name"]
    (entry,) = market["plugins"]
    assert (PROJECT / entry["source"]).resolve() == PLUGIN
    plugin = read(PLUGIN / ".claude-plugin" / "plugin.json")
    assert (plugin["name"], plugin["version"]) == (entry["name"], engrep.__version__)


def test_its_hooks_are_those_that_install_writes() -> None:
    """One table decides which events are heard."""
    wanted = {path[1]: [entry] for path, entry in hooks_of("claude", ["engrep", "hook", "--program", "claude"]).items()}
    assert read(PLUGIN / "hooks" / "hooks.json") == {"hooks": wanted}
    servers = read(PLUGIN / ".mcp.json")["mcpServers"]
    assert servers.keys() == {SERVER}
    assert is_our_server(servers[SERVER])


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.relative_to(PLUGIN).as_posix())
def test_its_texts_name_what_there_is(path: Path) -> None:
    """Each skill and command says when to use it, is short, and every command and option in it exists."""
    text = path.read_text(encoding="utf-8")
    fields = front_matter(text)
    assert len(fields["description"]) > 20
    assert path.name != "SKILL.md" or fields["name"] == path.parent.name
    assert len(text) < 2500
    commands: dict[str, Any] = get_command(app).commands  # type: ignore[attr-defined]
    used = re.findall(r"[`(]engrep ([a-z]+)((?:(?!engrep)[^`\n])*)", text)
    assert used
    for name, rest in used:
        assert name in commands, name
        options = {
            option for parameter in commands[name].params for option in (*parameter.opts, *parameter.secondary_opts)
        }
        assert set(re.findall(r"(?<![\w-])--[a-z-]+", rest)) <= options, (name, rest)


def test_there_are_texts() -> None:
    """The checks above look at something."""
    assert len(TEXTS) >= 6
