"""Past commits as memory: why something is so is answered with the commit, and never with one that is newer than what is checked out."""

from __future__ import annotations

import json
import os
import subprocess
from inspect import cleandoc
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from conftest import git, write_files
from past_commits import PAY, REASON, TOKEN, ask, commit, commits, shop_of, told

from engrep import Memory
from engrep.engine import git_history
from engrep.engine.pack import LEAST_CUT, tokens_of
from engrep.engine.packed import inflate

if TYPE_CHECKING:
    from conftest import Cli, MakeRepo


@pytest.fixture
def shop(repo: MakeRepo) -> Path:
    """Give a repository in which attempts were raised for a reason."""
    return shop_of(repo)


def test_why_something_is_so_is_answered_with_the_commit(shop: Path, cli: Cli) -> None:
    """The commit comes first, with its id, when it was made, what it says and what it touched."""
    ask(cli, shop, "index")
    first = ask(cli, shop, "recall", "why is a payment tried three times?")["items"][0]
    assert (first["type"], first["title"], first["files"]) == ("commit", "Try a payment three times", ["pay.py"])
    assert first["id"] == git(shop, "rev-parse", "HEAD").strip()
    assert first["text"] == REASON
    assert first["learned"]["at"].endswith("Z")
    assert sum(part["value"] for part in first["why"]) == pytest.approx(first["score"], abs=0.001)


def test_a_chinese_question_finds_the_english_commit(shop: Path, cli: Cli) -> None:
    """What stands for a word, written by hand or learned, brings the commit that holds only the other one."""
    commit(shop, "Redirects are not followed: the key would go with them", PAY.format(limit=9, attempts=3))
    ask(cli, shop, "index")
    items = ask(cli, shop, "recall", "重定向为什么不跟随", "--only", "commit")["items"]
    assert [item["title"] for item in items] == ["Redirects are not followed: the key would go with them"]


def test_why_of_a_symbol_tells_where_its_lines_come_from(shop: Path, cli: Cli) -> None:
    """What is remembered of it comes first, then the commits that wrote its lines; a commit of other lines is left out."""
    commit(shop, "Raise the limit", PAY.format(limit=9, attempts=3))
    ask(cli, shop, "index")
    ask(cli, shop, "remember", "Charges are never repeated within a minute.", "--about", "charge")
    items = ask(cli, shop, "why", "charge")["items"]
    assert [item["type"] for item in items] == ["memory", "commit", "commit"]
    assert {item["title"] for item in items[1:]} == {"Try a payment three times", "first"}
    whole = ask(cli, shop, "why", "pay.py")["items"]
    assert {item["title"] for item in whole if item["type"] == "commit"} == {
        "Try a payment three times",
        "first",
        "Raise the limit",
    }


def test_of_a_file_that_changed_very_often_the_newest_commits_are_looked_through(shop: Path, cli: Cli) -> None:
    """A commit that names the symbol is found behind the last two hundred of its file, not before them."""
    said = {0: "Charge no card that the bank blocked", 250: "Charge in the currency of the card"}
    stream = "".join(
        f"commit refs/heads/main\ncommitter A <a@example.org> {1_900_000_000 + n} +0000\n"
        f"data <<END\n{said.get(n, 'Change the limit')}\nEND\n{'from refs/heads/main^0' if not n else ''}\n"
        f"M 100644 inline pay.py\ndata <<END\n{cleandoc(PAY.format(limit=n, attempts=3)).partition(chr(10))[2]}\nEND\n"
        for n in range(251)
    )
    subprocess.run(["git", "fast-import", "--quiet"], cwd=shop, input=stream.encode(), check=True)
    git(shop, "reset", "--hard", "--quiet")
    ask(cli, shop, "index")
    titles = [item["title"] for item in ask(cli, shop, "why", "charge")["items"]]
    assert said[250] in titles
    assert said[0] not in titles


def test_a_question_that_asks_for_no_reason_gets_no_commits(shop: Path, cli: Cli) -> None:
    """Programs that know three types of items meet the fourth only where it was asked for."""
    ask(cli, shop, "index")
    assert {item["type"] for item in ask(cli, shop, "recall", "payment tried three times")["items"]} <= {"code"}
    only = ask(cli, shop, "recall", "payment tried three times", "--only", "commit")["items"]
    assert [item["type"] for item in only] == ["commit"]


