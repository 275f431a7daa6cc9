"""Make the answer's entries: the place, its text as it stands in the file now, and why it is there."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

from engrep.engine import store_search as asking
from engrep.engine.db import Connection
from engrep.engine.identity import Named
from engrep.engine.prepare import read_file
from engrep.engine.rank import Ranked
from engrep.engine.store_search import ChunkRow, SymbolRow
from engrep.engine.types import Hit, Why

MAX_TEXT = 2000  # characters of a hit that are shown


def make_hit(root: Path, entry: Ranked, chunk: ChunkRow, symbol: SymbolRow | None, margin: float | None) -> Hit:
    """Make one hit: a chunk, or the symbol that the question named in it."""
    row = entry.file
    is_whole = symbol is not None and entry.named is not None and entry.named.symbol.symbol_id == symbol.symbol_id
    start, end = (symbol.start_line, symbol.end_line) if is_whole and symbol else (chunk.start_line, chunk.end_line)
    text = lines_of(root, row.path, start, end)
    return Hit(
        path=row.path,
        start_line=start,
        end_line=end,
        symbol=symbol.name if symbol else "",
        qualified_name=symbol.qualified_name if symbol else "",
        module=row.module,
        kind=symbol.kind if symbol else "text",
        score=round(entry.score, 4),
        why=tuple(Why(part, round(value, 4)) for part, value in entry.why),
        text=text or "",
        margin=margin if is_whole else None,
    )


def named_hit(root: Path, entry: Named, margin: float | None) -> Hit:
    """Make the hit of a symbol that was asked for by name."""
    symbol = entry.symbol
    return Hit(
        path=symbol.path,
        start_line=symbol.start_line,
        end_line=symbol.end_line,
        symbol=symbol.name,
        qualified_name=symbol.qualified_name,
        module=symbol.module,
        kind=symbol.kind,
        score=round(entry.strength, 4),
        why=tuple(Why(part, round(value, 4)) for part, value in entry.parts),
        text=lines_of(root, symbol.path, symbol.start_line, symbol.end_line) or "",
        margin=margin,
    )


def marked_stale(connection: Connection, root: Path, hits: Sequence[Hit]) -> tuple[Hit, ...]:
    """Mark the hits in files that changed, or went, after they were indexed: their lines may have moved."""
    stale = stale_paths(connection, root, {hit.path for hit in hits})
    return tuple(replace(hit, stale=True) if hit.path in stale else hit for hit in hits)


def stale_paths(connection: Connection, root: Path, paths: Collection[str]) -> set[str]:
    """Return which of these files changed, or went, after they were indexed."""
    known = asking.file_stats(connection, paths)
    return {path for path, stats in known.items() if _stats(root / path) != stats}


def _stats(path: Path) -> tuple[int, int] | None:
    try:
        found = path.lstat()
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns


def lines_of(root: Path, path: str, start: int, end: int) -> str | None:
    """Return lines of a file as text, at most MAX_TEXT characters; None when it cannot be read."""
    try:
        data = read_file(root / path)
    except OSError:
        return None
    # Only "\n" ends a line, as in the index: `splitlines` would also cut at form feeds and others.
    lines = data.removeprefix(BOM_UTF8).split(b"\n", end)[start - 1 : end]
    text = b"\n".join(line.removesuffix(b"\r") for line in lines).decode("utf-8", "replace")
    return text if len(text) <= MAX_TEXT else text[:MAX_TEXT].rsplit("\n", 1)[0] + "\n…"
