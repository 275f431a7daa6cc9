"""Model2Vec folders by path: token vectors in `model.safetensors`, the tokenizer in `tokenizer.json`.

A text is the mean of its tokens' vectors, as the model2vec package reckons it. The format of safetensors is read here,
because it is a JSON header and raw arrays; the tokenizers need the package of that name (extra `model2vec`).
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engrep.engine.embed_rows import padded, unit_rows
from engrep.engine.errors import MissingExtraError, StateError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from tokenizers import Tokenizer

WEIGHTS_FILE, TOKENIZER_FILE, CONFIG_FILE = "model.safetensors", "tokenizer.json", "config.json"
MAX_TOKENS = 512
_MAX_CHARS = 8 * MAX_TOKENS  # what follows cannot count: no tokenizer makes tokens of eight characters on average
_TYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2", "I64": "<i8", "I32": "<i4", "I8": "i1", "U8": "u1"}


@lru_cache(maxsize=2)
def load_model2vec(path: str) -> Model2Vec:
    """Read a Model2Vec folder.

    Raises:
        MissingExtraError: the package `tokenizers` is not installed.
        StateError: the folder holds no such model.

    """
    try:
        from tokenizers import Tokenizer
    except ImportError as exc:
        message = "a Model2Vec model needs the package tokenizers: pip install 'engrep[model2vec]'"
        raise MissingExtraError(message) from exc
    folder = Path(path)
    try:
        tensors = read_safetensors(folder / WEIGHTS_FILE)
        table = _table(tensors)
        described = json.loads((folder / TOKENIZER_FILE).read_text(encoding="utf-8"))
        config_file = folder / CONFIG_FILE
        config = json.loads(config_file.read_text(encoding="utf-8")) if config_file.exists() else {}
        tokenizer = Tokenizer.from_file(str(folder / TOKENIZER_FILE))
    except (OSError, ValueError, KeyError, TypeError) as exc:
        message = f"{folder} is no Model2Vec model that engrep can read ({exc}): name another"
        raise StateError(message) from exc
    except Exception as exc:  # tokenizers raises nothing narrower
        message = f"{folder / TOKENIZER_FILE} cannot be read ({exc}): name another model"
        raise StateError(message) from exc
    tokenizer.no_padding()
    tokenizer.enable_truncation(int(config.get("max_length") or MAX_TOKENS))
    return Model2Vec(f"{folder.name}-{_digest(folder)}", table, tensors, tokenizer, _unknown(described))


def read_safetensors(path: Path) -> dict[str, NDArray[Any]]:
    """Map the arrays of a safetensors file: eight bytes of header length, a JSON header, raw little-endian arrays.

    Raises:
        ValueError: it is not such a file, or holds another type of number.

    """
    import numpy as np

    size = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if length > size - 8:
            message = f"{path.name} is cut off or no safetensors file"
            raise ValueError(message)
        header = json.loads(file.read(length))
    held = np.memmap(path, np.uint8, "r", offset=8 + length) if size > 8 + length else np.zeros(0, np.uint8)
    arrays = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        start, end = entry["data_offsets"]
        if entry["dtype"] not in _TYPES or not 0 <= start <= end <= len(held):
            message = f"{path.name} holds {name} as {entry['dtype']} at {start} to {end} of {len(held)} bytes"
            raise ValueError(message)
        values = held[start:end].view(_TYPES[entry["dtype"]]).reshape(entry["shape"])
        # The upper half of a float32 is what bfloat16 is.
        arrays[name] = (values.astype(np.uint32) << 16).view(np.float32) if entry["dtype"] == "BF16" else values
    return arrays


def _table(tensors: dict[str, NDArray[Any]]) -> NDArray[Any]:
    table = tensors.get("embeddings", tensors.get("embedding.weight"))
    if table is None or table.ndim != 2:
        message = f"it has no table of embeddings, only {', '.join(sorted(tensors)) or 'nothing'}"
        raise ValueError(message)
    return table


class Model2Vec:
    """Token vectors, their mean; light enough for every worker."""

    in_workers = True
    trust = None

    def __init__(
        self,
        identity: str,
        table: NDArray[Any],
        tensors: dict[str, NDArray[Any]],
        tokenizer: Tokenizer,
        unknown: int | None,
    ) -> None:
        self.identity = identity
        self._table, self._weights, self._mapping = table, tensors.get("weights"), tensors.get("mapping")
        self._tokenizer, self._unknown = tokenizer, unknown
        self.dimensions = padded(table.shape[1])
        self._lock = threading.Lock()

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one unit vector a text, the mean of its known tokens' vectors."""
        import numpy as np

        with self._lock:
            encoded = self._tokenizer.encode_batch_fast([text[:_MAX_CHARS] for text in texts], add_special_tokens=False)
        found = [each.ids for each in encoded]
        lengths = np.array([len(ids) for ids in found], np.int64)
        tokens = np.array([token for ids in found for token in ids], np.int64)
        places = np.repeat(np.arange(len(texts)), lengths)
        if self._unknown is not None:
            places, tokens = places[tokens != self._unknown], tokens[tokens != self._unknown]
        rows = self._table[tokens if self._mapping is None else self._mapping[tokens]].astype(np.float32)
        if self._weights is not None:
            rows *= self._weights[tokens].astype(np.float32)[:, None]
        sums = np.zeros((len(texts), self._table.shape[1]), np.float32)
        if len(tokens):
            first = np.flatnonzero(np.diff(places, prepend=-1))
            sums[places[first]] = np.add.reduceat(rows, first, axis=0)
        return unit_rows(sums)


def _unknown(described: dict[str, Any]) -> int | None:
    """Return the token for what the tokenizer does not know: it says nothing."""
    model = described.get("model", {})
    if isinstance(model.get("unk_id"), int):
        return int(model["unk_id"])
    vocabulary = model.get("vocab")
    found = vocabulary.get(model.get("unk_token")) if isinstance(vocabulary, dict) else None
    return found if isinstance(found, int) else None


def _digest(folder: Path) -> str:
    """Hash what the vectors depend on."""
    digest = hashlib.blake2b(digest_size=8)
    for name in (WEIGHTS_FILE, TOKENIZER_FILE, CONFIG_FILE):
        if (folder / name).exists():
            with (folder / name).open("rb") as file:
                while piece := file.read(1 << 20):
                    digest.update(piece)
    return digest.hexdigest()
