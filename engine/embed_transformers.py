"""Models of sentence-transformers, from a folder or by their name on the hub (extra `transformers`).

Importing torch and loading a model takes seconds and hundreds of megabytes, so one process does it, and only when
something is embedded. No code that a model brings along is run; a hub is asked only when an index is made.
"""

from __future__ import annotations

import contextlib
import hashlib
import threading
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engrep.engine.embed_rows import padded, unit_rows
from engrep.engine.errors import MissingExtraError, StateError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BATCH = 32
_HASHED = frozenset({".safetensors", ".bin", ".json", ".txt", ".model"})
_WANTED = ["*.safetensors", "*.json", "*.txt", "*.model"]
_ASIDE = frozenset({"onnx", "openvino"})  # folders with other forms of the same model


def load_transformer(name: str, *, may_fetch: bool) -> Transformer:
    """Return a model by its folder or hub name; `may_fetch` lets it be brought from the hub.

    Raises:
        MissingExtraError: the package sentence-transformers is not installed.
        StateError: there is no such model here, or it could not be brought.

    """
    from importlib.util import find_spec

    if find_spec("sentence_transformers") is None:
        message = "a transformer needs the package sentence-transformers: pip install 'engrep[transformers]'"
        raise MissingExtraError(message)
    folder = Path(name) if Path(name).is_dir() else _of_hub(name, may_fetch=may_fetch)
    return _load(str(folder), name)


@lru_cache(maxsize=2)
def _load(folder: str, name: str) -> Transformer:
    files = sorted(path for path in Path(folder).rglob("*") if path.suffix in _HASHED and path.is_file())
    used = [path for path in files if _ASIDE.isdisjoint(path.relative_to(folder).parts)]
    if not any(path.suffix in {".safetensors", ".bin"} for path in used):
        message = f"{folder} holds no model of sentence-transformers: name another"
        raise StateError(message)
    digest = hashlib.blake2b(digest_size=8)
    for path in used:
        digest.update(path.relative_to(folder).as_posix().encode())
        with path.open("rb") as file:
            while piece := file.read(1 << 20):
                digest.update(piece)
    return Transformer(f"{name.rstrip('/').rpartition('/')[2]}-{digest.hexdigest()}", folder)


def _of_hub(name: str, *, may_fetch: bool) -> Path:
    """Return the folder of a hub's model, which is brought when that is allowed and it is not here."""
    from huggingface_hub import snapshot_download

    full = name if "/" in name else f"sentence-transformers/{name}"
    try:
        return Path(snapshot_download(full, local_files_only=True, allow_patterns=_WANTED))
    except Exception as exc:  # the hub's library raises many kinds, some of them of other libraries
        if not may_fetch:
            message = f"the model {full} is not on this machine: `engrep index` brings it"
            raise StateError(message) from exc
    try:
        return Path(snapshot_download(full, allow_patterns=_WANTED))
    except Exception as exc:
        message = f"the model {full} could not be brought ({type(exc).__name__}: {exc}); name a folder that holds it"
        raise StateError(message) from exc


class Transformer:
    """A sentence-transformers model, loaded when it is first needed; runs in one process only."""

    in_workers = False
    trust = None

    def __init__(self, identity: str, folder: str) -> None:
        self.identity = identity
        self._folder = folder
        self._loaded: Any = None
        self._lock = threading.Lock()  # one model serves the searches of all threads

    @property
    def dimensions(self) -> int:
        """Length of a vector; loads the model."""
        with self._lock:
            return padded(int(self._model().get_embedding_dimension()))

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one unit vector a text, with the prompt that the model has for documents."""
        return self._encoded("encode_document", list(texts))

    def embed_question(self, question: str) -> NDArray[np.float32]:
        """Return a question's vector, with the prompt that the model has for questions."""
        vector: NDArray[np.float32] = self._encoded("encode_query", [question])[0]
        return vector

    def _encoded(self, method: str, texts: list[str]) -> NDArray[np.float32]:
        with self._lock:
            model = self._model()
            try:
                rows = getattr(model, method)(
                    texts, batch_size=BATCH, convert_to_numpy=True, show_progress_bar=False, normalize_embeddings=True
                )
            except (RuntimeError, ValueError, IndexError) as exc:  # torch's: out of memory, a broken model
                message = f"the model in {self._folder} failed ({type(exc).__name__}: {exc}); name another"
                raise StateError(message) from exc
        for at, text in enumerate(texts):
            if not text.strip():
                rows[at] = 0.0
        return unit_rows(rows)

    def _model(self) -> Any:
        if self._loaded is None:
            with _quiet():
                self._loaded = _read(self._folder)
        return self._loaded


def _read(folder: str) -> Any:
    from sentence_transformers import SentenceTransformer

    try:
        return SentenceTransformer(folder, local_files_only=True, trust_remote_code=False)
    except Exception as exc:  # transformers raises whatever its many parts do
        message = f"{folder} holds no model that sentence-transformers can load ({type(exc).__name__}: {exc})"
        raise StateError(message) from exc


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep the bar away that transformers draws while it reads weights, and leave its setting as it was."""
    from transformers.utils import logging

    was_drawing = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if was_drawing:
            logging.enable_progress_bar()
