"""Cut texts into the tokens of a static model: parts of identifiers, known pieces of others, characters of Chinese."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from engrep.engine.vocabulary import Vocabulary
from engrep.indexers.text import CJK, split_identifier

_MAX_PARTS = 16
_MAX_PIECES = 6
_MAX_PIECE = 20
_MAX_RUN = 200  # characters of an unbroken run of CJK


class TokenRows(Vocabulary):
    """The words that this process has met, each with the rows of its tokens in a model's table."""

    def __init__(self, rows: Mapping[str, int]) -> None:
        super().__init__()
        self._rows = rows

    def meanings_of(self, word: str) -> list[int]:
        """Return the rows of a word's tokens: of its parts, or of the longest known pieces of each."""
        if not word.isascii() and CJK.search(word):
            return self._of_cjk(word)
        return [row for part in split_identifier(word)[:_MAX_PARTS] for row in self._pieces(part)]

    def _of_cjk(self, word: str) -> list[int]:
        """Return the rows of each character and each two neighbours of a run, and of the words between runs.

        No dictionary says where Chinese words begin; the model learns which two characters belong together.
        """
        runs = [run[:_MAX_RUN] for run in CJK.findall(word)]
        tokens = [token for run in runs for token in (*run, *map("".join, pairwise(run)))]
        known = [row for token in tokens if (row := self._rows.get(token)) is not None]
        return [*known, *[row for part in CJK.sub(" ", word).split() for row in self.meanings_of(part)]]

    def _pieces(self, part: str) -> Sequence[int]:
        known = self._rows.get(part)
        if known is not None:
            return (known,)
        rows: list[int] = []
        start = 0
        while start < len(part) and len(rows) < _MAX_PIECES:
            for end in range(min(len(part), start + _MAX_PIECE), start, -1):
                row = self._rows.get(part[start:end])
                if row is not None and (end - start > 1 or len(part) <= 2):
                    rows.append(row)
                    break
            else:
                end = start + 1
            start = end
        return rows
