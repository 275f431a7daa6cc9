"""What is asked of the index about the uses of a name in one file, and about the types that define it."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable

from engrep.engine.db import Connection
from engrep.engine.references import Meaning, Use, unpack_meanings, unpack_uses
from engrep.indexers.facts import KINDS, TYPE_KINDS

_TYPES = [number for number, kind in enumerate(KINDS) if kind in TYPE_KINDS]


def uses_in(connection: Connection, path: str) -> list[tuple[Use, Meaning]]:
    """Return every use of a name in one file, and what it means."""
    row = connection.execute(
        "SELECT r.uses, r.meanings FROM file f JOIN blob_references r ON r.blob_id = f.blob_id WHERE f.path = ?",
        (path,),
    ).fetchone()
    return list(zip(unpack_uses(row[0]), unpack_meanings(row[1]), strict=True)) if row else []


def owners_of(connection: Connection, names: Collection[str]) -> list[tuple[str, int]]:
    """Return the symbols that members of some names lie in, as (name, symbol id)."""
    rows = connection.execute(
        "SELECT n.text, s.parent_id FROM json_each(?) AS wanted JOIN name n ON n.text = wanted.value "
        "JOIN symbol s ON s.name_id = n.id WHERE s.parent_id IS NOT NULL",
        (json.dumps(sorted(names)),),
    )
    return [(row[0], row[1]) for row in rows]


def types_by_id(connection: Connection, ids: Iterable[int]) -> list[tuple[int, str, tuple[str, ...]]]:
    """Return types as (symbol id, qualified name, the last names of their bases)."""
    rows = connection.execute(
        "SELECT s.id, b.module || s.local_name, s.bases FROM json_each(?) AS wanted JOIN symbol s ON s.id = wanted.value "
        "JOIN blob b ON b.id = s.blob_id",
        (json.dumps(list(ids)),),
    )
    return [(row[0], row[1], tuple(base.rpartition(".")[2] for base in row[2].split())) for row in rows]


def types_named(connection: Connection, names: Collection[str]) -> list[tuple[str, int, str]]:
    """Return the types that bear some names, as (name, symbol id, qualified name)."""
    rows = connection.execute(
        "SELECT n.text, s.id, b.module || s.local_name FROM json_each(?1) AS wanted JOIN name n ON n.text = wanted.value "
        "JOIN symbol s ON s.name_id = n.id JOIN blob b ON b.id = s.blob_id "
        "WHERE s.kind IN (SELECT value FROM json_each(?2))",
        (json.dumps(sorted(names)), json.dumps(_TYPES)),
    )
    return [(row[0], row[1], row[2]) for row in rows]
