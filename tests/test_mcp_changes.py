"""What changes under an MCP server: the code that memories are about, its index, its memories, its folder."""

from __future__ import annotations

import asyncio
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from conftest import Cli, MakeRepo, write_files
from mcp_client import call, serve, settled, talk
from retry_shop import SHOP

from engrep import mcp_index
from engrep.engine.memory import Memory
from engrep.mcp_service import Service, ToolFailure

if TYPE_CHECKING:
    from mcp import Client


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let answers wait for a run however slow the machine is."""
    for name in ("FIRST_WAIT", "NEXT_WAIT"):
        monkeypatch.setattr(mcp_index, name, 60.0)


def test_questions_at_once_open_one_memory(repo: MakeRepo, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four threads opened four, of which three were never closed."""
    folder = repo(SHOP)
    opened: list[Path] = []
    really = Memory.open

    def slowly(root: Path) -> Memory:
        opened.append(root)
        time.sleep(0.05)
        return really(root)

    monkeypatch.setattr(Memory, "open", slowly)

    async def act(service: Service) -> None:
        await asyncio.gather(*(service.ask(lambda memory: memory.root) for _ in range(4)))

    serve(folder, act)
    assert opened == [folder]


def test_memories_are_listed_by_the_code_as_it_is_now(repo: MakeRepo, cli: Cli) -> None:
    """They stood in the list as they were at the last run, unmarked, while `recall` withheld them."""
    folder = repo(SHOP, git=True)
    cli("index", cwd=folder)

    async def act(service: Service) -> None:
        kept, _ = await service.call("remember", {"text": "Payments wait a day", "about": "billing.retry.backoff"})
        write_files(folder, "#- billing/retry.py\ndef backoff(n, first, last):\n    return last\n")
        data, text = await service.call("memories", {})
        assert (data["memories"], data["stale_withheld"], data["index"]["state"]) == ([], 1, "up to date")
        assert "stale=true lists them" in text
        data, _ = await service.call("memories", {"stale": True})
        assert data["memories"][0]["anchors"][0]["state"] == "signature_changed"
        write_files(folder, "#- billing/retry.py\ndef backoff(n, most):\n    return most\n")
        await service.call("forget", {"id": kept["id"], "action": "confirm"})
        assert (await service.call("memories", {}))[0]["total"] == 1

    serve(folder, act)


def test_an_index_that_is_deleted_under_a_server_is_made_anew(repo: MakeRepo, cli: Cli) -> None:
    """It said that the code was up to date, and found nothing in it."""
    folder = repo(SHOP, git=True)
    cli("index", cwd=folder)

    async def act(service: Service) -> None:
        assert (await service.call("search", {"query": "backoff"}))[0]["hits"]
        shutil.rmtree(folder / ".engrep")
        data, _ = await service.call("search", {"query": "backoff"})
        assert data["hits"]
        assert data["index"]["state"] == "up to date"

    serve(folder, act)


def test_a_root_that_is_gone_is_not_made_anew(repo: MakeRepo) -> None:
    """A memory went into a new folder of that name, where nobody finds it."""
    folder = repo(SHOP)

    async def act(service: Service) -> None:
        shutil.rmtree(folder)
        for tool, given in (("remember", {"text": "Payments wait"}), ("search", {"query": "x"})):
            with pytest.raises(ToolFailure, match="is gone; start the server in another folder"):
                await service.call(tool, given)
        assert not folder.exists()

    serve(folder, act)


def test_damaged_memories_are_told_and_the_code_is_shown(repo: MakeRepo, cli: Cli) -> None:
    """A brief, a prompt and the status were errors without a word."""
    folder = repo(SHOP, git=True)
    cli("index", cwd=folder)
    (folder / ".engrep" / "memory.db").write_bytes(b"no database" * 1000)

    async def act(client: Client) -> None:
        assert (await settled(client, "symbol", name="charge")).data["hits"]
        state = await call(client, "status")
        assert state.data["indexed"]
        assert "memory.db is damaged" in state.text
        (content,) = (await client.read_resource("engrep://brief")).contents
        assert "memory.db is damaged" in str(getattr(content, "text", ""))
        (message,) = (await client.get_prompt("review_change", {})).messages
        assert "memory.db is damaged" in str(getattr(message.content, "text", ""))

    talk(folder, act)
