"""A server that speaks `/v1/embeddings`, well-behaved and otherwise, over real HTTP."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import Message
from email.utils import format_datetime

import numpy as np
import pytest
from embedding_server import WIDTH, EmbeddingServer, Say, bag_of_words, serving, vectors_of

from engrep.engine import embed_endpoint, embed_http
from engrep.engine.embed_cost import Cost, ask_first
from engrep.engine.embed_endpoint import Endpoint, checked_url, key_for
from engrep.engine.embed_http import Patience, Server, asked_wait
from engrep.engine.errors import StateError, UsageError

QUICK = Patience(attempts=3, seconds=0.5, longest_wait=5.0)
SECRET = "sk-abcdefghij0123456789abcdefghij0123456789"  # noqa: S105 - made up


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Note the waits between attempts instead of waiting."""
    noted: list[float] = []
    monkeypatch.setattr(embed_http, "sleep", noted.append)
    return noted


@pytest.fixture
def server(waits: list[float]) -> Iterator[EmbeddingServer]:
    """Run a server."""
    del waits
    with serving() as running:
        yield running


def endpoint(server: EmbeddingServer, key: str = "", patience: Patience = QUICK) -> Endpoint:
    """Give an embedder that asks the server."""
    return Endpoint("small", server.url, Server(server.url + "/embeddings", key, patience))


def expected(text: str) -> list[float]:
    """Give the vector that the server has for a text, of length one."""
    vector = bag_of_words(text)
    return [each / math.hypot(*vector) for each in vector]


def reply(*vectors: object) -> bytes:
    """Give the body of a reply with these embeddings."""
    return json.dumps({"data": [{"index": at, "embedding": each} for at, each in enumerate(vectors)]}).encode()


def test_vectors_come_in_the_order_of_the_texts(server: EmbeddingServer) -> None:
    """Each text has its own vector; equal texts are sent once, blank ones never, and those give zeros."""
    model = endpoint(server)
    found = model.embed(["retry a call", "  ", "charge a card", "retry a call"])
    assert np.allclose(found[[0, 2, 3]], [expected(text) for text in ("retry a call", "charge a card", "retry a call")])
    assert not found[1].any()
    assert server.texts == ["retry a call", "charge a card"]
    assert (model.dimensions, model.in_workers) == (WIDTH, False)
    assert server.asked[0].body["model"] == "small"


def test_the_server_may_order_and_write_vectors_as_it_likes(server: EmbeddingServer) -> None:
    """Indexes decide, not the order; base64 is as good as a list; without indexes the order counts."""
    one, two = bag_of_words("one"), bag_of_words("two")
    packed = base64.b64encode(np.array(two, "<f4").tobytes()).decode()
    turned = {"data": [{"index": 1, "embedding": packed}, {"index": 0, "embedding": one}]}
    server.script += [Say(body=json.dumps(turned).encode()), Say(body=b'{"data": [{"embedding": [3, 4]}]}')]
    assert np.allclose(endpoint(server).embed(["one", "two"]), [expected("one"), expected("two")], atol=1e-6)
    assert np.allclose(endpoint(server).embed(["three"])[0], [0.6, 0.8, 0, 0, 0, 0, 0, 0])  # filled up to eight


@pytest.mark.parametrize(
    "say",
    [
        Say(429, b"slow down"),
        Say(429, b"slow down", {"Retry-After": "0.05"}),
        Say(429, b"slow down", {"Retry-After": "soon"}),
        Say(500, b"oh"),
        Say(503, b""),
        Say(pause=0.8),
        Say(cut=True),
        Say(body=b'{"data": ['),
        Say(body=b""),
        Say(body=b"[]"),
        Say(body=b'{"data": 3}'),
        Say(body=b'{"data": []}'),
        Say(body=reply([1.0], [2.0])),
        Say(body=b'{"data": [{"index": 1, "embedding": [1.0]}]}'),
        Say(body=b'{"data": [{"index": "0", "embedding": [1.0]}]}'),
        Say(body=reply([])),
        Say(body=reply(["1.0"])),
        Say(body=reply("not base64!")),
        Say(body=reply(None)),
        Say(body=b'{"data": [{"index": 0, "embedding": [NaN, 1.0]}]}'),
        Say(body=b'{"data": [{"index": 0, "embedding": [1e999, 1.0]}]}'),
        Say(body=b'{"data": [{"index": 0, "embedding": [1%s, 1.0]}]}' % (b"0" * 400)),
    ],
    ids=lambda say: f"{say.status}-{'hang' if say.pause else 'cut' if say.cut else (say.body or b'')[:44].decode()}",
)
def test_what_may_pass_is_tried_again(server: EmbeddingServer, say: Say) -> None:
    """Too many requests, a broken server, a hang, a cut or unreadable reply: the next attempt is answered."""
    server.script.append(say)
    assert np.allclose(endpoint(server).embed(["retry"])[0], expected("retry"))
    assert len(server.asked) == 2


