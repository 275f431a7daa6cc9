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
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_HEADER = struct.Struct("<6I")
_MAX_CODE, _MAX_COMMENT, _MAX_QUALIFIED, _MAX_16 = 255, 63, 3, 65535
NO_SYMBOL = _MAX_16

IS_TYPE, IS_TOP_LEVEL, IS_CALLABLE, HAS_BODY, IS_LONG = 1, 2, 4, 8, 16


class UnitTerms(NamedTuple):
    """One chunk's counts, term hash → times, and the group it belongs to."""

    code: dict[int, int]
    comments: dict[int, int]
    qualified: dict[int, int]
    group: int


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


def pack(units: Sequence[UnitTerms], symbols: Sequence[NameTerms], group_symbols: Sequence[int]) -> bytes:
    """Pack a file's counts; more than 65,535 chunks or symbols in one file are cut."""
    import numpy as np

    units, symbols = units[:_MAX_16], symbols[: _MAX_16 - 1]
    entries: dict[int, list[tuple[int, int]]] = {}
    for at, unit in enumerate(units):
        for term, tf in _merged(unit).items():
            entries.setdefault(term, []).append((at, tf))
    ordered = sorted(entries)
    flat = [entry for term in ordered for entry in entries[term]]
    names = [(term, at) for at, symbol in enumerate(symbols) for term in symbol.hashes]
    arrays = (
        np.array(ordered, np.uint32),
        np.array([len(entries[term]) for term in ordered], np.uint16),
        np.array([unit for unit, _ in flat], np.uint16),
        np.array([tf for _, tf in flat], np.uint16),
        _lengths(unit.code for unit in units),
        _lengths(unit.comments for unit in units),
        np.array([unit.group for unit in units], np.uint16),
        np.array([term for term, _ in names], np.uint32),
        np.array([at for _, at in names], np.uint16),
        np.array([min(len(symbol.hashes), 255) for symbol in symbols], np.uint8),
        np.array([min(symbol.chunk, _MAX_16) for symbol in symbols], np.uint16),
        np.array([symbol.flags for symbol in symbols], np.uint8),
        np.array([NO_SYMBOL if symbol < 0 else min(symbol, NO_SYMBOL) for symbol in group_symbols], np.uint16),
    )
    header = _HEADER.pack(len(ordered), len(flat), len(units), len(names), len(symbols), len(group_symbols))
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
    return tfs & _MAX_CODE


def comment_count(tfs: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """Return how often the term stands in the comments, from packed counts."""
    return (tfs >> 8) & _MAX_COMMENT


def qualified_count(tfs: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """Return how often the term stands in the qualified name, from packed counts."""
    return tfs >> 14


def _merged(unit: UnitTerms) -> dict[int, int]:
    merged = {term: min(count, _MAX_CODE) for term, count in unit.code.items()}
    for term, count in unit.comments.items():
        merged[term] = merged.get(term, 0) | (min(count, _MAX_COMMENT) << 8)
    for term, count in unit.qualified.items():
        merged[term] = merged.get(term, 0) | (min(count, _MAX_QUALIFIED) << 14)
    return merged


def _lengths(counts: Iterable[dict[int, int]]) -> NDArray[np.uint16]:
    import numpy as np

    return np.array([min(sum(count.values()), _MAX_16) for count in counts], np.uint16)
