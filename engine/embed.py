"""Turn short texts into vectors; the seam behind which every embedding model stands.

The model at hand is a static one: a table of token vectors, a text is their weighted sum. Which one is used is chosen in
embedders.py; without one there is no dense lane, and everything else works the same.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, runtime_checkable

from engrep.engine.embed_file import read_model_file
from engrep.engine.embed_tokens import TokenRows
from engrep.engine.errors import StateError
from engrep.engine.vocabulary import MAX_WORDS, firsts, gaps

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_TOGETHER = 16  # texts that one matrix product serves: more share more rows, but have more zeros
MOST_COUNTED = 255  # of one token in a text, so that a byte holds it


class Embedder(Protocol):
    """A model that embeds texts; the same one must serve the index and the question."""

    @property
    def identity(self) -> str:
        """Name and content hash: vectors of two identities never mix."""
        ...

    @property
    def dimensions(self) -> int:
        """Length of a vector, a multiple of eight."""
        ...

    @property
    def trust(self) -> float | None:
        """How far fusion may trust it, as its makers measured it with `engrep eval calibrate`; None where nobody did."""
        ...

    @property
    def in_workers(self) -> bool:
        """Whether each worker process may load one; a model that is slow to load, or a server, is asked by one process."""
        ...

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one unit vector a text, shape (len(texts), dimensions); a text without known words gives zeros."""
        ...


@runtime_checkable
class Questions(Protocol):
    """A model that wants a question as it was asked, and may embed it in another way than what is searched."""

    def embed_question(self, question: str) -> NDArray[np.float32]:
        """Return the unit vector of a question."""
        ...


class Sums(NamedTuple):
    """Texts as a summing model sees them: the rows of each text follow one another."""

    vectors: NDArray[np.float32]  # unit vectors, one a text
    lengths: NDArray[np.float32]  # of the sums before they became unit vectors
    widths: NDArray[np.int64]  # how many rows each text has
    rows: NDArray[np.int64]
    counts: NDArray[np.int64]  # how often each row is in the text


