"""A file's term counts in one compact blob, which the scorer reads instead of the text.

    header   uint32 ×6   distinct terms, entries, chunks, names, symbols, groups
    low, high            hash of each distinct term, ascending: 24 bits as uint16 and uint8
    counts   uint8|16    entries of each term
    units    uint8|16    for each entry the chunk's position in the file
    tfs      uint8       for each entry code count (4 bits), comment count (2), in the qualified name (2)
    lengths  uint16 ×2   for each chunk its code and its comment length in terms
    groups   uint16      for each chunk its group: chunks of one function, the rest of a class, of the module
    low, high            hash of each term of each symbol's name
    widths   uint8       for each symbol how many terms its name has
    places   uint16      for each symbol the chunk that shows it
    group_symbols uint16 for each group its symbol's position, or 65535

Positions and counts are single bytes in a file of fewer than 256 chunks, which nearly all are. Counts are cut at 15, 3
and 3: BM25 saturates long before, and a code count of 15 is within 7 % of what any larger one scores. All but the header
is deflated, which spares a third; a process that searches again keeps what it has unpacked.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from engrep.engine.packed import deflate, inflate

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from engrep.engine.counting import TermCounts

_HEADER = struct.Struct("<6I")
_MAX_8, _MAX_16 = 255, 65535
NO_SYMBOL = _MAX_16
_KEPT = 2048  # unpacked files; about 20 MB
MAX_PLACES = _MAX_16 - 1  # symbols or chunks that a file may have


class NameTerms(NamedTuple):
    """The symbols' names: the hashes of their terms, how many each has, and the chunk that shows each symbol."""

    hashes: NDArray[np.int64]
    widths: NDArray[np.intc]  # a word gives fewer than 256 terms, see `indexers.text.MAX_WORD`
    chunks: NDArray[np.int64]


class Forward(NamedTuple):
    """One file's term counts, unpacked; see the module's docstring for each array."""

    terms: NDArray[np.uint32]
    counts: NDArray[np.uint8 | np.uint16]
    units: NDArray[np.uint8 | np.uint16]
    tfs: NDArray[np.uint8]
    code_lengths: NDArray[np.uint16]
    comment_lengths: NDArray[np.uint16]
    groups: NDArray[np.uint16]
    names: NDArray[np.uint32]
    widths: NDArray[np.uint8]
    places: NDArray[np.uint16]
    group_symbols: NDArray[np.uint16]


def pack(counted: TermCounts, groups: Sequence[int], names: NameTerms, group_symbols: Sequence[int]) -> bytes:
    """Pack a file's counts; it must have at most MAX_PLACES chunks and symbols."""
    import numpy as np

    small = _position_type(len(groups))
    arrays = (
        *_split_hashes(counted.terms),
        counted.counts.astype(small),
        counted.units.astype(small),
        counted.tfs.astype(np.uint8),
        np.minimum(counted.code_lengths, _MAX_16).astype(np.uint16),
        np.minimum(counted.comment_lengths, _MAX_16).astype(np.uint16),
        np.array(groups, np.uint16),
        *_split_hashes(names.hashes),
        names.widths.astype(np.uint8),
        names.chunks.astype(np.uint16),
        np.array([NO_SYMBOL if symbol < 0 else symbol for symbol in group_symbols], np.uint16),
    )
    header = _HEADER.pack(
        len(counted.terms),
        len(counted.units),
        len(groups),
        len(names.hashes),
        len(names.widths),
        len(group_symbols),
    )
    return header + deflate(b"".join(array.tobytes() for array in arrays))


@lru_cache(maxsize=_KEPT)
def unpack(blob: bytes) -> Forward:
    """Read what `pack` wrote; the arrays are not to be written to."""
    import numpy as np

    packed = inflate(blob, _HEADER.size)
    terms, entries, units, names, symbols, groups = _HEADER.unpack_from(blob)
    small = _position_type(units)
    shape = (
        (np.uint16, terms), (np.uint8, terms), (small, terms), (small, entries), (np.uint8, entries),
        (np.uint16, units), (np.uint16, units), (np.uint16, units),
        (np.uint16, names), (np.uint8, names), (np.uint8, symbols), (np.uint16, symbols), (np.uint16, groups),
    )  # fmt: skip
    arrays: list[NDArray[Any]] = []
    at = 0
    for dtype, count in shape:
        array = np.frombuffer(packed, dtype, count, at)
        arrays.append(array)
        at += array.nbytes
    low, high, counts, positions, tfs, code, comments, group, name_low, name_high, widths, places, group_symbols = (
        arrays
    )
    return Forward(
        _joined_hashes(low, high), counts, positions, tfs, code, comments, group,
        _joined_hashes(name_low, name_high), widths, places, group_symbols,
    )  # fmt: skip


def _position_type(n_units: int) -> type[np.uint8 | np.uint16]:
    import numpy as np

    return np.uint8 if n_units <= _MAX_8 else np.uint16


def _split_hashes(hashes: NDArray[np.int64]) -> tuple[NDArray[np.uint16], NDArray[np.uint8]]:
    import numpy as np

    return (hashes & _MAX_16).astype(np.uint16), (hashes >> 16).astype(np.uint8)


def _joined_hashes(low: NDArray[np.uint16], high: NDArray[np.uint8]) -> NDArray[np.uint32]:
    import numpy as np

    return low.astype(np.uint32) | (high.astype(np.uint32) << np.uint32(16))


def code_count(tfs: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return how often the term stands in the code, from packed counts."""
    import numpy as np

    return tfs & np.uint8(15)


def comment_count(tfs: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return how often the term stands in the comments, from packed counts."""
    import numpy as np

    return (tfs >> np.uint8(4)) & np.uint8(3)


def qualified_count(tfs: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return how often the term stands in the qualified name, from packed counts."""
    import numpy as np

    return tfs >> np.uint8(6)
