"""Tools of MCP servers that a project names: started by agreement only, asked for, and ended with the chat."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

import pytest
from conftest import PROJECT
from openai_server import ModelServer, Say
from talks import remembering_shop

from engrep.agents.chat_open import Talk, opened
from engrep.agents.chat_types import YES, Wish
from engrep.agents.mcp_agreed import agree, is_agreed
from engrep.agents.mcp_servers import Server, servers_of


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: ModelServer) -> Path:
    """Make a shop whose `.mcp.json` names engrep's own server under another name, with a model and a home of its own."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    for variable, value in server.environment(ENGREP_CONFIG="none").items():
        monkeypatch.setenv(variable, value)
    folder = tmp_path / "shop"
    folder.mkdir()
    remembering_shop(folder)
    name(
        folder, tools={"command": sys.executable, "args": ["-m", "engrep", "mcp"], "env": {"PYTHONPATH": str(PROJECT)}}
    )
    return folder


def name(folder: Path, **servers: object) -> None:
    """Write `.mcp.json`."""
    (folder / ".mcp.json").write_text(json.dumps({"mcpServers": servers}), encoding="utf-8")


def children() -> set[int]:
    """Give the processes that this one has started."""
    found = set()
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            lines = dict(line.split(":\t", 1) for line in status.read_text().splitlines() if ":\t" in line)
        except OSError:
            continue
        if lines.get("PPid") == str(os.getpid()) and not lines["State"].startswith("Z"):
            found.add(int(lines["Pid"]))
    return found


def offered(talk: Talk) -> list[str]:
    """Give the names of the foreign tools of a chat."""
    talk.wait()
    return [each for each in talk.chat.toolbox.tools if each.startswith("mcp__")]


def test_nothing_is_started_unasked(shop: Path) -> None:
    """A server that nobody agreed to is not started, whatever rules say; what was agreed to is one command line in one project."""
    with opened(shop, allow=["mcp__tools"]) as talk:
        assert offered(talk) == []
        assert [each.name for each in talk.unagreed()] == ["tools"]
    (found,), _ = servers_of(shop)
    agree(shop, found)
    assert is_agreed(shop, found)
    assert not is_agreed(shop.parent, found)
    assert not is_agreed(shop, Server(found.name, found.command, (*found.arguments, "--http", "1"), found.environment))


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="processes are looked up in /proc")
def test_its_tools_answer_and_its_process_ends(shop: Path, server: ModelServer) -> None:
    """The model is offered the server's tools; each use is asked for; the process is gone when the chat ends."""
    (found,), _ = servers_of(shop)
    agree(shop, found)
    call = Say(calls=(("mcp__tools__recall", {"query": "how often are payments retried"}),))
    server.say(call, "not asked", call, "once a day", Say(calls=(("mcp__tools__forget", {"id": "mnobody22"}),)), "no")
    before = children()
    with opened(shop) as talk:
        assert "mcp__tools__recall" in offered(talk)
        assert len(children() - before) == 1
        assert "did not agree" in talk.chat.ask("one").uses[0].error
        wishes: list[str] = []

        def yes(wish: Wish) -> str:
            wishes.append(wish.tool)
            return YES

        talk.ask_with(yes)
        reply = talk.chat.ask("two")
        assert "Payments are retried once a day" in reply.uses[0].result
        assert wishes == ["mcp__tools__recall"]
        assert "mnobody22" in talk.chat.ask("three").uses[0].error
    assert "<engrep-result>" in server.asked[-1].messages[-1]["content"]
    for _ in range(100):
        if not children() - before:
            break
        time.sleep(0.05)
    assert children() - before == set()


def test_a_server_that_does_not_start_is_said(shop: Path) -> None:
    """The chat goes on without it, and names its command line."""
    name(
        shop,
        broken={"command": "/nowhere/at-all"},
        far={"url": "ftp://example.org/mcp"},
        engrep={"command": "engrep", "args": ["mcp"]},
    )
    (broken,), problems = servers_of(shop)
    assert [each.split(":")[1] for each in problems] == [" far is not started"]
    agree(shop, broken)
    with opened(shop) as talk:
        talk.wait()
        assert any("broken did not start" in each and "/nowhere/at-all" in each for each in talk.notes)


@pytest.mark.parametrize(
    "text", ["[]", "{", '{"mcpServers": []}', '{"mcpServers": {"a__b": {"command": "x"}, "c": {"args": 1}}}']
)
def test_a_file_that_makes_no_sense_starts_nothing(text: str, shop: Path) -> None:
    """Whatever stands in the file, reading it fails nobody."""
    (shop / ".mcp.json").write_text(text, encoding="utf-8")
    assert servers_of(shop)[0] == ()
