"""What following anchors asks the code index: symbols at a place, by name, by body; and the verdicts kept there."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from engrep.engine.db import Connection, only_row
from engrep.engine.details import HASHES, hashes_at, unpack_details
from engrep.engine.memory_types import Anchor
from engrep.indexers.facts import KINDS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Spot(NamedTuple):
    """A symbol of the index, as anchors are compared with it; hashes are written as in anchors."""

    symbol_id: int
    qualified_name: str
    path: str
    kind: str
    start_line: int
    end_line: int
    blob_id: int
    file: bytes  # hash of its file
    at: int  # its position among the file's symbols
    of: int  # how many they are
    signature_hash: str
    body_hash: str


class Verdict(NamedTuple):
    """What became of an anchor in one index, and where it is there."""

    state: str
    qualified_name: str = ""
    path: str = ""
    signature: str = ""  # as it is declared now
    file: bytes = b""
    spot: Spot | None = None  # None where only the kept verdict is known


def anchor_key(anchor: Anchor) -> str:
    """Return what stands for all that an anchor says of its place."""
    said = (anchor.kind, anchor.qualified_name, anchor.path, anchor.signature_hash, anchor.body_hash)
    return hashlib.blake2b("\0".join(said).encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


def place_number(path: str, qualified_name: str) -> int:
    """Return the 32 bits that stand for a place."""
    return zlib.crc32(f"{path}\0{qualified_name}".encode("utf-8", "surrogatepass"))


_SPOTS = (
    "SELECT s.id, b.module || s.local_name, b.path, s.kind, s.start_line, s.end_line, b.id, b.hash, s.id - b.symbol_id, "
    "b.symbols, substr(d.details, 1 + (s.id - b.symbol_id) * 8, 8) FROM symbol s JOIN blob b ON b.id = s.blob_id "
    "JOIN blob_details d ON d.blob_id = b.id "
)


def _spot(row: tuple[Any, ...]) -> Spot:
    signature, body = HASHES.unpack(row[10])
    return Spot._make((*row[:3], KINDS[row[3]], *row[4:10], f"{signature:08x}", f"{body:08x}"))


def spots_in(connection: Connection, paths: Iterable[str], names: Collection[str] | None = None) -> Iterator[Spot]:
    """Yield the symbols of some files, all or those of some qualified names."""
    files: list[tuple[Any, ...]] = connection.execute(
        "SELECT b.id, b.path, b.hash, b.module, b.symbol_id, b.symbols, substr(d.details, 1, b.symbols * 8) "
        "FROM json_each(?) AS wanted JOIN file f ON f.path = wanted.value JOIN blob b ON b.id = f.blob_id "
        "JOIN blob_details d ON d.blob_id = b.id",
        (json.dumps(sorted(set(paths))),),
    ).fetchall()
    for blob_id, path, file, module, first, count, hashes in files:
        rows: list[tuple[Any, ...]] = connection.execute(
            "SELECT id, local_name, kind, start_line, end_line FROM symbol WHERE id >= ? AND id < ? ORDER BY id",
            (first, first + count),
        ).fetchall()
        for symbol_id, local, kind, start, end in rows:
            if names is None or module + local in names:
                at = symbol_id - first
                yield Spot(
                    symbol_id, module + local, path, KINDS[kind], start, end, blob_id, file, at, count,
                    *(f"{value:08x}" for value in hashes_at(hashes, at)),
                )  # fmt: skip


def spots_named(connection: Connection, name: str, limit: int) -> list[Spot]:
    """Return the symbols that bear a name."""
    rows = connection.execute(
        f"{_SPOTS} WHERE s.name_id IN (SELECT id FROM name WHERE text = ?) ORDER BY b.path, s.id LIMIT ?", (name, limit)
    )
    return list(map(_spot, rows))


def spots_by_id(connection: Connection, symbol_ids: Iterable[int]) -> list[Spot]:
    """Return symbols by their ids."""
    ids = json.dumps(list(symbol_ids))
    rows = connection.execute(f"{_SPOTS} WHERE s.id IN (SELECT value FROM json_each(?)) ORDER BY b.path, s.id", (ids,))
    return list(map(_spot, rows))


def bodies(connection: Connection) -> tuple[NDArray[np.int64], NDArray[np.uint32]]:
    """Return the id and the body hash of every symbol; only the hashes at the front of each file's details are looked at."""
    import numpy as np

    rows: list[tuple[Any, ...]] = connection.execute(
        "SELECT b.symbol_id, b.symbols, substr(d.details, 1, b.symbols * 8) FROM blob b "
        "JOIN blob_details d ON d.blob_id = b.id WHERE b.symbols"
    ).fetchall()
    counts = np.array([row[1] for row in rows], np.int64)
    firsts = np.array([row[0] for row in rows], np.int64)
    before = np.cumsum(counts) - counts
    ids = np.repeat(firsts - before, counts) + np.arange(int(counts.sum()))
    return ids, np.frombuffer(b"".join(row[2] for row in rows), "<u4")[1::2]


