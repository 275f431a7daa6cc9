"""Look at the best places once more with a second model: an option, off by default, for models too slow to embed an index.

Only the text of the first places is embedded, when a question meets it, and kept in vectors.db by content: the next question
that meets it waits for its own vector alone. What the model finds is one more signal. docs/decisions.md has its gain and cost.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from engrep.engine import store_search as asking
from engrep.engine import store_vectors
from engrep.engine.db import Connection, Database
from engrep.engine.embed import Embedder, EmbedderOf
from engrep.engine.embedders import load, settled
from engrep.engine.errors import EngrepError, UsageError
from engrep.engine.hits import lines_of
from engrep.engine.query import Query
from engrep.engine.rank import Ranked
from engrep.engine.search import vector_of
from engrep.engine.signals import above_floor
from engrep.engine.store_vectors import Entry
from engrep.engine.trust import trust_in
from engrep.engine.vectors import Asked, cosines, embed, key_of, pack, put_together
from engrep.indexers.redact import redact

if TYPE_CHECKING:
    from engrep.engine.pool import Floats

log = logging.getLogger(__name__)

SECOND_STAGE_VARIABLE = "ENGREP_SECOND_STAGE"
LOOKED_AT = 50  # places
WEIGHT = 1.5  # times the trust in the model: what the vectors of the first stage weigh
REST_SECONDS = 30.0  # after a failure: each search would wait for it again
_LONGEST = 1500  # characters of a place, as many as a chunk has
_WAIT_SECONDS = 1.0


class SecondStage:
    """The second model of one `Memory`; may be shared between threads."""

    def __init__(self, given: EmbedderOf | str | None, home: Path | None, vectors: Database) -> None:
        self._given = settled(given) if isinstance(given, str) else given
        self._home, self._vectors = home, vectors
        self._resting: tuple[float, str] = (0.0, "")

    def places_for(self, query: Query) -> int:
        """Return how many places it wants to see: none where it is switched off, or a name decides."""
        is_on = self._given is not None or os.environ.get(SECOND_STAGE_VARIABLE, "").strip()
        return LOOKED_AT if is_on and query.shape == "question" and not query.leading else 0

    def looked_over(
        self, connection: Connection, root: Path, query: Query, ranked: Sequence[Ranked]
    ) -> tuple[list[Ranked], str | None]:
        """Return the places with the first of them in their new order, and what went wrong, if something did.

        Raises:
            UsageError: the environment names no model.

        """
        until, problem = self._resting
        first, rest = list(ranked[:LOOKED_AT]), list(ranked[LOOKED_AT:])
        if not first or time.monotonic() < until:
            return [*first, *rest], problem or None
        try:
            values = self._values(query.text, _texts(connection, root, first))
        except UsageError:
            raise
        except Exception as exc:  # noqa: BLE001 - a server, a foreign library: the first stage's order stands
            self._resting = (time.monotonic() + REST_SECONDS, str(exc) or type(exc).__name__)
            return [*first, *rest], self._resting[1]
        looked = [
            replace(entry, score=entry.score + value, why=(*entry.why, ("second_stage", value)) if value else entry.why)
            for entry, value in zip(first, values.tolist(), strict=True)
        ]
        return [*sorted(looked, key=lambda entry: -entry.score), *rest], None

    def _values(self, question: str, texts: Sequence[str]) -> Floats:
        """Return what the model adds to the score of each text."""
        import numpy as np

        embedder = self._given() if callable(self._given) else load(self._given or os.environ[SECOND_STAGE_VARIABLE])
        vector = vector_of(question, embedder) if embedder is not None else None
        if embedder is None or vector is None:
            return np.zeros(len(texts), np.float32)
        keys = [key_of(embedder, text) for text in texts]
        entries = self._entries(embedder, dict(zip(keys, texts, strict=True)))
        found = cosines(Asked(vector, embedder), put_together([pack([entries[key].record for key in keys])]))
        values: Floats = WEIGHT * trust_in(embedder, self._home).value * above_floor(found)
        return values

    def _entries(self, embedder: Embedder, texts: Mapping[bytes, str]) -> dict[bytes, Entry]:
        """Return the vectors of texts: those that are kept, the others from the model; no one waits while it works."""
        known = self._kept(texts)
        missing = {key: text for key, text in texts.items() if key not in known}
        if not missing:
            return known
        records, signs = embed(embedder, list(missing.values()))
        made = {key: Entry(key, *own) for key, *own in zip(missing, records, signs, strict=True)}
        try:
            with self._vectors.writing(wait_seconds=_WAIT_SECONDS) as connection:
                store_vectors.keep(connection, made.values())
        except (EngrepError, OSError) as exc:
            log.info("the second stage's vectors could not be kept: %s", exc)
        return known | made

    def _kept(self, texts: Mapping[bytes, str]) -> dict[bytes, Entry]:
        if not self._vectors.path.exists():
            return {}
        try:
            with self._vectors.writing(wait_seconds=_WAIT_SECONDS) as connection:
                return store_vectors.find(connection, texts)
        except (EngrepError, OSError) as exc:
            log.info("the second stage's vectors could not be read: %s", exc)
            return {}


def _texts(connection: Connection, root: Path, ranked: Sequence[Ranked]) -> list[str]:
    """Return what the model reads of each place: where it is, its name, and its lines."""
    chunks = asking.chunk_rows(connection, [entry.chunk_id for entry in ranked])
    of_chunks = (chunks[entry.chunk_id].symbol_id for entry in ranked)
    symbols = asking.symbols_by_id(connection, {symbol_id for symbol_id in of_chunks if symbol_id is not None})
    texts = []
    for entry in ranked:
        chunk = chunks[entry.chunk_id]
        symbol = symbols.get(chunk.symbol_id) if chunk.symbol_id is not None else None
        lines = lines_of(root, entry.file.path, chunk.start_line, chunk.end_line) or ""
        text = f"{entry.file.path} {symbol.qualified_name if symbol else ''}\n{lines[:_LONGEST]}"
        texts.append(redact(text, path=entry.file.path).text if ".env" in entry.file.path else text)
    return texts
