"""The commands that answer questions about code: search, symbol, callers, callees, implementations, impact."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engrep.engine.rungs import DEFAULT_MIN_CONFIDENCE
from engrep.options import Confidence, Depth, From, Json, Limit, Name, Query, Reasons, Repo, SecondStage, Strict
from engrep.output import FOUND, NOTHING, USAGE, emit

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from engrep.engine.memory import Memory
    from engrep.engine.types import Edges, Search


def search(
    query: Query,
    repo: Repo = None,
    limit: Limit = 10,
    from_file: From = None,
    path: Annotated[str | None, typer.Option("--path", metavar="GLOB", help="Only files whose path matches.")] = None,
    language: Annotated[
        str | None, typer.Option("--lang", metavar="L", help="Only this language: python, go, …")
    ] = None,
    kind: Annotated[str | None, typer.Option("--kind", metavar="K", help="Only this kind: function, class, …")] = None,
    lanes: Annotated[
        str | None, typer.Option("--lanes", metavar="A,B", help="Only these of lexical, dense, identity, graph.")
    ] = None,
    second_stage: SecondStage = None,
    strict: Strict = False,
    why: Reasons = False,
    as_json: Json = False,
) -> int:
    """Search by words, by name, or with a whole issue text."""
    question = _question(query)
    chosen = None if lanes is None else [lane.strip() for lane in lanes.split(",") if lane.strip()]
    with _open(repo, second_stage) as memory:
        found = memory.search(
            question, limit=limit, from_file=from_file, path=path, language=language, kind=kind, lanes=chosen
        )
    filters = {"--path": path, "--lang": language, "--kind": kind, "--lanes": lanes}
    narrowed = " ".join(f"{option} {value}" for option, value in filters.items() if value is not None)
    return _show_search(found, why=why, strict=strict, as_json=as_json, narrowed=narrowed)


def symbol(
    name: Name,
    repo: Repo = None,
    limit: Limit = 50,
    from_file: From = None,
    strict: Strict = False,
    why: Reasons = False,
    as_json: Json = False,
) -> int:
    """List every definition of a name, the likeliest first."""
    with _open(repo) as memory:
        found = memory.symbol(name, from_file=from_file, limit=limit)
    return _show_search(found, why=why, strict=strict, as_json=as_json)


def callers(
    name: Name,
    repo: Repo = None,
    depth: Depth = 1,
    min_confidence: Confidence = DEFAULT_MIN_CONFIDENCE,
    limit: Limit = 100,
    as_json: Json = False,
) -> int:
    """Show what calls a symbol."""
    with _open(repo) as memory:
        edges = memory.callers(name, depth=depth, min_confidence=min_confidence, limit=limit)
    return _show_edges(edges, "caller", as_json=as_json)


def callees(
    name: Name,
    repo: Repo = None,
    depth: Depth = 1,
    min_confidence: Confidence = DEFAULT_MIN_CONFIDENCE,
    limit: Limit = 100,
    as_json: Json = False,
) -> int:
    """Show what a symbol calls."""
    with _open(repo) as memory:
        edges = memory.callees(name, depth=depth, min_confidence=min_confidence, limit=limit)
    return _show_edges(edges, "callee", as_json=as_json)


def implementations(name: Name, repo: Repo = None, limit: Limit = 100, as_json: Json = False) -> int:
    """Show subclasses of a type, or overrides of a method."""
    with _open(repo) as memory:
        edges = memory.implementations(name, limit=limit)
    return _show_edges(edges, "implementation", as_json=as_json)


def impact(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="A symbol, in any spelling.")] = None,
    diff: Annotated[
        str | None, typer.Option("--diff", metavar="REV", help="The symbols that changed since this git revision.")
    ] = None,
    repo: Repo = None,
    depth: Depth = 5,
    min_confidence: Confidence = DEFAULT_MIN_CONFIDENCE,
    limit: Limit = 200,
    as_json: Json = False,
) -> int:
    """Show what a change can reach.

    These are the callers of callers of one symbol, or of all that a git diff touches.
    """
    if (name is None) == (diff is None):
        raise typer.BadParameter("give a NAME or --diff REV, one of the two")
    with _open(repo) as memory:
        edges = memory.impact(name, diff=diff, depth=depth, min_confidence=min_confidence, limit=limit)
    return _show_edges(edges, "dependent", as_json=as_json)


def _open(repo: Path | None, second_stage: str | None = None) -> Memory:
    from engrep.engine.memory import Memory

    return Memory.open(repo, second_stage=second_stage)


def _question(words: list[str]) -> str:
    if words == ["-"]:
        return sys.stdin.buffer.read().decode("utf-8", "replace")
    return " ".join(words)


def _show_search(found: Search, *, why: bool, strict: bool, as_json: bool, narrowed: str = "") -> int:
    def view(console: Console) -> Iterable[Text]:
        from engrep.render import search_lines

        return search_lines(found, console, why=why, narrowed=narrowed)

    emit(found, view, as_json=as_json)
    if not found.hits:
        return NOTHING
    return USAGE if strict and found.ambiguous is not None else FOUND


def _show_edges(edges: Edges, noun: str, *, as_json: bool) -> int:
    def view(console: Console) -> Iterable[Text]:
        from engrep.render import edge_lines
        from engrep.render_columns import width_of

        return edge_lines(edges, noun=noun, width=width_of(console))

    emit(edges, view, as_json=as_json)
    return FOUND if edges.total else NOTHING
