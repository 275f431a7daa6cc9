"""How an MCP server lives: it indexes by itself, stays fresh, shares a repository, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from conftest import Cli, MakeRepo, write_files
from mcp_client import Told, call, serve, settled, talk
from retry_shop import SHOP

from engrep import mcp_index
from engrep.engine.memory import Memory
from engrep.engine.places import code_database
from engrep.engine.store import open_code
from engrep.mcp_service import VERBS, Service, ToolFailure

if TYPE_CHECKING:
    from mcp import Client

    from engrep.mcp_answer import Answer
    from engrep.mcp_arguments import Arguments


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let answers of services in this process wait for a run however slow the machine is."""
    for name in ("FIRST_WAIT", "NEXT_WAIT"):
        monkeypatch.setattr(mcp_index, name, 60.0)


def test_the_first_call_indexes_a_small_repository_and_answers(repo: MakeRepo) -> None:
    """Nobody has to run `engrep index` before."""
    folder = repo(SHOP, git=True)

    async def act(service: Service) -> None:
        data, _ = await service.call("search", {"query": "retry a failed payment"})
        assert data["hits"][0]["qualified_name"] == "billing.retry.backoff"
        assert data["index"]["state"] == "up to date"

    serve(folder, act)


def test_while_the_first_index_is_made_answers_say_so(repo: MakeRepo, monkeypatch: pytest.MonkeyPatch) -> None:
    """A large repository is no reason to wait: the answer comes at once, says that it is empty and why, and memories are there."""
    folder = repo(SHOP, git=True)
    monkeypatch.setattr(mcp_index, "FIRST_WAIT", 0.0)
    monkeypatch.setattr(mcp_index, "AGAIN_WAIT", 0.0)

    async def act(service: Service) -> None:
        data, text = await service.call("search", {"query": "backoff"})
        assert data["hits"] == []
        assert "being indexed for the first time" in data["reason"]
        assert data["reason"] in text
        data, _ = await service.call("remember", {"text": "Payments wait a day"})
        data, _ = await service.call("recall", {"query": "payments wait"})
        assert data["items"][0]["text"] == "Payments wait a day"
        assert "being indexed" in data["index"]["state"]
        monkeypatch.setattr(mcp_index, "FIRST_WAIT", 60.0)
        data, _ = await service.call("search", {"query": "backoff"})
        assert data["hits"]

    serve(folder, act)


def test_a_change_between_two_calls_is_seen(repo: MakeRepo) -> None:
    """New code is found, gone code is not shown, and callers follow."""
    folder = repo(SHOP, git=True)

    async def act(client: Client) -> None:
        assert (await settled(client, "symbol", name="charge")).data["hits"]
        write_files(
            folder,
            """
            #- billing/charge.py
            from billing.retry import backoff
            def demand(card):
                return backoff(7)
        """,
        )
        (folder / "net" / "client.py").unlink()
        assert (await settled(client, "callers", name="billing.retry.backoff")).data["edges"][0][
            "qualified_name"
        ] == "billing.charge.demand"
        assert (await settled(client, "symbol", name="charge")).data["hits"] == []
        assert (await settled(client, "search", query="send requests", path="net/client.py")).data["hits"] == []

    talk(folder, act)


def test_what_changed_is_marked_while_it_cannot_be_indexed(
    repo: MakeRepo, monkeypatch: pytest.MonkeyPatch, cli: Cli
) -> None:
    """While another process writes the index, answers come from the one before and mark what is no longer as it was."""
    folder = repo(SHOP, git=True)
    cli("index", cwd=folder)
    monkeypatch.setattr(mcp_index, "NEXT_WAIT", 0.2)

    async def act(service: Service) -> None:
        with open_code(code_database(folder)).writing():
            write_files(folder, "#- billing/retry.py\n# moved on\ndef backoff(n):\n    return n * 3600\n")
            data, text = await service.call("search", {"query": "billing.retry.backoff"})
            assert data["hits"][0]["stale"]
            assert "STALE: the file changed since it was indexed" in text
            assert "being renewed" in data["index"]["state"]
            edges, text = await service.call("callers", {"name": "billing.charge.charge", "direction": "callees"})
            assert edges["edges"][0]["stale"]
            assert "STALE" in text
        monkeypatch.setattr(mcp_index, "NEXT_WAIT", 60.0)
        data, _ = await service.call("search", {"query": "billing.retry.backoff"})
        assert "3600" in data["hits"][0]["text"]
        assert "stale" not in data["hits"][0]
        assert data["index"]["state"] == "up to date"

    serve(folder, act)


