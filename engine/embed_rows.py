"""Bring the vectors of any model into the form that is stored: finite, of length one, a multiple of eight long."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engrep.engine.vectors import COMPONENTS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def unit_rows(rows: NDArray[Any]) -> NDArray[np.float32]:
    """Scale rows to length one and fill them up with zeros, which change no cosine; rows of zeros stay zeros."""
    import numpy as np

    width = rows.shape[1]
    units = np.zeros((len(rows), padded(width)), np.float32)
    units[:, :width] = rows
    norms = np.sqrt(np.einsum("ij,ij->i", units, units))
    norms[norms == 0.0] = 1.0
    units /= norms[:, None]
    return units


def padded(width: int) -> int:
    """Return the length that vectors of a width are stored with."""
    return -(-width // COMPONENTS) * COMPONENTS
