"""Vectors as they are stored: three bits a component for the scorer, and the signs once more for the coarse scan.

A component becomes one of eight steps of equal width, 0.586 standard deviations wide: the best such grid for normally
distributed values. Four components make twelve bits, eight make three bytes.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_WIDTH = 0.586  # J. Max, "Quantizing for minimum distortion", 1960, table II, eight levels
_STEPS = 8
_MIDDLE = (_STEPS - 1) / 2
COMPONENTS = 8  # a vector's length is a multiple of it


def step(dimensions: int) -> float:
    """Return the width of a step: the components of a unit vector have a standard deviation of 1/√dimensions."""
    return _WIDTH / math.sqrt(dimensions)


def quantise(vectors: NDArray[np.float32]) -> bytes:
    """Pack unit vectors, row after row; their length is a multiple of COMPONENTS."""
    import numpy as np

    steps = np.clip(np.floor(vectors / np.float32(step(vectors.shape[1]))) + _STEPS // 2, 0, _STEPS - 1)
    steps[~vectors.any(axis=1), ::2] -= 1  # no step is zero: half of them below and half above it come nearest
    fours = steps.astype(np.uint16).reshape(-1, 2, 4) @ np.array([1, 8, 64, 512], np.uint16)
    low, high = fours[:, 0], fours[:, 1]
    return np.stack([low & 255, (low >> 8) | ((high & 15) << 4), high >> 4], axis=1).astype(np.uint8).tobytes()


def dequantise(packed: bytes, dimensions: int) -> NDArray[np.float32]:
    """Read what `quantise` wrote as rows of steps; times `step` they are the vectors again, nearly of length one."""
    import numpy as np

    threes = np.frombuffer(packed, np.uint8).reshape(-1, 3).astype(np.uint16)
    fours = np.empty((len(threes), 2), np.uint16)
    fours[:, 0] = threes[:, 0] | ((threes[:, 1] & 15) << 8)
    fours[:, 1] = (threes[:, 1] >> 4) | (threes[:, 2] << 4)
    # Each twelve bits are looked up as one 128-bit value that holds their four components.
    found: NDArray[np.float32] = np.take(_components(), fours.ravel()).view(np.float32)
    return found.reshape(-1, dimensions)


@lru_cache(maxsize=1)
def _components() -> NDArray[Any]:
    import numpy as np

    twelve = np.arange(1 << 12)
    four = np.stack([(twelve >> shift) & 7 for shift in (0, 3, 6, 9)], axis=1)
    return (four.astype(np.float32) - np.float32(_MIDDLE)).view(np.complex128).ravel()


def sign_bits(vectors: NDArray[np.float32]) -> list[bytes]:
    """Return each vector's signs as bits, the coarse form that sqlite-vec scans."""
    import numpy as np

    return [row.tobytes() for row in np.packbits(vectors > 0, axis=1, bitorder="little")]
