"""The candidate files of one question, as arrays: which query term stands how often in which chunk of which file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from engrep.engine.forward import Forward, code_count, comment_count, qualified_count, unpack
from engrep.engine.store_search import BlobRow
from engrep.indexers.text import term_hash, word_terms, words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Ints = NDArray[np.int64]
    Number = TypeVar("Number", bound=np.generic)


@dataclass(frozen=True, slots=True)
class Pool:
    """Candidate files (F), their chunks (U), groups of chunks (G) and symbols (S), against the query's terms (T)."""

    rows: tuple[BlobRow, ...]
    terms: tuple[str, ...]
    code: Floats  # U × T counts
    comments: Floats  # U × T
    qualified: Floats  # U × T
    path: Floats  # F × T: in the folders once, in the file's name twice
    folders: Floats  # F × T
    code_lengths: Floats  # U
    comment_lengths: Floats  # U
    folder_lengths: Floats  # F
    unit_file: Ints  # U
    unit_group: Ints  # U
    unit_starts: Ints  # F: first chunk
    group_file: Ints  # G
    group_symbol: Ints  # G: the symbol's position in S, or -1
    named: Floats  # S × T: whether the term is in the symbol's name
    name_widths: Floats  # S
    symbol_file: Ints  # S
    symbol_unit: Ints  # S: the chunk that shows it
    symbol_starts: Ints  # F: position of the file's first symbol in S
    vectors: Floats | None  # U × dimensions, each a multiple of its vector


def gather(rows: Sequence[BlobRow], terms: Sequence[str], dimensions: int) -> Pool:
    """Unpack candidate files against a question's terms; a file without chunks is left out."""
    import numpy as np

    unpacked = [(row, unpack(row.terms)) for row in rows]
    kept = [(row, forward) for row, forward in unpacked if len(forward.groups)]
    forwards = [forward for _, forward in kept]
    n_units = [len(forward.groups) for forward in forwards]
    n_symbols = [len(forward.widths) for forward in forwards]
    n_groups = [len(forward.group_symbols) for forward in forwards]
    unit_starts, symbol_starts, group_starts = _starts(n_units), _starts(n_symbols), _starts(n_groups)
    hashes = np.array([term_hash(term) for term in terms], np.uint32)
    order = np.argsort(hashes)
    code, comments, qualified = _counts(forwards, unit_starts, sum(n_units), hashes, order)
    folders, path = _path_counts([row for row, _ in kept], terms)
    group_symbols = [forward.group_symbols.astype(np.int64) for forward in forwards]
    return Pool(
        rows=tuple(row for row, _ in kept),
        terms=tuple(terms),
        code=code,
        comments=comments,
        qualified=qualified,
        path=path,
        folders=folders,
        code_lengths=_joined([forward.code_lengths for forward in forwards], np.float32),
        comment_lengths=_joined([forward.comment_lengths for forward in forwards], np.float32),
        folder_lengths=np.array([max(row.path.count("/"), 1) for row, _ in kept], np.float32),
        unit_file=np.repeat(np.arange(len(kept)), n_units),
        unit_group=_joined(
            [f.groups.astype(np.int64) + s for f, s in zip(forwards, group_starts, strict=True)], np.int64
        ),
        unit_starts=unit_starts,
        group_file=np.repeat(np.arange(len(kept)), n_groups),
        group_symbol=_joined(
            [np.where(g == 65535, -1, g + s) for g, s in zip(group_symbols, symbol_starts, strict=True)],
            np.int64,
        ),
        named=_named(forwards, sum(n_symbols), hashes, order),
        name_widths=_joined([forward.widths for forward in forwards], np.float32),
        symbol_file=np.repeat(np.arange(len(kept)), n_symbols),
        symbol_unit=_joined(
            [
                np.minimum(f.places.astype(np.int64), n - 1) + s
                for f, s, n in zip(forwards, unit_starts, n_units, strict=True)
            ],
            np.int64,
        ),
        symbol_starts=symbol_starts,
        vectors=_vectors(kept, dimensions),
    )


def _starts(counts: Sequence[int]) -> Ints:
    import numpy as np

    return np.concatenate(([0], np.cumsum(counts)[:-1])).astype(np.int64) if counts else np.zeros(0, np.int64)


