"""Servers of other tools, started or spoken to by their address: the only file of the chat that knows the MCP SDK.

Each server lives in a task of one thread's event loop, from its start to the end of the chat; its process ends with it. It gets
the few variables that the SDK lets through, and what its entry names, never the keys that lie in our environment.
"""

from __future__ import annotations

import asyncio
import json
import logging
import math
import os
import re
import threading
from collections.abc import AsyncIterator, Mapping, Sequence
from concurrent.futures import Future, wait
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engrep.agents.mcp_servers import SSE, Server, filled
from engrep.agents.model_types import ToolSpec
from engrep.agents.permissions import ASK, Permissions
from engrep.agents.told import unframed
from engrep.agents.tools import Given, Tool
from engrep.engine.errors import StateError, UsageError

if TYPE_CHECKING:
    from anyio import CancelScope
    from mcp import Client
    from mcp.client._transport import TransportStreams

START_SECONDS, CALL_SECONDS, CONNECT_SECONDS = 30.0, 120.0, 10.0
# Of the end of a chat: for a server's goodbye, for a process to end by itself and then on a signal, and for all of it.
GOODBYE_SECONDS, EXIT_SECONDS, SIGNAL_SECONDS, END_SECONDS = 1.0, 1.0, 0.5, 2.5
MOST_TOOLS, MOST_ABOUT, MOST_SCHEMA = 64, 600, 20_000
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")

log = logging.getLogger(__name__)


class Running:
    """The servers that run for a chat."""

    def __init__(self, root: Path) -> None:
        # What the SDK logs of a broken server would stand on the terminal beside our own sentence about it.
        logging.getLogger("mcp").addHandler(logging.NullHandler())
        self._root = root
        self._loop = asyncio.new_event_loop()
        self._ending = asyncio.Event()
        self._starting: dict[Future[dict[str, Tool]], CancelScope] = {}
        self._tasks: list[Future[None]] = []
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def start(self, server: Server) -> Future[dict[str, Tool]]:
        """Start a server, and return its tools as they will be; StateError where it does not come to that."""
        tools: Future[dict[str, Tool]] = Future()
        self._tasks.append(asyncio.run_coroutine_threadsafe(self._live(server, tools), self._loop))
        return tools

    def close(self) -> None:
        """End the servers and their processes; one that hangs is not waited for long."""
        self._loop.call_soon_threadsafe(self._end)
        wait(self._tasks, END_SECONDS)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(END_SECONDS)
        if not self._loop.is_running():
            self._loop.close()

    def _end(self) -> None:
        self._ending.set()
        for scope in self._starting.values():
            scope.cancel()

    async def _live(self, server: Server, tools: Future[dict[str, Tool]]) -> None:
        """Hold a server from its start to the end of the chat, all in one task, as the SDK wants it."""
        import anyio
        from mcp import Client

        problem = f"nothing came within {START_SECONDS:g} s"
        try:
            with anyio.move_on_after(START_SECONDS) as scope:
                self._starting[tools] = scope
                if self._ending.is_set():
                    scope.cancel()
                async with Client(_streams(server, self._root), read_timeout_seconds=CALL_SECONDS) as client:
                    listed = await client.list_tools()
                    del self._starting[tools]
                    scope.deadline = math.inf
                    tools.set_result(self._tools(server, client, listed.tools))
                    await self._ending.wait()
                    scope.deadline = anyio.current_time() + GOODBYE_SECONDS
        except Exception as exc:  # noqa: BLE001 - whoever waits for the start is told; later it is the end of a server
            problem = server.without_values(_said(exc))
            log.info("the MCP server %s ended: %s", server.name, problem)
        self._starting.pop(tools, None)
        if not tools.done():
            shown = f"look at `{server.shown}`" if not server.url else f"look at {server.shown}"
            tools.set_exception(StateError(f"the MCP server {server.name} did not start ({problem}): {shown}"))

    def _tools(self, server: Server, client: Client, found: Sequence[Any]) -> dict[str, Tool]:
        made = (self._tool(server, client, each) for each in found[:MOST_TOOLS])
        return {tool.name: tool for tool in made if tool is not None}

    def _tool(self, server: Server, client: Client, found: Any) -> Tool | None:
        """Make a tool of what a server offers; None where no model could name it."""
        name = f"mcp__{server.name}__{found.name}"
        schema = found.input_schema if isinstance(found.input_schema, dict) else {"type": "object"}
        if not _NAME.fullmatch(name) or len(json.dumps(schema)) > MOST_SCHEMA:
            return None

        def run(given: Given, _may: Permissions) -> str:
            return self._call(client, found.name, given)

        about = unframed(found.description or "")[:MOST_ABOUT]
        return Tool(ToolSpec(name, about, schema), _subject, run, ASK)

    def _call(self, client: Client, name: str, given: Mapping[str, Any]) -> str:
        calling = asyncio.run_coroutine_threadsafe(client.call_tool(name, dict(given)), self._loop)
        try:
            done = calling.result(CALL_SECONDS)
        except BaseException:
            calling.cancel()
            raise
        parts = [each.text if each.type == "text" else f"[{each.type} left out]" for each in done.content]
        text = "\n".join(parts)
        if done.is_error:
            raise UsageError(text or f"{name} failed without a word")
        return text


@asynccontextmanager
async def _streams(server: Server, root: Path) -> AsyncIterator[TransportStreams]:
    """Give what a server is spoken to by: the pipes of its process, or requests to its address, which follow no redirect elsewhere."""
    if not server.url:
        async with _process(server, root) as streams:
            yield streams
        return
    url, headers = filled(server.url), {name: filled(value).strip() for name, value in server.headers.items()}
    if server.transport == SSE:
        from mcp.client.sse import sse_client

        async with sse_client(url, headers, CONNECT_SECONDS, CALL_SECONDS) as streams:
            yield streams
        return
    import httpx2
    from mcp.client.streamable_http import streamable_http_client

    timeout = httpx2.Timeout(CONNECT_SECONDS, read=CALL_SECONDS)
    async with (
        httpx2.AsyncClient(headers=headers, timeout=timeout) as client,
        streamable_http_client(url, http_client=client) as streams,
    ):
        yield streams


@asynccontextmanager
async def _process(server: Server, root: Path) -> AsyncIterator[TransportStreams]:
    from mcp.client import stdio

    # The SDK has no parameters for how long it waits for a process that does not end; its own 4.5 s are too long at an exit.
    stdio.PROCESS_TERMINATION_TIMEOUT, stdio.FORCE_KILL_TIMEOUT = EXIT_SECONDS, SIGNAL_SECONDS
    started = stdio.StdioServerParameters(
        command=filled(server.command), args=[filled(each) for each in server.arguments],
        env={name: filled(value) for name, value in server.environment.items()}, cwd=root,
    )  # fmt: skip
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:  # noqa: ASYNC230 - it does not block
        async with stdio.stdio_client(started, errlog=nowhere) as streams:
            yield streams


def _said(error: BaseException) -> str:
    """Return what failed first: task groups wrap it."""
    while isinstance(error, BaseExceptionGroup) and error.exceptions:
        error = error.exceptions[0]
    return f"{type(error).__name__}: {error}"


def _subject(given: Given) -> str:
    return json.dumps(dict(given), ensure_ascii=False)
