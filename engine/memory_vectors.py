"""The memories that mean what a question means, whatever their words.

Memories are embedded by a model on this machine alone, a static one: it takes a tenth of a millisecond, so nothing is done
when something is remembered, and what has changed since is embedded when a question comes, or by the next index run. What is
remembered is never sent to a server for its vectors.
"""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from engrep.engine import store_memory_vectors as store
from engrep.engine.db import Connection, DamagedError, Database
from engrep.engine.errors import EngrepError
from engrep.engine.store_memory_vectors import Embedded, Held

if TYPE_CHECKING:
    from engrep.engine.embed import StaticEmbedder
    from engrep.engine.vectors import Floats
    from engrep.engine.warm import Signs

    StaticOf = Callable[[], StaticEmbedder | None]

log = logging.getLogger(__name__)

# The cosine that a memory which has nothing to do with a question has by chance. It is the model's: its makers write into its
# file the least with which no question of `cjk-memory` gets an answer that nothing answers, and none of `memory-precision`
# a wrong one. With four trainings that was .25 thrice and .32 once, and of 25 paraphrases 11 to 13 were found (by words 9);
# .32 was safe with all four and found 9 to 11.
UNMEASURED = 0.32
# The nearest of n texts of other projects comes .032 to .037 nearer each time that there are e times as many, from 75 (the
# memories of `cjk-memory`) to 40,000, with four models and 200 questions. With a fixed noise of .25 82 to 89 of 100 questions
# would get an answer there.
MEASURED_AMONG, GROWS = 75, 0.034

NEAREST = 48  # of all, as many as the words may bring
# The sieves of warm.py, finer: among 100,000 texts they keep all 1,107 of 339 questions' ten nearest that are above the noise.
AGREEING, RESCORED = 1_000, 100
AT_ONCE = 256  # changes that a question waits for, at most 20 ms; what is left waits for the next one, or an index run
BATCH = 2_000  # changes of a transaction of an index run
MOST_READ = 4_000  # characters of a memory
WAIT_SECONDS = 0.05  # for another process that embeds: it writes the same


class MemoryVectors:
    """The vectors of one file of memories; may be shared between threads."""

    def __init__(self, vectors: Database) -> None:
        self._vectors = vectors
        self._lock = threading.Lock()
        self._held: Held | None = None
        self._signs: Signs | None = None

    def near(self, memories: Connection, question: str, embedder_of: StaticOf) -> dict[int, float]:
        """Return how far memories are above the noise by the cosines of their vectors; what fails here is only logged."""
        try:
            if not store.last_event(memories) or (embedder := embedder_of()) is None:
                return {}
            self._embed(memories, embedder, AT_ONCE)
            from engrep.engine.search import vector_of

            vector = vector_of(question, embedder)
            return {} if vector is None else self._nearest(memories, embedder, vector)
        except EngrepError as error:
            log.info("memories are recalled without vectors: %s", error)
            return {}

    def catch_up(self, memories: Database, embedder_of: StaticOf) -> None:
        """Embed all memories that have changed; a file of vectors that is damaged is made anew.

        Raises:
            EngrepError: a file cannot be read or written, or there is no such embedder.

        """
        with memories.reading() as connection:
            if not store.last_event(connection) or (embedder := embedder_of()) is None:
                return
            try:
                self._embed_all(connection, embedder)
            except DamagedError:
                aside = self._vectors.set_aside()
                log.warning("%s was damaged and is made anew; the old one is %s", self._vectors.path, aside or "gone")
                self._embed_all(connection, embedder)

    def close(self) -> None:
        """Close the file."""
        self._vectors.close()

    def _embed_all(self, memories: Connection, embedder: StaticEmbedder) -> None:
        while self._embed(memories, embedder, BATCH):
            pass

    def _embed(self, memories: Connection, embedder: StaticEmbedder, most: int) -> bool:
        """Embed the memories of the next changes; tell whether there were any."""
        from engrep.engine.vectors import embed

        last, name = store.last_event(memories), store.name_of(memories)
        with self._vectors.reading() as connection:
            before = store.held(connection)
        ours = (embedder.identity, embedder.dimensions, name)
        seen = before.seen if before is not None and before[:3] == ours and before.seen <= last else 0
        if before is not None and seen == last:
            return False
        upto, bodies = store.changed(memories, seen, most)
        made = embed(embedder, [body[:MOST_READ] for body in bodies.values()])
        embedded = {row: Embedded(*each) for row, *each in zip(bodies, *made, strict=True)}
        with self._vectors.writing(wait_seconds=WAIT_SECONDS) as connection:
            if store.held(connection) == before:  # else another process was here
                store.add(connection, embedded, Held(*ours, upto))
        return True

    def _nearest(self, memories: Connection, embedder: StaticEmbedder, vector: Floats) -> dict[int, float]:
        import numpy as np

        from engrep.engine.vectors import Asked, cosines, pack, put_together
        from engrep.engine.warm import Signs

        with self._vectors.reading() as connection:
            held = store.held(connection)
            if held is None or held[:3] != (embedder.identity, embedder.dimensions, store.name_of(memories)):
                return {}
            with self._lock:
                if self._signs is None or held != self._held:
                    self._held, self._signs = held, Signs(*store.signs(connection))
                signs = self._signs
            records = store.records(connection, signs.near(vector, RESCORED, AGREEING).tolist())
        if not records:
            return {}
        rows = np.fromiter(records, np.int64, len(records))
        found = cosines(Asked(vector, embedder), put_together([pack(list(records.values()))]))
        best = np.lexsort((rows, -found))[:NEAREST]
        noise = noise_among(len(signs.ids), embedder.noise)
        above = zip(rows[best].tolist(), (found[best] - noise).tolist(), strict=True)
        near = {row: likeness for row, likeness in above if likeness > 0.0}
        current = store.unchanged(memories, near, held.seen)
        return {row: likeness for row, likeness in near.items() if row in current}


def noise_among(n_memories: int, noise: float | None) -> float:
    """Return the cosine that the nearest of so many memories has by chance, given a model's noise."""
    return (UNMEASURED if noise is None else noise) + GROWS * math.log(max(n_memories, MEASURED_AMONG) / MEASURED_AMONG)
