"""Read the file of a static model, an .npz as `training/quantise.py` writes it.

Anybody may name such a file, so that nothing in it is believed: no member may be compressed, none may be larger than it
says, and what a card says of the model is a number that search can reckon with.
"""

from __future__ import annotations

import json
import math
import os
import struct
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_TRUST = 10.0  # more than any calibration tries


class ModelFile(NamedTuple):
    """What the file of a static model holds; `StaticEmbedder` says what it means."""

    identity: str
    tokens: list[str]
    rows: NDArray[np.uint8]
    scales: NDArray[np.float32]
    trust: float | None
    noise: float | None


def read_model_file(path: Path) -> ModelFile:
    """Read a model's file; its rows are mapped into memory, not read.

    Raises:
        Exception: whatever zipfile, numpy and json raise of a file that is damaged or no model; what is wrong with one that
            they can read is a ValueError.

    """
    import numpy as np

    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            _demand(info.compress_type == zipfile.ZIP_STORED, f"{info.filename} is compressed")
        rows = _mapped(path, archive.getinfo("rows.npy"))
    with np.load(path) as stored:
        card = json.loads(bytes(stored["card"]))
        tokens, scales = bytes(stored["tokens"]).decode().split("\n"), np.asarray(stored["scales"])
    _demand(scales.dtype.kind == "f", f"its scales are of type {scales.dtype}")
    whole_bytes = rows.dtype == np.uint8 and rows.ndim == 2 and rows.shape[1] > 0 and rows.shape[1] % 4 == 0
    _demand(whole_bytes, f"rows of shape {rows.shape} and type {rows.dtype}, not of bytes, four at a time")
    _demand(bool(np.isfinite(scales).all()), "its scales are not all numbers")
    _demand(isinstance(card["name"], str) and isinstance(card["hash"], str), "its name and hash are no texts")
    trust, noise = _number(card, "trust", 0.0, MOST_TRUST), _number(card, "noise", -1.0, 1.0)
    return ModelFile(f"{card['name']}-{card['hash']}", tokens, rows, scales.astype(np.float32), trust, noise)


def _mapped(path: Path, info: zipfile.ZipInfo) -> NDArray[Any]:
    """Map one array of an uncompressed .npz into memory, so that only what is used of it is ever read."""
    import numpy as np
    from numpy.lib import format as npy

    with path.open("rb") as file:
        file.seek(info.header_offset + 26)  # the lengths of the name and of what follows it, in the zip format
        name, extra = struct.unpack("<HH", file.read(4))
        begin = file.seek(name + extra, os.SEEK_CUR)
        npy.read_magic(file)
        shape, is_by_column, dtype = npy.read_array_header_1_0(file)
        size = file.tell() - begin + math.prod(shape) * dtype.itemsize
        _demand(
            size == info.file_size and not is_by_column, f"{info.filename} is not as long as it says, or by columns"
        )
        return np.memmap(path, dtype, "r", file.tell(), shape)


def _number(card: dict[str, Any], key: str, least: float, most: float) -> float | None:
    """Return a number of the card, None where it has none; NaN is none that lies between two others."""
    value = card.get(key)
    if value is None:
        return None
    _demand(type(value) in (int, float) and least <= value <= most, f"its {key} is {value!r}, no number up to {most:g}")
    return float(value)


def _demand(is_so: bool, message: str) -> None:
    if not is_so:
        raise ValueError(message)
