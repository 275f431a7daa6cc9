"""What is said to a language model over the wire, and what becomes of its answer."""

from __future__ import annotations

import threading

import pytest
from asked_models import KEY, models_of, two_models
from openai_server import ModelServer, Say, error, serving
from pydantic import BaseModel

from engrep.agents.model_types import (
    ASSISTANT,
    SYSTEM,
    TOOL,
    USER,
    Delta,
    Message,
    ToolCall,
    ToolSpec,
    Usage,
    arguments_of,
)
from engrep.engine.errors import ModelError

SEARCH = ToolSpec("search", "Find code.", {"type": "object", "properties": {"query": {"type": "string"}}})
HI = (Message(USER, "hi"),)


class Verdict(BaseModel):
    """A shape to answer in."""

    approved: bool
    why: str = ""


def piece(**delta: object) -> dict[str, object]:
    """Give a piece of a stream with no field that it need not have."""
    return {"choices": [{"delta": delta}]}


def test_an_answer_comes_in_pieces(server: ModelServer) -> None:
    """The pieces are told as they come, and together they are the answer, with what it took."""
    server.say(Say("one small word", reasoning="let me think", usage=(12, 7)))
    heard: list[Delta] = []
    answer = models_of(server).ask(HI, role="chat", on_delta=heard.append)
    assert (answer.text, answer.reasoning, answer.finish) == ("one small word", "let me think", "stop")
    assert "".join(each.text for each in heard) == answer.text
    assert len(heard) == 6
    assert answer.usage == Usage(12, 7)
    assert 0 < answer.first_seconds <= answer.seconds


def test_the_first_piece_does_not_wait_for_the_last(server: ModelServer) -> None:
    """A piece is heard while the server still holds the rest back."""
    heard = threading.Event()
    server.say(Say(pieces=(piece(content="now"),), hang=1))
    models, stop = models_of(server), threading.Event()

    def hear(_: Delta) -> None:
        heard.set()
        stop.set()

    with pytest.raises(ModelError, match="was cancelled"):
        models.ask(HI, role="chat", on_delta=hear, cancel=stop)
    assert heard.is_set()


def test_tool_calls_are_put_together(server: ModelServer) -> None:
    """Arguments that come in parts are whole, and go back with the result and the reasoning that led to them."""
    server.say(Say(calls=(("search", {"query": "retry"}), ("search", "{broken")), reasoning="look"), "done")
    models = models_of(server)
    answer = models.ask(HI, role="chat", tools=(SEARCH,))
    assert [arguments_of(each) for each in answer.calls[:1]] == [{"query": "retry"}]
    with pytest.raises(ModelError, match="the arguments of search are no JSON"):
        arguments_of(answer.calls[1])
    models.ask((*HI, answer.as_message(), Message(TOOL, "3 hits", call_id="call_0")), role="chat", tools=(SEARCH,))
    assert server.asked[0].tools == ("search",)
    told = server.asked[1].messages
    assert told[1]["tool_calls"][0]["function"] == {"name": "search", "arguments": '{"query": "retry"}'}
    assert told[1]["reasoning_content"] == "look"
    assert told[2] == {"role": "tool", "tool_call_id": "call_0", "content": "3 hits"}


def test_servers_that_leave_fields_out_are_understood(server: ModelServer) -> None:
    """No ids, no index, no finish reason, no role, arguments as an object, several calls with one number."""
    function = {"name": "search", "arguments": {"query": "a"}}
    server.say(
        Say(pieces=({}, {"choices": []}, piece(content=None), piece(tool_calls=[{"function": function}]))),
        Say(pieces=(
            piece(tool_calls=[{"index": 0, "id": "x", "function": {"name": "search", "arguments": "{}"}}]),
            piece(tool_calls=[{"index": 0, "id": "y", "function": {"name": "search", "arguments": "{}"}}]),
        )),
        Say(pieces=({"choices": [{"message": {"content": "all at once"}}]},)),
    )  # fmt: skip
    models = models_of(server)
    assert models.ask(HI, role="chat").calls == (ToolCall("call_0", "search", '{"query": "a"}'),)
    assert [each.id for each in models.ask(HI, role="chat").calls] == ["x", "y"]
    assert models.ask(HI, role="chat").text == "all at once"


@pytest.mark.parametrize("words", [
    ("<think>why", " not</thi", "nk>\n\nYes"), ("<th", "ink>why not</think>Yes"), ("\n<think>", "why not", "</think>", "Yes"),
])  # fmt: skip
def test_what_a_model_thinks_aloud_is_no_part_of_its_answer(words: tuple[str, ...], server: ModelServer) -> None:
    """Local servers send thoughts as text between marks, cut anywhere."""
    server.say(Say(pieces=tuple(piece(content=word) for word in words)), "a < b and <b>c</b>")
    models = models_of(server)
    answer = models.ask(HI, role="chat")
    assert (answer.text, answer.reasoning) == ("Yes", "why not")
    assert models.ask(HI, role="chat").text == "a < b and <b>c</b>"


def test_a_server_that_does_not_stream_is_understood(server: ModelServer) -> None:
    """A reply that comes whole is an answer too, and says so."""
    server.say(Say("all of it", whole=True))
    answer = models_of(server).ask(HI, role="chat")
    assert (answer.text, answer.is_streamed) == ("all of it", False)


def test_tokens_are_estimated_where_the_server_does_not_count(server: ModelServer) -> None:
    """What is estimated says so."""
    server.say(Say("some words here", usage=None))
    models = models_of(server)
    used = models.ask((Message(USER, "a question of several words"),), role="chat").usage
    assert used.is_estimated
    assert used.sent > 5
    assert used.received >= 3


