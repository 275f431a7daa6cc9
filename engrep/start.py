"""Where the program begins: a hook is answered without loading the command line, which an agent would wait for."""

from __future__ import annotations

import sys
from typing import NoReturn


def main() -> NoReturn:
    """Run what the command line asks for and exit with its code."""
    arguments = sys.argv[1:]
    if arguments[:1] == ["hook"] and not {"-h", "--help", "--drain"} & set(arguments):
        from engrep.hook import main as hook

        hook(arguments[1:])
    from engrep.cli import main as command_line

    command_line(arguments)
