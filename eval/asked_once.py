"""An embedder that is asked for each question once: a calibration searches for the same items at many weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from engrep.engine.embed import Embedder, Questions, is_quick

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def asked_once(embedder: Embedder) -> Embedder:
    """Return an embedder that remembers questions; a quick one stays as it is, since its vectors are stored as sums."""
    return embedder if is_quick(embedder) or not isinstance(embedder, Questions) else _AskedOnce(embedder, embedder)


class _AskedOnce:
    def __init__(self, inner: Embedder, questions: Questions) -> None:
        self.identity, self.dimensions = inner.identity, inner.dimensions
        self.trust, self.in_workers = inner.trust, inner.in_workers
        self._inner, self._questions = inner, questions
        self._said: dict[str, NDArray[np.float32]] = {}

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one unit vector a text."""
        return self._inner.embed(texts)

    def embed_question(self, question: str) -> NDArray[np.float32]:
        """Return the unit vector of a question."""
        if question not in self._said:
            self._said[question] = self._questions.embed_question(question)
        return self._said[question]
