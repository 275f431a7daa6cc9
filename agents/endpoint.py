"""One model behind one address: the only file that knows the openai package, and that sends anything to a model.

The request runs in a thread of its own and its pieces come through a queue. So a call ends when its time is over or nobody
wants it any more, whatever the server does: a socket that is being read cannot be interrupted everywhere.
"""

from __future__ import annotations

import contextlib
import json
import logging
import queue
import threading
import weakref
from collections.abc import Callable, Iterator
from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING, Any

from engrep.agents import endpoint_errors as failing
from engrep.agents.assembling import Assembly, tokens_of
from engrep.agents.config_types import Key, ModelSettings
from engrep.agents.model_types import Answer, Delta
from engrep.agents.wire import JSON_MODE, MAX_REPLY, SCHEMA, Wanted, body_of, events, refused_feature
from engrep.engine.errors import ModelError

if TYPE_CHECKING:
    from openai import OpenAI

log = logging.getLogger(__name__)

_POLL = 0.05  # seconds between looks at whether the call is still wanted
_LEAST_KEY = 16  # characters: `ollama` and `EMPTY` are no secrets, and are words of answers
_OWN_HEADERS = frozenset({
    "host", "accept", "accept-encoding", "connection", "content-type", "content-length", "user-agent",
    "x-stainless-raw-response",  # by it the SDK knows, when the reply comes, how to hand it over
})  # fmt: skip
_END = object()
_ALIVE = object()


class Endpoint:
    """Asks one model; remembers which features its server refuses."""

    def __init__(self, settings: ModelSettings, key: Key) -> None:
        self.settings = settings
        self._key = key
        self._without = frozenset[str]()
        self._client: OpenAI | None = None
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"Endpoint({self.settings.name!r} at {self.settings.where})"

    @property
    def structured(self) -> str:
        """How the server is made to answer in a schema: json_schema, json_object or prompt, as far as is known."""
        return SCHEMA if SCHEMA not in self._without else JSON_MODE if JSON_MODE not in self._without else "prompt"

    def ask(self, wanted: Wanted, on_delta: Callable[[Delta], None], cancel: threading.Event) -> Answer:
        """Make one request, again without a feature that the server refuses, and return its answer.

        Raises:
            ModelError: there is no usable answer.

        """
        while True:
            body = body_of(wanted, self.settings.model, self._without, self.settings.extra)
            try:
                return self._answer(body, wanted, on_delta, cancel)
            except ModelError as exc:
                feature = refused_feature(body, str(exc).lower()) if exc.kind == "refused" else None
                if feature is None:
                    raise
                log.info("%s takes no %s", self.settings.name, feature)
                self._without |= {feature}

    def _answer(
        self, body: dict[str, Any], wanted: Wanted, on_delta: Callable[[Delta], None], cancel: threading.Event
    ) -> Answer:
        begun, first = monotonic(), 0.0
        secret = self._key.reveal() if len(self._key.reveal()) >= _LEAST_KEY else ""
        assembly, is_streamed, is_over = Assembly(secret), True, False
        for piece in self._pieces(body, cancel):
            first = first or monotonic() - begun
            if piece == "[DONE]":
                is_over = True
                break
            is_streamed = isinstance(piece, str)
            for delta in self._taken(assembly, piece):
                on_delta(delta)
        for delta in assembly.rest():
            on_delta(delta)
        if is_streamed and not is_over and not assembly.finish:
            raise failing.broken("the stream was cut", "cut", self.settings, self._key)
        try:
            answer = assembly.answer(tokens_of(wanted.messages, wanted.tools))
        except ModelError as exc:
            raise failing.broken(str(exc), exc.kind, self.settings, self._key) from exc
        return _with_times(answer, self.settings, monotonic() - begun, first, is_streamed=is_streamed)

    def _taken(self, assembly: Assembly, piece: str | bytes) -> Iterator[Delta]:
        try:
            yield from assembly.take(json.loads(piece))
        except ModelError as exc:
            raise failing.broken(str(exc), exc.kind, self.settings, self._key) from exc
        except (ValueError, RecursionError) as exc:
            told = piece if isinstance(piece, str) else piece.decode("utf-8", "replace")
            raise failing.broken(
                f"no JSON: {failing.cleaned(told, self._key)[:120]}", "malformed", self.settings, self._key
            ) from exc

    def _pieces(self, body: dict[str, Any], cancel: threading.Event) -> Iterator[str | bytes]:
        """Give the pieces of a reply as they come: texts of events, or the bytes of one that came whole."""
        channel: queue.Queue[object] = queue.Queue()
        gone = threading.Event()
        thread = threading.Thread(target=self._pump, args=(body, channel, gone), daemon=True)
        thread.start()
        try:
            yield from self._waited(channel, cancel)
        finally:
            gone.set()

    def _waited(self, channel: queue.Queue[object], cancel: threading.Event) -> Iterator[str | bytes]:
        times = self.settings.timeouts
        begun = last = monotonic()
        allowed, what = times.first, "gave no answer"
        while True:
            ends = min(last + allowed, begun + times.total)
            try:
                got = channel.get(timeout=max(min(_POLL, ends - monotonic()), 0.001))
            except queue.Empty:
                if cancel.is_set():
                    raise failing.cancelled(self.settings) from None
                if monotonic() >= ends:
                    is_total = ends >= begun + times.total
                    raise failing.timed_out(
                        "did not finish" if is_total else what, times.total if is_total else allowed, self.settings
                    ) from None
                continue
            last = monotonic()
            if got is _END:
                return
            if isinstance(got, BaseException):
                raise got
            if cancel.is_set():
                raise failing.cancelled(self.settings)
            if isinstance(got, str | bytes):
                allowed, what = times.between, "fell silent in the middle of its answer"
                yield got

    def _pump(self, body: dict[str, Any], channel: queue.Queue[object], gone: threading.Event) -> None:
        """Make the request and put what comes into the channel, until nobody reads it any more."""
        try:
            for piece in self._received(body):
                if gone.is_set():
                    return
                channel.put(_ALIVE if piece is None else piece)
            channel.put(_END)
        except Exception as exc:  # noqa: BLE001 - it is raised again where the caller waits
            channel.put(self._explained(exc))

    def _received(self, body: dict[str, Any]) -> Iterator[str | bytes | None]:
        messages, model, rest = body["messages"], body["model"], {**body}
        for each in ("messages", "model", "stream"):
            rest.pop(each)
        ask = self._opened().chat.completions.with_streaming_response.create
        with ask(messages=messages, model=model, stream=True, extra_body=rest) as response:
            kind = response.headers.get("content-type", "")
            if "event-stream" in kind or ("json" not in kind and "html" not in kind):
                yield from events(response.iter_bytes())
                return
            whole, size = list[bytes](), 0
            for chunk in response.iter_bytes():
                whole.append(chunk)
                size += len(chunk)
                if size > MAX_REPLY:
                    raise ModelError(f"the reply has more than {MAX_REPLY >> 20} MB", kind="malformed")
            yield b"".join(whole)

    def _explained(self, error: Exception) -> ModelError:
        import httpx2
        import openai

        if isinstance(error, ModelError):
            return failing.broken(str(error), error.kind, self.settings, self._key)
        if isinstance(error, openai.APIStatusError):
            return failing.status_error(
                error.status_code, _said(error.body), error.response.headers, self.settings, self._key
            )
        if isinstance(error, openai.APITimeoutError | httpx2.TimeoutException):
            cause = error.__cause__ or error
            if isinstance(cause, httpx2.ConnectTimeout):
                return failing.unreachable("no connection in time", self.settings, self._key)
            return failing.timed_out("gave no answer", self.settings.timeouts.first, self.settings)
        if isinstance(error, openai.APIConnectionError):
            return failing.unreachable(str(error.__cause__ or error), self.settings, self._key)
        kind = "cut" if isinstance(error, httpx2.HTTPError) else "malformed"
        return failing.broken(f"{type(error).__name__}: {error}", kind, self.settings, self._key)

    def warm(self) -> None:
        """Load the SDK and make the client now, so that the first request need not: it takes about 0.4 s."""
        self._opened()

    def _opened(self) -> OpenAI:
        with self._lock:
            if self._client is None:
                self._client = _client(self.settings, self._key)
                weakref.finalize(self, self._client.close)
            return self._client

    def close(self) -> None:
        """Let go of the connections."""
        with self._lock, contextlib.suppress(Exception):
            if self._client is not None:
                self._client.close()
            self._client = None


