"""Answers without a language model: cited passages, and nothing that pretends to be more."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from conftest import cli_environment, write_files
from retry_shop import answer
from talks import BANK, remembering_shop, talking

from engrep.agents.extracts import HONEST, walk_asked
from engrep.engine.memory import Memory

if TYPE_CHECKING:
    from conftest import Cli


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a shop that remembers; nothing here changes it."""
    folder = tmp_path_factory.mktemp("shop")
    remembering_shop(folder)
    return folder


def test_an_answer_is_extracts_with_their_places(shop: Path, cli: Cli) -> None:
    """Memories and code stand in one list, each with what it is cited by, and the answer says what it is."""
    found = answer(cli("chat", "-p", "why does the payment backoff wait a day", "--json", cwd=shop))
    assert (found["mode"], found["model"], found["problem"]) == ("extracts", None, None)
    assert found["answer"].startswith(HONEST)
    assert BANK in found["answer"]
    assert "billing/retry.py:2  billing.retry.backoff" in found["answer"]
    assert "2  def backoff(n):" in found["answer"]
    assert {each["kind"] for each in found["citations"]} == {"memory", "code"}
    assert all(each["verified"] for each in found["citations"])
    assert {each["type"] for each in found["items"]} == {"memory", "code"}
    assert found["session"] is None


def test_a_person_reads_the_same(shop: Path, cli: Cli) -> None:
    """In a pipe the answer alone stands on stdout, as plain lines."""
    done = cli("chat", "-p", "why does the payment backoff wait a day", cwd=shop)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(HONEST)
    assert "\x1b" not in done.stdout
    assert cli("chat", "-p", "-", cwd=shop, stdin="why does the payment backoff wait a day").stdout == done.stdout


def test_nothing_known_is_said(shop: Path, cli: Cli) -> None:
    """A question that nothing answers exits with 1 and an empty answer, not with the nearest rubbish."""
    done = cli("chat", "-p", "zzzz qqqq", cwd=shop)
    assert (done.returncode, done.stdout) == (1, "")
    assert "nothing is known" in done.stderr
    assert answer(cli("chat", "-p", "zzzz qqqq", "--json", cwd=shop), 1)["answer"] == ""


@pytest.mark.parametrize(("question", "wanted"), [
    ("who calls billing.retry.backoff?", ("callers", "billing.retry.backoff")),
    ("callers of net.retry.backoff", ("callers", "net.retry.backoff")),
    ("谁调用了 net.retry.backoff", ("callers", "net.retry.backoff")),
    ("what does Client.send call?", ("callees", "Client.send")), ("why does backoff wait", None),
])  # fmt: skip
def test_a_walk_is_understood(question: str, wanted: tuple[str, str] | None) -> None:
    """Who calls something, and what it calls, is asked in words."""
    assert walk_asked(question) == wanted


def test_callers_are_told(shop: Path, cli: Cli) -> None:
    """A question for callers is answered from the call graph, before the extracts."""
    found = answer(cli("chat", "-p", "who calls billing.retry.backoff?", "--json", cwd=shop))
    assert "billing/charge.py:4  billing.charge.charge" in found["answer"]
    assert {"billing/charge.py:4"} <= {each["text"] for each in found["citations"]}


def test_callers_of_what_is_not_there_are_not_another_answer(shop: Path, cli: Cli) -> None:
    """Asked who calls a name that nothing bears, the answer says that first, with the names that are near."""
    found = answer(cli("chat", "-p", "who calls billing.retry.bakoff?", "--json", cwd=shop))
    assert "bakoff" in found["answer"].split("\n\n")[1]
    assert "did you mean backoff?" in found["answer"]
    assert (
        "no symbol" not in answer(cli("chat", "-p", "who calls it the payment backoff?", "--json", cwd=shop))["answer"]
    )


