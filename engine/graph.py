"""Walk the call edges: callers, callees, implementations, and what a change may reach."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from engrep.engine import store_graph as asking
from engrep.engine.db import Connection
from engrep.engine.disambiguate import rivals, suggestions
from engrep.engine.errors import NotFoundError, UsageError
from engrep.engine.hits import stale_paths
from engrep.engine.identity import MAX_NAMESAKES, asker_at, identify
from engrep.engine.query import parse_name
from engrep.engine.rungs import AMBIGUOUS, DEFAULT_MIN_CONFIDENCE
from engrep.engine.store_search import SymbolRow, name_counts
from engrep.engine.types import Edge, Edges
from engrep.indexers.text import fold
from engrep.indexers.walk import git

MAX_VISITED = 20_000  # symbols of one walk
UNUSED = "no call in the index means it: it is unused, called from outside, or called by a name made at run time"


@dataclass(frozen=True, slots=True)
class Walk:
    """How far to walk, and what counts."""

    depth: int = 1
    min_confidence: float = DEFAULT_MIN_CONFIDENCE
    limit: int = 100


@dataclass(frozen=True, slots=True)
class Meant:
    """What a name was taken to mean, and what else bears it."""

    symbols: Sequence[SymbolRow]
    namesakes: tuple[str, ...] = ()


Neighbours = Callable[[Connection, Sequence[int], float], list[asking.Step]]


def find_symbols(connection: Connection, name: str, from_file: str | None = None) -> Meant:
    """Return the definitions that a name means: all that bear the best qualified name.

    Raises:
        UsageError: the name is empty or no name.
        NotFoundError: nothing in the index bears it, with near names; or too much to tell which is meant.

    """
    query = parse_name(name)
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
    best = named[0].symbol.qualified_name
    return Meant([entry.symbol for entry in named if entry.symbol.qualified_name == best], rivals(named))


def callers(connection: Connection, name: str, walk: Walk, from_file: str | None = None) -> Edges:
    """Return who calls a symbol, directly or through others."""
    meant = find_symbols(connection, name, from_file)
    answer = _answer(connection, meant, walk, asking.steps_to_callers, _why_no_callers)
    if answer.reason != UNUSED:
        return answer
    n_uses = len(_walk(connection, meant.symbols, Walk(), asking.steps_to_dependents))
    otherwise = f"no call in the index means it, but it is used otherwise, {'once' if n_uses == 1 else f'{n_uses:,} times'}: see its impact"
    return replace(answer, reason=otherwise) if n_uses else answer


def callees(connection: Connection, name: str, walk: Walk, from_file: str | None = None) -> Edges:
    """Return what a symbol calls, directly or through others."""
    meant = find_symbols(connection, name, from_file)
    return _answer(connection, meant, walk, asking.steps_to_callees, _why_no_callees)


def implementations(connection: Connection, name: str, walk: Walk, from_file: str | None = None) -> Edges:
    """Return the types derived from a type, or the methods that override a method."""
    meant = find_symbols(connection, name, from_file)
    is_type = meant.symbols[0].kind not in ("method", "function", "property", "constructor")
    steps = asking.steps_to_subtypes if is_type else asking.steps_to_overrides
    return _answer(connection, meant, walk, steps, _why_no_implementations)


def impact(connection: Connection, name: str, walk: Walk, from_file: str | None = None) -> Edges:
    """Return everything that a change of a symbol may reach."""
    meant = find_symbols(connection, name, from_file)
    return _answer(connection, meant, walk, asking.steps_to_dependents, _why_no_callers)


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
        "--no-renames",  # a file that moved is gone from where its callers look for it
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
    hunks = list(_hunks(output.decode("utf-8", "backslashreplace")))
    for path, start, end in hunks:
        for symbol in asking.symbols_touching(connection, path, start, end):
            changed[symbol.symbol_id] = symbol
    symbols = list(changed.values())
    moved = _moved_on(connection, root, {path for path, _, _ in hunks})
    if not symbols:
        return Edges(f"changes since {revision}{moved}", 0, 0, (), 0, 0, "no indexed symbol changed")
    answer = _answer(connection, Meant(symbols), walk, asking.steps_to_dependents, _why_no_callers)
    many = "1 symbol" if len(symbols) == 1 else f"{len(symbols):,} symbols"
    return replace(answer, symbol=f"changes since {revision}: {many}{moved}")


def _moved_on(connection: Connection, root: Path, paths: Collection[str]) -> str:
    """Say how many changed files the index does not know as they are: the lines of a diff may mean others there."""
    stale = sum((root / path).exists() for path in stale_paths(connection, root, paths))
    files = "1 file" if stale == 1 else f"{stale:,} files"
    return f" ({files} newer than the index: run `engrep index`)" if stale else ""


def _hunks(diff: str) -> Iterable[tuple[str, int, int]]:
    """Read a diff without context: the file and lines of each change as they are now, or were in a file that is gone."""
    path = old_path = ""
    body = 0  # lines of the hunk still to come; they may look like headers
    for line in diff.split("\n"):
        if body > 0:
            body -= not line.startswith("\\")  # "\ No newline at end of file" counts as none
        elif line.startswith("--- "):
            old_path = _diff_path(line, "a/")
        elif line.startswith("+++ "):
            path = _diff_path(line, "b/")
        elif hunk := _HUNK.match(line):
            removed, start, added = _count(hunk["removed"]), int(hunk["start"]), _count(hunk["added"])
            body = removed + added
            yield (old_path, 1, removed) if path == "/dev/null" else (path, start, start + max(added - 1, 0))


def _diff_path(line: str, prefix: str) -> str:
    path = line[4:].rstrip("\t")
    if path.startswith('"'):  # quotes, backslashes and control characters are escaped, as in C
        path = _ESCAPE.sub(lambda found: _ESCAPED.get(found[1]) or chr(int(found[1], 8)), path[1:-1])
    return path.removeprefix(prefix)


_ESCAPE = re.compile(r"\\([0-7]{3}|.)")
_ESCAPED = dict(zip('abtnvfr"\\', '\a\b\t\n\v\f\r"\\', strict=True))


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
    meant: Meant,
    walk: Walk,
    neighbours: Neighbours,
    why_empty: Callable[[SymbolRow, int, int], str],
) -> Edges:
    found = _walk(connection, meant.symbols, walk, neighbours)
    ordered = sorted(found, key=lambda entry: (entry[1], -entry[2], entry[0].path, entry[0].line))
    ambiguous, unresolved = asking.open_references(connection, {symbol.name for symbol in meant.symbols})
    shown = ordered[: walk.limit]
    return Edges(
        symbol=meant.symbols[0].qualified_name,
        total=len(ordered),
        shown=len(shown),
        edges=tuple(
            Edge(step.qualified_name, step.path, step.line, step.rung, round(certainty, 3), depth)
            for step, depth, certainty in shown
        ),
        ambiguous_references=ambiguous,
        unresolved_references=unresolved,
        reason=None
        if ordered
        else _less_certain(connection, meant, walk, neighbours) or why_empty(meant.symbols[0], ambiguous, unresolved),
        namesakes=meant.namesakes,
    )


def _less_certain(connection: Connection, meant: Meant, walk: Walk, neighbours: Neighbours) -> str:
    """Say how many edges there are that are less certain than what was asked for, '' for none."""
    doubtful = _walk(connection, meant.symbols, Walk(min_confidence=0.0), neighbours)
    n_doubtful = sum(step.rung != AMBIGUOUS for step, _, _ in doubtful)  # what is ambiguous is counted apart
    if not n_doubtful:
        return ""
    edges, them = ("edge is", "it") if n_doubtful == 1 else ("edges are", "them")
    return f"{n_doubtful:,} {edges} less certain than {walk.min_confidence:g}: a lower min-confidence shows {them}"


def _why_no_callers(symbol: SymbolRow, ambiguous: int, unresolved: int) -> str:
    open_ones = ambiguous + unresolved
    if open_ones:
        return f"no call resolves to it, but {open_ones} uses of the name `{symbol.name}` could not be told apart; it may be one of them"
    return UNUSED


def _why_no_callees(symbol: SymbolRow, ambiguous: int, unresolved: int) -> str:
    del ambiguous, unresolved
    return f"`{symbol.name}` calls nothing that this index defines"


def _why_no_implementations(symbol: SymbolRow, ambiguous: int, unresolved: int) -> str:
    del ambiguous, unresolved
    return f"nothing in the index derives from or overrides `{symbol.name}`"