def test_attempts_end(server: EmbeddingServer) -> None:
    """After the last attempt the error says who failed, and how."""
    server.script += [Say(500, b"out of memory")] * 9
    with pytest.raises(StateError, match=r"127\.0\.0\.1 gave no embeddings \(HTTP 500 out of memory\)"):
        endpoint(server).embed(["retry"])
    assert len(server.asked) == QUICK.attempts


def test_a_server_that_is_not_there_is_named() -> None:
    """A refused connection ends in one clear error."""
    nobody = Server("http://127.0.0.1:9/v1/embeddings", "", Patience(1, 0.5, 0.0))
    with pytest.raises(StateError, match=r"127\.0\.0\.1 gave no embeddings \(.*see that it runs"):
        Endpoint("small", "http://127.0.0.1:9/v1", nobody).embed(["retry"])


def test_retry_after_is_honoured(server: EmbeddingServer, waits: list[float]) -> None:
    """A server's own wait is waited for; without one each wait is about twice the last; too long a one ends it."""
    patience = Patience(attempts=5, seconds=0.5, longest_wait=60.0)
    server.script += [Say(429, b"", {"Retry-After": "42"}), *[Say(429)] * 3]
    endpoint(server, patience=patience).embed(["retry"])
    assert waits[0] == 42.0
    assert all(0.5 * 2**at * 0.5 <= wait <= 0.5 * 2**at for at, wait in enumerate(waits) if at)
    server.script.append(Say(429, b"", {"Retry-After": "3600"}))
    with pytest.raises(StateError, match="HTTP 429"):
        endpoint(server, patience=patience).embed(["retry"])
    assert (len(server.asked), len(waits)) == (6, 4)


def test_a_wait_may_be_a_date() -> None:
    """Retry-After is seconds or a date; nonsense is no wait."""
    headers = Message()
    headers["Retry-After"] = format_datetime(datetime.now(UTC) + timedelta(seconds=30))
    assert 25 < asked_wait(headers) <= 30
    headers.replace_header("Retry-After", "Thu, 99 Foo")
    assert asked_wait(headers) == 0.0
    headers.replace_header("Retry-After", "nan")
    assert asked_wait(headers) == 0.0


