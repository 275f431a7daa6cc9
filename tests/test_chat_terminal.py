"""A chat as a person meets it, in a real pseudo-terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import PROJECT, cli_environment, write_files
from openai_server import ModelServer, Say, error, serving
from talks import remembering_shop

from engrep.agents.citations import Citations
from engrep.chat_writer import Look, Writer
from engrep.engine.memory import Memory

if sys.platform != "win32":
    from pseudo_terminal import Terminal, terminal

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals of this kind")


@pytest.fixture
def server() -> Iterator[ModelServer]:
    """Run a scripted model."""
    with serving() as running:
        running.answer = lambda asked: {"memories": []} if asked.form else asked.last
        yield running


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """Make a shop that remembers."""
    (tmp_path / "shop").mkdir()
    remembering_shop(tmp_path / "shop")
    return tmp_path / "shop"


@pytest.fixture
def talk(shop: Path, server: ModelServer, tmp_path: Path) -> Iterator[Terminal]:
    """Hold a chat in a terminal that knows links, with a scripted model."""
    more = {
        "TERM": "xterm-256color",
        "FORCE_HYPERLINK": "1",
        "XDG_DATA_HOME": str(tmp_path / "data"),
        "ENGREP_CONFIG": "none",
    }
    with terminal("chat", cwd=shop, environment=cli_environment(**server.environment(**more))) as running:
        running.ready()
        yield running


def test_an_answer_is_shown_as_it_comes(talk: Terminal, server: ModelServer, shop: Path) -> None:
    """What was recalled comes first, then the answer with links to what is there and a mark at what is not, then what it took."""
    server.say(Say("It waits **a day**, see billing/retry.py:2 and not made/up.py:7.", between=0.01))
    talk.type("why does the payment backoff wait a day\r")
    talk.wait(
        "Payments are retried once a day",
        "billing/retry.py:2",
        "It waits a day",
        "made/up.py:7 (unverified)",
        "15 tokens",
    )
    talk.ready()
    assert f"{(shop / 'billing/retry.py').as_posix()}#2\x1b\\" in talk.raw
    assert "made/up.py#7" not in talk.raw
    talk.type("\x04")
    assert talk.end() == 0


def test_ctrl_c_stops_the_answer_and_not_the_chat(talk: Terminal, server: ModelServer) -> None:
    """What came stays on the screen, and the next question is answered."""
    server.say(Say("one two three four five", between=0.5), "and after that")
    talk.type("count\r")
    talk.wait("one")
    talk.type("\x03")
    talk.wait("stopped")
    talk.ready()
    talk.type("\x03")  # at an empty line it does nothing
    talk.type("go on\r")
    talk.wait("and after that")
    talk.ready()
    assert "five" not in talk.seen
    talk.type("/quit\r")
    assert talk.end() == 0


def test_leave_is_asked_with_all_that_would_be_done(talk: Terminal, server: ModelServer, shop: Path) -> None:
    """The person sees every argument before agreeing; what they refuse is not done."""
    server.say(Say(calls=(("remember", {"text": "Cents\x1b[2J only", "why": "rounding"}),)), "as you say")
    talk.type("note it\r")
    talk.wait("remember  wants your leave", "Cents␛[2J only", "why: rounding", "[a]lways")
    talk.ready()
    talk.type("n\r")
    talk.wait("did not agree", "as you say")
    talk.ready()
    talk.type("\x04")
    assert talk.end() == 0
    with Memory.open(shop) as memory:
        assert len(memory.memories()) == 1


def test_lines_commands_and_completion(talk: Terminal, server: ModelServer) -> None:
    """Alt-Enter begins a new line, Tab completes a command, and a project's own commands are asked as questions."""
    server.say("two lines", "fixed")
    talk.type("first line\x1b\rsecond line\r")
    talk.wait("two lines")
    assert server.asked[0].last.endswith("first line\nsecond line")
    talk.ready()
    talk.type("/calle")
    talk.wait("who calls a symbol")  # the menu
    talk.type("\t billing.retry.backoff\r")
    talk.wait("billing.charge.charge")
    talk.ready()
    talk.type("/cost\r")
    talk.wait("chat       1 calls, 10 tokens sent")
    talk.ready()
    talk.type("/nope\r")
    talk.wait("there is no command /nope")


