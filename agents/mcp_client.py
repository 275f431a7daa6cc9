"""Servers of other tools, started and spoken to: the only file of the chat that knows the MCP SDK.

Each server lives in a task of one thread's event loop, from its start to the end of the chat; its process ends with it. It gets
the few variables that the SDK lets through, and what its entry names, never the keys that lie in our environment.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import re
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engrep.agents.mcp_servers import Server, filled
from engrep.agents.model_types import ToolSpec
from engrep.agents.permissions import ASK, Permissions
from engrep.agents.told import unframed
from engrep.agents.tools import Given, Tool
from engrep.engine.errors import StateError, UsageError

if TYPE_CHECKING:
    from mcp import Client

START_SECONDS, CALL_SECONDS, END_SECONDS = 30.0, 120.0, 8.0
MOST_TOOLS, MOST_ABOUT, MOST_SCHEMA = 64, 600, 20_000
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")

log = logging.getLogger(__name__)


class Running:
    """The servers that run for a chat."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._loop = asyncio.new_event_loop()
        self._stop: asyncio.Event | None = None
        self._tasks: list[Future[None]] = []
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def start(self, server: Server) -> dict[str, Tool]:
        """Start a server and return its tools.

        Raises:
            StateError: it does not start, or does not speak the protocol.

        """
        ready: Future[tuple[Client, list[Any]]] = Future()
        task = asyncio.run_coroutine_threadsafe(self._live(server, ready), self._loop)
        self._tasks.append(task)
        try:
            client, found = ready.result(START_SECONDS)
        except Exception as exc:
            task.cancel()
            message = (
                f"the MCP server {server.name} did not start ({type(exc).__name__}: {exc}): look at `{server.shown}`"
            )
            raise StateError(message) from exc
        tools = (self._tool(server, client, each) for each in found[:MOST_TOOLS])
        return {tool.name: tool for tool in tools if tool is not None}

    def close(self) -> None:
        """End the servers and wait for their processes."""
        self._loop.call_soon_threadsafe(self._end)
        for task in self._tasks:
            with contextlib.suppress(Exception, asyncio.CancelledError):
                task.result(END_SECONDS)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(END_SECONDS)
        if not self._loop.is_running():
            self._loop.close()

    def _end(self) -> None:
        if self._stop is not None:
            self._stop.set()

    async def _live(self, server: Server, ready: Future[tuple[Client, list[Any]]]) -> None:
        """Hold a server from its start to the end of the chat, all in one task, as the SDK wants it."""
        from mcp import Client, StdioServerParameters, stdio_client

        self._stop = self._stop or asyncio.Event()
        started = StdioServerParameters(
            command=filled(server.command), args=[filled(each) for each in server.arguments],
            env={name: filled(value) for name, value in server.environment.items()}, cwd=self._root,
        )  # fmt: skip
        try:
            with Path(os.devnull).open("w", encoding="utf-8") as nowhere:  # noqa: ASYNC230 - it does not block
                async with Client(stdio_client(started, errlog=nowhere), read_timeout_seconds=CALL_SECONDS) as client:
                    listed = await client.list_tools()
                    ready.set_result((client, list(listed.tools)))
                    await self._stop.wait()
        except Exception as exc:  # noqa: BLE001 - whoever waits for the start is told; later it is the end of a server
            if not ready.done():
                ready.set_exception(exc)
            log.info("the MCP server %s ended: %s", server.name, exc)

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


def _subject(given: Given) -> str:
    return json.dumps(dict(given), ensure_ascii=False)
