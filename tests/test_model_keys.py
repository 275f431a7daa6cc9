"""A server has its key, and may say it: it is in no answer, no error and no file for all that."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from asked_models import KEY, models_of
from openai_server import Say
from scripted_run import APPROVED, call, edit, project_in, run_in, scripted, submit, writes

from engrep.agents.assembling import Without
from engrep.agents.model_types import USER, Delta, Message
from engrep.engine.errors import ModelError

if TYPE_CHECKING:
    from conftest import Cli
    from openai_server import ModelServer

HI = (Message(USER, "hi"),)


def letters(text: str, field: str = "content") -> Say:
    """Give a reply that comes letter by letter."""
    made = tuple({"choices": [{"delta": {field: each}}]} for each in text)
    return Say(pieces=(*made, {"choices": [{"delta": {"content": "."}, "finish_reason": "stop"}]}))


@pytest.mark.parametrize("say", [
    Say(f"your key is {KEY}, I think"), letters(f"your key is {KEY}, I think"), letters(f"I saw {KEY}", "reasoning_content"),
    letters(f"<think>I saw {KEY}</think>fine"), Say(calls=(("search", {"query": KEY}),)), Say(calls=((KEY, {}),)),
    Say("fine", pieces=({"model": KEY, "choices": [{"delta": {"content": "fine"}, "finish_reason": KEY}]},)),
])  # fmt: skip
def test_no_answer_holds_the_key(say: Say, server: ModelServer) -> None:
    """Neither as it stands nor as it came, whatever field the server puts it in; all else is there."""
    heard: list[Delta] = []
    server.say(say)
    answer = models_of(server).ask(HI, role="chat", on_delta=heard.append)
    assert KEY not in repr(answer)
    assert KEY not in "".join(each.text for each in heard)
    assert KEY not in "".join(each.reasoning for each in heard)
    assert "".join(each.text for each in heard) == answer.text
    assert "[key]" in repr(answer)


@pytest.mark.parametrize(
    "body", [f"{'x' * 105}{KEY}", json.dumps({"error": {"message": [KEY]}}), f"data: {'x' * 105}{KEY}"]
)
def test_no_error_holds_a_part_of_the_key(body: str, server: ModelServer) -> None:
    """Seen: a reply that is no JSON was shortened first, and the half of the key that was left was not known again."""
    server.say(Say(body=body.encode()))
    with pytest.raises(ModelError) as caught:
        models_of(server, attempts=1).ask(HI, role="chat")
    assert KEY[:12] not in str(caught.value)


def test_what_begins_like_the_key_comes_whole() -> None:
    """What is held back is said in the end, and a key of few letters is a word like others."""
    stream = Without("sk-secret-of-many-letters")
    said = [stream.take(each) for each in ("two words", " and sk", "-se", "cond; sk-secret-of", "-many-letters", "s")]
    assert "".join([*said, stream.rest()]) == "two words and sk-second; [key]s"


def test_a_run_writes_its_key_nowhere(tmp_path: Path, cli: Cli, server: ModelServer) -> None:
    """Not into its journal, report, logs, commit or memories, though every role repeats it."""
    key = "no-known-pattern-at-all-77"
    folder = tmp_path / "project"
    folder.mkdir()
    project_in(folder)
    plan = submit(
        summary=f"use {key}", tasks=[{"title": key, "instructions": key, "files": [], "after": []}], done_when=[key]
    )
    learned = [{"text": f"calc.total.total is paid with {key}", "about": "calc.total.total"}]
    prints = writes("tests/test_key.py", f"import unittest\nprint('{key}')\n")
    scripted(
        server, planner=(call("search_code", query=key), plan), coder=(edit(), prints, submit(summary=key, why=key, learned=learned)),
        reviewer=(Say(f"let me think of {key}"), APPROVED),
    )  # fmt: skip
    server.key = key
    told = run_in(cli, folder, server, ENGREP_MODEL_KEY=key)
    assert (told["status"], key in json.dumps(told)) == ("solved", False)
    found = [each for each in folder.rglob("*") if each.is_file() and key.encode() in each.read_bytes()]
    assert not found
    assert key not in cli("export", cwd=folder).stdout
