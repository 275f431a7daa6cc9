"""Recall on the real command line: the right memory where it applies, and nowhere else."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from conftest import git

if TYPE_CHECKING:
    from conftest import Cli, MakeRepo

SHOP = '''
    #- billing/__init__.py
    #- billing/retry.py
    def backoff(n):
        """Wait a day for each failed payment."""
        return n * 86400
    #- net/__init__.py
    #- net/retry.py
    def backoff(n):
        """Wait twice as long each time."""
        return 2 ** n
    #- net/pool.py
    from net.retry import backoff

    def connect(host):
        """Open a connection, again when it is refused."""
        return backoff(3)
'''
Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def shop(repo: MakeRepo) -> Path:
    """Give a small shop with two functions of one name."""
    return repo(SHOP)


@pytest.fixture
def run(cli: Cli, tmp_path: Path) -> Ask:
    """Run a command in a folder, and give its JSON."""

    def ask(root: Path, *arguments: str) -> dict[str, Any]:
        done = cli(*arguments, "--json", cwd=root, ENGREP_HOME=str(tmp_path / "home"))
        assert done.returncode in (0, 1), done.stderr
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    return ask


def told(answer: dict[str, Any], kind: str = "memory") -> list[str]:
    """Give the texts of an answer's memories."""
    return [item["text"] for item in answer["items"] if item["type"] == kind]


@pytest.fixture
def decided(shop: Path, run: Ask) -> Path:
    """Give the shop with a decision about the payments' backoff."""
    run(shop, "index")
    run(shop, "remember", "Retries stop at five.", "--about", "billing.retry.backoff", "--why", "six block the card")
    return shop


@pytest.mark.parametrize(
    ("question", "options", "comes"),
    [
        ("billing.retry.backoff", [], True),
        ("when do retries stop in billing.retry.backoff", [], True),
        ("net.retry.backoff", [], False),
        ("when do retries stop in net.retry.backoff", [], False),
        ("net/retry.py:backoff", [], False),
        ("backoff in billing", [], True),
        ("backoff in net", [], False),
        ("backoff", ["--from", "billing/retry.py"], True),
    ],
)
def test_a_decision_comes_up_for_its_own_namesake_alone(
    decided: Path, run: Ask, question: str, options: list[str], comes: bool
) -> None:
    """What was decided about one backoff is silent about the other, however that is spelled."""
    assert bool(told(run(decided, "recall", question, *options))) is comes


def test_the_askers_file_pushes_the_other_namesakes_memory_down(decided: Path, run: Ask) -> None:
    """Asked with the network's file open, the payments' decision scores less than with the payments' file open."""
    run(decided, "remember", "Retries stop at nine.", "--about", "net.retry.backoff")
    for file, first in {"net/retry.py": "nine", "billing/retry.py": "five"}.items():
        items = run(decided, "recall", "backoff", "--from", file, "--only", "memory")["items"]
        assert first in items[0]["text"]
        assert len(items) == 1 or items[0]["score"] > items[1]["score"] + 0.5


def test_memories_and_code_stand_in_one_list(decided: Path, run: Ask) -> None:
    """The decision comes first, then the function; each has its reasons, which add up to the score."""
    answer = run(decided, "recall", "billing.retry.backoff")
    memory, code = answer["items"][:2]
    assert (memory["type"], code["type"]) == ("memory", "code")
    assert "net.retry.backoff" not in {item["qualified_name"] for item in answer["items"]}
    assert memory["anchors"] == [
        {"qualified_name": "billing.retry.backoff", "path": "billing/retry.py", "state": "fresh"}
    ]
    assert (code["path"], code["qualified_name"]) == ("billing/retry.py", "billing.retry.backoff")
    for item in answer["items"]:
        assert sum(part["value"] for part in item["why"]) == pytest.approx(item["score"], abs=0.001)
        assert item["tokens"] > 0
    assert answer["tokens"] == sum(item["tokens"] for item in answer["items"])
    assert answer["stale_withheld"] == 0


@pytest.mark.parametrize("under_git", [True, False])
def test_two_projects_do_not_leak(repo: MakeRepo, run: Ask, under_git: bool) -> None:
    """Two repositories, or two plain folders, that share a keyword keep their memories to themselves."""
    one, other = repo(SHOP, git=under_git), repo(SHOP, git=under_git)
    run(one, "remember", "The cache lives for an hour.", "--repo", ".")
    run(other, "remember", "The cache lives for a day.", "--repo", ".")
    for root, expected in ((one, "hour"), (other, "day")):
        (text,) = told(run(root, "recall", "how long does the cache live", "--repo", "."))
        assert expected in text


