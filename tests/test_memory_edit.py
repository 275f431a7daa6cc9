"""Saying a memory otherwise, pinning it, taking changes back, and asking what held at a time."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from engrep import Memory, UsageError
from engrep.engine.lifecycle import now
from engrep.engine.memory_types import Evidence

if TYPE_CHECKING:
    from conftest import Cli, MakeRepo

Run = Callable[..., dict[str, Any]]


@pytest.fixture
def run(cli: Cli, repo: MakeRepo, tmp_path: Path) -> Run:
    """Run a command in a folder and give its JSON."""
    root = repo("#- a.py\nX = 1\n")

    def ask(*arguments: str, code: int = 0) -> dict[str, Any]:
        done = cli(*arguments, "--json", cwd=root, ENGREP_HOME=str(tmp_path / "home"))
        assert done.returncode == code, done.stdout + done.stderr
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    return ask


def bodies(run: Run) -> list[str]:
    """Give what holds."""
    return [entry["body"] for entry in run("memories")["memories"]]


def test_what_is_edited_is_found_by_its_new_words_and_keeps_its_old_ones_in_its_history(run: Run) -> None:
    """The words, the reason and the title change; what made them up before is one step away, and comes back."""
    made = run("remember", "Payments stop at five.", "--why", "six block the card")
    run("edit", made["id"], "Refunds stop at seven.", "--why", "eight block the till", "--kind", "constraint")
    (entry,) = run("memories")["memories"]
    assert (entry["body"], entry["title"], entry["reason"], entry["kind"]) == (
        "Refunds stop at seven.", "Refunds stop at seven.", "eight block the till", "constraint",
    )  # fmt: skip
    assert run("recall", "refunds seven")["items"]
    assert not run("recall", "payments five", code=1)["items"]
    assert [each["verb"] for each in run("history", made["id"])["changes"]] == ["remember", "edit"]
    run("undo", made["id"])
    assert bodies(run) == ["Payments stop at five."]


def test_an_edit_settles_the_memory_with_what_is_beside_it(run: Run) -> None:
    """An answer that is edited closes the other answer to its slot; undone, both are as they were."""
    run("remember", "Indent with tabs.")
    other = run("remember", "Wrap lines at 120 characters.")
    edited = run("edit", other["id"], "Indent with spaces.")
    assert len(edited["superseded"]) == 1
    assert bodies(run) == ["Indent with spaces."]
    run("undo", other["id"])
    assert bodies(run) == ["Indent with tabs.", "Wrap lines at 120 characters."]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "says that already"),
        (("Five at most.",), "says that already"),
        (("…",), "nothing to remember"),
        (("--kind", "wish"), "there is no kind wish"),
        (("--scope", "user"), "cannot be moved"),
        (("--scope", "module"), "needs its name"),
        (("--scope", "project:x"), "has no x"),
        (("Nine at most.",), "put the two together"),
    ],
)
def test_an_edit_that_cannot_be_says_why(arguments: tuple[str, ...], says: str, run: Run) -> None:
    """Nothing changes then."""
    made = run("remember", "Five at most.")
    run("remember", "Nine at most.")
    assert says in run("edit", made["id"], *arguments, code=2)["error"]["message"]
    assert len(run("history", made["id"])["changes"]) == 1


def test_a_pinned_memory_is_in_the_brief_until_it_is_not(run: Run) -> None:
    """Pinning could be done when a memory was made, and never again."""
    made = run("remember", "Answer in English.", "--kind", "gotcha")
    assert run("brief", code=1)["items"] == []
    assert run("pin", made["id"])["pinned"] is True
    assert [item["id"] for item in run("brief")["items"]] == [made["id"]]
    assert run("pin", made["id"], "--off")["pinned"] is False
    assert run("brief", code=1)["items"] == []


def test_undoing_a_merge_brings_both_back(run: Run) -> None:
    """The one that was merged away stayed away."""
    one, other = run("remember", "Retries stop at five."), run("remember", "A card is tried five times.")
    run("review", "merge", one["id"], other["id"])
    assert len(bodies(run)) == 1
    run("undo", one["id"])
    assert len(bodies(run)) == 2


def test_undoing_a_late_change_leaves_the_place_that_was_taken(run: Run) -> None:
    """Only what the change itself closed holds again."""
    run("remember", "Indent with tabs.")
    spaces = run("remember", "Indent with spaces.")
    run("pin", spaces["id"])
    run("undo", spaces["id"])
    assert bodies(run) == ["Indent with spaces."]


@pytest.mark.parametrize("options", [{"status": "stale"}, {"trust": "blind"}, {"said_at": "last spring"}])
def test_what_the_library_is_told_is_checked_too(options: dict[str, str], repo: MakeRepo, tmp_path: Path) -> None:
    """A status that nobody knows was kept, and the memory was never seen again."""
    with Memory.open(repo("#- a.py\nX = 1\n"), home=tmp_path / "home") as memory:
        with pytest.raises(UsageError):
            memory.remember("Five at most.", **options)  # type: ignore[arg-type]
        assert memory.memories(status=None) == ()


def test_a_time_elsewhere_is_the_time_here(repo: MakeRepo, tmp_path: Path) -> None:
    """Times were compared letter by letter, so that nine in Shanghai was later than two in London."""
    with Memory.open(repo("#- a.py\nX = 1\n"), home=tmp_path / "home") as memory:
        later = memory.remember("Indent with spaces.", said_at="2026-01-01T02:00:00Z")
        memory.remember("Indent with tabs.", said_at="2026-01-01T09:00:00+08:00", evidence=[Evidence("s", "1")])
        assert [entry.id for entry in memory.memories()] == [later.id]


def test_what_was_believed_at_a_time_is_what_was_said_then(repo: MakeRepo, tmp_path: Path) -> None:
    """An edit showed its new words in the old days, and what was forgotten for a while held all the while."""
    with Memory.open(repo("#- a.py\nX = 1\n"), home=tmp_path / "home") as memory:
        made = memory.remember("Retries stop at five.")
        first = now()
        time.sleep(1.1)
        memory.forget(made.id)
        second = now()
        time.sleep(1.1)
        memory.restore(made.id)
        memory.edit(made.id, "Retries stop at nine.")
        told = [
            [item.text for item in memory.recall("when do retries stop", as_of=at).items]
            for at in (first, second, now())
        ]
        assert told == [["Retries stop at five."], [], ["Retries stop at nine."]]
