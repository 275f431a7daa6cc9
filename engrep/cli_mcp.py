"""The command that serves coding agents: mcp."""

from __future__ import annotations

from typing import Annotated

import typer

from engrep.options import Repo
from engrep.output import FOUND


def mcp(
    repo: Repo = None,
    http: Annotated[
        int | None,
        typer.Option(
            "--http", metavar="PORT", min=0, max=65535, help="Serve on this port of this machine; 0: a free one."
        ),
    ] = None,
) -> int:
    """Serve an agent over the Model Context Protocol.

    Without --http it speaks on stdin and stdout and ends with its client.
    With it a token is needed: it is kept in a file that only you can read, and ENGREP_MCP_TOKEN sets another.
    """
    from engrep.engine.places import find_root
    from engrep.mcp_server import serve

    serve(find_root(repo), is_named=repo is not None, port=http)
    return FOUND
