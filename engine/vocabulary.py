"""Number words, and keep what each stands for in flat arrays, so that numpy can do a whole file's words at once."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from engrep.indexers.text import MARK, marked_words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MAX_WORDS = 200_000  # kept in the process; then a vocabulary starts afresh, so that a huge tree cannot fill the memory


class Vocabulary(dict[str, int]):
    """Words to numbers, and each number's meanings; a subclass says what a word's are. For one thread at a time."""

    def __init__(self) -> None:
        super().__init__()
        self._meanings, self._starts, self._widths = array("i"), array("i"), array("i")

    def meanings_of(self, word: str) -> Iterable[int]:
        """Return the meanings of a word that is met for the first time."""
        raise NotImplementedError

    def __missing__(self, word: str) -> int:
        """Assign the next number to a word that is met for the first time."""
        start = len(self._meanings)
        self._meanings.extend(self.meanings_of(word))
        self._starts.append(start)
        self._widths.append(len(self._meanings) - start)
        number = self[word] = len(self._starts) - 1
        return number

    def numbers(self, words: Iterable[str]) -> NDArray[np.int64]:
        """Return the numbers of some words."""
        import numpy as np

        return np.array(list(map(self.__getitem__, words)), np.int64)

    def numbers_in(self, texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the place of each word's text among the texts, and its number; a MARK is such a word, without meanings."""
        import numpy as np

        numbers = self.numbers(marked_words(texts))
        return np.cumsum(numbers == self[MARK]), numbers

    def meanings(self, numbers: NDArray[np.int64]) -> tuple[NDArray[np.intc], NDArray[np.intc]]:
        """Return the meanings of the words of these numbers, word after word, and how many each word has."""
        import numpy as np

        # No view of an array may outlive its line: while one looks at an array it cannot grow.
        widths = np.frombuffer(self._widths, np.intc)[numbers]
        starts = np.frombuffer(self._starts, np.intc)[numbers]
        ends = np.cumsum(widths)
        at = np.arange(ends[-1] if len(ends) else 0) + np.repeat(starts - (ends - widths), widths)
        return np.frombuffer(self._meanings, np.intc)[at], widths


def firsts(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return where each run of equal values starts."""
    import numpy as np

    starts = np.ones(len(values), np.bool_)
    np.not_equal(values[1:], values[:-1], out=starts[1:])
    return np.flatnonzero(starts)


def gaps(first: NDArray[np.int64], total: int) -> NDArray[np.int64]:
    """Return the length of each run, from where the runs start."""
    import numpy as np

    ends = np.empty_like(first)
    ends[:-1] = first[1:]
    ends[-1:] = total
    return ends - first