def test_nothing_newer_than_what_is_checked_out_is_told(shop: Path, cli: Cli) -> None:
    """An older commit, another branch: what they do not have behind them is not told, with an index run or without."""
    ask(cli, shop, "index")
    question = ("recall", "why is a payment tried three times", "--only", "commit")
    assert ask(cli, shop, *question)["items"]
    git(shop, "checkout", "--quiet", "HEAD~1")
    assert ask(cli, shop, *question)["items"] == []
    ask(cli, shop, "index")
    assert ask(cli, shop, *question)["items"] == []
    assert "Try a payment" not in json.dumps(ask(cli, shop, "why", "charge"))
    git(shop, "checkout", "--quiet", "main")
    assert ask(cli, shop, *question)["items"]


def test_a_commit_of_a_branch_is_told_elsewhere_once_it_is_merged(shop: Path) -> None:
    """Branches share the rows, and each sees its own."""
    git(shop, "checkout", "--quiet", "-b", "trial")
    commit(shop, "Send receipts by post since mail is lost", "#- post.py\nX = 1\n")
    question = "why are receipts sent by post"
    assert told(shop, question) == ["Send receipts by post since mail is lost"]
    git(shop, "checkout", "--quiet", "main")
    assert told(shop, question) == []
    git(shop, "merge", "--quiet", "--no-ff", "--message", "merge trial", "trial")
    assert told(shop, question) == ["Send receipts by post since mail is lost"]


def test_a_commit_that_was_not_indexed_yet_hides_nothing_older(shop: Path) -> None:
    """Between two index runs the known commits answer on."""
    assert told(shop)
    commit(shop, "Something else", "#- other.py\nY = 2\n")
    with Memory.open(shop) as memory:
        assert [item.title for item in commits(memory.recall("why is a payment tried three times"))]


