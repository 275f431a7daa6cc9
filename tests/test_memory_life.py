"""The life of a memory, through the library and the command line, on real files."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from engrep import Memory, NotFoundError, UsageError

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
'''


@pytest.fixture
def memory(repo: MakeRepo, tmp_path: Path) -> Iterator[Memory]:
    """Open the memory of a small shop."""
    with Memory.open(repo(SHOP), home=tmp_path / "home") as opened:
        opened.index()
        yield opened


def bodies(memory: Memory, status: str | None = "active") -> list[str]:
    """Give what is remembered."""
    return [entry.body for entry in memory.memories(status=status)]


def test_what_was_remembered_is_there_after_opening_again(memory: Memory, tmp_path: Path) -> None:
    """A memory outlives the process that wrote it."""
    stored = memory.remember("Retries stop at five.", why="the provider blocks a card after six attempts")
    with Memory.open(memory.root, home=tmp_path / "home") as again:
        entry = again.memory(stored.id)
    assert (entry.body, entry.reason, entry.status) == (
        "Retries stop at five.", "the provider blocks a card after six attempts", "active",
    )  # fmt: skip


def test_said_twice_is_kept_once(memory: Memory) -> None:
    """The same words in another order of punctuation and case are the same statement."""
    first = memory.remember("We use pnpm, never npm.")
    second = memory.remember("we use PNPM - never npm")
    assert second.duplicate_of == first.id
    assert len(bodies(memory)) == 1


def test_a_new_answer_takes_the_place_of_the_old_one(memory: Memory) -> None:
    """One slot has one active answer; the old one stays, closed, one step away."""
    tabs = memory.remember("Indent with tabs.", slot="indentation")
    spaces = memory.remember("Indent with spaces.", slot="indentation")
    assert spaces.superseded == (tabs.id,)
    assert bodies(memory) == ["Indent with spaces."]
    old = memory.memory(tabs.id)
    assert (old.status, old.superseded_by, old.valid_to) == (
        "superseded",
        spaces.id,
        memory.memory(spaces.id).valid_from,
    )


def test_slots_of_namesakes_are_two(memory: Memory) -> None:
    """A decision about one backoff says nothing about the other."""
    memory.remember("At most five.", about=["billing.retry.backoff"], slot="attempts")
    memory.remember("At most nine.", about=["net.retry.backoff"], slot="attempts")
    assert sorted(bodies(memory)) == ["At most five.", "At most nine."]


def test_about_namesakes_asks_which(memory: Memory) -> None:
    """A name that two modules bear anchors nothing until it is told apart."""
    with pytest.raises(UsageError, match=r"billing\.retry\.backoff"):
        memory.remember("At most five.", about=["backoff"])
    stored = memory.remember("At most five.", about=["backoff"], from_file="billing/retry.py")
    assert [anchor.qualified_name for anchor in stored.anchors] == ["billing.retry.backoff"]


@pytest.mark.parametrize("about", ["billing/retry.py", "retry.py"])
def test_a_file_is_anchored_by_its_path(memory: Memory, about: str) -> None:
    """A path that fits one file means it; one that fits two is asked back."""
    if about == "retry.py":
        with pytest.raises(UsageError):
            memory.remember("Slow on purpose.", about=[about])
    else:
        assert memory.remember("Slow on purpose.", about=[about]).anchors[0].path == about


def test_forget_and_restore(memory: Memory) -> None:
    """What is forgotten is gone from the list, and comes back whole."""
    stored = memory.remember("Deploys happen on Fridays.")
    memory.forget(stored.id, why="no longer true")
    assert bodies(memory) == []
    assert memory.restore(stored.id).status == "active"
    assert [change.verb for change in memory.history(stored.id)] == ["remember", "forget", "restore"]


def test_undo_goes_back_step_by_step(memory: Memory) -> None:
    """Each undo takes back one change more, and says so when none is left."""
    stored = memory.remember("Use tabs.", slot="indentation")
    memory.pin(stored.id)
    memory.forget(stored.id)
    assert memory.undo(stored.id).status == "active"
    assert not memory.undo(stored.id).pinned
    assert memory.undo(stored.id).status == "forgotten"
    with pytest.raises(UsageError, match="taken back already"):
        memory.undo(stored.id)


def test_undoing_an_answer_brings_back_the_one_before(memory: Memory) -> None:
    """The tabs that made room for spaces hold again."""
    memory.remember("Indent with tabs.", slot="indentation")
    memory.undo(memory.remember("Indent with spaces.", slot="indentation").id)
    assert bodies(memory) == ["Indent with tabs."]


def test_an_unknown_id_offers_what_is_near(memory: Memory) -> None:
    """A beginning of an id is enough where it is unique; another one is not found."""
    stored = memory.remember("One thing.")
    assert memory.memory(stored.id[:5]).id == stored.id
    with pytest.raises(NotFoundError):
        memory.memory("zzz")


def test_a_secret_is_nowhere_on_disk(memory: Memory, tmp_path: Path) -> None:
    """Not in the rows, not in the words, not in the log: not a byte of it in any file."""
    token = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6"
    stored = memory.remember(f"The deploy token is {token}", why=f"password = 'hunter two {token}'")
    assert stored.redacted == 3
    memory.undo(stored.id)
    files = [path for path in (tmp_path / "home").rglob("*") if path.is_file()]
    assert any(path.name.startswith("memory.db") for path in files)
    for path in files:
        data = path.read_bytes().lower()
        assert token.lower().encode() not in data
        assert b"hunter" not in data


def test_every_change_is_an_event(memory: Memory, tmp_path: Path) -> None:
    """The log holds what a memory was and became, whoever reads the file."""
    stored = memory.remember("First.")
    memory.pin(stored.id)
    (path,) = (tmp_path / "home").rglob("memory.db")
    with sqlite3.connect(path) as connection:
        rows = connection.execute("SELECT verb, before, after FROM event ORDER BY number").fetchall()
    connection.close()
    assert [row[0] for row in rows] == ["remember", "pin"]
    assert rows[0][1] == ""
    assert json.loads(rows[1][1])["pinned"] is False
    assert json.loads(rows[1][2])["pinned"] is True


def test_what_holds_for_the_user_holds_everywhere(memory: Memory, repo: MakeRepo, tmp_path: Path) -> None:
    """A memory of the user's shows in every project; one of the project's in that alone."""
    memory.remember("Answer in English.", scope="user")
    memory.remember("We use pnpm.")
    with Memory.open(repo(SHOP), home=tmp_path / "home") as elsewhere:
        assert bodies(elsewhere) == ["Answer in English."]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"kind": "wish"}, "there is no kind wish"),
        ({"scope": "galaxy"}, "there is no scope galaxy"),
        ({"scope": "branch"}, "needs its name"),
        ({"about": ["nowhere.at.all"]}, "nothing in the index"),
    ],
)
def test_what_cannot_be_kept_says_why(memory: Memory, options: dict[str, str], says: str) -> None:
    """Nothing is stored of a statement that is refused."""
    with pytest.raises(UsageError, match=says):
        memory.remember("Something.", **options)  # type: ignore[arg-type]
    assert bodies(memory, status=None) == []


def test_nothing_said_is_nothing_kept(memory: Memory) -> None:
    """Signs and blanks are no statement, nor is a secret that is taken out."""
    for text in (" … ", "AKIAIOSFODNN7EXAMPLE."):
        with pytest.raises(UsageError, match="nothing to remember"):
            memory.remember(text)


def test_the_command_line_keeps_the_contract(cli: Cli, repo: MakeRepo, tmp_path: Path) -> None:
    """`remember --json` has the fields that other programs read."""
    root, home = repo(SHOP), str(tmp_path / "home")
    cli("index", cwd=root, ENGREP_HOME=home)
    done = cli(
        "remember", "Retries stop at five.", "--about", "billing/retry.py:backoff", "--why", "six block the card", "--json",
        cwd=root, ENGREP_HOME=home,
    )  # fmt: skip
    stored = json.loads(done.stdout)
    assert done.returncode == 0
    assert stored == {
        "id": stored["id"],
        "status": "active",
        "anchors": [{"qualified_name": "billing.retry.backoff", "path": "billing/retry.py", "state": "fresh"}],
        "superseded": [],
        "duplicate_of": None,
        "redacted": 0,
        "conflicts": [],
    }
    listed = json.loads(cli("memories", "--json", cwd=root, ENGREP_HOME=home).stdout)
    assert [entry["id"] for entry in listed["memories"]] == [stored["id"]]
    assert cli("forget", stored["id"], cwd=root, ENGREP_HOME=home).returncode == 0
    assert cli("memories", cwd=root, ENGREP_HOME=home).returncode == 1


@pytest.mark.parametrize(
    "told", [{"text": "a " * 2001}, {"why": "因" * 4001}, {"title": "t" * 401}], ids=["text", "why", "title"]
)
def test_a_document_is_no_memory(told: dict[str, Any], memory: Memory) -> None:
    """What is far too long is refused with how long it is and what to do, said anew or otherwise; nothing is kept of it."""
    kept = memory.remember("Retries stop at five.")
    with pytest.raises(UsageError, match=r"at most [\d,]+ characters, this has .*--about"):
        memory.remember(**{"text": "Retries stop at six.", **told})
    with pytest.raises(UsageError, match="at most"):
        memory.edit(kept.id, **told)
    assert bodies(memory) == ["Retries stop at five."]
    assert memory.remember("b " * 1999 + "ü", why="c" * 4000).status == "active"
