"""A chat when something fails: models that stand in, cut streams, interrupts, answers that end at a limit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from asked_models import two_models
from openai_server import ModelServer, Say, error, serving
from talks import BANK, Ear, remembering_shop, talking

from engrep.agents.chat_types import Noted, Piece

if TYPE_CHECKING:
    from conftest import Cli

WHY = "why does the payment backoff wait a day"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """Make a shop that remembers."""
    (tmp_path / "shop").mkdir()
    remembering_shop(tmp_path / "shop")
    return tmp_path / "shop"


def test_a_failing_model_leaves_extracts(shop: Path, server: ModelServer, cli: Cli) -> None:
    """When no model answers the extracts do, the reason is told, and a script sees it in the exit code."""
    server.answer = lambda _: error(401, "no such key")
    found = json.loads(cli("chat", "-p", WHY, "--json", cwd=shop, **server.environment()).stdout)
    assert (found["mode"], BANK in found["answer"]) == ("extracts", True)
    assert "key" in found["problem"]
    assert cli("chat", "-p", WHY, cwd=shop, **server.environment()).returncode == 3


def test_the_next_model_stands_in_and_it_is_said(shop: Path, server: ModelServer) -> None:
    """When one model fails and another answers, the person is told while it happens."""
    with serving() as other:
        server.answer = lambda _: error(500, "down")
        other.say("from two")
        ear = Ear()
        with talking(shop) as chat:
            chat.models = two_models(server, other)
            reply = chat.ask(WHY, ear)
    assert (reply.answer, reply.model) == ("from two", "two")
    assert "asking two instead" in ear.of(Noted)[0].text


def test_an_answer_that_is_cut_begins_again(shop: Path, server: ModelServer) -> None:
    """Pieces of a cut stream are taken back; the answer holds what came at last."""
    server.say(Say("one two three", cut=3), "four five")
    ear = Ear()
    with talking(shop, server) as chat:
        assert chat.ask(WHY, ear).answer == "four five"
    assert [each.is_restart for each in ear.of(Piece)].count(True) == 1


def test_an_interrupt_stops_the_answer_alone(shop: Path, server: ModelServer) -> None:
    """What came until then is kept, and the conversation goes on, in an order that any server takes."""
    server.say(
        Say("Let me see.", calls=(("search", {"query": "x"}),)), Say("one two three four", between=0.05), "after"
    )

    def stop(event: object) -> None:
        if isinstance(event, Piece) and "two" in event.text:
            raise KeyboardInterrupt

    with talking(shop, server) as chat:
        reply = chat.ask(WHY, stop)
        assert (reply.is_stopped, reply.answer) == (True, "Let me see.\n\none two")
        assert chat.ask("go on").answer == "after"
        turns = chat.memory.session(chat.kept.session).turns
    assert [each["role"] for each in server.asked[-1].messages] == ["system", "user", "assistant", "user"]
    assert "stopped by the person" in turns[2].text


def test_an_answer_that_the_model_cut_says_so(shop: Path, server: ModelServer) -> None:
    """An answer that ends at a limit of tokens is not passed off as whole."""
    server.say(Say("and then the", finish="length"))
    with talking(shop, server) as chat:
        assert "limit cut it" in chat.ask(WHY).notes[0]
