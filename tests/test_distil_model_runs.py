"""Runs of distilling with a language model: nothing is paid for twice, no secret is sent, the cost is told before."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from conftest import cli_environment
from model_talks import FEED, TALK, Talk, found
from openai_server import Asked, ModelServer, Say

if TYPE_CHECKING:
    from conftest import Cli, MakeRepo


@pytest.fixture
def talk(cli: Cli, repo: MakeRepo, tmp_path: Path, server: ModelServer) -> Talk:
    """Make a project with a talk that the rules draw nothing from."""
    return Talk(cli, repo("#- feed/dates.py\ndef parse_feed(text): ...\n"), tmp_path / "home", server).write(TALK)


def long_talk(passages: int = 4) -> str:
    """Give a talk that takes several passages to send, with one rule in each."""
    filler = "we looked at the numbers of the quarter and the charts again " * 230
    turns = []
    for number in range(passages * 6):
        turns.append(f"assistant: {filler}")
        turns.append(f"user: Report {number} goes to the archive folder then, auditors look there.")
    return "\n\n".join(turns) + "\n"


def one_for_each(asked: Asked) -> dict[str, Any]:
    """Reply with a memory for the last user turn of a passage."""
    number, text = re.findall(r"\[(\d+)\] user: (Report \d+ goes to the archive folder[^\n]*)", asked.last)[-1]
    body = text.partition(" then")[0]
    return found(
        {"kind": "convention", "statement": body, "reason": "", "turns": [int(number)], "quote": text, "names": []}
    )


def test_a_kill_in_the_middle_repeats_nothing_paid(talk: Talk) -> None:
    """Replies that came are kept; the next run asks for the others only, and all is there once."""
    talk.write(long_talk())
    running: list[subprocess.Popen[bytes]] = []

    def kill_at_third(asked: Asked) -> Say:
        if len(talk.server.asked) == 3:
            running[0].kill()
            running[0].wait(30)
        return Say(json=one_for_each(asked))

    talk.server.answer = kill_at_third
    environment = cli_environment(ENGREP_HOME=talk.home, **talk.server.environment())
    command = [sys.executable, "-m", "engrep", "distill", "talk.md", "--model", "auto"]
    running.append(subprocess.Popen(command, cwd=talk.root, env=environment, stderr=subprocess.DEVNULL))
    running[0].wait(60)
    assert talk.memories() == {}
    assert len(talk.server.asked) == 3
    talk.server.answer = one_for_each
    report = talk.report()
    passages = report["model"]["passages"]
    assert passages > 3
    assert report["model"]["kept"] == 2
    assert report["model"]["requests"] == passages - 2
    assert len(talk.server.asked) == 3 + passages - 2
    assert len(talk.memories()) == passages


def test_a_session_that_grew_is_read_on(talk: Talk) -> None:
    """Only passages with new turns are asked about."""
    talk.write(long_talk())
    talk.server.answer = one_for_each
    first = talk.report()["model"]["requests"]
    with (talk.root / "talk.md").open("a", encoding="utf-8") as file:
        file.write("\nuser: Report 99 goes to the archive folder then, auditors look there.\n")
    again = talk.report()["model"]
    assert again["requests"] == 1
    assert first >= 4
    assert "Report 99 goes to the archive folder" in talk.memories()


def test_a_dry_run_tells_the_cost_and_asks_nothing(talk: Talk, tmp_path: Path) -> None:
    """The tokens and the price are told, and nothing is sent or kept."""
    config = f"[models.m]\nurl = '{talk.server.url}'\nmodel = 'x'\nprice = {{ sent = 10.0, received = 20.0 }}\n"
    (tmp_path / "c.toml").write_text(config, encoding="utf-8")
    report = talk.report(dry_run=True)
    assert (report["model"]["passages"], report["model"]["requests"]) == (1, 0)
    assert report["model"]["estimated_tokens"] > 700
    assert "nothing was sent" in talk.run("--dry-run").stdout
    assert talk.server.asked == []
    talk.server.say(found(FEED))
    known = {"ENGREP_HOME": talk.home, "ENGREP_CONFIG": str(tmp_path / "c.toml")}
    done = talk.cli("distill", "talk.md", "--model", "m", cwd=talk.root, **known)
    assert "m at 127.0.0.1" in done.stderr
    assert "is asked to read 1 passages" in done.stderr
    assert "requests, 15 tokens, 0.0002 USD" in done.stdout


def test_no_secret_is_sent_or_kept(talk: Talk) -> None:
    """Neither a token of the talk, nor its hash, nor one that the model makes up."""
    token, other = "ghp_" + "a1B2c3D4e5" * 4, "ghp_" + "z9Y8x7W6v5" * 4
    talk.write(f"user: The deploy key is {token}. It gets rotated every month, audits want that.\n")
    said = {"kind": "convention", "statement": f"The deploy key gets rotated every month {other}", "reason": "", "turns": [1],
            "quote": "It gets rotated every month, audits want that.", "names": []}  # fmt: skip
    talk.server.say(found(said))
    talk.report()
    assert token not in talk.server.asked[0].text
    assert "[REDACTED:github-token]" in talk.server.asked[0].last
    kept = b"".join(file.read_bytes() for file in Path(talk.home).rglob("*") if file.is_file())
    assert token.encode() not in kept
    assert other.encode() not in kept
    assert talk.cli("doctor", "--secrets", cwd=talk.root, ENGREP_HOME=talk.home).returncode in (0, 3)


def test_a_quote_may_hold_what_stands_for_a_secret(talk: Talk) -> None:
    """The model is shown no hash, so a quote without it is still the session's; a kept reply that is damaged is asked anew."""
    token = "ghp_" + "a1B2c3D4e5" * 4
    talk.write(f"user: The mirror reads with {token} and nobody else may use that one, audits look there.\n")
    quote = "The mirror reads with [REDACTED:github-token] and nobody else may use that one, audits look there."
    said = {"kind": "constraint", "statement": "Nobody else may use the mirror's token that it reads with", "reason": "",
            "turns": [1], "quote": quote, "names": []}  # fmt: skip
    talk.server.answer = lambda _: found(said, {**said, "statement": "<private>", "quote": "<private> never closed"})
    report = talk.report()
    assert list(talk.memories()) == [said["statement"]]
    assert report["model"]["refused"] == 1
    (kept,) = Path(talk.home).glob("*/readings.db")
    with closing(sqlite3.connect(kept)) as connection:
        replies = [row[0] for row in connection.execute("SELECT reply FROM reading")]
        assert [len(json.loads(each)["memories"]) for each in replies] == [2]
        connection.execute("UPDATE reading SET reply = '{\"memories\": [{}]}'")
        connection.execute("DELETE FROM read")
        connection.commit()
    assert talk.report()["model"]["requests"] == 1


