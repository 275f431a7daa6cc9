"""What of a file's symbols is only shown or compared, in one compact value a file.

    uint32 ×2      for each symbol the lower halves of its signature's and its body's hash
    deflated JSON  [signatures, docs]

In columns it took a tenth of the database.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from typing import NamedTuple

from engrep.engine.packed import deflate, inflate
from engrep.indexers.facts import Symbol

SHOWN_DOC = 400  # characters of a doc that are kept
HASHES = struct.Struct("<2I")
_LOWER = 0xFFFFFFFF


class Details(NamedTuple):
    """What of a symbol is only shown or compared; the hashes are unsigned 32 bits."""

    signature: str
    doc: str
    signature_hash: int
    body_hash: int


def pack_details(symbols: Sequence[Symbol]) -> bytes:
    """Pack the details of a file's symbols."""
    columns = [symbol.signature for symbol in symbols], [symbol.doc[:SHOWN_DOC] for symbol in symbols]
    text = json.dumps(columns, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass")
    hashes = (HASHES.pack(symbol.signature_hash & _LOWER, symbol.body_hash & _LOWER) for symbol in symbols)
    return b"".join((*hashes, deflate(text)))


def hashes_at(packed: bytes, at: int) -> tuple[int, int]:
    """Read the hashes of a symbol's signature and body; what comes after the hashes may be cut off."""
    signature, body = HASHES.unpack_from(packed, at * HASHES.size)
    return signature, body


def unpack_details(packed: bytes, at: int, count: int) -> Details:
    """Read the details of one of a file's `count` symbols."""
    signatures, docs = _columns(packed, count)
    return Details(signatures[at], docs[at], *hashes_at(packed, at))


def texts_of(packed: bytes, count: int) -> list[str]:
    """Return what a file's symbols are declared as and documented with."""
    signatures, docs = _columns(packed, count)
    return [*signatures, *docs]


def _columns(packed: bytes, count: int) -> tuple[list[str], list[str]]:
    signatures, docs = json.loads(inflate(packed, count * HASHES.size).decode("utf-8", "surrogatepass"))
    return signatures, docs
