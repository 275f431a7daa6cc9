"""Hold the dense lane of an index against the exact cosines of all its chunks, and time it.

    python -m engrep.eval.speed.nearest ROOT QUESTIONS_JSON

It prints, as JSON, the recall of the ten nearest chunks after each sieve (see engine/warm.py) and the milliseconds of the
lane alone: `cold` as the first question of a process, signs to load; `warm` as every later one; `cpu` is what a busy machine does not
lengthen. The exact vectors are made
anew from the files, in full precision. A chunk counts as found that is as near as the tenth, so that copies of one text
may stand for each other.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from engrep.engine import store, store_vectors
from engrep.engine.db import Connection
from engrep.engine.embed import Embedder
from engrep.engine.embedders import default_embedder
from engrep.engine.errors import StateError
from engrep.engine.places import code_database
from engrep.engine.prepare import Job, Prepared, prepare
from engrep.engine.search import vector_of
from engrep.engine.vectors import Asked
from engrep.engine.warm import AGREEING, AGREEING_SHARE, RESCORED, SignBits, Signs
from engrep.eval.speed.measuring import percentile_95
from engrep.indexers.modules import project_hints
from engrep.indexers.walk import FoundFile, walk

if TYPE_CHECKING:
    from engrep.engine.vectors import Floats, Ints

NEAREST = 10
TOLERANCE = 1e-6  # of a cosine
_TOGETHER = 1000  # texts


def measure_nearest(root: Path, questions: Sequence[str]) -> dict[str, float]:
    """Measure the lane of a root that is indexed with the configured model.

    Raises:
        StateError: there is no model, or the index is not of these files and this model.

    """
    embedder = default_embedder()
    if embedder is None:
        message = "without a model there is no dense lane: name one in ENGREP_EMBEDDER"
        raise StateError(message)
    database = store.open_code(code_database(root))
    try:
        with database.reading() as connection:
            if not store_vectors.is_of_model(connection, embedder.identity):
                message = f"{root} has no vectors of {embedder.identity}: run `engrep index`"
                raise StateError(message)
            asked = [Asked(vector, embedder) for text in questions if (vector := vector_of(text, embedder)) is not None]
            if not asked:
                return {"questions": 0.0}
            return {"questions": float(len(asked)), **_recalls(connection, root, asked), **_times(connection, asked)}
    finally:
        database.close()


def _recalls(connection: Connection, root: Path, asked: Sequence[Asked]) -> dict[str, float]:
    import numpy as np

    ids, vectors = exact_vectors(connection, root, asked[0].embedder)
    signs, lane = Signs(*store_vectors.sign_blocks(connection)), SignBits()
    sieves: dict[str, Callable[[Asked], Ints]] = {
        "recall_agreeing": lambda each: signs.ids[
            signs.agreeing(each.vector, max(AGREEING, len(signs.ids) // AGREEING_SHARE))
        ],
        "recall_coarse": lambda each: signs.near(each.vector, RESCORED),
        "recall": lambda each: np.array([chunk for chunk, _ in lane.nearest(connection, each, NEAREST)]),
    }
    found = dict.fromkeys(sieves, 0.0)
    for each in asked:
        cosines = vectors @ each.vector
        nearest = ids[cosines >= np.partition(cosines, -NEAREST)[-NEAREST] - TOLERANCE]
        for name, sieve in sieves.items():
            found[name] += min(len(np.intersect1d(sieve(each), nearest)), NEAREST) / NEAREST
    return {"chunks": float(len(ids))} | {name: total / len(asked) for name, total in found.items()}


def exact_vectors(connection: Connection, root: Path, embedder: Embedder) -> tuple[Ints, Floats]:
    """Return the ids and the unquantised vectors of all chunks, made from the files."""
    import numpy as np

    files = [file for file in walk(root) if isinstance(file, FoundFile)]
    hints = project_hints([file.path for file in files], {})
    first = {path: (chunk_id, chunks) for path, chunk_id, chunks in store_vectors.chunk_spans(connection)}
    ids: list[int] = []
    texts: list[str] = []
    for file in files:
        prepared = prepare(root, Job(file.path, file.size, file.mtime_ns, b""), hints, for_model=True)
        if isinstance(prepared, Prepared):
            chunk_id, chunks = first.get(file.path, (0, -1))
            if chunks != len(prepared.light):
                message = f"{file.path} has changed since {root} was indexed: run `engrep index`"
                raise StateError(message)
            ids += range(chunk_id, chunk_id + chunks)
            texts += prepared.light
    parts = [embedder.embed(texts[start : start + _TOGETHER]) for start in range(0, len(texts), _TOGETHER)]
    return np.array(ids), np.concatenate(parts)


def _times(connection: Connection, asked: Sequence[Asked]) -> dict[str, float]:
    lane = SignBits()

    def timed(of: SignBits, each: Asked) -> tuple[float, float]:
        wall, cpu = time.perf_counter(), time.process_time()
        of.nearest(connection, each, NEAREST)
        return 1e3 * (time.perf_counter() - wall), 1e3 * (time.process_time() - cpu)

    cold = [timed(SignBits(), each) for each in asked]
    timed(lane, asked[0])
    warm = [timed(lane, each) for each in asked]
    found = {}
    for name, times in (("cold", cold), ("warm", warm)):
        for unit, column in zip(("ms", "cpu_ms"), zip(*times, strict=True), strict=True):
            found[f"{name}_p50_{unit}"] = statistics.median(column)
            found[f"{name}_p95_{unit}"] = percentile_95(column)
    return found


if __name__ == "__main__":
    given = json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))
    print(
        json.dumps(
            {name: round(value, 4) for name, value in measure_nearest(Path(sys.argv[1]).resolve(), given).items()}
        )
    )