def signature_of(connection: Connection, spot: Spot) -> str:
    """Return what a symbol is declared as."""
    packed = only_row(connection, "SELECT details FROM blob_details WHERE blob_id = ?", (spot.blob_id,))[0]
    return unpack_details(packed, spot.at, spot.of).signature


def file_hashes(connection: Connection, paths: Iterable[str]) -> dict[str, bytes]:
    """Return the content hash of each of these files that is indexed."""
    rows = connection.execute(
        "SELECT f.path, b.hash FROM json_each(?) AS wanted JOIN file f ON f.path = wanted.value "
        "JOIN blob b ON b.id = f.blob_id",
        (json.dumps(sorted(set(paths))),),
    )
    return dict(rows)


def files_holding(connection: Connection, hashes: Collection[bytes]) -> dict[bytes, list[str]]:
    """Return the files by their content, for these contents."""
    found: dict[bytes, list[str]] = {}
    rows = connection.execute(
        "SELECT b.hash, b.path FROM json_each(?) AS wanted JOIN blob b ON hex(b.hash) = wanted.value ORDER BY b.path",
        (json.dumps([each.hex().upper() for each in hashes]),),
    )
    for file, path in rows if hashes else ():
        found.setdefault(file, []).append(path)
    return found


def modules(connection: Connection) -> list[tuple[str, str]]:
    """Return the path and the module of every file."""
    return [(row[0], row[1]) for row in connection.execute("SELECT path, module FROM blob ORDER BY path")]


def kept_verdicts(connection: Connection) -> dict[str, Verdict]:
    """Return what the last run found, by anchor."""
    rows = connection.execute("SELECT anchor, state, qualified_name, path, signature, hash FROM followed")
    return {row[0]: Verdict(*row[1:]) for row in rows}


def verdicts_of(connection: Connection, keys: Collection[str]) -> dict[str, Verdict]:
    """Return what the last run found of some anchors."""
    rows = connection.execute(
        "SELECT f.anchor, f.state, f.qualified_name, f.path, f.signature, f.hash FROM json_each(?) AS wanted "
        "JOIN followed f ON f.anchor = wanted.value",
        (json.dumps(list(keys)),),
    )
    return {row[0]: Verdict(*row[1:]) for row in rows}


def keep_verdicts(connection: Connection, found: Mapping[str, Verdict], gone: Iterable[str]) -> None:
    """Keep what a run found, and drop what nothing is tied to any more."""
    connection.executemany("DELETE FROM followed WHERE anchor = ?", [(key,) for key in gone])
    connection.executemany(
        "INSERT OR REPLACE INTO followed VALUES (?, ?, ?, ?, ?, ?)",
        [(key, each.state, each.qualified_name, each.path, each.signature, each.file) for key, each in found.items()],
    )
