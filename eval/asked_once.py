"""An embedder that is asked for each question once: a calibration searches for the same items at many weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from engrep.engine.embed import Embedder, Questions

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class AskedOnce:
    """Another embedder, and what it said so far."""

    def __init__(self, inner: Embedder) -> None:
        self.identity, self.dimensions, self.trust, self.in_workers = (
            inner.identity, inner.dimensions, inner.trust, inner.in_workers
        )  # fmt: skip
        self._inner = inner
        self._said: dict[str, NDArray[np.float32]] = {}

    @staticmethod
    def of(inner: Embedder) -> AskedOnce:
        """Wrap an embedder; one that wants questions as they were asked still gets them so."""
        return _AskedAsIs(inner, inner) if isinstance(inner, Questions) else AskedOnce(inner)

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one unit vector a text."""
        import numpy as np

        for text in texts:
            if text not in self._said:
                self._said[text] = self._inner.embed([text])[0]
        return np.stack([self._said[text] for text in texts])


class _AskedAsIs(AskedOnce):
    def __init__(self, inner: Embedder, questions: Questions) -> None:
        super().__init__(inner)
        self._questions = questions

    def embed_question(self, question: str) -> NDArray[np.float32]:
        """Return the unit vector of a question."""
        if question not in self._said:
            self._said[question] = self._questions.embed_question(question)
        return self._said[question]
