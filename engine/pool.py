"""The candidate files of one question, as arrays: which query term stands how often in which chunk of which file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from engrep.engine.forward import NO_SYMBOL, Forward, code_count, comment_count, qualified_count, unpack
from engrep.engine.packed import PackedError
from engrep.engine.store_search import BlobRow
from engrep.engine.vectors import Asked, cosines, put_together
from engrep.indexers.text import term_hash, terms

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
    cosines: Floats | None  # U: of the question and each chunk
    sum_lengths: Floats  # F: of the sum of the file's vectors, 0 where it has none


def gather(rows: Sequence[BlobRow], asked: Sequence[str], question: Asked | None) -> Pool:
    """Unpack candidate files against a question's terms; a file without chunks is left out."""
    import numpy as np

    unpacked = [(row, unpack(row.terms)) for row in rows]
    kept = [(row, forward) for row, forward in unpacked if len(forward.groups)]
    forwards = [forward for _, forward in kept]
    n_units = [len(forward.groups) for forward in forwards]
    n_symbols = [len(forward.widths) for forward in forwards]
    n_groups = [len(forward.group_symbols) for forward in forwards]
    unit_starts, symbol_starts, group_starts = _starts(n_units), _starts(n_symbols), _starts(n_groups)
    unit_ends = unit_starts + np.array(n_units, np.int64)
    hashes = np.array([term_hash(term) for term in asked], np.uint32)
    order = np.argsort(hashes)
    code, comments, qualified = _counts(forwards, unit_starts, sum(n_units), hashes, order)
    folders, path = _path_counts([row for row, _ in kept], asked)
    symbols = _joined([forward.group_symbols for forward in forwards], np.int64)
    places = _joined([forward.places for forward in forwards], np.int64)
    return Pool(
        rows=tuple(row for row, _ in kept),
        terms=tuple(asked),
        code=code,
        comments=comments,
        qualified=qualified,
        path=path,
        folders=folders,
        code_lengths=_joined([forward.code_lengths for forward in forwards], np.float32),
        comment_lengths=_joined([forward.comment_lengths for forward in forwards], np.float32),
        folder_lengths=np.array([max(row.path.count("/"), 1) for row, _ in kept], np.float32),
        unit_file=np.repeat(np.arange(len(kept)), n_units),
        unit_group=_joined([forward.groups for forward in forwards], np.int64) + np.repeat(group_starts, n_units),
        unit_starts=unit_starts,
        group_file=np.repeat(np.arange(len(kept)), n_groups),
        group_symbol=np.where(symbols == NO_SYMBOL, -1, symbols + np.repeat(symbol_starts, n_groups)),
        named=_named(forwards, sum(n_symbols), hashes, order),
        name_widths=_joined([forward.widths for forward in forwards], np.float32),
        symbol_file=np.repeat(np.arange(len(kept)), n_symbols),
        symbol_unit=np.minimum(places + np.repeat(unit_starts, n_symbols), np.repeat(unit_ends - 1, n_symbols)),
        symbol_starts=symbol_starts,
        cosines=None if question is None else _cosines(kept, n_units, question),
        sum_lengths=np.array([row.length or 0.0 for row, _ in kept], np.float32),
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
    """Look the query's terms up in all files at once: file by file numpy's calls cost more than their work."""
    import numpy as np

    shape = (n_units, len(hashes))
    result = (np.zeros(shape, np.float32), np.zeros(shape, np.float32), np.zeros(shape, np.float32))
    if not forwards or not len(hashes):
        return result
    positions, found = _matched(np.concatenate([forward.terms for forward in forwards]), hashes, order)
    counts = np.concatenate([forward.counts for forward in forwards]).astype(np.int64)
    own = counts[positions]
    if not own.sum():
        return result
    entries = np.repeat((np.cumsum(counts) - counts)[positions], own) + _ramp(own)
    file_ends = np.cumsum([len(forward.units) for forward in forwards])
    starts = unit_starts[np.searchsorted(file_ends, entries, side="right")]
    unit = np.concatenate([forward.units for forward in forwards])[entries] + starts
    tf = np.concatenate([forward.tfs for forward in forwards])[entries]
    term = np.repeat(found, own)
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


def _path_counts(rows: Sequence[BlobRow], asked: Sequence[str]) -> tuple[Floats, Floats]:
    import numpy as np

    number = {term: at for at, term in enumerate(asked)}
    folders = np.zeros((len(rows), len(asked)), np.float32)
    path = np.zeros((len(rows), len(asked)), np.float32)
    for at, row in enumerate(rows):
        for term, in_folders, in_path in _path_terms(row.path):
            if term in number:
                folders[at, number[term]] = in_folders
                path[at, number[term]] = in_path
    return folders, path


@lru_cache(maxsize=8192)
def _path_terms(path: str) -> tuple[tuple[str, float, float], ...]:
    """Return the terms of a path, how often each is in its folders, and that again with those of its name twice."""
    folder, _, name = path.rpartition("/")
    of_folders = Counter(terms(folder))
    of_name = Counter(terms(name.split(".", 1)[0]))
    return tuple(
        (term, float(of_folders[term]), of_folders[term] + 2.0 * of_name[term]) for term in of_folders | of_name
    )


def _cosines(kept: Sequence[tuple[BlobRow, Forward]], n_units: Sequence[int], question: Asked) -> Floats | None:
    """Return the cosine of every chunk, zeros in files that have not been embedded; None where none has."""
    import numpy as np

    has_vectors = np.array([row.vectors is not None for row, _ in kept], np.bool_)
    if not has_vectors.any():
        return None
    records = put_together((row.widths or b"", row.vectors) for row, _ in kept if row.vectors is not None)
    is_embedded = np.repeat(has_vectors, n_units)
    if len(records.widths) != is_embedded.sum():
        message = "a file has other vectors than chunks"
        raise PackedError(message)
    found = np.zeros(len(is_embedded), np.float32)
    found[is_embedded] = cosines(question, records)
    return found