def test_a_budget_cuts_by_relevance(shop: Path, run: Ask) -> None:
    """What answers best is kept, in whatever order it was written and however long it is."""
    run(shop, "remember", "The importer reads orders in batches, and the batches of orders are logged.")
    run(shop, "remember", "Refunds of orders over one hundred euros need a second signature from the finance team.")
    run(shop, "remember", "Orders are archived.")
    whole = run(shop, "recall", "who signs refunds of orders")
    assert "signature" in whole["items"][0]["text"]
    cut = run(shop, "recall", "who signs refunds of orders", "--budget", str(whole["items"][0]["tokens"]))
    assert told(cut) == [whole["items"][0]["text"]]
    assert cut["left_out"] == len(whole["items"]) - 1
    assert cut["tokens"] <= whole["items"][0]["tokens"]


@pytest.mark.parametrize("question", ["submarine cables", "", "?!", "what should we do about it", "推送服务商"])
def test_silence_when_nothing_fits(decided: Path, run: Ask, question: str) -> None:
    """No memory is made to answer what it says nothing about."""
    assert told(run(decided, "recall", question)) == []


def test_a_date_that_is_none_is_a_usage_error(cli: Cli, shop: Path) -> None:
    """What cannot be read as a date is said so."""
    done = cli("recall", "retries", "--as-of", "last spring", cwd=shop)
    assert done.returncode == 2
    assert "is no date" in done.stderr


def test_what_holds_on_another_branch_is_silent_until_that_is_merged(repo: MakeRepo, run: Ask) -> None:
    """A decision for a branch is told on it, and where it is merged; it was listed there and never recalled."""
    root = repo(SHOP, git=True)
    git(root, "checkout", "--quiet", "-b", "faster")
    run(root, "remember", "Payments are retried in parallel.", "--scope", "branch:faster", "--pin")
    (root / "new.py").write_text("X = 1\n", encoding="utf-8")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "faster")

    def known() -> tuple[bool, bool, bool]:
        asked = run(root, "recall", "payments in parallel")
        return bool(told(asked)), bool(told(run(root, "brief"))), bool(run(root, "memories")["total"])

    assert known() == (True, True, True)
    git(root, "checkout", "--quiet", "main")
    assert known() == (False, False, False)
    git(root, "merge", "--quiet", "--no-ff", "--message", "merge", "faster")
    assert known() == (True, True, True)


def test_a_single_character_tells_two_names_apart(shop: Path, run: Ask) -> None:
    """It is no search term of its own, and what was said of IPv6 answered for IPv4 as well, and first."""
    run(shop, "remember", "The ipv6 listener takes port 8080.")
    run(shop, "remember", "The ipv4 listener takes port 80.")
    assert told(run(shop, "recall", "which port does the ipv4 listener take"))[0] == "The ipv4 listener takes port 80."
    assert told(run(shop, "recall", "ipv6"))[0] == "The ipv6 listener takes port 8080."


def test_brief_tells_rules_the_open_task_and_decisions_nearby(repo: MakeRepo, run: Ask) -> None:
    """Pinned rules come first, then the task, then what was decided about the files that are changed."""
    root = repo(SHOP, git=True)
    run(root, "index")
    run(root, "remember", "The pool keeps nine sockets.", "--about", "net.pool.connect")
    run(root, "remember", "Retries stop at five.", "--about", "billing.retry.backoff")
    run(root, "remember", "Half of the importer is still to do.", "--kind", "task_state")
    run(root, "remember", "Answer in English.", "--pin", "--kind", "preference")
    (root / "billing/retry.py").write_text("def backoff(n):\n    return n * 3600\n", encoding="utf-8")
    answer = run(root, "brief")
    assert told(answer)[:3] == ["Answer in English.", "Half of the importer is still to do.", "Retries stop at five."]
    assert answer["tokens"] <= 500
    assert told(run(root, "brief", "--budget", "20")) == ["Answer in English."]


@pytest.mark.parametrize(
    ("question", "first"),
    [("retry a failed payment", "pay.py"), ("test of retry a failed payment", "tests/test_pay.py")],
)
def test_code_comes_before_its_tests_unless_they_are_asked_for(
    question: str, first: str, repo: MakeRepo, run: Ask
) -> None:
    """A test says in many words what the code does in few."""
    root = repo("""
        #- pay.py
        def retry(payment):
            return payment.send()
        #- tests/test_pay.py
        def test_again():
            # a failed payment, and the retry of that failed payment
            failed = payment()
            assert retry(failed) == payment
    """)
    run(root, "index")
    paths = [item["path"] for item in run(root, "recall", question)["items"] if item["type"] == "code"]
    assert set(paths) == {"pay.py", "tests/test_pay.py"}
    assert paths[0] == first


