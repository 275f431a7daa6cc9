"""The MCP server over HTTP: for programs on this machine that hold the token, and for nobody else."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import re
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
from conftest import MakeRepo, cli_environment
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp_client import call, settled
from retry_shop import SHOP

LIST = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}


@contextmanager
def served(root: Path, home: Path, *arguments: str, **environment: str) -> Iterator[tuple[int, Path]]:
    """Serve a root on a free port; give the port and the file of the token."""
    server = subprocess.Popen(
        [sys.executable, "-m", "engrep", "mcp", "--http", "0", "--repo", str(root), *arguments], cwd=root,
        env=cli_environment(ENGREP_HOME=str(home), **environment), stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert server.stderr is not None
        told = re.search(r"http://127\.0\.0\.1:(\d+)/mcp; the bearer token is in (.+)", server.stderr.readline())
        assert told is not None
        yield int(told[1]), Path(told[2])
    finally:
        server.terminate()
        server.communicate(timeout=30)


def post(port: int, **headers: str) -> int:
    """Ask for the tools with these headers, and give the status of the answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    given = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
    connection.request(
        "POST",
        "/mcp",
        json.dumps(LIST),
        {**given, **{name.replace("_", "-"): value for name, value in headers.items()}},
    )
    status = connection.getresponse().status
    connection.close()
    return status


def test_a_client_with_the_token_is_served(repo: MakeRepo, tmp_path: Path) -> None:
    """The same tools as over stdio, to several clients at once; the token is kept for this person only, and for the next start."""
    folder = repo(SHOP, git=True)

    async def act(port: int, token: str) -> None:
        async def one() -> None:
            async with (
                httpx2.AsyncClient(headers={"Authorization": f"Bearer {token}"}, timeout=60) as carrier,
                Client(streamable_http_client(f"http://127.0.0.1:{port}/mcp", http_client=carrier)) as client,
            ):
                found = await settled(client, "search", query="retry a failed payment", limit=1)
                assert found.data["hits"][0]["qualified_name"] == "billing.retry.backoff"
                more = await call(
                    client, "search", query="retry a failed payment", limit=1, cursor=found.data["next_cursor"]
                )
                assert more.data["hits"] != found.data["hits"]
                assert (await call(client, "search", query="x", limit=-1)).is_error
                assert (await client.read_resource("engrep://brief")).contents

        await asyncio.gather(one(), one())

    tokens = []
    for _ in range(2):
        with served(folder, tmp_path / "home") as (port, kept):
            tokens.append(kept.read_text(encoding="ascii").strip())
            if os.name != "nt":
                assert stat.S_IMODE(kept.stat().st_mode) == 0o600
            asyncio.run(act(port, tokens[-1]))
    assert tokens[0] == tokens[1]
    assert len(tokens[0]) >= 40


def test_nobody_else_is_served(repo: MakeRepo, tmp_path: Path) -> None:
    """Without the token, with a wrong one, or from a page in a browser that a foreign name led here: refused."""
    folder = repo(SHOP, git=True)
    with served(folder, tmp_path / "home", ENGREP_MCP_TOKEN="sesame") as (port, _):  # noqa: S106 - a trial's
        right = "Bearer sesame"
        assert post(port) == 401
        assert post(port, Authorization="Bearer sesam") == 401
        assert post(port, Authorization="sesame") == 401
        assert post(port, Authorization=right, Host="evil.example") == 421
        assert post(port, Authorization=right, Host="127.0.0.1.evil.example") == 421
        assert post(port, Authorization=right, Origin="http://evil.example") == 403
        assert post(port, Authorization=right, Origin="null") == 403
        assert post(port, Authorization=right, Origin=f"http://localhost:{port}") in {200, 400}
        assert not (tmp_path / "home" / "mcp-token").exists()


def test_a_port_that_is_taken_is_told(repo: MakeRepo, tmp_path: Path) -> None:
    """One line says which port, and what to do."""
    folder = repo(SHOP, git=True)
    with served(folder, tmp_path / "home") as (port, _):
        done = subprocess.run(
            [sys.executable, "-m", "engrep", "mcp", "--http", str(port)], cwd=folder, capture_output=True, text=True,
            env=cli_environment(ENGREP_HOME=str(tmp_path / "home")), timeout=60, check=False,
        )  # fmt: skip
    assert done.returncode == 3
    assert f"port {port} of 127.0.0.1 cannot be used" in done.stderr


@pytest.mark.parametrize("arguments", [["--http", "99999"], ["--repo", "no/such/folder"]])
def test_a_server_that_cannot_start_says_why(tmp_path: Path, arguments: list[str]) -> None:
    """A wrong argument ends it with code 2, before a client waits for an answer."""
    done = subprocess.run(
        [sys.executable, "-m", "engrep", "mcp", *arguments], cwd=tmp_path, env=cli_environment(), capture_output=True,
        text=True, stdin=subprocess.DEVNULL, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
