"""Turn short texts into vectors; the seam behind which every embedding model stands.

The model at hand is a static one: a table of token vectors, a text is their weighted sum. `ENGREP_MODEL` names its
file; without one there is no dense lane, and everything else works the same.
"""

from __future__ import annotations

import hashlib
import math
import os
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from zipfile import BadZipFile

from engrep.engine.errors import StateError
from engrep.indexers.text import split_identifier, words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MODEL_VARIABLE = "ENGREP_MODEL"
MAX_CACHED = 200_000  # words; a huge tree must not fill the memory
_MAX_PIECES = 6
_MAX_PIECE = 20


class Embedder(Protocol):
    """A model that embeds texts; the same one must serve the index and the question."""

    identity: str  # name and content hash: vectors of two identities never mix
    dimensions: int

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one unit vector a text, shape (len(texts), dimensions); a text without known words gives zeros."""
        ...


def default_embedder() -> Embedder | None:
    """Return the configured model, or None when there is none.

    Raises:
        StateError: the configured file is missing or is no model.

    """
    path = os.environ.get(MODEL_VARIABLE)
    return load_static(path) if path else None


@lru_cache(maxsize=2)
def load_static(path: str) -> StaticEmbedder:
    """Read a static model: an .npz with `vocab`, `q`, `scale` and `bits`, int8 or two int4 a byte."""
    import numpy as np

    try:
        data = Path(path).read_bytes()
        with np.load(path) as stored:
            vocabulary = bytes(stored["vocab"]).decode().split("\n")
            rows, scale, bits = stored["q"], stored["scale"], int(stored["bits"])
    except (OSError, EOFError, KeyError, TypeError, ValueError, BadZipFile) as exc:
        message = f"{path} is no embedding model that engrep can read ({exc}); check {MODEL_VARIABLE}"
        raise StateError(message) from exc
    if bits == 4:
        unpacked = np.empty((rows.shape[0], rows.shape[1] * 2), np.int8)
        unpacked[:, 0::2] = (rows & 15).astype(np.int8) - 8
        unpacked[:, 1::2] = (rows >> 4).astype(np.int8) - 8
        rows = unpacked
    table = rows.astype(np.float32) * scale.astype(np.float32)[:, None]
    digest = hashlib.blake2b(data, digest_size=8).hexdigest()
    return StaticEmbedder(f"{Path(path).stem}-{digest}", vocabulary, table)


class StaticEmbedder:
    """Token vectors summed with weight sqrt(count): thousands of texts a second on one core."""

    def __init__(self, identity: str, vocabulary: Sequence[str], table: NDArray[np.float32]) -> None:
        self.identity = identity
        self.dimensions = int(table.shape[1])
        self._table = table
        self._row = {word: row for row, word in enumerate(vocabulary)}
        self._cache: dict[str, tuple[int, ...]] = {}

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one unit vector a text."""
        import numpy as np

        vectors = np.zeros((len(texts), self.dimensions), np.float32)
        for at, text in enumerate(texts):
            counts = self._token_counts(text)
            if counts:
                weights = np.fromiter(map(math.sqrt, counts.values()), np.float32, len(counts))
                with np.errstate(invalid="ignore"):  # see `signals.product`
                    vectors[at] = weights @ self._table[list(counts)]
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        return (vectors / np.where(norms == 0.0, 1.0, norms)).astype(np.float32, copy=False)

    def _token_counts(self, text: str) -> Counter[int]:
        counts: Counter[int] = Counter()
        cache = self._cache
        for word, count in Counter(words(text)).items():
            rows = cache.get(word)
            if rows is None:
                if len(cache) > MAX_CACHED:
                    cache.clear()
                rows = cache[word] = self._rows_of(word)
            for row in rows:
                counts[row] += count
        return counts

    def _rows_of(self, word: str) -> tuple[int, ...]:
        return tuple(row for part in split_identifier(word)[:16] for row in self._pieces(part))

    def _pieces(self, part: str) -> tuple[int, ...]:
        known = self._row.get(part)
        if known is not None:
            return (known,)
        rows: list[int] = []
        start = 0
        while start < len(part) and len(rows) < _MAX_PIECES:
            for end in range(min(len(part), start + _MAX_PIECE), start, -1):
                row = self._row.get(part[start:end])
                if row is not None and (end - start > 1 or len(part) <= 2):
                    rows.append(row)
                    break
            else:
                end = start + 1
            start = end
        return tuple(rows)
