"""A chat is kept as it goes, gone on with, summed up when it grows, and distilled at its end."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from conftest import cli_environment
from openai_server import ModelServer, Say
from retry_shop import answer
from talks import Ear, remembering_shop, talking

from engrep.agents.chat_context import ASKED_TO_SUM_UP
from engrep.agents.chat_types import Noted
from engrep.engine.memory import Memory
from engrep.engine.memory_types import Turn

if TYPE_CHECKING:
    from conftest import Cli

RULE = "From now on always use UTC for timestamps in the billing module."


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """Make a shop that remembers."""
    (tmp_path / "shop").mkdir()
    remembering_shop(tmp_path / "shop")
    return tmp_path / "shop"


def test_turns_are_recorded_as_they_come(shop: Path) -> None:
    """Each call adds to the session, whoever adds; secrets do not get in."""
    key = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4"
    with Memory.open(shop) as one, Memory.open(shop) as two:
        assert one.record("s1", [Turn("", 0, "user", "", f"my key is {key}")]) == 1
        assert two.record("s1", [Turn("", 0, "assistant", "", "noted"), Turn("", 0, "user", "", "go on")]) == 3
        found = one.session("s1")
    assert (found.session.program, found.session.turns, found.session.branch) == ("engrep", 3, "main")
    assert [(turn.number, turn.role) for turn in found.turns] == [(1, "user"), (2, "assistant"), (3, "user")]
    assert key not in str(found)


def test_a_killed_chat_has_kept_what_was_said(shop: Path, server: ModelServer) -> None:
    """The question is on the disk before the model is asked, so that a crash loses no turn."""
    running: list[subprocess.Popen[bytes]] = []

    def kill() -> None:
        running[0].kill()

    server.say("first answer", Say("never", run=kill, pause=0.01))
    command = [sys.executable, "-m", "engrep", "chat"]
    environment = cli_environment(**server.environment())
    with subprocess.Popen(
        command, cwd=shop, env=environment, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
    ) as process:
        running.append(process)
        assert process.stdin is not None
        process.stdin.write(b"one question\nsecond question\n")
        process.stdin.flush()
        process.wait(60)
    with Memory.open(shop) as memory:
        (session,) = memory.sessions()
        assert [turn.text for turn in memory.session(session.id).turns] == [
            "one question",
            "first answer",
            "second question",
        ]


def test_a_session_is_gone_on_with(shop: Path, server: ModelServer, cli: Cli) -> None:
    """What was said stands before the next question, and the turns go into the same session; others begin a new one."""
    server.say("It is a day.", "Because of the bank.")
    first = answer(cli("chat", "-p", "how long is the wait", "--json", cwd=shop, **server.environment()))
    second = answer(cli("chat", "-p", "why", "--resume", "last", "--json", cwd=shop, **server.environment()))
    assert first["session"] == second["session"]
    said = [(each["role"], each["content"]) for each in server.asked[1].messages[1:]]
    assert said[:2] == [("user", "how long is the wait"), ("assistant", "It is a day.")]
    assert said[2][1].endswith("why")
    with Memory.open(shop) as memory:
        assert [session.turns for session in memory.sessions()] == [4]
    missing = cli("chat", "-p", "why", "--resume", "nothing", cwd=shop, **server.environment())
    assert (missing.returncode, missing.stdout) == (1, "")


def test_a_chat_is_distilled_at_its_end(shop: Path, cli: Cli) -> None:
    """What the person stated is remembered with the session as its evidence, also without a model."""
    done = cli("chat", cwd=shop, stdin=f"how are payments retried\n{RULE}\n")
    assert "learned" in done.stdout
    with Memory.open(shop) as memory:
        (found,) = [each for each in memory.memories() if "UTC" in each.body]
        assert found.evidence[0].session == memory.sessions()[0].id
        assert [turn.role for turn in memory.session(found.evidence[0].session).turns] == ["user", "user"]


def test_a_script_without_a_model_keeps_nothing(shop: Path, cli: Cli) -> None:
    """Extracts are kept already where they come from; a script that asks a thousand times leaves no trace."""
    cli("chat", "-p", RULE, cwd=shop)
    with Memory.open(shop) as memory:
        assert memory.sessions() == ()


def test_a_long_conversation_keeps_what_binds(shop: Path, server: ModelServer) -> None:
    """What was said long ago is summed up; rules, decisions and pinned memories stay word for word."""
    with Memory.open(shop) as memory:
        memory.remember("Never log card numbers", kind="constraint", pinned=True)
    with talking(shop, server) as chat:
        server.say("Noted.", *(f"answer {n} " + "filler words and more of them " * 60 for n in range(6)))
        chat.ask(RULE)
        for number in range(6):
            chat.ask(f"question {number}")
        chat.conversation.context = 4000
        assert chat.conversation.is_full
        server.say("SUMMARY: they talked about fillers", "the end")
        chat.ask("and now?")
    summing = server.asked[-2]
    assert summing.last == ASKED_TO_SUM_UP
    asked = server.asked[-1]
    first = asked.messages[1]["content"]
    assert f"> {RULE}" in first
    assert "SUMMARY: they talked" in first
    assert "Never log card numbers" in asked.system
    assert [each["role"] for each in asked.messages[:3]] == ["system", "user", "assistant"]
    assert asked.messages[-1]["content"].endswith("and now?")
    assert "question 0" not in asked.text
    assert len(asked.text) < len(summing.text)


def test_a_conversation_is_summed_up_without_a_model_too(shop: Path, server: ModelServer) -> None:
    """When the model that sums up fails, questions and the beginnings of answers stand in for it."""
    with talking(shop, server) as chat:
        server.say(*("x " * 3000 for _ in range(3)))
        for number in range(3):
            chat.ask(f"question {number} please")
        chat.conversation.context = 8000
        server.say(*(Say(status=401, body=b"{}") for _ in range(2)))
        assert chat.compact() > 0
        assert "asked: question 0 please" in chat.conversation.messages[0].text
        assert chat.conversation.tokens < 4000


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other rights")
def test_the_history_is_private_and_without_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Typed lines are in a file that only the person may read, and a pasted key is not in it."""
    monkeypatch.setenv("ENGREP_HOME", str(tmp_path / "home"))
    from engrep.chat_history import history_path, redacted_history

    key = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4"
    redacted_history().append_string(f"is {key} good?\nsecond line")
    assert stat.S_IMODE(history_path().stat().st_mode) == 0o600
    assert key not in history_path().read_text(encoding="utf-8")
    assert [*redacted_history().load_history_strings()] == ["is [REDACTED:github-token] good?\nsecond line"]


@pytest.mark.skipif(sys.platform != "linux", reason="a limit of a file's length stands for a full disk")
def test_a_chat_that_cannot_be_kept_says_so_at_once(shop: Path, server: ModelServer) -> None:
    """Seen: a full disk was told at the end, or, to a program, never; now it is, once, and the conversation goes on."""
    import resource

    ear = Ear()
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with talking(shop, server) as chat:
        kept = chat.ask("one", ear)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1, hard))
        try:
            first, second = chat.ask("two", ear), chat.ask("three", ear)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    assert (kept.notes, second.notes) == ((), ())
    assert "not kept from here on" in " ".join(first.notes)
    assert ["not kept" in each.text for each in ear.of(Noted)] == [True]
    assert first.answer
    assert second.answer
