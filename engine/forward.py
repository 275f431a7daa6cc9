"""A file's term counts in one compact blob, which the scorer reads instead of the text.

    header   uint32 ×6   distinct terms, entries, units, names, symbols, groups
    terms    uint32      hash of each distinct term, ascending
    counts   uint16      entries of each term
    units    uint16      for each entry the chunk's position in the file
    tfs      uint16      for each entry code count (8 bits), comment count (6), in the qualified name (2)
    lengths  uint16 ×2   for each chunk its code and its comment length in terms
    groups   uint16      for each chunk its group: chunks of one function, the rest of a class, of the module
    names    uint32      hash of each term of each symbol's name
    owners   uint16      the symbol each of those belongs to
    widths   uint8       for each symbol how many terms its name has
    places   uint16      for each symbol the chunk that shows it
    flags    uint8       for each symbol: 1 type, 2 top level, 4 callable, 8 more than a line, 16 long
    groups_of uint16     for each group its symbol's position, or 65535
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from engrep.engine.counting import TermCounts

_HEADER = struct.Struct("<6I")
_MAX_16 = 65535
NO_SYMBOL = _MAX_16

IS_TYPE, IS_TOP_LEVEL, IS_CALLABLE, HAS_BODY, IS_LONG = 1, 2, 4, 8, 16


class NameTerms(NamedTuple):
    """One symbol's name: the hashes of its terms, the chunk that shows it, its flags."""

    hashes: tuple[int, ...]
    chunk: int
    flags: int


class Forward(NamedTuple):
    """One file's term counts, unpacked; see the module's docstring for each array."""

    terms: NDArray[np.uint32]
    counts: NDArray[np.uint16]
    units: NDArray[np.uint16]
    tfs: NDArray[np.uint16]
    code_lengths: NDArray[np.uint16]
    comment_lengths: NDArray[np.uint16]
    groups: NDArray[np.uint16]
    names: NDArray[np.uint32]
    owners: NDArray[np.uint16]
    widths: NDArray[np.uint8]
    places: NDArray[np.uint16]
    flags: NDArray[np.uint8]
    group_symbols: NDArray[np.uint16]


def pack(counted: TermCounts, groups: Sequence[int], symbols: Sequence[NameTerms], group_symbols: Sequence[int]) -> bytes:
    """Pack a file's counts; the callers see to it that a file has fewer than 65,535 chunks and symbols."""
    import numpy as np

    names = [(term, at) for at, symbol in enumerate(symbols) for term in symbol.hashes]
    arrays = (
        counted.terms,
        counted.counts,
        counted.units,
        counted.tfs,
        np.minimum(counted.code_lengths, _MAX_16).astype(np.uint16),
        np.minimum(counted.comment_lengths, _MAX_16).astype(np.uint16),
        np.array(groups, np.uint16),
        np.array([term for term, _ in names], np.uint32),
        np.array([at for _, at in names], np.uint16),
        np.array([min(len(symbol.hashes), 255) for symbol in symbols], np.uint8),
        np.array([symbol.chunk for symbol in symbols], np.uint16),
        np.array([symbol.flags for symbol in symbols], np.uint8),
        np.array([NO_SYMBOL if symbol < 0 else symbol for symbol in group_symbols], np.uint16),
    )
    header = _HEADER.pack(
        len(counted.terms), len(counted.units), len(groups), len(names), len(symbols), len(group_symbols),
    )
    return header + b"".join(array.tobytes() for array in arrays)


def unpack(blob: bytes) -> Forward:
    """Read what `pack` wrote, without copying."""
    import numpy as np

    terms, entries, units, names, symbols, groups = _HEADER.unpack_from(blob)
    shape = (
        (np.uint32, terms), (np.uint16, terms), (np.uint16, entries), (np.uint16, entries),
        (np.uint16, units), (np.uint16, units), (np.uint16, units),
        (np.uint32, names), (np.uint16, names),
        (np.uint8, symbols), (np.uint16, symbols), (np.uint8, symbols), (np.uint16, groups),
    )  # fmt: skip
    arrays = []
    at = _HEADER.size
    for dtype, count in shape:
        array = np.frombuffer(blob, dtype, count, at)
        arrays.append(array)
        at += array.nbytes
    return Forward(*arrays)


def code_count(tfs: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """Return how often the term stands in the code, from packed counts."""
    return tfs & 255


def comment_count(tfs: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """Return how often the term stands in the comments, from packed counts."""
    return (tfs >> 8) & 63


def qualified_count(tfs: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """Return how often the term stands in the qualified name, from packed counts."""
    return tfs >> 14
