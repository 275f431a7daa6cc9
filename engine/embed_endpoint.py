"""Any server that speaks OpenAI's `/v1/embeddings`: hosted, or on this machine.

The one request that is needed is made with the standard library. Secrets are taken out of every text before it leaves, the
key comes from the environment alone, and no redirect is followed, so that it reaches nobody else.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from engrep.engine.embed_cost import Cost
from engrep.engine.embed_http import Patience, RefusedError, Server
from engrep.engine.embed_reply import rows_of
from engrep.engine.embed_rows import padded, unit_rows
from engrep.engine.errors import StateError, UsageError
from engrep.indexers.redact import redact, without_hashes
from engrep.indexers.tokens import count_tokens

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

log = logging.getLogger(__name__)

KEY_VARIABLE = "ENGREP_EMBEDDER_KEY"
HOST, HOST_URL, HOST_KEY_VARIABLE = "api.openai.com", "https://api.openai.com/v1", "OPENAI_API_KEY"
BATCH = 256  # texts a request; a server that takes fewer says so, and gets fewer
MAX_CHARS = 6000  # of a text; models read 512 to 8,192 tokens, and what is embedded is far shorter
SHORTEST = 200  # characters that any model takes
INDEXING = Patience(attempts=6, seconds=120.0, longest_wait=60.0)
SEARCHING = Patience(attempts=1, seconds=8.0, longest_wait=0.0)  # a search goes on without vectors rather than wait
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


def checked_url(url: str) -> str:
    """Return the address of an endpoint without a slash at its end.

    Raises:
        UsageError: it is none, or holds a password or a key.

    """
    try:
        parts = urlsplit(url)
        is_url = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        parts, is_url = urlsplit(""), False
    if parts.username or parts.password or parts.query or parts.fragment:
        message = f"the address of an embedding server holds no user, key or query: put the key into {KEY_VARIABLE}"
        raise UsageError(message)
    if not is_url:
        message = f"{url} is no address of an embedding server; it looks like http://localhost:11434/v1"
        raise UsageError(message)
    return url.rstrip("/").removesuffix("/embeddings")


@lru_cache(maxsize=4)
def load_endpoint(model: str, url: str, *, patient: bool) -> Endpoint:
    """Return a server's model; nothing is sent yet. A patient one tries again where the other gives up."""
    host = urlsplit(url).hostname or ""
    server = Server(url + "/embeddings", key_for(host, os.environ), INDEXING if patient else SEARCHING)
    return Endpoint(model, url, server)


def key_for(host: str, environment: Mapping[str, str]) -> str:
    """Return the key for a host, "" for none: the usual variable of one host is sent to that host only.

    Raises:
        StateError: it holds characters that no key has.

    """
    variables = (KEY_VARIABLE, HOST_KEY_VARIABLE) if host == HOST else (KEY_VARIABLE,)
    name, key = next(((name, each) for name in variables if (each := environment.get(name, "").strip())), ("", ""))
    if not (key.isascii() and key.isprintable()):
        message = f"{name} holds characters that no key has: set it again"
        raise StateError(message)
    return key


class Endpoint:
    """A model behind a server; asked by one process, a batch at a time."""

    in_workers = False
    trust = None

    def __init__(self, model: str, url: str, server: Server) -> None:
        self.identity = f"{model}@{url.partition('://')[2]}"  # what stands behind it cannot be hashed
        self.where = urlsplit(url).hostname or url
        self._model, self._server = model, server
        self._is_local = self.where in _LOCAL
        self._width = 0
        self._batch = BATCH
        self._lock = threading.Lock()

    @property
    def dimensions(self) -> int:
        """Length of a vector; asks the server the first time."""
        if not self._width:
            self._rows(["dimensions"])
        return padded(self._width)

    def cost(self, texts: Sequence[str]) -> Cost:
        """Return what embedding texts would take; a server on this machine costs no tokens."""
        sent = {outgoing(text) for text in texts} - {""}
        tokens = 0 if self._is_local else sum(map(count_tokens, sent))
        return Cost(self.where, len(sent), tokens, -(-len(sent) // self._batch))

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one unit vector a text; texts without a word are not sent and give zeros.

        Raises:
            StateError: the server cannot be reached, refuses, or answers with something else than such vectors.

        """
        import numpy as np

        sent = [outgoing(text) for text in texts]
        distinct = list(dict.fromkeys(text for text in sent if text))
        at = {text: number for number, text in enumerate(distinct)}
        found = self._all_rows(distinct)
        rows = np.zeros((len(texts), found.shape[1] if distinct else self.dimensions), np.float32)
        told = [number for number, text in enumerate(sent) if text]
        if told:
            rows[told] = found[[at[sent[number]] for number in told]]
        return unit_rows(rows)

    def embed_question(self, question: str) -> NDArray[np.float32]:
        """Return the vector of a question as it was asked."""
        vector: NDArray[np.float32] = self.embed([question])[0]
        return vector

    def _all_rows(self, texts: Sequence[str]) -> NDArray[np.float32]:
        import numpy as np

        parts: list[NDArray[np.float32]] = []
        done = 0
        while done < len(texts):
            batch = list(texts[done : done + self._batch])
            parts += self._parts(batch)
            done += len(batch)
        return np.concatenate(parts) if parts else np.zeros((0, self._width), np.float32)

    def _parts(self, batch: list[str]) -> list[NDArray[np.float32]]:
        """Embed one batch in as few requests as the server takes.

        It may refuse because one text is too long, or because there are too many: from 10 to 2,048 may come together.
        """
        parts: list[NDArray[np.float32]] = []
        size, taken, done = len(batch), 0, 0
        was_refused = was_shortened = False
        while done < len(batch):
            piece = batch[done : done + size]
            try:
                parts.append(self._rows(piece))
                taken = max(taken, len(piece))
            except RefusedError as exc:
                was_refused = True
                if len(piece) > 1:
                    size = len(piece) // 2
                    continue
                parts.append(self._shortened(piece[0], exc))
                was_shortened, size = True, taken or max(len(batch) // 2, 1)
            done += len(piece)
        if was_refused and not was_shortened:
            self._batch = taken
        return parts

    def _shortened(self, text: str, refused: RefusedError) -> NDArray[np.float32]:
        """Ask for the first half of a text that is too long for the model, and for half of that."""
        while len(text) > SHORTEST:
            text = text[: len(text) // 2]
            try:
                return self._rows([text])
            except RefusedError as exc:
                refused = exc
        raise refused

    def _rows(self, texts: list[str]) -> NDArray[np.float32]:
        with self._lock:
            rows = self._server.post({"model": self._model, "input": texts}, lambda reply: rows_of(reply, len(texts)))
            self._width = self._width or rows.shape[1]
            if rows.shape[1] != self._width:
                message = f"{self.where} gave vectors of {rows.shape[1]} numbers after some of {self._width}: it changed its model; index again with --full"
                raise StateError(message)
        return rows


@lru_cache(maxsize=1 << 16)  # a run asks what it costs, what is kept, and then sends it
def outgoing(text: str) -> str:
    """Return what of a text may leave this machine: no secret, not even the hash that stands for one here."""
    return without_hashes(redact(text[:MAX_CHARS]).text).strip()
