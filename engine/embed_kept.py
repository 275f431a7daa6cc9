"""Put a store of what was embedded before in front of a server that somebody may be charged for."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from engrep.engine.db import Database
from engrep.engine.embed_cost import Cost
from engrep.engine.embed_endpoint import BATCH, Endpoint, outgoing
from engrep.engine.errors import EngrepError
from engrep.engine.store_embedded import keep, kept, text_key
from engrep.engine.vectors import dequantise, quantise, step

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

log = logging.getLogger(__name__)


class KeptEndpoint:
    """A server's model; what it says of a text that is searched is kept, and asked for once.

    What is kept has the three bits a number that an index keeps, so that an index comes out the same with it and without.
    """

    in_workers = False

    def __init__(self, inner: Endpoint, database: Database) -> None:
        self.identity, self.trust = inner.identity, inner.trust
        self._inner, self._database = inner, database

    @property
    def dimensions(self) -> int:
        """Length of a vector; asks the server the first time."""
        return self._inner.dimensions

    def cost(self, texts: Sequence[str]) -> Cost:
        """Return what embedding texts would take, without those that are kept."""
        known = self._known([outgoing(text) for text in texts])
        return self._inner.cost([text for text in texts if text_key(outgoing(text)) not in known])

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one unit vector a text, and keep those that are new after each request."""
        import numpy as np

        sent = [outgoing(text) for text in texts]
        known = self._known(sent)
        missing = list(dict.fromkeys(text for text in sent if text and text_key(text) not in known))
        for start in range(0, len(missing), BATCH):
            batch = missing[start : start + BATCH]
            packed = [quantise(row[None, :]) for row in self._inner.embed(batch)]
            rows = list(zip(map(text_key, batch), packed, strict=True))
            known.update(rows)
            self._keep(rows)
        vectors = np.zeros((len(texts), self.dimensions), np.float32)
        told = [at for at, text in enumerate(sent) if text]
        if told:
            together = b"".join(known[text_key(sent[at])] for at in told)
            vectors[told] = dequantise(together, self.dimensions) * np.float32(step(self.dimensions))
        return vectors

    def embed_question(self, question: str) -> NDArray[np.float32]:
        """Return the vector of a question, which is not kept."""
        return self._inner.embed_question(question)

    def _known(self, sent: Sequence[str]) -> dict[bytes, bytes]:
        """Return what is kept; nothing where that cannot be read."""
        keys = dict.fromkeys(text_key(text) for text in sent if text)
        size = self.dimensions * 3 // 8  # a server may have changed its model without another name
        try:
            with self._database.writing() as connection:  # which makes it, the first time
                found = kept(connection, self.identity, keys)
        except EngrepError as exc:
            log.warning("what was embedded before cannot be read: %s", exc)
            return {}
        return {key: vector for key, vector in found.items() if len(vector) == size}

    def _keep(self, rows: Sequence[tuple[bytes, bytes]]) -> None:
        try:
            with self._database.writing() as connection:
                keep(connection, self.identity, rows)
        except EngrepError as exc:
            log.warning("what was embedded cannot be kept, so a run that is stopped would ask again: %s", exc)
