"""One kind of request to one server, sent again when that may help."""

from __future__ import annotations

import json
import logging
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from time import monotonic, sleep
from typing import Any, TypeVar
from urllib import request
from urllib.error import HTTPError
from urllib.parse import urlsplit

from engrep.engine.errors import StateError
from engrep.indexers.redact import redact

log = logging.getLogger(__name__)

FIRST_WAIT = 0.5  # seconds; each further one is twice as long
MAX_REPLY = 256 << 20  # bytes; 256 vectors of 4,096 numbers take about 25 MB as text
_PIECE = 1 << 16
_AGAIN = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 520, 522, 524, 529})
_REFUSED = frozenset({400, 413, 422})

Answer = TypeVar("Answer")


class RefusedError(StateError):
    """The server does not want this request; a smaller one may do."""


class BadReplyError(ValueError):
    """The server's reply is not what was asked for."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a request may take, all in all."""

    attempts: int
    seconds: float  # for each
    longest_wait: float  # seconds between two; a server that wants more is not waited for


class _Stay(request.HTTPRedirectHandler):
    """Follow no redirect: it would take the key elsewhere."""

    def redirect_request(self, *_: object) -> None:
        """Have it reported as the error that it is here."""


class Server:
    """One address with its key."""

    def __init__(self, url: str, key: str, patience: Patience) -> None:
        self._url, self._key, self._patience = url, key, patience
        self._name = urlsplit(url).hostname or url
        # What is on this machine is reached without the proxy that the rest of the world may need.
        is_here = self._name in {"localhost", "127.0.0.1", "::1"}
        self._opener = request.build_opener(_Stay(), *([request.ProxyHandler({})] if is_here else []))

    def __repr__(self) -> str:
        return f"Server({self._url!r})"  # without the key

    def post(self, body: dict[str, Any], read: Callable[[Any], Answer]) -> Answer:
        """Send a request until its reply can be read.

        Raises:
            RefusedError: the server says that the request is wrong.
            StateError: it cannot be reached, gives no readable reply, or refuses the key.

        """
        problem = ""
        for attempt in range(self._patience.attempts):
            wait = FIRST_WAIT * 2**attempt * random.uniform(0.5, 1.0)  # noqa: S311 - no secret
            try:
                return read(self._reply(body))
            except HTTPError as exc:
                problem = self._status(exc)  # raises what another attempt cannot mend
                wait = max(wait, asked_wait(exc.headers))
            except (OSError, HTTPException, ValueError) as exc:  # not reached, cut off, no JSON, no vectors
                problem = f"{type(exc).__name__}: {exc}"
            if attempt + 1 < self._patience.attempts and wait <= self._patience.longest_wait:
                log.info("%s: %s; trying again in %.1f s", self._name, self._clean(problem), wait)
                sleep(wait)
            else:
                break
        message = f"{self._name} gave no embeddings ({self._clean(problem)}): see that it runs, then try again"
        raise StateError(message)

    def _reply(self, body: dict[str, Any]) -> Any:
        headers = {"Content-Type": "application/json", "Accept": "application/json", "User-Agent": "engrep"}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        asked = request.Request(self._url, json.dumps(body).encode(), headers, method="POST")  # noqa: S310 - http(s), see checked_url
        ends = monotonic() + self._patience.seconds
        pieces: list[bytes] = []
        size = 0
        with self._opener.open(asked, timeout=self._patience.seconds) as reply:
            while piece := reply.read1(_PIECE):
                pieces.append(piece)
                size += len(piece)
                if size > MAX_REPLY or monotonic() > ends:
                    message = f"the reply takes more than {self._patience.seconds:.0f} s or {MAX_REPLY >> 20} MB"
                    raise BadReplyError(message)
            if reply.length:
                message = f"the reply was cut off {reply.length} bytes before its end"
                raise BadReplyError(message)
        return json.loads(b"".join(pieces))

    def _status(self, error: HTTPError) -> str:
        """Describe a failed request that may be sent again; raise for any other."""
        try:
            said = error.read(2000).decode("utf-8", "replace")
        except (OSError, HTTPException):
            said = ""
        problem = " ".join(f"HTTP {error.code} {said}".split())[:300]
        if error.code in _AGAIN:
            return problem
        named = f"{self._name}: {self._clean(problem)}"
        if error.code in _REFUSED:
            raise RefusedError(named) from None
        if error.code in {401, 403}:
            message = f"{named}: it wants another key; set ENGREP_EMBEDDER_KEY"
            raise StateError(message) from None
        message = f"{named}: check the model's name and the address"
        raise StateError(message) from None

    def _clean(self, text: str) -> str:
        """Take the key out of what a server echoes, and whatever else looks like a secret."""
        return redact(text.replace(self._key, "[key]") if self._key else text).text


def asked_wait(headers: Message) -> float:
    """Return the seconds that a server asks to wait, 0 when it does not say: `Retry-After: 2` or a date."""
    for name, unit in (("Retry-After-Ms", 0.001), ("Retry-After", 1.0)):
        value = headers.get(name, "").strip()
        try:
            seconds = float(value) * unit
        except ValueError:
            continue
        if 0.0 <= seconds < float("inf"):
            return seconds
    try:
        at = parsedate_to_datetime(headers.get("Retry-After", ""))
    except (TypeError, ValueError):
        return 0.0
    return max((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() - datetime.now(UTC).timestamp(), 0.0)
