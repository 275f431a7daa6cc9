"""A small repository, and what any system of the evaluation finds in it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from engrep.eval.cases import Found, Prepared
from engrep.eval.systems.registry import make

FILES = """
    #- billing/retry.py
    def backoff(attempt):
        # Seconds to wait before a declined card is charged again
        return 60 * 4 ** attempt

    def give_up(attempt):
        return attempt > 9
    #- net/retry.py
    def backoff(attempt):
        # Milliseconds to wait before the server is dialled again
        return 250 * 2 ** attempt
    #- net/client.py
    from net.retry import backoff

    class Client:
        def dial(self, server):
            return backoff(1)
    #- docs/notes.md
    # Dialling the server
    The client waits before the server is dialled again; the server may be slow.
    #- build.min.js
    function backoff(attempt){return "declined card server"}
    #- made.py
    # @generated
    def backoff(attempt): return "declined card server"
    #- .gitignore
    secret.py
    #- secret.py
    def backoff(attempt): return "declined card server"
"""


def ask(spec: str, root: Path, *questions: str, limit: int = 10, per_symbol: bool = False) -> list[Sequence[Found]]:
    """Ask a system some questions about a folder."""
    with make(spec, "code").open(root, root.parent / "state") as index:
        prepared = index.update()
        assert isinstance(prepared, Prepared)
        return [index.search(question, limit=limit, from_file=None, per_symbol=per_symbol) for question in questions]
