"""Count the terms of a file's chunks, all at once.

Words become numbers by one dictionary look-up each; from there on numpy counts. Counting in dictionaries, chunk by
chunk, took a third of an index run's CPU.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from engrep.indexers.text import term_hash, word_terms, words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MAX_WORDS = 200_000  # kept in the process; then the lexicon starts afresh, so that a huge tree cannot fill the memory
CODE, COMMENT, QUALIFIED = 0, 1, 2
_LIMITS = (15, 3, 3)
_SHIFTS = (0, 4, 6)


class Lexicon(dict[str, int]):
    """Words to numbers, and each number's terms."""

    def __init__(self) -> None:
        super().__init__()
        self.joined: list[str] = []  # each word's terms, blank separated
        self.hashes: list[tuple[int, ...]] = []

    def __missing__(self, word: str) -> int:
        """Assign the next number to a word that is met for the first time."""
        found = word_terms(word)
        self.joined.append(" ".join(found))
        self.hashes.append(tuple(map(term_hash, found)))
        number = self[word] = len(self.joined) - 1
        return number

    def numbers(self, text: str) -> list[int]:
        """Return the numbers of a text's words."""
        return list(map(self.__getitem__, words(text)))


class TermCounts(NamedTuple):
    """A file's counts, ready to be packed: see forward.py for the arrays."""

    terms: NDArray[np.uint32]
    counts: NDArray[np.uint16]
    units: NDArray[np.uint16]
    tfs: NDArray[np.uint8]
    code_lengths: NDArray[np.int64]
    comment_lengths: NDArray[np.int64]


def count_terms(lexicon: Lexicon, kinds: Sequence[Sequence[Sequence[int]]]) -> TermCounts:
    """Count terms from word numbers: three kinds of text (code, comments, qualified name), a list of words a chunk."""
    import numpy as np

    n_units = len(kinds[0])
    units_in_order = [unit for units in kinds for unit in units]
    lengths = np.array(list(map(len, units_in_order)), np.int64)
    flat = np.array(list(chain.from_iterable(units_in_order)), np.int64)
    distinct, inverse = np.unique(flat, return_inverse=True)
    hashes, spans = _terms_of(lexicon, distinct)
    place = np.repeat(np.arange(len(lengths)), lengths)
    per_word = spans[inverse]
    starts = np.cumsum(spans) - spans
    ends = np.cumsum(per_word)
    total = int(ends[-1]) if len(ends) else 0
    at = np.arange(total) - np.repeat(ends - per_word, per_word) + np.repeat(starts[inverse], per_word)
    place = np.repeat(place, per_word)
    kind, unit = np.divmod(place, max(n_units, 1))
    keys, times = np.unique((hashes[at] << np.uint64(32)) | (unit * 4 + kind).astype(np.uint64), return_counts=True)
    tf = np.minimum(times, np.array(_LIMITS)[(keys & np.uint64(3)).astype(np.int64)])
    tf <<= np.array(_SHIFTS)[(keys & np.uint64(3)).astype(np.int64)]
    pairs = keys >> np.uint64(2)
    first = np.flatnonzero(np.concatenate(([True], pairs[1:] != pairs[:-1]))) if len(pairs) else np.zeros(0, np.int64)
    entry_terms = (pairs[first] >> np.uint64(30)).astype(np.uint32)
    terms, counts = np.unique(entry_terms, return_counts=True)
    sums = np.bincount(place, minlength=3 * n_units)
    return TermCounts(
        terms=terms,
        counts=counts.astype(np.uint16),
        units=(pairs[first] & np.uint64(0x3FFFFFFF)).astype(np.uint16),
        tfs=np.add.reduceat(tf, first).astype(np.uint8) if len(first) else np.zeros(0, np.uint8),
        code_lengths=sums[:n_units],
        comment_lengths=sums[n_units : 2 * n_units],
    )


def _terms_of(lexicon: Lexicon, numbers: NDArray[np.int64]) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Return the hashes of these words' terms, word after word, and how many each word has."""
    import numpy as np

    spans = list(map(lexicon.hashes.__getitem__, numbers.tolist()))
    return np.array(list(chain.from_iterable(spans)), np.uint64), np.array(list(map(len, spans)), np.int64)
