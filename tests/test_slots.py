"""What a statement sets, read from its words, and what that does to the memories before it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from engrep import Memory
from engrep.indexers.slots import setting_of, wording

if TYPE_CHECKING:
    from conftest import MakeRepo


@pytest.fixture
def memory(repo: MakeRepo, tmp_path: Path) -> Iterator[Memory]:
    """Open the memory of a folder without code."""
    with Memory.open(repo("#- a.txt\n"), home=tmp_path / "home") as opened:
        yield opened


@pytest.mark.parametrize(
    ("text", "slot", "value", "replaced"),
    [
        ("We use pnpm, never npm.", "javascript package manager", "pnpm", ("npm",)),
        ("I always use bun, not npm or yarn.", "javascript package manager", "bun", ("npm", "yarn")),
        ("The rule changed from tabs to spaces.", "indentation", "spaces", ("tabs",)),
        ("统一使用 pnpm，不要用 npm", "javascript package manager", "pnpm", ("npm",)),
        ("以后改用空格缩进", "indentation", "spaces", ()),
        ("不再用 moment，改用 luxon", "", "luxon", ("moment",)),
        ("Use tabs in Makefiles.", "indentation: makefil", "tabs", ()),
        ("The timeout of the http client is 30 seconds.", "timeout: client http", "30 seconds", ()),
        ("Raise the HTTP client timeout from 30 to 90 s.", "timeout: client http", "90 seconds", ()),
        ("At most five retries.", "retry limit", "5", ()),
        ("重试次数改为 3 次", "retry limit", "3", ()),
    ],
)
def test_a_statement_names_its_slot(text: str, slot: str, value: str, replaced: tuple[str, ...]) -> None:
    """The attribute, its value, and the old value that a contrast names."""
    setting = setting_of(text)
    assert [(claim.slot, claim.value) for claim in setting.claims] == [(slot, value)]
    assert setting.replaced == replaced


def test_a_statement_of_several_things_fills_no_slot() -> None:
    """What sets a framework and a database must not fall when one of them changes."""
    setting = setting_of("Use FastAPI with PostgreSQL.")
    assert {claim.slot for claim in setting.claims} == {"python web framework", "database"}
    assert setting.slot == ""


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("We use pnpm, never npm.", "never NPM — we use pnpm", True),
        ("From tabs to spaces.", "From spaces to tabs.", False),
        ("At most five retries.", "At most six retries.", False),
        ("Never commit generated files.", "Commit generated files.", False),
        ("Server 1 was down 0 times", "Server 0 was down 1 times", False),
        ("net.retry calls billing.retry", "billing.retry calls net.retry", False),
        ("Wait 5 seconds before a retry", "Before a retry wait 5 seconds", True),
    ],
)
def test_a_wording_is_known_again(one: str, other: str, same: bool) -> None:
    """Punctuation, case and order make no difference unless they change the sense."""
    assert (wording(one) == wording(other)) is same


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Indent with tabs.", "The rule changed from tabs to spaces."),
        ("We use npm.", "Use pnpm for installing packages."),
        ("The http client times out after 30 seconds.", "The http client times out after 60 seconds."),
        ("Retries stop at five.", "At most seven retries."),
        ("Use moment for dates.", "Use luxon instead of moment."),
        ("Never commit generated files.", "From now on always commit generated files."),
        ("缩进用制表符", "以后改用空格缩进"),
        ("我们用 npm", "统一使用 pnpm"),
    ],
)
def test_a_new_value_closes_the_old(memory: Memory, old: str, new: str) -> None:
    """Only the new value holds; the old one is one step away."""
    before = memory.remember(old)
    after = memory.remember(new)
    assert after.superseded == (before.id,)
    assert [entry.body for entry in memory.memories()] == [new]
    assert memory.memory(before.id).superseded_by == after.id


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Use tabs in Makefiles.", "Indent with spaces."),
        ("For the frontend, use npm.", "We use pnpm in tools."),
        ("The http client times out after 30 seconds.", "The database client times out after 60 seconds."),
        ("Use luxon instead of moment.", "Use httpx instead of requests."),
        ("We use pytest.", "We use vitest."),
        ("Never log secrets.", "Never log request bodies."),
        ("Python 3.12", "Node 22"),
        ("Never call service 100 from a test.", "Never call service 101 from a test."),
    ],
)
def test_likeness_alone_closes_nothing(memory: Memory, one: str, other: str) -> None:
    """Two statements about two things both hold, and nobody is asked."""
    memory.remember(one)
    stored = memory.remember(other)
    assert (stored.superseded, stored.conflicts) == ((), ())
    assert len(memory.memories()) == 2


def test_an_unclear_clash_waits_for_review(memory: Memory) -> None:
    """Both stay visible and are marked; approving one closes the other."""
    several = memory.remember("Use FastAPI with PostgreSQL.")
    stored = memory.remember("Use MySQL.")
    assert (stored.superseded, stored.conflicts) == ((), (several.id,))
    assert len(memory.memories()) == 2
    (waiting,) = memory.review()
    assert (waiting.why, waiting.memory.id, [each.id for each in waiting.against]) == (
        "conflict", stored.id, [several.id],
    )  # fmt: skip
    memory.approve([stored.id])
    assert memory.review() == ()
    assert [entry.id for entry in memory.memories()] == [stored.id]


def test_approved_together_both_hold(memory: Memory) -> None:
    """A person may say that a clash is none."""
    one = memory.remember("Use FastAPI with PostgreSQL.")
    other = memory.remember("Use MySQL.")
    memory.approve([one.id, other.id])
    assert memory.review() == ()
    assert len(memory.memories()) == 2


def test_what_was_said_earlier_does_not_close_what_was_said_later(memory: Memory) -> None:
    """Reading an old session after a new one leaves the new rule in force."""
    spaces = memory.remember("Indent with spaces.", said_at="2026-03-01T00:00:00Z")
    tabs = memory.remember("Indent with tabs.", said_at="2026-01-01T00:00:00Z")
    assert [entry.id for entry in memory.memories()] == [spaces.id]
    assert memory.memory(tabs.id).superseded_by == spaces.id
