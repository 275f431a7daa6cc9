"""How an MCP server lives: it indexes by itself, stays fresh, shares a repository, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from conftest import Cli, MakeRepo, cli_environment, write_files
from mcp_client import Told, call, settled, talk
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

HELLO = {
    "jsonrpc": "2.0", "id": 1, "method": "initialize",
    "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}},
}  # fmt: skip
READY = {"jsonrpc": "2.0", "method": "notifications/initialized"}


def search_for(query: str) -> dict[str, Any]:
    """Give the message that searches."""
    return {
        "jsonrpc": "2.0",
        "id": 2,
        "method": "tools/call",
        "params": {"name": "search", "arguments": {"query": query}},
    }


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let answers of services in this process wait for a run however slow the machine is."""
    for name in ("FIRST_WAIT", "NEXT_WAIT"):
        monkeypatch.setattr(mcp_index, name, 60.0)


def serve(root: Path, act: Callable[[Service], Awaitable[None]]) -> None:
    """Run the service of a root in this process, without the protocol around it."""

    async def run() -> None:
        async with Service(root, is_named=True).serving() as service:
            await act(service)

    asyncio.run(run())


def start(root: Path) -> subprocess.Popen[str]:
    """Start a server whose pipes the test holds itself."""
    return subprocess.Popen(
        [sys.executable, "-m", "engrep", "mcp"], cwd=root, env=cli_environment(), stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def say(server: subprocess.Popen[str], *messages: dict[str, Any]) -> None:
    """Send messages to a server."""
    assert server.stdin is not None
    server.stdin.write("".join(json.dumps(message) + "\n" for message in messages))
    server.stdin.flush()


def alive(marker: str) -> list[str]:
    """Give the command lines of the processes that index a root."""
    listed = subprocess.run(["ps", "-ww", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    return [line for line in listed.splitlines() if marker in line and "mcp_child" in line]


def gone(marker: str, seconds: float = 15) -> bool:
    """Wait until no process indexes a root any more."""
    deadline = time.monotonic() + seconds
    while alive(marker) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not alive(marker)


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


def test_stdout_is_the_protocols_and_the_server_ends_with_its_client(repo: MakeRepo, cli: Cli) -> None:
    """Every line is a message; when stdin ends the server does, with code 0 and without a word."""
    folder = repo(SHOP, git=True)
    server = start(folder)
    cli("index", cwd=folder)
    say(server, HELLO, READY, search_for("backoff"))
    assert server.stdout is not None
    lines = [server.stdout.readline() for _ in range(2)]
    started = time.monotonic()
    rest, complaints = server.communicate(timeout=30)
    assert time.monotonic() - started < 20
    messages = [json.loads(line) for line in (*lines, *rest.splitlines())]
    assert [message["jsonrpc"] for message in messages] == ["2.0"] * len(messages)
    assert messages[0]["result"]["serverInfo"]["name"] == "engrep"
    assert messages[1]["result"]["structuredContent"]["hits"]
    assert (server.returncode, complaints) == (0, "")
    assert gone(str(folder))


@pytest.mark.skipif(os.name == "nt", reason="there is no ps")
@pytest.mark.parametrize("is_killed", [False, True])
def test_no_process_is_left_when_the_server_ends_while_it_indexes(repo: MakeRepo, cli: Cli, *, is_killed: bool) -> None:
    """Neither at the end of its client nor when it is killed."""
    folder = repo(SHOP, git=True)
    cli("index", cwd=folder)
    with open_code(code_database(folder)).writing():  # its run waits for ours
        (folder / "more.py").write_text("def more(): ...\n", encoding="utf-8")
        server = start(folder)
        say(server, HELLO, READY, search_for("backoff"))
        deadline = time.monotonic() + 30
        while not alive(str(folder)) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert alive(str(folder))
        if is_killed:
            server.kill()
        server.communicate(timeout=30)
        assert gone(str(folder))


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


def test_a_search_on_the_command_line_knows_nothing_of_the_server(repo: MakeRepo, cli: Cli) -> None:
    """The SDK and what it brings are loaded by `engrep mcp` alone."""
    folder = repo(SHOP, git=True)
    cli("index", cwd=folder)
    program = (
        "import sys; from engrep.cli import main\n"
        "try: main(['search', 'backoff', '--json'])\n"
        "except SystemExit: print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=folder, env=cli_environment(), capture_output=True, text=True, check=True
    )
    loaded = {name.split(".")[0] for name in done.stdout.splitlines()[-1].split()}
    assert "typer" in loaded
    assert not {"mcp", "mcp_types", "pydantic", "starlette", "uvicorn", "anyio", "cryptography", "asyncio"} & loaded
    assert not re.search(r"engrep\.mcp_\w+", done.stdout.splitlines()[-1])


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