def test_a_run_that_fails_is_told_and_answers_go_on(repo: MakeRepo, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reason stands in every answer until a run succeeds."""
    folder = repo(SHOP, git=True)
    cli("index", cwd=folder)
    (folder / "more.py").write_text("def more(): ...\n", encoding="utf-8")
    monkeypatch.setenv("ENGREP_EMBEDDER", "static:/no/such/model")

    async def act(service: Service) -> None:
        data, _ = await service.call("search", {"query": "backoff"})
        assert data["hits"]
        assert "1 files changed since it was made; indexing failed: " in data["index"]["state"]

    serve(folder, act)


def test_servers_share_a_repository(repo: MakeRepo) -> None:
    """Three servers, one first index, files that change under them: no call fails and all end at the same answer."""
    folder = repo(SHOP, git=True)

    async def one(number: int, client: Client) -> list[Told]:
        told = []
        for turn in range(4):
            told.append(await settled(client, "search", query="backoff"))
            (folder / f"own{number}.py").write_text(f"def own{number}_{turn}(): ...\n", encoding="utf-8")
            told.append(await call(client, "remember", text=f"own{number}_{turn} was written"))
            told.append(await call(client, "symbol", name=f"own{number}_{turn}"))
        return told

    async def act(first: Client) -> list[Told]:
        async def other(number: int) -> list[Told]:
            return await asyncio.to_thread(talk, folder, lambda client: one(number, client))

        return [told for each in await asyncio.gather(one(0, first), other(1), other(2)) for told in each]

    told = talk(folder, act)
    assert [answer.text for answer in told if answer.is_error] == []
    with Memory.open(folder) as memory:
        memory.index()
        assert [memory.symbol(f"own{number}_3").hits[0].path for number in range(3)] == [f"own{n}.py" for n in range(3)]
        assert len(memory.memories(status=None)) == 12


def test_a_damaged_index_is_made_anew_and_a_newer_one_is_left_alone(repo: MakeRepo, cli: Cli) -> None:
    """Nobody has to run a command for the first; the second is told, with what to do."""
    folder = repo(SHOP, git=True)
    cli("index", cwd=folder)
    database = code_database(folder)
    database.write_bytes(b"no database " * 4000)

    async def damaged(service: Service) -> None:
        data, _ = await service.call("search", {"query": "backoff"})
        assert data["hits"]
        assert data["index"]["state"] == "up to date"

    serve(folder, damaged)
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA user_version = 99")

    async def newer(service: Service) -> None:
        for tool, given in (("search", {"query": "backoff"}), ("callers", {"name": "backoff"}), ("status", {})):
            with pytest.raises(ToolFailure, match="upgrade engrep"):
                await service.call(tool, given)
        data, _ = await service.call("remember", {"text": "Payments wait a day"})
        assert data["status"] == "active"

    serve(folder, newer)


def test_a_fault_of_ours_is_an_answer_too(repo: MakeRepo, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model is told that a tool failed and goes on; what happened is logged, and not on stdout."""
    folder = repo(SHOP, git=True)

    def broken(_memory: Memory, _asked: Arguments) -> Answer:
        raise ZeroDivisionError("of all things")

    monkeypatch.setitem(VERBS, "sessions", broken)

    async def act(service: Service) -> None:
        with pytest.raises(ToolFailure, match=r"sessions failed inside engrep \(ZeroDivisionError: of all things\)"):
            await service.call("sessions", {})
        data, _ = await service.call("memories", {})
        assert data["total"] == 0

    serve(folder, act)