def test_a_long_place_shows_the_lines_that_answer(tmp_path: Path) -> None:
    """Of a long function the passage that holds the question is shown, with the numbers that its lines have."""
    body = (
        "".join(f"    step_{n} = {n}\n" for n in range(12))
        + "    # the lock is held until the ledger closes\n    return step_1\n"
    )
    (tmp_path / "ledger.py").write_text(f"def close_ledger():\n{body}", encoding="utf-8")
    with Memory.open(tmp_path) as memory:
        memory.index()
    with talking(tmp_path, keep=False) as chat:
        reply = chat.ask("until when is the lock held in close_ledger")
    assert "14      # the lock is held until the ledger closes" in reply.answer
    cited = reply.citations[0]
    assert cited.line <= 14 <= cited.end_line


def test_lines_in_a_pipe_are_questions(tmp_path: Path, cli: Cli) -> None:
    """Each line is answered, commands among them; what goes wrong is told on stderr; the end of the input ends it."""
    remembering_shop(tmp_path)
    lines = "why does the payment backoff wait a day\n\n/callers billing.retry.backoff\n/nope\n/remember Tests run with pytest\n/quit\nnever asked\n"
    done = cli("chat", cwd=tmp_path, stdin=lines)
    assert done.returncode == 0
    assert BANK in done.stdout
    assert "billing.charge.charge" in done.stdout
    assert "remembered as m" in done.stdout
    assert "/nope" in done.stderr
    assert "never asked" not in done.stdout
    each = cli("chat", "--json", cwd=tmp_path, stdin="why does the payment backoff wait a day\nzzzz\n")
    assert [bool(json.loads(line)["answer"]) for line in each.stdout.splitlines()] == [True, False]
    assert each.returncode == 1


def test_the_same_question_is_no_answer(tmp_path: Path) -> None:
    """What was asked before comes back with its session, but not as an answer to itself."""
    remembering_shop(tmp_path)
    for _ in range(2):
        with talking(tmp_path) as chat:
            reply = chat.ask("why does the payment backoff wait a day")
            assert not [item for item in reply.recalled if item.type == "turn"]


def test_a_place_without_an_index_answers_from_memory(tmp_path: Path, cli: Cli) -> None:
    """Memories answer before anything is indexed."""
    cli("remember", BANK, cwd=tmp_path)
    assert BANK in cli("chat", "-p", "how often are payments retried", cwd=tmp_path).stdout


def test_only_chat_loads_what_it_needs(shop: Path) -> None:
    """No other command loads the terminal library, and a question without a model loads neither it nor a model's SDK."""
    for arguments in (["search", "backoff"], ["recall", "backoff"], ["chat", "-p", "backoff"]):
        code = (
            f"import sys; from engrep.cli import main\ntry:\n    main({arguments!r})\nexcept SystemExit:\n"
            "    print(sorted({'prompt_toolkit', 'openai', 'mcp', 'httpx2'} & set(sys.modules)), file=sys.stderr)"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=shop, env=cli_environment(), capture_output=True, text=True, check=True
        )
        assert done.stderr.splitlines()[-1] == "[]", arguments


def test_commands_in_a_pipe_of_objects(tmp_path: Path, cli: Cli) -> None:
    """With --json each line gives one object: a command its result, a project's own its answer, and what is wrong an error."""
    remembering_shop(tmp_path)
    write_files(tmp_path, "#- .claude/commands/why.md\nWhy does $ARGUMENTS wait a day?\n")
    lines = (
        "/recall payment backoff", "/search backoff", "/callers billing.retry.backoff", "/remember Tests run with pytest.",
        "/why the payment backoff", "/callers", "/model x", "/nope", "/callers net.retry.bakoff", "/quit", "never asked",
    )  # fmt: skip
    done = cli("chat", "--json", cwd=tmp_path, stdin="\n".join(lines))
    said = [json.loads(line) for line in done.stdout.splitlines()]
    assert [each.get("command") for each in said[:4]] == ["recall", "search", "callers", "remember"]
    assert said[0]["result"]["items"][0]["text"].startswith(BANK[:20])
    assert said[1]["result"]["hits"][0]["qualified_name"].endswith("backoff")
    assert said[2]["result"]["edges"][0]["qualified_name"] == "billing.charge.charge"
    assert said[3]["result"]["id"].startswith("m")
    assert BANK in said[4]["answer"]
    assert [each["error"]["kind"] for each in said[5:]] == ["usage", "usage", "usage", "not_found"]
    assert said[-1]["error"]["near"] == ["backoff"]
    assert done.returncode == 2