def test_chinese_is_read_as_english_is(talk: Talk) -> None:
    """A Chinese decision is kept in its own words; one that nobody made is refused."""
    talk.write(
        "user: 夜间任务为什么失败？\n\nassistant: 因为连接池用完了。\n\nuser: 报表任务放到独立的队列里跑，和支付分开。\n"
    )
    said = {"kind": "decision", "statement": "报表任务放到独立的队列里跑，和支付分开", "reason": "连接池用完了",
            "turns": [2, 3], "quote": "报表任务放到独立的队列里跑，和支付分开。", "names": []}  # fmt: skip
    invented = {**said, "statement": "所有任务都要在凌晨三点停止运行", "quote": "凌晨三点停止运行"}
    talk.server.say(found(said, invented))
    report = talk.report()
    assert report["model"]["refused"] == 1
    assert talk.memories() == {"报表任务放到独立的队列里跑，和支付分开": "active"}


def test_a_large_run_is_agreed_to(talk: Talk, tmp_path: Path) -> None:
    """Much text goes to another machine only with --yes; a model that nobody configured is a clear error."""
    config = "[models.far]\nurl = 'https://models.example/v1'\nmodel = 'x'\n"
    (tmp_path / "c.toml").write_text(config, encoding="utf-8")
    talk.write(long_talk(14))
    known = {"ENGREP_HOME": talk.home, "ENGREP_CONFIG": str(tmp_path / "c.toml")}
    done = talk.cli("distill", "talk.md", "--model", "far", cwd=talk.root, **known)
    assert done.returncode == 2
    assert "nobody agreed to it" in done.stderr
    missing = talk.cli("distill", "talk.md", "--model", "auto", cwd=talk.root, ENGREP_HOME=talk.home)
    assert missing.returncode == 3
    assert "no language model is configured" in missing.stderr