def test_an_answer_fits_the_shape_that_was_asked_for(server: ModelServer) -> None:
    """The schema goes with the request, and the answer comes back as a value."""
    server.say({"approved": True, "why": "tested"})
    verdict, answer = models_of(server).ask_for(Verdict, HI, role="reviewer")
    assert verdict == Verdict(approved=True, why="tested")
    assert server.asked[0].form == "json_schema"
    schema = server.asked[0].body["response_format"]["json_schema"]["schema"]
    assert (schema["required"], schema["additionalProperties"]) == (["approved", "why"], False)
    assert answer.usage.total == 15


def test_an_answer_that_does_not_fit_is_mended(server: ModelServer) -> None:
    """The model is told what is wrong, twice at most; every round is paid for and counted."""
    server.say("I approve!", '{"approved": "maybe"}', 'Here: ```json\n{"approved": false}\n``` there you are')
    models = models_of(server)
    verdict, _ = models.ask_for(Verdict, HI, role="reviewer")
    assert verdict.approved is False
    assert "does not fit the schema: approved: Input should be a valid boolean" in server.asked[2].last
    assert models.account.by_role()["reviewer"].calls == 3
    server.say("no", "no", "no")
    with pytest.raises(ModelError, match="gave no answer in the wanted form, 3 times") as caught:
        models.ask_for(Verdict, HI, role="reviewer")
    assert caught.value.kind == "schema"


@pytest.mark.parametrize(("refused", "forms"), [
    ({"json_schema"}, ["json_schema", "json_object"]),
    ({"json_schema", "json_object"}, ["json_schema", "json_object", ""]),
])  # fmt: skip
def test_a_server_without_schemas_is_told_in_words(refused: set[str], forms: list[str], server: ModelServer) -> None:
    """What a server refuses is left out, from then on too, and the schema stands in the prompt."""
    server.refuses = refused
    server.answer = lambda _: {"approved": True}
    models = models_of(server)
    models.ask_for(Verdict, (Message(SYSTEM, "You judge."), *HI), role="reviewer")
    assert [each.form for each in server.asked] == forms
    assert server.asked[-1].system.startswith("You judge.")
    assert '"approved"' in server.asked[-1].system
    models.ask_for(Verdict, HI, role="reviewer")
    assert len(server.asked) == len(forms) + 1


def test_other_things_that_servers_refuse_are_left_out(server: ModelServer) -> None:
    """A server that does not know of counted streams, or of this name for a limit, is asked without."""
    server.refuses = {"stream_options", "max_tokens"}
    answer = models_of(server).ask(HI, role="chat", most=50)
    assert answer.text == "hi"
    assert server.asked[-1].body["max_completion_tokens"] == 50
    assert answer.usage.is_estimated


def test_a_request_carries_its_own_key_and_nothing_else(server: ModelServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the environment says for OpenAI goes to OpenAI, not to any server that speaks like it."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-theirs")
    monkeypatch.setenv("OPENAI_ORG_ID", "org-theirs")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "proj-theirs")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Theirs: theirs\nAuthorization: Bearer theirs")
    server.key = KEY
    models_of(server).ask(HI, role="chat")
    assert "theirs" not in str(server.asked[0].headers)
    assert server.asked[0].headers["authorization"] == f"Bearer {KEY}"
    assert server.asked[0].headers["user-agent"] == "engrep"


def test_no_redirect_is_followed(server: ModelServer) -> None:
    """A key and a prompt do not go where a server points."""
    with serving() as other:
        server.say(Say(status=307, body=b"", headers={"Location": other.url + "/chat/completions"}))
        with pytest.raises(ModelError, match="sends elsewhere"):
            models_of(server).ask(HI, role="chat")
        assert other.asked == []


def test_the_next_model_stands_in(server: ModelServer) -> None:
    """A model that fails for good is followed by the next; what each took is told apart."""
    with serving() as other:
        server.answer = lambda _: error(500, "down")
        other.answer = lambda _: "from two"
        models = two_models(server, other)
        answer = models.ask(HI, role="chat")
        assert (answer.text, answer.name) == ("from two", "two")
        assert [(each.name, each.error) for each in models.account.calls] == [
            ("one", "server"),
            ("one", "server"),
            ("two", ""),
        ]
        other.answer = lambda _: {"approved": True}
        assert models.ask_for(Verdict, HI, role="chat")[1].name == "two"


def test_pieces_of_a_failed_attempt_are_taken_back(server: ModelServer) -> None:
    """Who shows the pieces is told to begin anew before the answer comes again."""
    server.say(Say("one two three", cut=3), "four")
    heard: list[Delta] = []
    answer = models_of(server).ask(HI, role="chat", on_delta=heard.append)
    assert answer.text == "four"
    assert [each.text or each.is_restart for each in heard] == ["one ", "two ", True, "four"]


def test_messages_keep_their_order_and_text(server: ModelServer) -> None:
    """Text in any script arrives as it was."""
    said = (
        Message(SYSTEM, "be brief"),
        Message(USER, "为什么？\u2028\u0085 next"),
        Message(ASSISTANT, "because"),
        Message(USER, "死锁 ok"),
    )
    answer = models_of(server).ask(said, role="chat")
    assert [(each["role"], each["content"]) for each in server.asked[0].messages] == [(m.role, m.text) for m in said]
    assert answer.text == "死锁 ok"
    server.say("a\u2028b\u0085c")
    assert models_of(server).ask(HI, role="chat").text == "a\u2028b\u0085c"