def _joined(arrays: Sequence[NDArray[Any]], dtype: type[Number]) -> NDArray[Number]:
    import numpy as np

    return np.concatenate(arrays).astype(dtype) if arrays else np.zeros(0, dtype)


def _matched(found: NDArray[np.uint32], hashes: NDArray[np.uint32], order: Ints) -> tuple[Ints, Ints]:
    """Return the positions in `found` that hold a query term, and which one."""
    import numpy as np

    at = np.searchsorted(hashes, found, sorter=order)
    at[at == len(hashes)] = 0
    term = order[at]
    positions = np.flatnonzero(hashes[term] == found)
    return positions, term[positions]


def _counts(
    forwards: Sequence[Forward],
    unit_starts: Ints,
    n_units: int,
    hashes: NDArray[np.uint32],
    order: Ints,
) -> tuple[Floats, Floats, Floats]:
    import numpy as np

    units, terms, tfs = [], [], []
    held = [len(forward.terms) for forward in forwards]
    positions, found = (
        _matched(np.concatenate([forward.terms for forward in forwards]), hashes, order)
        if forwards and len(hashes)
        else (np.zeros(0, np.int64),) * 2
    )
    offsets = np.cumsum([0, *held])
    bounds = np.searchsorted(positions, offsets)
    for at, (forward, start) in enumerate(zip(forwards, unit_starts, strict=True)):
        first, last = bounds[at], bounds[at + 1]
        if first == last:
            continue
        own = positions[first:last] - offsets[at]
        ends = np.cumsum(forward.counts, dtype=np.int64)
        counts = forward.counts[own].astype(np.int64)
        entries = np.repeat(ends[own] - counts, counts) + _ramp(counts)
        units.append(forward.units[entries].astype(np.int64) + start)
        terms.append(np.repeat(found[first:last], counts))
        tfs.append(forward.tfs[entries])
    shape = (n_units, len(hashes))
    result = (np.zeros(shape, np.float32), np.zeros(shape, np.float32), np.zeros(shape, np.float32))
    if units:
        unit, term, tf = np.concatenate(units), np.concatenate(terms), np.concatenate(tfs)
        for into, count in zip(result, (code_count, comment_count, qualified_count), strict=True):
            into[unit, term] = count(tf)
    return result


def _ramp(counts: Ints) -> Ints:
    """Return 0 … n-1 for each n: [2, 3] gives [0, 1, 0, 1, 2]."""
    import numpy as np

    ends = np.cumsum(counts)
    return np.arange(ends[-1]) - np.repeat(ends - counts, counts)


def _named(
    forwards: Sequence[Forward],
    n_symbols: int,
    hashes: NDArray[np.uint32],
    order: Ints,
) -> Floats:
    import numpy as np

    named = np.zeros((n_symbols, len(hashes)), np.float32)
    if len(hashes) and n_symbols:
        names = np.concatenate([forward.names for forward in forwards])
        owners = np.repeat(np.arange(n_symbols), np.concatenate([forward.widths for forward in forwards]))
        positions, term = _matched(names, hashes, order)
        named[owners[positions], term] = 1.0
    return named


def _path_counts(rows: Sequence[BlobRow], terms: Sequence[str]) -> tuple[Floats, Floats]:
    import numpy as np

    number = {term: at for at, term in enumerate(terms)}
    folders = np.zeros((len(rows), len(terms)), np.float32)
    path = np.zeros((len(rows), len(terms)), np.float32)
    for at, row in enumerate(rows):
        folder, _, name = row.path.rpartition("/")
        for text, into, weight in ((folder, folders, 1.0), (folder, path, 1.0), (name.split(".", 1)[0], path, 2.0)):
            for word in words(text):
                for term in word_terms(word):
                    if term in number:
                        into[at, number[term]] += weight
    return folders, path


def _vectors(kept: Sequence[tuple[BlobRow, Forward]], dimensions: int) -> Floats | None:
    if not dimensions or not kept:
        return None
    import numpy as np

    from engrep.engine.vectors import dequantise, quantise

    zero = quantise(np.zeros((1, dimensions), np.float32))
    stored = [row.vectors or zero * len(forward.groups) for row, forward in kept]
    return dequantise(b"".join(stored), dimensions)
