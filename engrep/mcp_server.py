"""The MCP server: engrep's tools, resources and prompts for coding agents, over stdio or HTTP.

The only files that know the SDK are this one, `mcp_http` and `mcp_extras`; it is loaded when the server runs.
"""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engrep import __version__
from engrep.mcp_extras import extras
from engrep.mcp_service import Service, ToolFailure
from engrep.mcp_tools import INSTRUCTIONS, TOOLS, Tool

if TYPE_CHECKING:
    import mcp_types as types
    from mcp.server.lowlevel import Server

LAST_WAIT = 2.0  # seconds that questions under way have when the client is gone


def serve(root: Path, *, is_named: bool, port: int | None) -> None:
    """Serve a root until the client goes: over stdio, or over HTTP on a port of this machine."""
    import anyio

    try:
        if port is None:
            anyio.run(_serve_stdio, root, is_named)
        else:
            from engrep.mcp_http import serve_http

            anyio.run(serve_http, root, is_named, port)
    finally:
        _end_soon()


def _end_soon() -> None:
    """End this process in a moment, though a question still runs that nobody waits for: a thread cannot be ended alone.

    What it has not finished writing is undone when the file is opened next.
    """
    timer = threading.Timer(LAST_WAIT, os._exit, (0,))
    timer.daemon = True
    timer.start()


async def _serve_stdio(root: Path, is_named: bool) -> None:
    from mcp.server.stdio import stdio_server

    async with Service(root, is_named=is_named).serving() as service, stdio_server() as (incoming, outgoing):
        server = make_server(service)
        await server.run(incoming, outgoing, server.create_initialization_options())


def make_server(service: Service) -> Server[Any]:
    """Put the tools, resources and prompts of a service behind the protocol."""
    import mcp_types as types
    from mcp.server.lowlevel import Server

    async def list_tools(_context: Any, _params: Any) -> types.ListToolsResult:
        return types.ListToolsResult(tools=[described(tool) for tool in TOOLS])

    async def call_tool(_context: Any, params: types.CallToolRequestParams) -> types.CallToolResult:
        try:
            data, text = await service.call(params.name, params.arguments or {})
        except ToolFailure as failure:
            return types.CallToolResult(content=[types.TextContent(type="text", text=str(failure))], is_error=True)
        return types.CallToolResult(content=[types.TextContent(type="text", text=text)], structured_content=data)

    return Server(
        "engrep", version=__version__, title="engrep", instructions=INSTRUCTIONS, on_list_tools=list_tools,
        on_call_tool=call_tool, **extras(service),
    )  # fmt: skip


def described(tool: Tool) -> types.Tool:
    """Return a tool as the protocol tells it."""
    import mcp_types as types

    hints = types.ToolAnnotations(
        read_only_hint=tool.is_read_only, destructive_hint=tool.is_destructive, idempotent_hint=tool.is_idempotent,
        open_world_hint=False,
    )  # fmt: skip
    return types.Tool(
        name=tool.name, title=tool.title, description=tool.about, input_schema=tool.input_schema,
        output_schema=tool.output_schema, annotations=hints,
    )  # fmt: skip
