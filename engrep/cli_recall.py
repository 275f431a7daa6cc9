"""The commands that bring back what is known: recall, why and brief."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engrep.options import From, Json, Limit, Name, Query, Reasons, Repo
from engrep.output import FOUND, NOTHING, emit

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from engrep.engine.memory import Memory

Session = Annotated[
    str, typer.Option("--session", metavar="ID", help="The session it is for: no memory is pushed to it twice.")
]


def recall(
    query: Query,
    from_file: From = None,
    budget: Annotated[
        int | None, typer.Option("--budget", metavar="TOKENS", min=1, help="The most it may take; 2000, pushed 200.")
    ] = None,
    include_stale: Annotated[
        bool, typer.Option("--include-stale", help="Also memories about code that is gone or changed, and how.")
    ] = False,
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="DATE", help="Memories as they held at the end of that day.")
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", metavar="TYPE", help="memory, code, turn, instruction or commit; may be repeated."),
    ] = None,
    push: Annotated[
        bool, typer.Option("--push", help="Only memories that a prompt cannot do without: mostly nothing.")
    ] = False,
    session: Session = "",
    why: Reasons = False,
    repo: Repo = None,
    as_json: Json = False,
) -> int:
    """Bring back what answers a question: memories, code, what was said, and, asked why, what was committed."""
    from engrep.engine.recall_verbs import PUSH_BUDGET, RECALL_BUDGET

    with _open(repo) as memory:
        text = _text(query)
        if push:
            found = memory.push(text, session=session, from_file=from_file, budget=budget or PUSH_BUDGET)
        else:
            found = memory.recall(
                text, from_file=from_file, budget=budget or RECALL_BUDGET, include_stale=include_stale, as_of=as_of,
                types=tuple(only) if only else None,
            )  # fmt: skip

    def view(_console: Console) -> Iterable[Text]:
        from engrep.render_recall import recall_lines

        return recall_lines(found, why=why)

    emit(found, view, as_json=as_json)
    return FOUND if found.items else NOTHING


def why(
    name: Name,
    from_file: From = None,
    limit: Limit = 10,
    budget: Annotated[int, typer.Option("--budget", metavar="TOKENS", min=1, help="The most it may take.")] = 2000,
    reasons: Reasons = False,
    repo: Repo = None,
    as_json: Json = False,
) -> int:
    """Tell why a symbol or file is as it is: what is remembered of it, and the commits that its lines come from."""
    with _open(repo) as memory:
        found = memory.why(name, from_file=from_file, limit=limit, budget=budget)

    def view(_console: Console) -> Iterable[Text]:
        from engrep.render_recall import recall_lines

        return recall_lines(found, why=reasons)

    emit(found, view, as_json=as_json)
    return FOUND if found.items else NOTHING


def brief(
    from_file: From = None,
    budget: Annotated[int, typer.Option("--budget", metavar="TOKENS", min=1, help="The most it may take.")] = 500,
    session: Session = "",
    program: Annotated[
        str,
        typer.Option(
            "--for",
            metavar="PROGRAM",
            help="claude, codex, gemini, cursor or vscode: adds rules of files that it does not read.",
        ),
    ] = "",
    repo: Repo = None,
    as_json: Json = False,
) -> int:
    """Tell what a new session has to know: pinned rules, the task left open, decisions near the files in play."""
    with _open(repo) as memory:
        found = memory.brief(from_file=from_file, budget=budget, session=session, program=program)

    def view(_console: Console) -> Iterable[Text]:
        from engrep.render_recall import brief_lines

        return brief_lines(found)

    emit(found, view, as_json=as_json)
    return FOUND if found.items else NOTHING


def _text(query: list[str]) -> str:
    import sys

    return sys.stdin.buffer.read().decode("utf-8", "replace") if query == ["-"] else " ".join(query)


def _open(repo: Path | None) -> Memory:
    from engrep.engine.memory import Memory

    return Memory.open(repo)