def test_only_new_commits_are_read(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second run asks git for what it does not know yet, a third for nothing."""
    assert told(shop)
    commit(shop, "Something else", "#- other.py\nY = 2\n")
    read: list[str] = []
    writes = git_history._told

    def spy(each: Any, *rest: Any) -> Any:
        read.append(each.subject)
        return writes(each, *rest)

    monkeypatch.setattr(git_history, "_told", spy)
    assert told(shop)
    assert told(shop)
    assert read == ["Something else"]


def test_a_rewritten_commit_is_dropped_from_the_disk(shop: Path) -> None:
    """What no branch leads to any more is not kept, nor are its words."""
    commit(shop, "Zanzibar holds the keys", "#- other.py\nY = 2\n")
    assert told(shop, "why does zanzibar hold the keys")
    git(shop, "commit", "--quiet", "--amend", "--message", "The vault holds the keys")
    assert told(shop, "why does zanzibar hold the keys") == ["The vault holds the keys"]
    with Memory.open(shop) as memory, memory._past.database.reading() as connection:
        words = {row[0] for row in connection.execute("SELECT term FROM message_vocabulary")}
        texts = b"".join(inflate(row[0]) for row in connection.execute("SELECT texts FROM message_pack"))
    assert "vault" in words
    assert "zanzibar" not in words
    assert b"vault" in texts
    assert b"Zanzibar" not in texts


def test_a_secret_in_a_message_is_nowhere_on_the_disk(shop: Path, cli: Cli) -> None:
    """Messages lose their secrets before anything of them is written, and doctor finds none."""
    commit(shop, f"Rotate the key of the acquirer\n\nIt was {TOKEN}, use the new one.", "#- other.py\nY = 2\n")
    ask(cli, shop, "index")
    found = ask(cli, shop, "recall", "why was the key of the acquirer rotated", "--only", "commit")["items"]
    assert "[REDACTED:github-token:" in found[0]["text"]
    kept = [path.read_bytes().lower() for path in (shop / ".engrep").iterdir() if path.name.startswith("history.db")]
    assert kept
    assert not any(TOKEN.lower().encode() in each for each in kept)
    assert ask(cli, shop, "doctor", "--secrets")["secrets"] == []


def test_no_half_of_a_secret_stays_where_a_message_is_cut(shop: Path) -> None:
    """What a message is too long for is cut off after its secrets are out."""
    commit(shop, f"Rotate the key\n\n{'x ' * 1980}{TOKEN} and {'y ' * 200}", "#- other.py\nY = 2\n")
    with Memory.open(shop) as memory:
        memory.index(jobs=1)
        with memory._past.database.reading() as connection:
            texts = b"".join(inflate(row[0]) for row in connection.execute("SELECT texts FROM message_pack"))
    assert b"Rotate the key" in texts
    assert b"ghp_" not in texts


def test_merges_programs_and_discounted_commits_explain_nothing(shop: Path) -> None:
    """A merge, a raised version, and what the project lists in .git-blame-ignore-revs are no answers."""
    robot = "dependabot[bot] <49+dependabot[bot]@users.noreply.example.org>"
    commit(shop, "Bump payment from three to four times", "#- other.py\nY = 2\n", author=robot)
    format_ = commit(shop, "Format how a payment is tried three times", "#- other.py\nY = 3\n")
    assert len(told(shop)) == 2
    commit(shop, "List what only formats", f"#- .git-blame-ignore-revs\n{format_}\n")
    assert told(shop) == ["Try a payment three times"]


def test_a_file_that_moved_keeps_its_history(shop: Path) -> None:
    """Its commits are found by the name that it bears now."""
    (shop / "money").mkdir()
    git(shop, "mv", "pay.py", "money/cards.py")
    commit(shop, "Put money together")
    assert "Try a payment three times" in told(shop, "why three attempts in money/cards.py for a payment")
    with Memory.open(shop) as memory:
        assert "Try a payment three times" in [item.title for item in commits(memory.why("money/cards.py"))]


def test_as_of_a_day_tells_what_was_committed_by_then(shop: Path) -> None:
    """A question about the past is not answered with what came later."""
    when = {"GIT_COMMITTER_DATE": "2020-01-01T12:00:00Z"}
    write_files(shop, "#- other.py\nY = 2\n")
    git(shop, "add", "--all")
    subprocess.run(
        ["git", "-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "--quiet", "--message", "Old receipts"],
        cwd=shop, env={**os.environ, **when}, check=True,
    )  # fmt: skip
    with Memory.open(shop) as memory:
        memory.index(jobs=1)
        everything = ("commit",)
        assert len(memory.recall("why old receipts or payment", types=everything).items) == 2
        early = memory.recall("why old receipts or payment", types=everything, as_of="2021-01-01").items
        assert [item.title for item in early] == ["Old receipts"]


def test_what_a_branch_adds_is_hidden_from_where_an_earlier_run_stood(shop: Path) -> None:
    """Each of two branches was indexed before the other got a commit of its own."""
    assert told(shop)
    git(shop, "checkout", "--quiet", "-b", "trial")
    commit(shop, "Receipts burn", "#- post.py\nX = 1\n")
    assert told(shop, "why do receipts burn") == ["Receipts burn"]
    git(shop, "checkout", "--quiet", "main")
    assert told(shop, "why do receipts burn") == []
    commit(shop, "Receipts drown", "#- sea.py\nX = 1\n")
    assert told(shop, "why do receipts burn or drown") == ["Receipts drown"]
    git(shop, "checkout", "--quiet", "trial")
    assert told(shop, "why do receipts burn or drown") == ["Receipts burn"]


def test_why_of_a_name_that_nothing_bears_is_nothing_found(shop: Path, cli: Cli) -> None:
    """It was a usage error, code 2, where `callers` and `symbol` found nothing, code 1, and named the nearest."""
    ask(cli, shop, "index")
    unknown = cli("why", "chargee", cwd=shop)
    assert unknown.returncode == cli("callers", "chargee", cwd=shop).returncode == 1
    assert "no symbol, file or module chargee in the index; did you mean charge?" in unknown.stderr
    long = cli("why", "x" * 300, cwd=shop)  # was looked for on the disk, which takes no such name
    assert (long.returncode, long.stderr.count("\n")) == (1, 1)


def test_a_commit_that_is_cut_still_counts_the_files_it_names(shop: Path) -> None:
    """What it touched is shown with it, and was left out of the tokens once its words were cut."""
    files = "\n".join(f"#- receipts/of/orders/long_gone/receipt_{number}.txt\nx" for number in range(6))
    commit(shop, "Keep receipts for ten years\n\n" + "The receipts are asked for by the auditors.\n" * 3, files)
    with Memory.open(shop) as memory:
        memory.index()
        (whole,) = commits(memory.recall("why are receipts kept for the auditors", types=["commit"]))
        assert len(whole.files) == 6
        shown = [
            (budget, cut)
            for budget in range(LEAST_CUT, whole.tokens)
            for cut in commits(memory.recall("why are receipts kept for the auditors", types=["commit"], budget=budget))
        ]
    assert shown
    assert all(tokens_of("\n".join((cut.text, *cut.files))) <= budget for budget, cut in shown)
