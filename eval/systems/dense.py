"""The baseline of vectors alone: engrep's chunks and model, every chunk compared with the question, and nothing else."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from engrep.engine.embed import Embedder
from engrep.engine.embedders import default_embedder
from engrep.engine.errors import StateError, UsageError
from engrep.engine.prepare import Job, prepare
from engrep.engine.prepare import Prepared as PreparedFile
from engrep.engine.search import vector_of
from engrep.eval.cases import Found, Prepared
from engrep.eval.systems.code import chosen
from engrep.eval.systems.engrep_code import model_of
from engrep.indexers.modules import NO_HINTS
from engrep.indexers.walk import FoundFile, walk

if TYPE_CHECKING:
    from engrep.engine.pool import Floats


@dataclass(frozen=True, slots=True)
class Dense:
    """`dense`, or `dense@PATH.npz` for another model than the configured one."""

    name: str
    embedder: Embedder

    @contextmanager
    def open(self, root: Path, state: Path) -> Iterator[DenseIndex]:
        """Begin with a folder; nothing is stored."""
        del state
        yield DenseIndex(root, self.embedder)


class DenseIndex:
    """The chunks of one folder with their vectors, in full precision."""

    def __init__(self, root: Path, embedder: Embedder) -> None:
        self._root, self._embedder = root, embedder
        self._chunks: list[Found] = []
        self._vectors: Floats | None = None

    def update(self) -> Prepared:
        """Read and embed every file."""
        started = time.perf_counter()
        files = [entry for entry in walk(self._root) if isinstance(entry, FoundFile)]
        read = [prepare(self._root, Job(*_stat(file), b""), NO_HINTS, for_model=True) for file in files]
        prepared = [each for each in read if isinstance(each, PreparedFile)]
        self._chunks = [chunk for each in prepared for chunk in _places(each)]
        self._vectors = self._embedder.embed([text for each in prepared for text in each.light])
        seconds = time.perf_counter() - started
        return Prepared(seconds, len(prepared), sum(each.lines for each in prepared), self._vectors.nbytes)

    def search(self, query: str, *, limit: int, from_file: str | None, per_symbol: bool) -> Sequence[Found]:
        """Rank all chunks by the cosine of their vectors and the question's."""
        del from_file
        import numpy as np

        vector = vector_of(query, self._embedder)
        if vector is None or self._vectors is None:
            return []
        cosines = self._vectors @ vector
        order = np.argsort(-cosines, kind="stable").tolist()
        ranked = (replace(self._chunks[at], score=float(cosines[at])) for at in order if cosines[at] > 0)
        return chosen(ranked, limit, per_symbol=per_symbol)


def _stat(file: FoundFile) -> tuple[str, int, int]:
    return file.path, file.size, file.mtime_ns


def _places(file: PreparedFile) -> Iterator[Found]:
    for symbol, start, end in file.chunks:
        if symbol < 0:
            yield Found(file.job.path, start, end, module=file.module)
        else:
            name, below_module = file.symbols[symbol][:2]
            yield Found(file.job.path, start, end, name, file.module + below_module, file.module)


def dense(rest: str) -> Dense:
    """Read which model to use.

    Raises:
        UsageError: what follows the name is no model.
        StateError: there is none.

    """
    if not re.fullmatch(r"(@.+\.npz)?", rest):
        message = f"dense{rest} is neither dense nor dense@PATH.npz"
        raise UsageError(message)
    embedder = (model_of(rest) or default_embedder)()
    if embedder is None:
        message = "dense needs a model: name one in ENGREP_EMBEDDER, or its file as dense@PATH.npz"
        raise StateError(message)
    return Dense(f"dense{rest}", embedder)
