"""The command that shows everything in a browser: serve."""

from __future__ import annotations

from typing import Annotated

import typer

from engrep.options import Repo
from engrep.output import FOUND


def serve(
    repo: Repo = None,
    port: Annotated[
        int, typer.Option("--port", metavar="N", min=0, max=65535, help="The port on this machine; 0: a free one.")
    ] = 7317,
    no_open: Annotated[bool, typer.Option("--no-open", help="Do not open a browser.")] = False,
) -> int:
    """Show code and memories in a browser, and correct them there.

    It answers this machine only, and only the browser that opens the address it prints.
    Ctrl-C ends it.
    """
    from engrep.engine.places import find_root
    from engrep.viewer.serving import serve_root

    serve_root(find_root(repo), port, is_opened=not no_open)
    return FOUND
