"""The MCP server as a process: what its streams carry, what it leaves behind, and what it costs others."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from conftest import Cli, MakeRepo, cli_environment
from retry_shop import SHOP

from engrep.engine.places import code_database
from engrep.engine.store import open_code

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


def test_a_question_under_way_does_not_keep_the_server(repo: MakeRepo) -> None:
    """Its client was gone, and the process stayed until the last answer that nobody would read, 39 s of 40."""
    program = (
        "import sys, time, pathlib\n"
        "from engrep import mcp_service\n"
        "from engrep.mcp_server import serve\n"
        "def slow(memory, asked):\n"
        "    print('asked', file=sys.stderr, flush=True)\n"
        "    time.sleep(60)\n"
        "mcp_service.VERBS['sessions'] = slow\n"
        "serve(pathlib.Path.cwd(), is_named=False, port=None)\n"
    )
    server = subprocess.Popen(
        [sys.executable, "-c", program], cwd=repo(SHOP), env=cli_environment(), stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    ask = {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "sessions", "arguments": {}}}
    say(server, HELLO, READY, ask)
    assert server.stderr is not None
    assert server.stderr.readline() == "asked\n"
    started = time.monotonic()
    server.communicate(timeout=50)
    assert (server.returncode, time.monotonic() - started < 30) == (0, True)


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