def test_push_is_silent_below_the_floor_and_never_repeats_itself(decided: Path, run: Ask) -> None:
    """A prompt that names what a memory is about gets it once a session; any other prompt gets nothing."""
    ask = ("recall", "--push", "--session", "s1")
    assert told(run(decided, *ask, "please tidy up the readme a little")) == []
    assert told(run(decided, *ask, "make billing.retry.backoff wait longer")) == [
        "Retries stop at five. (because six block the card)"
    ]
    assert told(run(decided, *ask, "make billing.retry.backoff wait longer")) == []
    assert told(run(decided, "recall", "--push", "--session", "s2", "make billing.retry.backoff wait longer"))


def test_push_asks_more_of_a_long_prompt(shop: Path, run: Ask) -> None:
    """A short prompt gets the memory that holds half of it; a long one that holds the same words among many does not."""
    run(shop, "remember", "Order events go through RabbitMQ, never through Redis.")
    run(shop, "remember", "The front end is built with bun.")
    ask = ("recall", "--push", "--session")
    assert told(run(shop, *ask, "a", "send order events through the queue"))
    long = (
        "The importer crashes in the night: the parser meets a byte order mark in the supplier's spreadsheet, order "
        "events are logged twice, the retry sleeps forever and the operator sees an empty table on the dashboard"
    )
    assert told(run(shop, *ask, "b", long)) == []


def test_where_and_when_it_was_said_is_told(shop: Path, run: Ask, tmp_path: Path) -> None:
    """A turn that answers names its session and message; a memory names the session that it was learned in."""
    history = tmp_path / "talk.jsonl"
    lines = [
        {"role": "user", "content": "Which queue do we take?", "timestamp": "2025-03-01T10:00:00Z"},
        {"role": "assistant", "content": "We take RabbitMQ, because Kafka is too much to run.", "timestamp": "2025-03-01T10:01:00Z"},
    ]  # fmt: skip
    history.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    run(shop, "import", str(history))
    items = run(shop, "recall", "why RabbitMQ and not Kafka")["items"]
    (turn,) = [item for item in items if "RabbitMQ" in item["text"]]
    assert (turn["type"], turn["number"], turn["role"]) == ("turn", 2, "assistant")
    assert turn["learned"]["at"] == "2025-03-01T10:01:00Z"
    assert turn["learned"]["session"] == turn["session"]


def test_the_same_question_gets_the_same_answer(decided: Path, run: Ask) -> None:
    """Order, scores and texts do not depend on the run."""
    answers = [run(decided, "recall", "how do retries wait") for _ in range(2)]
    assert answers[0]["items"] == answers[1]["items"]


def test_what_the_code_has_left_behind_is_counted_and_not_told(repo: MakeRepo, cli: Cli, tmp_path: Path) -> None:
    """A memory follows its renamed function into recall and brief, and is withheld, but counted, when that is gone."""
    root, home = repo(SHOP), str(tmp_path / "home")
    cli("index", cwd=root, ENGREP_HOME=home)
    cli("remember", "Five attempts at most.", "--about", "billing.retry.backoff", "--pin", cwd=root, ENGREP_HOME=home)
    path = root / "billing" / "retry.py"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("def backoff", "def waiting_time"), encoding="utf-8")
    cli("index", cwd=root, ENGREP_HOME=home)
    found = json.loads(cli("recall", "how many attempts", "--json", cwd=root, ENGREP_HOME=home).stdout)
    (anchor,) = next(item for item in found["items"] if item["type"] == "memory")["anchors"]
    assert (anchor["qualified_name"], anchor["state"]) == ("billing.retry.waiting_time", "renamed")
    path.write_text("DAY = 86400\n", encoding="utf-8")
    cli("index", cwd=root, ENGREP_HOME=home)
    gone = json.loads(cli("recall", "how many attempts", "--json", cwd=root, ENGREP_HOME=home).stdout)
    assert gone["stale_withheld"] == 1
    assert not [item for item in gone["items"] if item["type"] == "memory"]
    assert "Five attempts" not in cli("brief", cwd=root, ENGREP_HOME=home).stdout
