"""A real server on this machine that speaks OpenAI's chat completions and says what a test tells it to.

with serving() as server:
    server.say("ready")                                    # replies in order …
    server.say(Say(calls=(("search", {"query": "retry"}),)))
    server.say(Say(status=429, headers={"Retry-After": "0"}))
    server.say(Say(json={"approved": True}, usage=(120, 8)))
    server.answer = lambda asked: "yes" if "why" in asked.last else "no"   # … then by a function of the request
    run_with(server.environment())
    assert server.asked[0].tools == ("search",)
"""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MODEL = "scripted"


@dataclass(frozen=True, slots=True)
class Say:
    """One scripted reply, streamed in pieces when the request asks for that."""

    text: str = ""
    calls: tuple[tuple[str, Any], ...] = ()  # name and arguments; a str is sent as it is, anything else as JSON
    reasoning: str = ""
    json: Any = None  # in place of a text
    usage: tuple[int, int] | None = (10, 5)  # tokens sent and received; None: not told
    finish: str | None = "stop"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None  # in place of all of the above
    pause: float = 0.0  # seconds before it, less when the server closes
    between: float = 0.0  # seconds between two pieces
    cut: int | None = None  # end the connection after so many pieces
    hang: int | None = None  # fall silent after so many pieces, until the server closes
    beats: int = 0  # comments that only say that the connection lives, before the first piece
    whole: bool = False  # no stream, though one was asked for
    pieces: tuple[Mapping[str, Any], ...] | None = None  # the very pieces of the stream, in place of made ones
    done: bool = True  # end the stream with [DONE]
    run: Callable[[], object] | None = None  # called before the reply is sent

    @property
    def content(self) -> str:
        """The text of the reply."""
        return self.text if self.json is None else json.dumps(self.json, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Asked:
    """One request that came."""

    body: Mapping[str, Any]
    headers: Mapping[str, str]  # names in lower case
    path: str

    @property
    def messages(self) -> list[dict[str, Any]]:
        """Its messages."""
        return list(self.body["messages"])

    @property
    def last(self) -> str:
        """The text of its last message."""
        return str(self.messages[-1].get("content") or "")

    @property
    def system(self) -> str:
        """All that its system messages say."""
        return "\n".join(str(each["content"]) for each in self.messages if each["role"] == "system")

    @property
    def text(self) -> str:
        """All that it says, as JSON."""
        return json.dumps(self.body, ensure_ascii=False)

    @property
    def tools(self) -> tuple[str, ...]:
        """The names of the tools that it offers."""
        return tuple(each["function"]["name"] for each in self.body.get("tools", ()))

    @property
    def form(self) -> str:
        """The kind of answer that it wants: json_schema, json_object or ""."""
        return str(self.body.get("response_format", {}).get("type", ""))


class ModelServer(ThreadingHTTPServer):
    """Replies from its queue, then by its function; without either it repeats the last message."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.script: deque[Say] = deque()
        self.answer: Callable[[Asked], Say | str | dict[str, Any]] = lambda asked: asked.last
        self.asked: list[Asked] = []
        self.refuses: set[str] = set()  # stream_options, json_schema, json_object, tools, max_tokens: answered with 400
        self.key = ""  # the only one that is let in
        self.closing = threading.Event()
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def say(self, *replies: Say | str | dict[str, Any]) -> None:
        """Put replies into the queue."""
        self.script.extend(map(as_say, replies))

    def environment(self, **more: str) -> dict[str, str]:
        """Give the variables with which engrep asks this server."""
        return {"ENGREP_MODEL": MODEL, "ENGREP_MODEL_URL": self.url, **more}

    def next_reply(self, asked: Asked) -> Say:
        """Choose the reply to a request."""
        with self.lock:
            self.asked.append(asked)
            problem = self._refused(asked)
            if problem is not None:
                return problem
            if self.script:
                return self.script.popleft()
        return as_say(self.answer(asked))

    def _refused(self, asked: Asked) -> Say | None:
        if self.key and asked.headers.get("authorization") != f"Bearer {self.key}":
            return error(401, "Incorrect API key provided")
        used = {asked.form, *asked.body} & self.refuses
        if used:
            name = min(used)
            hint = ": use max_completion_tokens" if name == "max_tokens" else ""
            return error(400, f"{name} is not supported{hint}")
        return None


def as_say(reply: Say | str | dict[str, Any]) -> Say:
    """Give a reply for a text, or for a dict that is to be its JSON."""
    return reply if isinstance(reply, Say) else Say(reply) if isinstance(reply, str) else Say(json=reply)


def error(status: int, message: str, **headers: str) -> Say:
    """Give a reply that is an error; headers in Python's spelling: Retry_After="1"."""
    body = json.dumps({"error": {"message": message, "type": "error", "code": None}}).encode()
    return Say(status=status, body=body, headers={name.replace("_", "-"): value for name, value in headers.items()})


@contextmanager
def serving() -> Iterator[ModelServer]:
    """Run a server in a thread."""
    server = ModelServer()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()


def calls_of(say: Say) -> list[dict[str, Any]]:
    """Give the tool calls of a reply as the protocol writes them."""
    return [
        {
            "index": at,
            "id": f"call_{at}",
            "type": "function",
            "function": {"name": name, "arguments": given if isinstance(given, str) else json.dumps(given)},
        }
        for at, (name, given) in enumerate(say.calls)
    ]


def usage_of(say: Say) -> dict[str, Any]:
    """Give the usage of a reply as the protocol writes it."""
    sent, received = say.usage or (0, 0)
    return {"prompt_tokens": sent, "completion_tokens": received, "total_tokens": sent + received}


def whole(say: Say) -> dict[str, Any]:
    """Give a reply that is not streamed."""
    message: dict[str, Any] = {"role": "assistant", "content": say.content or None}
    if say.reasoning:
        message["reasoning_content"] = say.reasoning
    if say.calls:
        message["tool_calls"] = calls_of(say)
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls" if say.calls else say.finish}
    told = {"usage": usage_of(say)} if say.usage else {}
    return {"id": "1", "object": "chat.completion", "model": MODEL, "choices": [choice], **told}


def pieces(say: Say, *, with_usage: bool) -> Iterator[dict[str, Any]]:
    """Give the pieces of a streamed reply: words, and the arguments of calls in two halves."""

    def piece(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        return {"id": "1", "object": "chat.completion.chunk", "model": MODEL, "choices": [choice]}

    yield piece({"role": "assistant", "content": ""})
    for word in _words(say.reasoning):
        yield piece({"reasoning_content": word})
    for word in _words(say.content):
        yield piece({"content": word})
    for call in calls_of(say):
        arguments = call["function"]["arguments"]
        half = len(arguments) // 2
        yield piece({"tool_calls": [{**call, "function": {**call["function"], "arguments": arguments[:half]}}]})
        yield piece({"tool_calls": [{"index": call["index"], "function": {"arguments": arguments[half:]}}]})
    if say.finish:
        yield piece({}, "tool_calls" if say.calls else say.finish)
    if say.usage and with_usage:
        yield {"id": "1", "object": "chat.completion.chunk", "model": MODEL, "choices": [], "usage": usage_of(say)}


def _words(text: str) -> list[str]:
    words = text.split(" ")
    return [word if at == len(words) - 1 else word + " " for at, word in enumerate(words)] if text else []


class _Handler(BaseHTTPRequestHandler):
    server: ModelServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._send(200, json.dumps({"object": "list", "data": [{"id": MODEL, "object": "model"}]}).encode(), {})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        asked = Asked(body, {name.lower(): value for name, value in self.headers.items()}, self.path)
        say = self.server.next_reply(asked)
        if say.pause:
            self.server.closing.wait(say.pause)
        if say.run:
            say.run()
        try:
            if say.body is not None:
                self._send(say.status, say.body, say.headers)
            elif not body.get("stream") or say.whole or say.status != 200:
                self._send(say.status, json.dumps(whole(say)).encode(), say.headers)
            else:
                self._stream(say, with_usage=bool(body.get("stream_options", {}).get("include_usage")))
        except OSError:  # nobody waits any more
            self.close_connection = True

    def _send(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _stream(self, say: Say, *, with_usage: bool) -> None:
        self.send_response(200)
        for name, value in {"Content-Type": "text/event-stream", **say.headers}.items():
            self.send_header(name, value)
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        for _ in range(say.beats):
            self._write(b": keep-alive\n\n", say.between)
        made = say.pieces if say.pieces is not None else pieces(say, with_usage=with_usage)
        for at, piece in enumerate(made):
            if at == say.hang:
                self.server.closing.wait(60)
            if at in (say.cut, say.hang):
                return
            self._write(f"data: {json.dumps(piece, ensure_ascii=False)}\n\n".encode(), say.between)
        if say.done:
            self._write(b"data: [DONE]\n\n", 0.0)

    def _write(self, data: bytes, wait: float) -> None:
        self.wfile.write(data)
        self.wfile.flush()
        if wait:
            self.server.closing.wait(wait)

    def log_message(self, *_: object) -> None:
        """Say nothing."""