def test_a_reply_has_a_size(server: EmbeddingServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reply larger than any can be is not read to its end."""
    monkeypatch.setattr(embed_http, "MAX_REPLY", 1000)
    server.script.append(Say(body=b" " * 200_000 + json.dumps(vectors_of(["retry"])).encode()))
    assert np.allclose(endpoint(server).embed(["retry"])[0], expected("retry"))
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    ("status", "match"), [(401, "ENGREP_EMBEDDER_KEY"), (404, "model's name"), (302, "model's name")]
)
def test_what_cannot_pass_is_not_tried_again(server: EmbeddingServer, status: int, match: str) -> None:
    """A wrong key, a wrong model and a redirect end it at once; nobody is sent the key who did not have it."""
    server.script.append(
        Say(status, f"no {SECRET} and no {SECRET[::-1]}".encode(), {"Location": server.url + "/elsewhere"})
    )
    with pytest.raises(StateError, match=match) as caught:
        endpoint(server, key=SECRET).embed(["retry"])
    assert len(server.asked) == 1
    assert SECRET not in str(caught.value)


def test_a_server_that_takes_few_texts_gets_few(server: EmbeddingServer) -> None:
    """Batches are halved until they are taken, and stay so."""
    texts = [f"text {number}" for number in range(100)]
    server.script.append(Say(most=10))
    model = endpoint(server)
    assert np.allclose(model.embed(texts), [expected(text) for text in texts])
    n_first = len(server.asked)
    model.embed(texts)
    assert [len(asked.texts) for asked in server.asked[n_first:]] == [6] * 16 + [4]


def test_a_text_that_is_too_long_is_shortened_alone(server: EmbeddingServer) -> None:
    """One long text costs a few requests; the others still travel together."""
    texts = [f"text {number}" for number in range(40)]
    texts[7] = "word " * 400
    server.script.append(Say(longest=600))
    model = endpoint(server)
    found = model.embed(texts)
    assert np.allclose(found[8:], [expected(text) for text in texts[8:]])
    assert np.allclose(found[7], expected("word"), atol=0.2)
    server.asked.clear()
    model.embed(["a", *texts[8:]])
    assert [len(asked.texts) for asked in server.asked] == [33]
    server.script[0] = Say(longest=10)
    with pytest.raises(StateError, match="HTTP 400"):
        model.embed(["word " * 400])


def test_another_length_of_vectors_is_refused(server: EmbeddingServer) -> None:
    """A server that changes its model in the middle is caught."""
    model = endpoint(server)
    model.embed(["one"])
    server.width = 24
    with pytest.raises(StateError, match="24 numbers after some of 16"):
        model.embed(["two"])


def test_secrets_stay_here(server: EmbeddingServer) -> None:
    """No text that is sent holds a secret, or a hash of one; the key is in its header and nowhere else."""
    endpoint(server, key="k3y").embed([f'config client\nAPI_KEY = "{SECRET}"\nthe password is hunter2!x'])
    sent = json.dumps(server.asked[0].body)
    assert SECRET not in sent
    assert "hunter2" not in sent
    assert "[REDACTED:password]" in sent
    assert server.asked[0].headers["authorization"] == "Bearer k3y"
    assert "k3y" not in repr(Server(server.url, "k3y", QUICK))


def test_the_usual_key_goes_to_the_usual_host_only() -> None:
    """The key of one host is not sent to another; engrep's own variable comes first; nonsense is refused."""
    usual = {"OPENAI_API_KEY": "usual"}
    assert key_for("api.openai.com", usual) == "usual"
    assert key_for("example.org", usual) == ""
    assert key_for("api.openai.com", {**usual, "ENGREP_EMBEDDER_KEY": " own\n"}) == "own"
    with pytest.raises(StateError, match="ENGREP_EMBEDDER_KEY holds"):
        key_for("example.org", {"ENGREP_EMBEDDER_KEY": "a\r\nHost: b"})


def test_an_address_holds_no_secret() -> None:
    """Keys in an address are refused, since it is stored; the path of the API itself is added once."""
    assert checked_url("http://localhost:11434/v1/") == checked_url("http://localhost:11434/v1/embeddings")
    for bad in ("https://user:pass@example.org/v1", "https://example.org/v1?key=a", "https://example.org/v1#a"):
        with pytest.raises(UsageError, match="no user, key or query"):
            checked_url(bad)
    for bad in ("ftp://example.org", "example.org/v1", "https://", "http://x:99999", "@"):
        with pytest.raises(UsageError, match="no address of an embedding server"):
            checked_url(bad)


def test_cost_is_told_and_agreed_to(server: EmbeddingServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A large run needs a yes; a small one, and a server on this machine, do not; kept texts cost nothing."""
    texts = [f"def function_{number}(): pass" for number in range(12_000)]
    assert endpoint(server).cost(texts) == Cost("127.0.0.1", 12_000, 0, 47)
    monkeypatch.setattr(embed_endpoint, "_LOCAL", frozenset[str]())
    model = endpoint(server)
    cost = model.cost(texts)
    assert (cost.texts, cost.requests, cost.is_large) == (12_000, 47, True)
    with pytest.raises(UsageError, match=r"12,000 texts .* nobody agreed .*--yes"):
        ask_first(model, texts, None)
    with pytest.raises(UsageError, match="nobody agreed"):
        ask_first(model, texts, lambda _: False)
    ask_first(model, texts, lambda told: told == cost)
    ask_first(model, texts[:100], None)
    ask_first(object(), texts, None)
    assert not server.asked
