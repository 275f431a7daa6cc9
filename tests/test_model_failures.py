"""Whatever a server does wrong ends in an answer of another attempt, or in one clear line."""

from __future__ import annotations

import json
import logging
import socket
import threading
from time import monotonic

import pytest
from asked_models import KEY, models_of
from openai_server import ModelServer, Say, error, serving

from engrep.agents.config_types import Timeouts
from engrep.agents.model_types import USER, Message
from engrep.engine.errors import ModelError

HI = (Message(USER, "hi"),)
BRIEF = Timeouts(connect=2.0, first=0.4, between=0.4, total=3.0)


def failure(server: ModelServer, *says: Say, attempts: int = 1, timeouts: Timeouts = BRIEF) -> ModelError:
    """Give the error that a server's replies end in."""
    server.say(*says)
    with pytest.raises(ModelError) as caught:
        models_of(server, attempts=attempts, timeouts=timeouts).ask(HI, role="chat")
    assert KEY not in str(caught.value)
    assert "scripted at 127.0.0.1" in str(caught.value)
    return caught.value


@pytest.mark.parametrize(("say", "kind", "told"), [
    (error(401, f"bad key {KEY}"), "key", "refuses its key (HTTP 401 bad key [key]): set ENGREP_MODEL_KEY"),
    (error(404, "no such model"), "unknown_model", "knows no model scripted"),
    (error(429, "slow down"), "rate", "takes no more requests for now"),
    (error(500, "oops"), "server", "failed (HTTP 500 oops): try again later"),
    (error(503, "<html>busy</html>"), "server", "HTTP 503"),
    (error(400, "maximum context length is 4096"), "refused", "use a model with a larger context"),
    (error(422, "no"), "refused", "refuses the request (HTTP 422 no)"),
    (Say(body=b"{oops"), "malformed", "gave no readable reply (no JSON: {oops)"),
    (Say(body=b"<html>log in</html>", headers={"Content-Type": "text/html"}), "malformed", "no JSON: <html>"),
    (Say(body=b"[1]"), "malformed", "no JSON object"),
    (Say(body=b"{}"), "malformed", "the reply is empty"),
    (Say(body=b'{"choices": "none"}'), "malformed", "the reply is empty"),
    (Say(body=b"[" * 100_000), "malformed", "no JSON"),
    (Say(body=b"data: {oops\n\n", headers={"Content-Type": "text/event-stream"}), "malformed", "no JSON: {oops"),
    (Say(pieces=({"error": {"message": "overloaded"}},)), "server", "it broke off: overloaded"),
    (Say("one two three", cut=2), "cut", "the stream was cut"),
    (Say("one two", finish=None, done=False), "cut", "the stream was cut"),
    (Say("", usage=None), "malformed", "the reply is empty"),
    (Say("never", hang=0), "timeout", "gave no answer within 0.4 s"),
    (Say("one two", hang=2), "timeout", "fell silent in the middle of its answer within 0.4 s"),
])  # fmt: skip
def test_a_failure_is_one_clear_line(say: Say, kind: str, told: str, server: ModelServer) -> None:
    """It names the endpoint, what happened and what to do, and never the key."""
    problem = failure(server, say)
    assert problem.kind == kind
    assert told in str(problem)
    assert "\n" not in str(problem)
    assert len(str(problem)) < 600


def test_a_stream_that_never_ends_is_ended(server: ModelServer) -> None:
    """Neither drops of an answer nor signs of life make a call last longer than it may."""
    times = Timeouts(connect=2.0, first=0.5, between=0.5, total=0.8)
    assert "did not finish within 0.8 s" in str(failure(server, Say("a " * 200, between=0.05), timeouts=times))
    assert "did not finish within 0.8 s" in str(failure(server, Say("late", beats=200, between=0.05), timeouts=times))


def test_a_server_that_says_it_lives_is_waited_for(server: ModelServer) -> None:
    """Comments in the stream keep a call alive until its first piece."""
    server.say(Say("worth it", beats=12, between=0.05))
    assert models_of(server, timeouts=BRIEF).ask(HI, role="chat").text == "worth it"


def test_nobody_there_is_a_clear_line() -> None:
    """A port that nobody listens on says so at once."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with serving() as server:
            server.server_address = taken.getsockname()
            problem = failure(server, timeouts=BRIEF)
    assert problem.kind == "unreachable"
    assert "cannot be reached" in str(problem)
    assert "see that it runs" in str(problem)


@pytest.mark.parametrize("bad", [
    error(429, "slow"), error(429, "slow", Retry_After="0"), error(500, "x"), error(503, "x"), Say("a b c", cut=1),
    Say(body=b"{oops"), Say("never", hang=0),
])  # fmt: skip
def test_what_may_pass_is_tried_again(bad: Say, server: ModelServer) -> None:
    """Another attempt follows what another attempt may mend."""
    server.say(bad, "fine")
    models = models_of(server, attempts=2, timeouts=BRIEF)
    assert models.ask(HI, role="chat").text == "fine"
    assert [bool(each.error) for each in models.account.calls] == [True, False]


@pytest.mark.parametrize("bad", [error(401, "x"), error(403, "x"), error(404, "x"), error(400, "x"), error(422, "x")])
def test_what_will_not_pass_is_not_tried_again(bad: Say, server: ModelServer) -> None:
    """A refusal is asked once."""
    failure(server, bad, attempts=4)
    assert len(server.asked) == 1


def test_a_server_is_given_the_time_that_it_asks_for(server: ModelServer) -> None:
    """Retry-After is waited for, unless it is longer than anyone would wait."""
    server.say(error(429, "slow", Retry_After="0.3"), "fine")
    begun = monotonic()
    assert models_of(server).ask(HI, role="chat").text == "fine"
    assert monotonic() - begun >= 0.3
    problem = failure(server, error(429, "quota", Retry_After="3600"), attempts=4)
    assert "asks to wait 3600 s" in str(problem)
    assert len(server.asked) == 3


def test_a_call_that_nobody_wants_any_more_ends_at_once(server: ModelServer) -> None:
    """It ends while the server is silent, and while it waits for another attempt."""
    stop = threading.Event()
    server.say(Say("never", hang=0, run=stop.set))
    with pytest.raises(ModelError) as caught:
        models_of(server).ask(HI, role="chat", cancel=stop)
    assert caught.value.kind == "cancelled"
    waiting = threading.Event()
    server.say(Say(status=429, body=b"{}", headers={"Retry-After": "50"}, run=waiting.set))
    with pytest.raises(ModelError) as caught:
        models_of(server).ask(HI, role="chat", cancel=waiting)
    assert caught.value.kind == "cancelled"


def test_nothing_secret_is_logged(server: ModelServer, caplog: pytest.LogCaptureFixture) -> None:
    """Neither the key nor what a server echoes of a secret gets into the log, at any level."""
    token = "ghp_" + "a1B2c3D4e5" * 4
    with caplog.at_level(logging.DEBUG):
        server.say(error(500, f"you sent {KEY} and {token}"), "fine")
        models_of(server).ask(HI, role="chat")
    ours = [each.getMessage() for each in caplog.records if each.name.startswith("engrep")]
    assert any("trying again" in each for each in ours)
    assert KEY not in caplog.text
    assert token not in " ".join(ours)


def test_a_reply_may_be_large_but_not_endless(server: ModelServer) -> None:
    """Two megabytes of text arrive whole."""
    text = "x" * 2_000_000
    server.say(Say(body=json.dumps({"choices": [{"message": {"content": text}}]}).encode()))
    assert models_of(server).ask(HI, role="chat").text == text
