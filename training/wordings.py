"""Write which words a model places beside which: what stands for a question's words where its texts say them otherwise.

    python -m training.wordings MODEL.npz OUT.tsv

A line is a word, a tab and its neighbours, the nearest first; engine/wordings.py reads it.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from engrep.engine.embed_file import ModelFile, read_model_file
from engrep.indexers.question import weights

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEAST = 0.4  # the cosine from which on one stands for the other
MOST = 16  # neighbours of a word
_WORD = re.compile(r"[a-z]{3,}|[\u4e00-\u9fff]{2,}")
_TOGETHER = 512  # words that are compared with all others at once


def neighbours(words: Sequence[str], vectors: NDArray[np.float32]) -> Iterator[tuple[str, list[str]]]:
    """Yield each word that has some with those beside it, but for those that search takes for the same word anyway."""
    terms = [tuple(weights(word)) for word in words]
    for start in range(0, len(words), _TOGETHER):
        cosines = vectors[start : start + _TOGETHER] @ vectors.T
        for at, row in enumerate(cosines, start):
            if len(terms[at]) != 1:
                continue  # a stop word, or one that search takes apart
            beside = np.flatnonzero(row > LEAST)
            order = beside[np.argsort(-row[beside], kind="stable")].tolist()
            kept = [words[other] for other in order if len(terms[other]) == 1 and terms[other] != terms[at]]
            if kept:
                yield words[at], kept[:MOST]


def unit_vectors(model: ModelFile, rows: Sequence[int]) -> NDArray[np.float32]:
    """Return what single tokens give as texts, shape (rows, dimensions), each of length 1."""
    packed = model.rows[rows]
    vectors = np.concatenate([packed & 15, packed >> 4], axis=1).astype(np.float32) - 8
    vectors *= np.sign(model.scales[rows, 1:])
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    return vectors


def main() -> None:
    """Write the file."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    model = read_model_file(options.model)
    chosen = sorted((token, row) for row, token in enumerate(model.tokens) if _WORD.fullmatch(token))
    words, vectors = [token for token, _ in chosen], unit_vectors(model, [row for _, row in chosen])
    lines = [f"{word}\t{' '.join(others)}\n" for word, others in neighbours(words, vectors)]
    options.out.write_text("".join(lines), "utf-8", newline="\n")
    print(f"{len(lines)} words, {sum(line.count(' ') + 1 for line in lines)} neighbours")


if __name__ == "__main__":
    main()