@runtime_checkable
class Summing(Protocol):
    """A model whose vectors are sums of rows of a table; such a sum is stored as the list of its rows."""

    n_rows: int

    def sums(self, texts: Sequence[str]) -> Sums:
        """Embed texts and say which rows each vector is the sum of."""
        ...

    def shares(
        self, rows: NDArray[np.int64], counts: NDArray[np.int64], vector: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Return what each row of a sum adds to the sum's product with a vector."""
        ...

    def sum_of(
        self, rows: NDArray[np.int64], counts: NDArray[np.int64], factors: NDArray[np.float32]
    ) -> NDArray[np.float64]:
        """Add up rows, each times a factor, as if they were one text."""
        ...


EmbedderOf = Callable[[], Embedder | None]
"""Gives the model to use, or None for none."""


def is_quick(embedder: Embedder) -> bool:
    """Tell whether a model is loaded by every worker process and embeds as fast as they read; a server does not."""
    return embedder.in_workers


def no_embedder() -> None:
    """Return no model, whatever is configured."""


@lru_cache(maxsize=2)
def load_static(path: str) -> StaticEmbedder:
    """Load a static model from its file.

    Raises:
        StateError: the file is missing or is no model.

    """
    try:
        return StaticEmbedder(*read_model_file(Path(path)))
    except Exception as exc:  # zipfile, numpy and json raise a dozen kinds of a damaged file
        message = f"{path} is no embedding model that engrep can read ({exc}): name another"
        raise StateError(message) from exc


@lru_cache(maxsize=1)
def _two_components() -> NDArray[Any]:
    """Return what each byte of a packed row stands for: two components, read as one value of 64 bits."""
    import numpy as np

    byte = np.arange(256)
    two = np.stack([(byte & 15) - 8, (byte >> 4) - 8], axis=1)
    return two.astype(np.float32).view(np.complex64).ravel()


class StaticEmbedder:
    """Token vectors summed with weight sqrt(count): thousands of texts a second on one core.

    `packed` holds two components of four bits a byte, shape (tokens, dimensions / 2); `scales` what a token counts in a
    question and in what is searched, shape (tokens, 2).
    """

    in_workers = True

    def __init__(
        self,
        identity: str,
        vocabulary: Sequence[str],
        packed: NDArray[np.uint8],
        scales: NDArray[np.float32],
        trust: float | None = None,
        noise: float | None = None,
    ) -> None:
        if not (len(vocabulary) == len(packed) and scales.shape == (len(packed), 2)):
            message = f"{len(vocabulary)} tokens, rows of shape {packed.shape} and scales of shape {scales.shape}"
            raise ValueError(message)
        self.identity, self.trust = identity, trust
        self.noise = noise  # the cosine that texts have by chance, see memory_vectors.py; None where nobody measured it
        self.dimensions, self.n_rows = 2 * int(packed.shape[1]), len(packed)
        self._packed = packed
        self._asked, self._scale = scales[:, 0].copy(), scales[:, 1].copy()
        self._rows = {word: row for row, word in enumerate(vocabulary)}
        self._words = TokenRows(self._rows)
        self._lock = threading.Lock()  # one embedder serves the searches of all threads

    def embed_question(self, question: str) -> NDArray[np.float32]:
        """Return the unit vector of a question, in which words count otherwise than in code."""
        import numpy as np

        _, rows, counts = self._tokens([question])
        total = (np.sqrt(counts, dtype=np.float32) * self._asked[rows]) @ self._unpacked(rows)
        length = np.sqrt(total @ total)
        asked: NDArray[np.float32] = total / (length if length > 0.0 else np.float32(1.0))
        return asked

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one unit vector a text."""
        return self.sums(texts).vectors

    def sums(self, texts: Sequence[str]) -> Sums:
        """Embed texts and say which rows each vector is the sum of."""
        import numpy as np

        vectors = np.empty((len(texts), self.dimensions), np.float32)
        at, rows, counts = self._tokens(texts)
        weights = self._weights(rows, counts)
        starts = range(0, len(texts), _TOGETHER)
        bounds = np.searchsorted(at, [*starts, len(texts)]).tolist()
        for start, low, high in zip(starts, bounds, bounds[1:], strict=False):
            into = vectors[start : start + _TOGETHER]
            self._sum(at[low:high] - start, rows[low:high], weights[low:high], into)
        lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
        vectors /= np.where(lengths == 0.0, np.float32(1.0), lengths)[:, None]
        return Sums(vectors, lengths, np.bincount(at, minlength=len(texts)), rows, counts)

    def shares(
        self, rows: NDArray[np.int64], counts: NDArray[np.int64], vector: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Return what each row of a sum adds to the sum's product with a vector."""
        import numpy as np

        occurs = np.zeros(self.n_rows, np.bool_)
        occurs[rows] = True
        distinct = np.flatnonzero(occurs)
        products = np.zeros(self.n_rows, np.float32)
        with np.errstate(invalid="ignore"):  # see `signals.product`
            products[distinct] = self._unpacked(distinct) @ vector
        return self._weights(rows, counts) * products[rows]

    def sum_of(
        self, rows: NDArray[np.int64], counts: NDArray[np.int64], factors: NDArray[np.float32]
    ) -> NDArray[np.float64]:
        """Add up rows, each times a factor, as if they were one text."""
        import numpy as np

        distinct, at = np.unique(rows, return_inverse=True)
        weights = np.bincount(at, weights=self._weights(rows, counts) * factors, minlength=len(distinct))
        with np.errstate(invalid="ignore"):
            total: NDArray[np.float64] = weights.astype(np.float64) @ self._unpacked(distinct).astype(np.float64)
        return total

    def _weights(self, rows: NDArray[np.int64], counts: NDArray[np.int64]) -> NDArray[np.float32]:
        import numpy as np

        return np.sqrt(counts, dtype=np.float32) * self._scale[rows]

    def _sum(
        self, at: NDArray[np.int64], rows: NDArray[np.int64], weights: NDArray[np.float32], into: NDArray[np.float32]
    ) -> None:
        """Add up the weighted rows of some texts by one matrix product over the distinct rows."""
        import numpy as np

        columns = np.empty(self.n_rows, np.int64)  # of the rows that occur; for finding them no sort is needed
        order = np.arange(len(rows))
        columns[rows] = order
        distinct = rows[columns[rows] == order]
        columns[distinct] = order[: len(distinct)]
        shares = np.zeros((len(into), len(distinct)), np.float32)
        shares[at, columns[rows]] = weights
        with np.errstate(invalid="ignore"):  # see `signals.product`
            np.matmul(shares, self._unpacked(distinct), out=into)

    def _unpacked(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        import numpy as np

        components: NDArray[np.float32] = np.take(_two_components(), self._packed[rows]).view(np.float32)
        return components

    def _tokens(self, texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Return the distinct tokens of each text, text after text: its place, the token's row and how often it is there."""
        import numpy as np

        with self._lock:
            if len(self._words) > MAX_WORDS:
                self._words = TokenRows(self._rows)
            places, numbers = self._words.numbers_in(texts)
            rows, widths = self._words.meanings(numbers)
        keys = np.repeat(places << 32, widths) | rows
        keys.sort()
        first = firsts(keys)
        counts = np.minimum(gaps(first, len(keys)), MOST_COUNTED)
        return keys[first] >> 32, keys[first] & 0xFFFFFFFF, counts
