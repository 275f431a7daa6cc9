"""Join models that were trained apart: their rows side by side, turned so that few components hold most of them.

    python -m training.join FOLDER OUT.npz LEARNED.npz … [--dimensions N]

A text's vector is then the texts' vectors of all models one after another, projected on the directions in which the texts
that were learned from differ most. Models of different beginnings err differently, which is worth more than one model
of as many components.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Floats = NDArray[np.float32]
_TEXTS = 100_000  # that tell how much each direction counts


def joined(parts: Sequence[tuple[Floats, Floats]]) -> tuple[Floats, Floats]:
    """Return the rows of several models side by side, each model as long as the others, and one pair of shares a token.

    A token has one length in each model for questions and one for what is searched: their means go into the rows, and
    the pair of shares is what fits all models best by least squares.
    """
    rows, fit, weight = list[Floats](), np.zeros_like(parts[0][1]), np.zeros(len(parts[0][0]), np.float32)
    for own, shares in parts:
        even = own / np.linalg.norm(own * shares[:, 1:], axis=1).mean()
        length = np.abs(shares).mean(axis=1)
        squares = np.square(even).sum(axis=1)
        rows.append((even * length[:, None]).astype(np.float32))
        fit += shares * (length * squares)[:, None]
        weight += length * length * squares
    return np.concatenate(rows, axis=1), (fit / np.maximum(weight, 1e-12)[:, None]).astype(np.float32)


def turned(rows: Floats, texts: Floats, dimensions: int) -> Floats:
    """Return the rows in the directions in which the texts differ most, mixed so that no component is larger than others."""
    _, directions = np.linalg.eigh(texts.T @ texts)
    mixing, _ = np.linalg.qr(np.random.default_rng(1).standard_normal((dimensions, dimensions)))
    chosen: Floats = (directions[:, -dimensions:] @ mixing).astype(np.float32)
    return rows @ chosen


def texts_of(folder: Path, rows: Floats, shares: Floats) -> Floats:
    """Return the unit vectors of some of the texts and units that were learned from."""
    stored = np.load(folder / "train.npz")
    some = np.random.default_rng(1).permutation(len(stored["package"]))[: _TEXTS // 2]
    found = []
    for side, fields in enumerate((("text",), ("name", "signature", "body"))):
        total = np.zeros((len(some), rows.shape[1]), np.float32)
        for field in fields:
            values, starts = stored[field], stored[f"{field}_starts"]
            bag = sparse.csr_matrix(
                (np.ones(len(values), np.float32), values, starts), shape=(len(starts) - 1, len(rows))
            )
            total += bag[some] @ (rows * shares[:, side, None])
        found.append(total / np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-6))
    return np.concatenate(found).astype(np.float32)


def main() -> None:
    """Join, turn, and write the rows and the shares."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("learned", type=Path, nargs="+")
    parser.add_argument("--dimensions", type=int, default=512)
    options = parser.parse_args()
    stored = [np.load(each) for each in options.learned]
    rows, shares = joined([(each["rows"], each["shares"]) for each in stored])
    rows = turned(rows, texts_of(options.folder, rows, shares), options.dimensions)
    np.savez(options.out, rows=rows, shares=shares)


if __name__ == "__main__":
    main()
