"""Walk the call edges: callers, callees, implementations, and what a change may reach."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from engrep.engine import store_graph as asking
from engrep.engine.db import Connection
from engrep.engine.disambiguate import suggestions
from engrep.engine.errors import NotFoundError, UsageError
from engrep.engine.identity import MAX_NAMESAKES, asker_at, identify
from engrep.engine.query import parse
from engrep.engine.rungs import DEFAULT_MIN_CONFIDENCE
from engrep.engine.store_search import SymbolRow, name_counts
from engrep.engine.types import Edge, Edges
from engrep.indexers.text import fold
from engrep.indexers.walk import git

MAX_VISITED = 20_000  # symbols of one walk


@dataclass(frozen=True, slots=True)
class Walk:
    """How far to walk, and what counts."""

    depth: int = 1
    min_confidence: float = DEFAULT_MIN_CONFIDENCE
    limit: int = 100


Neighbours = Callable[[Connection, Sequence[int], float], list[asking.Step]]


def find_symbols(connection: Connection, name: str, from_file: str | None = None) -> list[SymbolRow]:
    """Return the definitions that a name means: all that bear the best qualified name.

    Raises:
        UsageError: the name is empty or no name.
        NotFoundError: nothing in the index bears it, with near names; or too much to tell which is meant.

    """
    query = parse(name)
    if query.shape != "symbol":
        message = (
            f"{name!r} is not a symbol's name; give one like `Class.method`, `module.function` or `path/file.py:name`"
        )
        raise UsageError(message)
    named = [
        entry
        for entry in identify(connection, query, asker_at(connection, from_file))
        if entry.symbol.kind != "heading"
    ]
    if not named:
        last = name.rsplit(".", maxsplit=1)[-1]
        count = sum(name_counts(connection, {fold(last)}).values())
        if count > MAX_NAMESAKES:
            message = f"{count} symbols are called {last!r}; say which one, like `Class.{last}`"
            raise NotFoundError(message)
        message = f"no symbol {name!r} in the index"
        raise NotFoundError(message, suggestions(connection, last))
    best = named[0]
    return [entry.symbol for entry in named if entry.symbol.qualified_name == best.symbol.qualified_name]


def callers(connection: Connection, name: str, walk: Walk, from_file: str | None = None) -> Edges:
    """Return who calls a symbol, directly or through others."""
    symbols = find_symbols(connection, name, from_file)
    return _answer(
        connection, symbols, _walk(connection, symbols, walk, asking.steps_to_callers), walk, _why_no_callers
    )


def callees(connection: Connection, name: str, walk: Walk, from_file: str | None = None) -> Edges:
    """Return what a symbol calls, directly or through others."""
    symbols = find_symbols(connection, name, from_file)
    return _answer(
        connection, symbols, _walk(connection, symbols, walk, asking.steps_to_callees), walk, _why_no_callees
    )


def implementations(connection: Connection, name: str, walk: Walk, from_file: str | None = None) -> Edges:
    """Return the types derived from a type, or the methods that override a method."""
    symbols = find_symbols(connection, name, from_file)
    is_type = symbols[0].kind not in ("method", "function", "property", "constructor")
    steps = asking.steps_to_subtypes if is_type else asking.steps_to_overrides
    return _answer(connection, symbols, _walk(connection, symbols, walk, steps), walk, _why_no_implementations)


def impact(connection: Connection, name: str, walk: Walk, from_file: str | None = None) -> Edges:
    """Return everything that a change of a symbol may reach."""
    symbols = find_symbols(connection, name, from_file)
    return _answer(
        connection, symbols, _walk(connection, symbols, walk, asking.steps_to_dependents), walk, _why_no_callers
    )


def impact_of_diff(connection: Connection, root: Path, revision: str, walk: Walk) -> Edges:
    """Return everything that the changes since a git revision may reach.

    Raises:
        UsageError: git does not know the revision, or there is no repository.

    """
    if revision.startswith("-"):
        message = f"{revision!r} is no git revision"
        raise UsageError(message)
    output = git(
        root,
        "diff",
        "--unified=0",
        "--no-color",
        "--no-ext-diff",
        "--relative",
        "--src-prefix=a/",
        "--dst-prefix=b/",
        revision,
        "--",
    )
    if output is None:
        message = f"git cannot compare {root} with {revision!r}; is it a revision of this repository?"
        raise UsageError(message)
    changed: dict[int, SymbolRow] = {}
    for path, start, end in _hunks(output.decode("utf-8", "backslashreplace")):
        for symbol in asking.symbols_touching(connection, path, start, end):
            changed[symbol.symbol_id] = symbol
    symbols = list(changed.values())
    if not symbols:
        return Edges(f"changes since {revision}", 0, 0, (), 0, 0, "no indexed symbol changed")
    answer = _answer(
        connection, symbols, _walk(connection, symbols, walk, asking.steps_to_dependents), walk, _why_no_callers
    )
    return Edges(
        f"changes since {revision}: {len(symbols)} symbols", *(getattr(answer, name) for name in _AFTER_SYMBOL)
    )


_AFTER_SYMBOL = ("total", "shown", "edges", "ambiguous_references", "unresolved_references", "reason")


def _hunks(diff: str) -> Iterable[tuple[str, int, int]]:
    """Read a diff without context: the file and lines of each change as they are now."""
    path = ""
    body = 0  # lines of the hunk still to come; they may look like headers
    for line in diff.split("\n"):
        if body > 0:
            body -= not line.startswith("\\")  # "\ No newline at end of file" counts as none
        elif line.startswith("+++ "):
            path = line[4:].strip('"').removeprefix("b/").rstrip("\t")
        elif hunk := _HUNK.match(line):
            removed, start, added = _count(hunk["removed"]), int(hunk["start"]), _count(hunk["added"])
            body = removed + added
            if path != "/dev/null":
                yield path, start, start + max(added - 1, 0)


def _count(written: str | None) -> int:
    return 1 if written is None else int(written)


_HUNK = re.compile(r"^@@ -\d+(?:,(?P<removed>\d+))? \+(?P<start>\d+)(?:,(?P<added>\d+))? @@")


def _walk(
    connection: Connection, symbols: Sequence[SymbolRow], walk: Walk, neighbours: Neighbours
) -> list[tuple[asking.Step, int, float]]:
    """Walk breadth first; return each edge to a symbol not met before, its depth, and the lowest confidence on the way."""
    met = {symbol.symbol_id: 1.0 for symbol in symbols}
    found: list[tuple[asking.Step, int, float]] = []
    frontier = list(met)
    for depth in range(1, max(walk.depth, 1) + 1):
        fresh: dict[int, float] = {}
        for step in neighbours(connection, frontier, walk.min_confidence):
            certainty = min(step.confidence, met.get(step.from_id, 1.0))
            if step.symbol_id is None or (step.symbol_id not in met and step.symbol_id not in fresh):
                found.append((step, depth, certainty))
                if step.symbol_id is not None:
                    fresh[step.symbol_id] = certainty
        met.update(fresh)
        frontier = list(fresh)
        if not frontier or len(met) > MAX_VISITED:
            break
    return found


def _answer(
    connection: Connection,
    symbols: Sequence[SymbolRow],
    found: Sequence[tuple[asking.Step, int, float]],
    walk: Walk,
    why_empty: Callable[[SymbolRow, int, int], str],
) -> Edges:
    ordered = sorted(found, key=lambda entry: (entry[1], -entry[2], entry[0].path, entry[0].line))
    ambiguous, unresolved = asking.open_references(connection, {symbol.name for symbol in symbols})
    shown = ordered[: walk.limit]
    return Edges(
        symbol=symbols[0].qualified_name,
        total=len(ordered),
        shown=len(shown),
        edges=tuple(
            Edge(step.qualified_name, step.path, step.line, step.rung, round(certainty, 3), depth)
            for step, depth, certainty in shown
        ),
        ambiguous_references=ambiguous,
        unresolved_references=unresolved,
        reason=None if ordered else why_empty(symbols[0], ambiguous, unresolved),
    )


def _why_no_callers(symbol: SymbolRow, ambiguous: int, unresolved: int) -> str:
    open_ones = ambiguous + unresolved
    if open_ones:
        return f"no call resolves to it, but {open_ones} uses of the name `{symbol.name}` could not be told apart; it may be one of them"
    return f"nothing in the index uses the name `{symbol.name}` so: unused, called from outside, or called by a name made at run time"


def _why_no_callees(symbol: SymbolRow, ambiguous: int, unresolved: int) -> str:
    del ambiguous, unresolved
    return f"`{symbol.name}` calls nothing that this index defines"


def _why_no_implementations(symbol: SymbolRow, ambiguous: int, unresolved: int) -> str:
    del ambiguous, unresolved
    return f"nothing in the index derives from or overrides `{symbol.name}`"
