"""A real MCP client for the tests: the SDK's, speaking to the real server in a process of its own."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeVar

from conftest import Cli, cli_environment, commit_all, write_files
from histories import Claude, write_lines
from mcp import Client, StdioServerParameters, stdio_client
from retry_shop import SHOP

from engrep.mcp_service import Service

Result = TypeVar("Result")
Act = Callable[[Client], Awaitable[Result]]


class Told(NamedTuple):
    """What a tool answered."""

    data: dict[str, Any]
    text: str
    is_error: bool


def talk(
    root: Path, act: Act[Result], *arguments: str, mode: Literal["auto", "legacy"] = "auto", **environment: str
) -> Result:
    """Start a server in a folder, let a client speak to it, and give what came of it."""
    server = StdioServerParameters(
        command=sys.executable, args=["-m", "engrep", "mcp", *arguments], env=cli_environment(**environment), cwd=root
    )

    async def run() -> Result:
        async with Client(stdio_client(server), mode=mode, read_timeout_seconds=60) as client:
            return await act(client)

    return asyncio.run(run())


def serve(root: Path, act: Callable[[Service], Awaitable[None]]) -> None:
    """Run the service of a root in this process, without the protocol around it."""

    async def run() -> None:
        async with Service(root, is_named=True).serving() as service:
            await act(service)

    asyncio.run(run())


async def call(client: Client, name: str, /, **given: Any) -> Told:
    """Call a tool; the client holds what it answers to the schema that the server gave."""
    done = await client.call_tool(name, given)
    (content,) = done.content
    assert content.type == "text"
    return Told(done.structured_content or {}, content.text, bool(done.is_error))


async def settled(client: Client, name: str, /, **given: Any) -> Told:
    """Call a tool until its answer does not wait for an index run: a test machine may be slow."""
    for _ in range(60):
        answer = await call(client, name, **given)
        if "being" not in answer.data["index"]["state"]:
            return answer
        await asyncio.sleep(1)
    raise TimeoutError(answer.text)


def ask(root: Path, name: str, /, **given: Any) -> Told:
    """Call one tool of a server that is started for it."""
    return talk(root, lambda client: call(client, name, **given))


MORE = "".join(f"    #- shop/item{n}.py\n    def price_of_item{n}():\n        return {n}\n" for n in range(12))


def remembering_shop(folder: Path, cli: Cli) -> Path:
    """Make a git repository with namesakes, memories and a session, and index it."""
    write_files(folder, SHOP + MORE + "    #- tables.sql\n    create table card(id int);\n")
    commit_all(folder)
    assert cli("index", cwd=folder).returncode == 0
    for text, about in (
        ("Payments are retried once a day", "billing.retry.backoff"),
        ("Sockets retry at once", "net/retry.py"),
    ):
        cli("remember", text, "--about", about, "--why", "the bank said so", cwd=folder)
    said = Claude(folder)
    for number in range(6):
        said.user(f"how often is payment {number} retried")
        said.assistant(f"payment {number} is retried once a day")
    history = write_lines(folder.parent / "session.jsonl", said.lines)
    assert cli("import", str(history), cwd=folder).returncode == 0
    return folder
