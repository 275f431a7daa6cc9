"""Write trained rows as the model that ships: four bits a component, one scale a row, and a card.

    python -m training.quantise FOLDER LEARNED.npz OUT.npz [--trust NUMBER] [--noise NUMBER]

Writes `rows` (uint8, two components a byte, the even one in the lower half, value + 8), `scales` (float16, of a token
in a question and in what is searched), `tokens` (UTF-8, one a line) and `card` (JSON: what engrep has to know of the
model); uncompressed, so that it can be mapped.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_GRID = np.linspace(0.16, 0.60, 45)  # steps to try, in root mean squares of a row; for normal values .335 is best


def quantise(rows: NDArray[np.float32]) -> tuple[NDArray[np.uint8], NDArray[np.float16]]:
    """Return the packed rows, shape (tokens, dimensions / 2), and the step of each that costs least."""
    spread = np.sqrt(np.mean(rows * rows, axis=1, keepdims=True)) + 1e-12
    best = np.full(len(rows), np.inf)
    steps = np.zeros((len(rows), 1), np.float32)
    for factor in _GRID:
        step = (spread * factor).astype(np.float16).astype(np.float32) + np.float32(1e-7)
        error = np.square(np.clip(np.rint(rows / step), -8, 7) * step - rows).sum(axis=1)
        better = error < best
        best[better], steps[better] = error[better], step[better]
    levels = (np.clip(np.rint(rows / steps), -8, 7) + 8).astype(np.uint8)
    return levels[:, 0::2] | (levels[:, 1::2] << 4), steps[:, 0].astype(np.float16)


def main() -> None:
    """Quantise, say what it costs, and write."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("rows", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--trust", type=float, help="what `engrep eval calibrate` found of it")
    parser.add_argument("--noise", type=float, help="the cosine that memories have by chance with a question")
    options = parser.parse_args()
    learned = np.load(options.rows)
    rows, shares = learned["rows"].astype(np.float32), learned["shares"].astype(np.float32)
    rows /= np.float32(np.linalg.norm(rows, axis=1).mean())  # only their proportions count; float16 scales stay normal
    packed, steps = quantise(rows)
    scales = (steps.astype(np.float32)[:, None] * shares).astype(np.float16)
    tokens = (options.folder / "vocabulary.txt").read_bytes()
    digest = hashlib.blake2b(packed.tobytes() + scales.tobytes() + tokens, digest_size=6).hexdigest()
    card: dict[str, str | int | float] = {
        "name": options.out.stem,
        "hash": digest,
        "dimensions": rows.shape[1],
        "tokens": len(rows),
    }
    if options.trust is not None:
        card["trust"] = options.trust
    if options.noise is not None:
        card["noise"] = options.noise
    whole = options.out.with_suffix(".part.npz")  # a process may have mapped the file that is replaced
    np.savez(
        whole, rows=packed, scales=scales, tokens=np.frombuffer(tokens, np.uint8),
        card=np.frombuffer(json.dumps(card).encode(), np.uint8),
    )  # fmt: skip
    whole.replace(options.out)
    print(card, options.out.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