def test_a_session_is_picked_from_a_list(talk: Terminal, server: ModelServer, shop: Path) -> None:
    """/resume lists earlier sessions, and what was said there stands before the next question."""
    from engrep.engine.memory_types import Turn

    with Memory.open(shop) as memory:
        memory.record(
            "earlier", [Turn("", 0, "user", "", "what about cents"), Turn("", 0, "assistant", "", "use integers")]
        )
    server.say("as before")
    talk.type("/resume\r")
    talk.wait("what about cents", "which one?")
    talk.ready()
    talk.type("1\r")
    talk.wait("going on with what about cents (2 turns)")
    talk.ready()
    talk.type("and now\r")
    talk.wait("as before")
    assert [each["content"] for each in server.asked[0].messages[1:3]] == ["what about cents", "use integers"]


def test_the_model_distils_too(talk: Terminal, server: ModelServer) -> None:
    """At the end the model that answered says what is worth keeping, judged as any distilling is."""
    said = "Charges are rounded to whole cents, because the ledger in billing/charge.py has no fractions."
    server.say("good to know")
    talk.type(f"{said}\r")
    talk.wait("good to know")
    talk.ready()
    memory = {"kind": "business_rule", "statement": "Charges are rounded to whole cents.", "reason": "the ledger in billing/charge.py has no fractions",
              "turns": [1], "quote": said, "names": ["billing/charge.py"]}  # fmt: skip
    server.say({"memories": [memory]})
    talk.type("\x04")
    talk.wait("looking for what should be remembered", "Charges are rounded to whole cents")
    assert talk.end() == 0


def test_extracts_stand_as_they_are_when_the_model_fails(talk: Terminal, server: ModelServer, shop: Path) -> None:
    """What a failing model leaves are extracts of code, and no sign in them is taken for Markdown."""
    server.say(error(401, "no such key"))
    talk.type("request sent again after each failed request\r")
    talk.wait("no such key", "These are extracts", "return 0.1 * 2 ** n")
    assert (shop / "net/retry.py").as_posix() in talk.raw


def test_a_server_is_started_when_the_person_agrees(shop: Path, server: ModelServer, tmp_path: Path) -> None:
    """Its command line is shown first; the answer is kept, so that the next chat does not ask."""
    entry = f'{{"mcpServers": {{"mine": {{"command": "{sys.executable}", "args": ["-m", "engrep", "mcp"], "env": {{"PYTHONPATH": "{PROJECT}"}}}}}}}}'
    write_files(shop, f"#- .mcp.json\n{entry}")
    more = {"TERM": "xterm-256color", "XDG_DATA_HOME": str(tmp_path / "data"), "ENGREP_CONFIG": "none"}
    environment = cli_environment(**server.environment(**more))
    with terminal("chat", cwd=shop, environment=environment) as talk:
        talk.wait("mine  is an MCP server", "-m engrep mcp", "start it here")
        talk.ready()
        talk.type("y\r")
        talk.ready()
        talk.type("/tools\r")
        talk.wait("ask    mcp__mine__recall")
        talk.ready()
        talk.type("\x04")
        assert talk.end() == 0
    with terminal("chat", cwd=shop, environment=environment) as talk:
        talk.ready()
        assert "is an MCP server" not in talk.seen


class Screen:
    """Takes what is written, as a terminal does."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> int:
        self.text += text
        return len(text)

    def flush(self) -> None:
        """Do nothing."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("pieces", "shown"), [
    (["# Head\n", "text"], "  Head\n  text\n"), (["a `co", "de` b"], "  a code b\n"), (["2 ** 3 is *it*"], "  2 ** 3 is *it*\n"),
    (["- item\n  - inner\n"], "  - item\n    - inner\n"), (["```py\nx  =  1\n```\nafter"], "    x  =  1\n  after\n"),
    (["word " * 20], "  " + ("word " * 7).rstrip() + " \n  " + ("word " * 7).rstrip() + " \n  " + "word " * 6 + "\n"),
    (["\x1b[2Jgone\x07"], "  ␛[2Jgone␇\n"), (["死锁" * 12], "  " + "死锁" * 9 + "死\n  锁" + "死锁" * 2 + "\n"),
])  # fmt: skip
def test_text_is_folded_and_styled(
    pieces: list[str], shown: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Words are folded at the edge, marks of Markdown become styles, and control characters are pictures of themselves."""
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr(Look, "width", 40)
    screen = Screen()
    look = Look(screen)  # type: ignore[arg-type]
    writer = Writer(screen, look, Citations(tmp_path, lambda _: False), tmp_path)  # type: ignore[arg-type]
    for piece in pieces:
        writer.take(piece)
    writer.end()
    assert screen.text == shown
