"""Train token vectors so that texts which mean the same point the same way: contrastive, from random numbers, on a CPU.

    python -m training.train FOLDER OUT.npz [--seed N] [--share KIND=PART …] [--passes N] [--batch N] [--rate R] …

A unit's vector is the sum of its tokens' rows, each times the root of how often it occurs and times the token's share,
scaled to length one; so is a question's, with shares of its own. In a batch every text has to find its own unit among
all others and the other way round (InfoNCE; van den Oord and others, "Representation learning with contrastive
predictive coding", 2018). Blocks of a batch come from one package, so that the others are near misses. The gradient of so small a model is written out: there is no framework.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from training.corpus import FIELDS

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

# How often a field of the unit is left out, so that the model serves names alone, headers alone and whole bodies.
DROPPED = {"path": 0.35, "name": 0.3, "signature": 0.3, "comments": 0.5, "body": 0.45}
TOKEN_DROPPED = 0.05  # of both sides; with a quarter everything was a little worse
DECAYS = (0.9, 0.99)
_TOGETHER = 256  # rows that are updated at once
SHARE_RATE = 0.5  # of the rate at which rows learn


class Learned:
    """Values a token, and the moments of Adam for each of them (Kingma and Ba, 2015); a token counts its own steps."""

    def __init__(self, values: Floats) -> None:
        self.values = values
        self._mean, self._square = np.zeros_like(values), np.zeros_like(values)
        self._steps = np.zeros((len(values), 1), np.float32)

    def __len__(self) -> int:
        return len(self.values)

    def update(self, touched: Ints, gradient: Floats, rate: float) -> None:
        """Take a step for the tokens that occurred; some at a time, so that the numbers stay in the cache."""
        for start in range(0, len(touched), _TOGETHER):
            self._update(touched[start : start + _TOGETHER], gradient[start : start + _TOGETHER], rate)

    def _update(self, touched: Ints, gradient: Floats, rate: float) -> None:
        self._steps[touched] += 1
        steps = self._steps[touched]
        mean, square = self._mean[touched], self._square[touched]
        mean += np.float32(1 - DECAYS[0]) * (gradient - mean)
        gradient *= gradient
        square += np.float32(1 - DECAYS[1]) * (gradient - square)
        self._mean[touched], self._square[touched] = mean, square
        first, second = 1 - np.power(np.float32(DECAYS[0]), steps), 1 - np.power(np.float32(DECAYS[1]), steps)
        np.sqrt(square, out=square)
        square *= 1 / np.sqrt(second)
        square += np.float32(1e-8)
        mean *= np.float32(-rate) / first
        mean /= square
        self.values[touched] += mean


class Trainer:
    """Token vectors, the moments of Adam for each of them, and the pairs they learn from."""

    def __init__(
        self, folder: Path, dimensions: int, temperature: float, seed: int, parts: Mapping[str, float] | None = None
    ) -> None:
        stored = np.load(folder / "train.npz")
        self.fields = {field: (stored[field], stored[f"{field}_starts"]) for field in FIELDS}
        self.widths = {field: np.diff(starts) for field, (_, starts) in self.fields.items()}
        self.package, self.keys = stored["package"], (stored["text_key"], stored["body_key"])
        self.is_text = np.isin(stored["kinds"][stored["kind"]], ["told", "head", "next", "zh-en"])
        self.used = _used(stored["kinds"][stored["kind"]], parts or {})
        self.random = np.random.default_rng(seed)
        n_tokens = len((folder / "vocabulary.txt").read_text(encoding="utf-8").split("\n"))
        self.rows = Learned(self._first_rows(n_tokens, dimensions))
        self.shares = Learned(np.ones((n_tokens, 2), np.float32))  # of a token in a text, and in a unit
        self.temperature = temperature

    def _first_rows(self, n_tokens: int, dimensions: int) -> Floats:
        """Draw unit vectors, shorter the commoner their token is (Arora and others, "A simple but tough-to-beat baseline", 2017)."""
        counts = np.ones(n_tokens)
        for tokens, _ in self.fields.values():
            counts += np.bincount(tokens, minlength=n_tokens)
        rows = self.random.standard_normal((n_tokens, dimensions)).astype(np.float32)
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        share = counts / counts.sum()
        rows *= (1e-4 / (1e-4 + share)).astype(np.float32)[:, None]
        return rows

    def batches(self, size: int, block: int) -> Iterator[Ints]:
        """Deal the used pairs out for ever: in each pass every pair once, in blocks of one package."""
        package = self.package[self.used]
        while True:
            order = self.used[np.lexsort((self.random.random(len(package)), package))]
            blocks = [order[start : start + block] for start in range(0, len(order), block)]
            self.random.shuffle(blocks)
            dealt = np.concatenate(blocks)
            yield from (dealt[start : start + size] for start in range(0, len(dealt) - size + 1, size))

    def step(self, pairs: Ints, rate: float) -> float:
        """Learn from one batch; return its loss."""
        bags = [self._bag(pairs, ("text",)), self._bag(pairs, FIELDS[1:])]
        touched = np.unique(np.concatenate([bag.indices for bag in bags]))
        column = np.zeros(len(self.rows), np.int64)
        column[touched] = np.arange(len(touched))
        rows, shares = self.rows.values[touched], self.shares.values[touched]
        units, lengths, narrowed = [], [], []
        for side, bag in enumerate(bags):
            narrow = sparse.csr_matrix((bag.data, column[bag.indices], bag.indptr), shape=(len(pairs), len(touched)))
            total: Floats = narrow @ (rows * shares[:, side, None])
            length = np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-6)
            units.append(total / length)
            lengths.append(length)
            narrowed.append(narrow)
        loss, gradients = self._loss(units[0], units[1], pairs)
        of_rows = np.zeros_like(rows)
        of_shares = np.zeros_like(shares)
        for side, gradient in enumerate(gradients):
            inward = (gradient - units[side] * np.einsum("ij,ij->i", gradient, units[side])[:, None]) / lengths[side]
            of_tokens: Floats = narrowed[side].T.tocsr() @ inward
            of_rows += of_tokens * shares[:, side, None]
            of_shares[:, side] = np.einsum("ij,ij->i", of_tokens, rows)
        self.rows.update(touched, of_rows, rate)
        self.shares.update(touched, of_shares, rate * SHARE_RATE)
        return loss

    def _bag(self, pairs: Ints, fields: tuple[str, ...]) -> sparse.csr_matrix:
        """Return a row a pair: the root of how often each token occurs in the fields that are not left out."""
        of, tokens = [], []
        for field in fields:
            dropped = np.where(self.is_text[pairs] & (field == "body"), 0.0, DROPPED.get(field, 0.0))
            kept = np.flatnonzero(self.random.random(len(pairs)) >= dropped)
            values, starts = self.fields[field]
            first, widths = starts[pairs[kept]], self.widths[field][pairs[kept]]
            ends = np.cumsum(widths)
            tokens.append(values[np.arange(ends[-1] if len(ends) else 0) + np.repeat(first - (ends - widths), widths)])
            of.append(np.repeat(kept, widths))
        keys, counts = np.unique(np.concatenate(of) * len(self.rows) + np.concatenate(tokens), return_counts=True)
        stay = self.random.random(len(keys)) >= TOKEN_DROPPED
        keys, weights = keys[stay], np.sqrt(counts[stay]).astype(np.float32)
        return sparse.csr_matrix(
            (weights, (keys // len(self.rows), keys % len(self.rows))), shape=(len(pairs), len(self.rows))
        )

    def _loss(self, texts: Floats, units: Floats, pairs: Ints) -> tuple[float, list[Floats]]:
        likely: Floats = texts @ units.T
        likely -= 1.0  # cosines, so that no power overflows and the smallest, e^-40, does not vanish
        likely *= np.float32(1 / self.temperature)
        right = np.diagonal(likely).copy()
        np.exp(likely, out=likely)
        for keys in self.keys:  # what says the same as the right answer is no wrong one
            likely[_repeated(keys[pairs])] = 0.0
        by_row, by_column = likely.sum(axis=1), likely.sum(axis=0)
        loss = float((np.log(by_row) + np.log(by_column) - 2 * right).mean() / 2)
        likely *= (1 / by_row)[:, None] + (1 / by_column)[None, :]
        likely[np.diag_indices_from(likely)] -= 2.0
        likely *= np.float32(0.5 / (len(pairs) * self.temperature))
        gradients: list[Floats] = [likely @ units, likely.T @ texts]
        return loss, gradients


def _used(kinds: NDArray[np.str_], parts: Mapping[str, float]) -> Ints:
    """Draw the pairs to learn from: of each kind the part that is named, of the others all."""
    chance = np.random.default_rng(7)
    used = np.ones(len(kinds), np.bool_)
    for kind, part in parts.items():
        used &= (kinds != kind) | (chance.random(len(kinds)) < part)
    return np.flatnonzero(used)


def _repeated(keys: Ints) -> tuple[Ints, Ints]:
    """Return the rows and columns of the pairs of places that hold the same key, but for those of a place with itself."""
    order = np.argsort(keys, kind="stable")
    rows, columns = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    distance = 1
    while (same := np.flatnonzero(keys[order[distance:]] == keys[order[:-distance]])).size:
        rows += [order[same], order[same + distance]]
        columns += [order[same + distance], order[same]]
        distance += 1
    return np.concatenate(rows), np.concatenate(columns)


def main() -> None:
    """Train, and write the rows and the shares."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument(
        "--passes", type=float, default=1.6, help="eleven were worse than four: what is rare is learned by heart"
    )
    parser.add_argument("--batch", type=int, default=1024)
    parser.add_argument("--block", type=int, default=32, help="pairs of one package that follow each other")
    parser.add_argument("--dimensions", type=int, default=256)
    parser.add_argument("--rate", type=float, default=0.01)
    parser.add_argument("--temperature", type=float, default=0.05)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--begin", type=Path, metavar="LEARNED.npz", help="go on from an earlier training")
    parser.add_argument(
        "--share", nargs="*", default=[], metavar="KIND=PART", help="learn from a part of the pairs of a kind"
    )
    options = parser.parse_args()
    parts = {kind: float(part) for kind, part in (each.split("=") for each in options.share)}
    trainer = Trainer(options.folder, options.dimensions, options.temperature, options.seed, parts)
    if options.begin:
        begun = np.load(options.begin)
        trainer.rows, trainer.shares = Learned(begun["rows"]), Learned(begun["shares"])
    last = int(options.passes * len(trainer.used) / options.batch)
    began, mean = time.monotonic(), 0.0
    for step, pairs in zip(range(last), trainer.batches(options.batch, options.block), strict=False):
        loss = trainer.step(pairs, options.rate * min(1.0, (step + 1) / 100) * (1 - step / last) + 1e-5)
        mean = loss if not step else 0.98 * mean + 0.02 * loss
        if step % 200 == 0:
            print(f"step {step} of {last}, loss {mean:.4f}, {time.monotonic() - began:.0f} s", flush=True)
    np.savez(options.out, rows=trainer.rows.values, shares=trainer.shares.values)


if __name__ == "__main__":
    main()
