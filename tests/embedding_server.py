"""A real embedding server on this machine that answers as it is told."""

from __future__ import annotations

import json
import threading
import zlib
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np

WIDTH = 16


@dataclass(frozen=True, slots=True)
class Say:
    """One scripted reply; without a body the vectors that were asked for."""

    status: int = 200
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    pause: float = 0.0  # seconds before it
    cut: bool = False  # end the connection in the middle of the body
    most: int | None = None  # refuse requests of more texts, and do not count as a reply
    longest: int | None = None  # refuse texts of more characters, and do not count as a reply


@dataclass(slots=True)
class Asked:
    """What a server was asked."""

    texts: list[str]
    headers: dict[str, str]
    body: dict[str, Any]


class EmbeddingServer(ThreadingHTTPServer):
    """Answers with bags of words as vectors, unless its script says something else."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.script: deque[Say] = deque()
        self.asked: list[Asked] = []
        self.closing = threading.Event()
        self.width = WIDTH
        self.meaning: Callable[[str], str] = str  # what a text is embedded as

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    @property
    def texts(self) -> list[str]:
        """All texts that it was asked for, in order."""
        return [text for asked in self.asked for text in asked.texts]


@contextmanager
def serving() -> Iterator[EmbeddingServer]:
    """Run a server in a thread."""
    server = EmbeddingServer()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()


def bag_of_words(text: str, width: int = WIDTH) -> list[float]:
    """Give a text a vector: the sum of one for each of its words."""
    total = np.zeros(width)
    for word in text.lower().replace("_", " ").replace("(", " ").split():
        total += np.random.default_rng(zlib.crc32(word.encode())).normal(size=width)
    return [float(each) for each in total]


def vectors_of(texts: Sequence[str], width: int = WIDTH) -> dict[str, Any]:
    """Give the reply that a well-behaved server gives."""
    data = [
        {"object": "embedding", "index": at, "embedding": bag_of_words(text, width)} for at, text in enumerate(texts)
    ]
    return {"object": "list", "data": data, "usage": {"prompt_tokens": 1}}


class _Handler(BaseHTTPRequestHandler):
    server: EmbeddingServer

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        texts = body["input"]
        self.server.asked.append(Asked(texts, {name.lower(): value for name, value in self.headers.items()}, body))
        say = self.server.script[0] if self.server.script else Say()
        if say.most is not None or say.longest is not None:
            too_many = say.most is not None and len(texts) > say.most
            if too_many or (say.longest is not None and max(map(len, texts)) > say.longest):
                say = Say(400, b'{"error": {"message": "too much"}}')
        elif self.server.script:
            self.server.script.popleft()
        if say.pause:
            self.server.closing.wait(say.pause)
        sent = (
            json.dumps(vectors_of([*map(self.server.meaning, texts)], self.server.width)).encode()
            if say.body is None
            else say.body
        )
        try:
            self.send_response(say.status)
            for name, value in say.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent[: len(sent) // 2] if say.cut else sent)
        except OSError:  # nobody waits any more
            pass

    def log_message(self, *_: object) -> None:
        """Say nothing."""
