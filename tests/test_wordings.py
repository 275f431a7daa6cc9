"""The words that stand for others: how they are drawn from a model, and that those that ship are the shipped model's."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from engrep.engine.embed import load_static
from engrep.engine.embed_file import ModelFile
from training.wordings import LEAST, neighbours, unit_vectors

ROOT = Path(__file__).parent.parent


def test_words_that_lie_side_by_side_stand_for_each_other() -> None:
    """Each word comes with its neighbours, the nearest first; another form of it is none, and a stop word has none."""
    rows = np.array([[0x0F, 0x88], [0x2F, 0x88], [0x0E, 0x88], [0x88, 0x0F], [0x0F, 0x88], [0x0F, 0x88]], np.uint8)
    scales = np.array([[1, 1], [1, 1], [1, 1], [1, 1], [1, 1], [1, -1]], np.float32)
    words = ["environment", "env", "environments", "refund", "the", "returns"]
    model = ModelFile("small", words, rows, scales, None, None)
    assert dict(neighbours(words, unit_vectors(model, range(len(words))))) == {
        "environment": ["env"],
        "env": ["environment", "environments"],
        "environments": ["env"],
    }


def test_the_shipped_wordings_are_those_of_the_shipped_model() -> None:
    """Each twentieth English word of the file lies beside those that stand for it, by the vectors that ship."""
    model = load_static(str(ROOT / "engine" / "static.npz"))
    lines = [line.split("\t") for line in (ROOT / "engine" / "wordings.tsv").read_text("utf-8").splitlines()]
    chosen = [(word, others.split(" ")) for word, others in lines if word.isascii()][::20]
    assert len(chosen) > 100
    for word, others in chosen:
        first, *rest = model.embed([word, *(each for each in others if each.isascii())])
        assert all(first @ each > LEAST - 1e-5 for each in rest), word
