"""The command that coding agents call at their events; `start.py` answers it without the command line."""

from __future__ import annotations

from typing import Annotated

import typer


def hook(
    program: Annotated[
        str | None,
        typer.Option(
            "--program", metavar="NAME", help="claude, codex, gemini or cursor; without it the payload tells."
        ),
    ] = None,
    drain: Annotated[tuple[str, str] | None, typer.Option("--drain", hidden=True)] = None,
) -> int:
    """Answer one event of a coding agent, given as JSON on stdin; `engrep install` sets it up.

    The repository is that of the event's `cwd`. Where engrep was never used there is silence, and nothing is made.
    The exit code is 0 whatever comes: a memory must not stop an agent.
    """
    if drain is None:
        from engrep.hook import main

        main(["--program", program] if program else [])
    from engrep.hook_drainer import run

    return run(*drain)
