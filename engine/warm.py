"""The chunks nearest to a question: a coarse scan over the signs of all vectors, then the vectors of the best.

Three sieves, each finer and over fewer: how many signs agree with the question's (all chunks); the question's own numbers
added up by those signs; the cosine. sqlite-vec keeps the signs, but its own scan takes time in proportion to how many it
is to find, and so many are needed (at 78,000 chunks 16 ms of CPU for 200, 126 ms for 1,000); over the same rows as arrays
it is a third of a millisecond for any number. Loading them takes 2 to 3 ms, once a process and index.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from engrep.engine import store_vectors as asking
from engrep.engine.db import Connection
from engrep.engine.store import read_meta
from engrep.engine.vectors import WIDTH_BYTES, Asked, cosines, put_together, sign_bits, some_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from engrep.engine.vectors import Floats, Ints

# Recall of the ten best at 78,000 chunks, questions of semble-dev: docs/decisions.md, "Vectors".
AGREEING = 5_000  # chunks that the first sieve leaves, and of very many their sixteenth
AGREEING_SHARE = 16
RESCORED = 500  # chunks that the second leaves, or twice as many as are asked for


class SignBits:
    """Finds the nearest chunks; may be shared between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._generation: object = None
        self._signs: Signs | None = None
        self._files: tuple[Ints, Ints]

    def nearest(self, connection: Connection, asked: Asked, limit: int) -> list[tuple[int, float]]:
        """Return the chunks nearest to a question, as (chunk id, cosine), the best first."""
        with self._lock:
            generation = (read_meta(connection, "started_ns"), read_meta(connection, "embedded"))
            if self._signs is None or generation != self._generation:
                self._generation, self._signs = generation, Signs(*asking.sign_blocks(connection))
                self._files = asking.first_chunks(connection)
            signs, files = self._signs, self._files
        return rescored(connection, files, signs.near(asked.vector, max(RESCORED, 2 * limit)), asked, limit)


class Signs:
    """The signs of all vectors as arrays."""

    def __init__(self, ids: Ints, rows: NDArray[np.uint8]) -> None:
        import numpy as np

        self.ids, self._rows = ids, rows
        words = rows.view(np.uint64) if rows.shape[1] % 8 == 0 and rows.size else rows
        # A column lies together in memory: scanning by rows takes five to nine times as long.
        self._columns = [np.ascontiguousarray(words[:, at]) for at in range(words.shape[1])]

    def agreeing(self, vector: Floats, limit: int) -> Ints:
        """Return the places of the vectors with the most signs that are the question's, a few more on a tie."""
        import numpy as np

        if len(self.ids) <= limit:
            return np.arange(len(self.ids))
        bits = np.frombuffer(sign_bits(vector[None, :])[0], self._columns[0].dtype)
        differing = np.zeros(len(self.ids), np.uint16)
        for column, word in zip(self._columns, bits, strict=True):
            differing += np.bitwise_count(column ^ word)
        most = np.searchsorted(np.bincount(differing).cumsum(), limit)
        found: Ints = np.flatnonzero(differing <= most)
        return found

    def near(self, vector: Floats, limit: int, agreeing: int | None = None) -> Ints:
        """Return the chunks whose signs, as numbers of one size, come nearest to a question, of so many that agree with it."""
        import numpy as np

        places = self.agreeing(vector, agreeing or max(AGREEING, len(self.ids) // AGREEING_SHARE))
        if len(places) > limit:
            positive = np.unpackbits(self._rows[places], axis=1, bitorder="little").astype(np.float32)
            with np.errstate(invalid="ignore"):  # see `signals.product`
                sums = positive @ vector
            places = places[sums >= np.partition(sums, -limit)[-limit]]
        found: Ints = self.ids[places]
        return found


def rescored(
    connection: Connection, files: tuple[Ints, Ints], chunks: Ints, asked: Asked, limit: int
) -> list[tuple[int, float]]:
    """Return the best of some chunks by the cosines of their vectors, of equal ones the first.

    `files` are all files by their first chunk, and that chunk.
    """
    import numpy as np

    blob_ids, firsts = files
    owners = np.searchsorted(firsts, chunks, side="right") - 1
    some, at = np.unique(owners, return_inverse=True)
    packed = asking.packed_records(connection, blob_ids[some].tolist())
    stored = [packed.get(blob_id, (b"", b"")) for blob_id in blob_ids[some].tolist()]
    counts = np.array([len(widths) // WIDTH_BYTES for widths, _ in stored], np.int64)
    within = chunks - firsts[owners]
    is_held = within < counts[at]
    chunks, places = chunks[is_held], (within + (counts.cumsum() - counts)[at])[is_held]
    found = cosines(asked, some_of(put_together(stored), places))
    best = np.lexsort((chunks, -found))[:limit]
    return list(zip(chunks[best].tolist(), found[best].tolist(), strict=True))