def _client(settings: ModelSettings, key: Key) -> OpenAI:
    import httpx2
    from openai import OpenAI

    def only_ours(request: httpx2.Request) -> None:
        """Leave the headers that a request needs, and its own key: the SDK adds what the environment says of OpenAI."""
        for name in [each for each in request.headers if each.lower() not in _OWN_HEADERS]:
            del request.headers[name]
        request.headers["user-agent"] = "engrep"
        if key:
            request.headers["authorization"] = f"Bearer {key.reveal()}"

    times = settings.timeouts
    reading = max(times.first, times.between)
    timeout = httpx2.Timeout(connect=times.connect, read=reading, write=reading, pool=reading)
    # No redirect is followed: it would take the request elsewhere. What is on this machine is reached without a proxy.
    http = httpx2.Client(
        timeout=timeout, follow_redirects=False, trust_env=not settings.is_local, event_hooks={"request": [only_ours]}
    )
    return OpenAI(
        api_key=key.reveal() or "none", base_url=settings.url, max_retries=0, timeout=timeout, http_client=http
    )


def _said(body: object) -> str:
    """Return the message of an error's body, or all of it."""
    if isinstance(body, dict) and isinstance(body.get("message"), str):
        return str(body["message"])
    return body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)


def _with_times(answer: Answer, settings: ModelSettings, seconds: float, first: float, *, is_streamed: bool) -> Answer:
    return replace(
        answer, name=settings.name, model=answer.model or settings.model, seconds=round(seconds, 3),
        first_seconds=round(first, 3), is_streamed=is_streamed,
    )  # fmt: skip
