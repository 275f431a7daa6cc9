"""From what a memory is said to be about to a place in the code, by any spelling."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from engrep.engine import store_search as asking
from engrep.engine.db import Connection
from engrep.engine.disambiguate import ambiguity
from engrep.engine.errors import UsageError
from engrep.engine.follow_files import file_anchor
from engrep.engine.identity import MAX_NAMESAKES, Asker, identify
from engrep.engine.memory_types import Anchor
from engrep.engine.query import Query, parse_name
from engrep.engine.store import read_meta
from engrep.engine.store_search import SymbolRow
from engrep.indexers.text import fold


def anchor_at(connection: Connection, root: Path, spelling: str, asker: Asker) -> Anchor:
    """Return the one place that a spelling means, as `anchor_if_any`.

    Raises:
        UsageError: it means nothing that is indexed, or several symbols alike.

    """
    found = anchor_if_any(connection, root, spelling, asker)
    if found is None:
        message = f"nothing in the index of {root} is called {spelling}; run `engrep index` if it is new"
        raise UsageError(message)
    return found


def anchor_if_any(connection: Connection, root: Path, spelling: str, asker: Asker) -> Anchor | None:
    """Return the one place that a spelling means: a file, a module, or a symbol; None where it means nothing that is indexed.

    Raises:
        UsageError: it means several symbols alike.

    """
    commit = str(read_meta(connection, "commit") or "")
    path = spelling.strip().replace("\\", "/").removeprefix("./").rstrip("/")
    files = asking.blobs_by_path(connection, path, 2) if path else []
    if len(files) == 1 or (files and files[0][1] == path):
        return file_anchor(connection, files[0][1], commit)
    query = parse_name(spelling)
    named = identify(connection, query, asker) if path else []
    whole = [entry for entry in named if _is_in_full(query, entry.symbol)]
    named = whole if len(whole) == 1 else named
    undecided = ambiguity(connection, [(entry, entry.strength) for entry in named])
    if undecided is not None:
        near = ", ".join(candidate.qualified_name for candidate in undecided.candidates[:3])
        message = f"{spelling} may be {near}: name the module, or say where you stand with --from"
        raise UsageError(message)
    if named and named[0].is_exact:
        return symbol_anchor(connection, named[0].symbol, commit)
    modules = asking.module_paths(connection, path.replace("/", "."), 2)
    if modules:
        return Anchor("module", modules[0], "", commit=commit)
    if path and os.path.isdir(root / path):  # noqa: PTH112 - a name of 300 characters is none, and no error
        return Anchor("module", path, path, commit=commit)
    return None


def _is_in_full(query: Query, symbol: SymbolRow) -> bool:
    """Tell whether a symbol is what a question spells out: all of its qualified name, or of that within a file."""
    spelled = query.names[0] if query.names else None
    if spelled is None:
        return False
    name = ".".join(spelled.parts)
    in_file = symbol.qualified_name.removeprefix(f"{symbol.module}.")
    return name == symbol.qualified_name or (spelled.path == symbol.path and name == in_file)


def anchor_again(connection: Connection, anchor: Anchor) -> Anchor:
    """Anchor to the same place as it stands now."""
    commit = str(read_meta(connection, "commit") or "")
    if anchor.kind == "file":
        return file_anchor(connection, anchor.path, commit)
    named = asking.symbols_named(connection, fold(anchor.qualified_name.rpartition(".")[2]), MAX_NAMESAKES)
    here = [each for each in named if (each.qualified_name, each.path) == (anchor.qualified_name, anchor.path)]
    made = [symbol_anchor(connection, each, commit) for each in here]
    same = [each for each in made if each.signature_hash == anchor.signature_hash]
    return (same or made or [replace(anchor, state="fresh", now="", commit=commit)])[0]


def symbol_anchor(connection: Connection, symbol: SymbolRow, commit: str) -> Anchor:
    """Anchor to a symbol as it stands."""
    details = asking.details_of(connection, symbol)
    return Anchor(
        "symbol",
        symbol.qualified_name,
        symbol.path,
        f"{details.signature_hash:08x}",
        f"{details.body_hash:08x}",
        commit,
        signature=details.signature,
        symbol=symbol.kind,
    )
