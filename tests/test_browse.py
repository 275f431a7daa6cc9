"""What someone who looks around is given: pages of memories, one symbol, the graph around it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import commit_all, git, write_files
from served import SHOP

from engrep.engine.errors import NotFoundError, UsageError
from engrep.engine.memory import Memory
from engrep.engine.memory_types import KINDS, STATUSES, Entry


@pytest.fixture(scope="module")
def memory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Memory]:
    """Open a shop with some hundred memories of all kinds, in the project and of the user."""
    folder = write_files(tmp_path_factory.mktemp("browse"), SHOP)
    drawn = random.Random(5)
    names = ("billing.retry.backoff", "net.retry.backoff", "billing.charge.charge")
    with Memory.open(folder, home=tmp_path_factory.mktemp("home")) as opened:
        opened.index()
        for number in range(160):
            place = (drawn.choice(names),) if number % 3 == 0 else ()
            stored = opened.remember(
                f"Thing number{number} is {drawn.choice(('slow', 'fast', 'blue'))}.",
                kind=drawn.choice(KINDS), scope="user" if number % 4 == 1 else None, about=() if number % 4 == 1 else place,
                status="proposed" if number % 5 == 0 else "active", pinned=number % 9 == 0,
            )  # fmt: skip
            if number % 7 == 0:
                opened.forget(stored.id)
        opened.remember("Retries of the checkout wait 30 seconds.")
        opened.remember("Retries of the checkout wait 60 seconds.", status="proposed")
        yield opened


def walked(memory: Memory, limit: int = 13, **filters: str | bool | None) -> list[Entry]:
    """Go through all pages that some filters give."""
    found: list[Entry] = []
    after: str | None = None
    while True:
        page = memory.memory_page(**filters, after=after, limit=limit)  # type: ignore[arg-type]
        assert len(page.entries) <= limit
        found += page.entries
        after = page.next_after
        if after is None:
            assert len(found) == page.total
            return found


@pytest.mark.parametrize("status", [*STATUSES, None])
def test_pages_hold_each_memory_once_the_newest_first(status: str | None, memory: Memory) -> None:
    """Going on from page to page gives what the list gives, of both files, in order."""
    found = walked(memory, status=status)
    assert {entry.id for entry in found} == {entry.id for entry in memory.memories(status=status)}
    assert len(found) == len({entry.id for entry in found})
    times = [entry.created_at for entry in found]
    assert times == sorted(times, reverse=True)


def test_filters_narrow_a_page(memory: Memory) -> None:
    """Kind, scope, pin and words leave out what does not fit, and the counts go along."""
    every = memory.memories(status=None)
    gotchas = walked(memory, status=None, kind="gotcha")
    assert {entry.id for entry in gotchas} == {entry.id for entry in every if entry.kind == "gotcha"}
    assert {entry.scope for entry in walked(memory, status=None, scope="user")} == {"user"}
    assert {entry.id for entry in walked(memory, pinned=True)} == {entry.id for entry in memory.memories(pinned=True)}
    assert [entry.body for entry in walked(memory, status=None, text="NUMBER17 thing")] == [
        entry.body for entry in every if "number17 " in entry.body
    ]
    assert walked(memory, text='"quoted" OR * nothing') == []
    counts = memory.memory_page().by_status
    assert counts == {status: count for status in STATUSES if (count := sum(entry.status == status for entry in every))}


@pytest.mark.parametrize("after", ["x", "1", "1.2.3", "-1.", "'; DROP", "9" * 30 + "."])
def test_a_wrong_place_to_go_on_from_is_refused(after: str, memory: Memory) -> None:
    """Nothing but what a page gave is taken for a place in the list."""
    with pytest.raises(UsageError):
        memory.memory_page(after=after)


def test_the_inbox_by_pages_is_the_inbox(memory: Memory) -> None:
    """Slices of the inbox put together are the inbox, and its size is known without reading it."""
    whole = memory.review()
    assert memory.waiting() == len(whole) > 20
    paged = [each for skip in range(0, len(whole), 7) for each in memory.review_page(skip=skip, limit=7)]
    assert [each.memory.id for each in paged[:1]] == [whole[0].memory.id]
    assert {(each.why, each.memory.id, tuple(entry.id for entry in each.against)) for each in paged} == {
        (each.why, each.memory.id, tuple(entry.id for entry in each.against)) for each in whole
    }


def test_stale_memories_are_those_the_last_run_found(tmp_path: Path) -> None:
    """A memory whose code changed is on the page of stale ones after the next run, and those of other code are not."""
    folder = write_files(tmp_path / "shop", SHOP)
    with Memory.open(folder, home=tmp_path / "home") as memory:
        memory.index()
        moved = memory.remember("The card waits a day.", about=["billing.retry.backoff"]).id
        memory.remember("Requests wait less.", about=["net.retry.backoff"])
        assert memory.memory_page(stale=True).entries == ()
        file = folder / "billing/retry.py"
        file.write_text(
            file.read_text(encoding="utf-8").replace("backoff(n)", "backoff(n, first, last)"), encoding="utf-8"
        )
        memory.index()
        assert [entry.id for entry in memory.memory_page(stale=True).entries] == [moved]
        assert memory.memory_page(stale=True).entries[0].anchors[0].state == "signature_changed"


def test_a_symbol_is_found_by_its_place(memory: Memory) -> None:
    """Name and file give that very symbol with its source; its namesakes come along."""
    page = memory.symbol_page("billing.retry.backoff", path="billing/retry.py", line=2)
    assert page.chosen.hit.path == "billing/retry.py"
    assert page.chosen.doc == "Wait a day for each failed payment."
    assert page.source.lines[0] == "def backoff(n):"
    assert [each.hit.qualified_name for each in page.namesakes] == ["net.retry.backoff"]
    assert (page.others, page.namesakes[0].caller) == (1, "net.client.Client.send")
    assert memory.symbol_page("net/retry.py:backoff").chosen.hit.qualified_name == "net.retry.backoff"
    with pytest.raises(NotFoundError):
        memory.symbol_page("no.such.thing")


def test_the_neighbourhood_is_what_callers_and_callees_say(memory: Memory) -> None:
    """The graph has each caller on the left and each callee on the right, two steps if asked, and says what it left out."""
    symbol = memory.symbol_page("billing.charge.charge").chosen.hit
    graph = memory.neighbourhood(symbol)
    by_level = {node.level: node.qualified_name for node in graph.nodes}
    assert by_level == {0: "billing.charge.charge", -1: "billing.charge.charge_all", 1: "billing.retry.backoff"}
    assert {(graph.nodes[link.caller].level, graph.nodes[link.callee].level) for link in graph.links} == {
        (-1, 0),
        (0, 1),
    }
    far = memory.neighbourhood(memory.symbol_page("billing.retry.backoff").chosen.hit, depth=2)
    assert [node.level for node in far.nodes] == [0, -1, -2]
    narrow = memory.neighbourhood(symbol, width=0)
    assert (len(narrow.nodes), narrow.left_out) == (1, {-1: 1, 1: 1})


def test_the_place_of_a_callee_is_where_it_is_defined(memory: Memory) -> None:
    """It was its file with the line of the call, which may be past the end of it."""
    graph = memory.neighbourhood(memory.symbol_page("billing.charge.charge_all").chosen.hit)
    assert [(edge.path, edge.line) for edge in memory.callees("billing.charge.charge_all").edges] == [
        ("billing/charge.py", 2)
    ]
    assert [(node.path, node.line) for node in graph.nodes if node.level == 1] == [("billing/charge.py", 2)]


def test_a_recursive_function_calls_itself_once(tmp_path: Path) -> None:
    """A function that calls itself has a link from itself to itself, and no second node."""
    folder = write_files(tmp_path, "#- a.py\ndef walk(n):\n    return walk(n - 1) + walk(n - 2)\n")
    with Memory.open(folder, home=tmp_path / "home") as memory:
        memory.index()
        graph = memory.neighbourhood(memory.symbol_page("a.walk").chosen.hit, depth=2)
    assert [node.qualified_name for node in graph.nodes] == ["a.walk"]
    assert [(link.caller, link.callee) for link in graph.links] == [(0, 0)]


@pytest.mark.parametrize("status", [*STATUSES, None])
@pytest.mark.parametrize("pinned", [False, True])
def test_parts_of_the_list_put_together_are_the_list(status: str | None, *, pinned: bool, memory: Memory) -> None:
    """What is read a part at a time is what `listed` reads whole, of both files, the newest first."""
    whole = memory.listed(status=status, pinned=pinned)
    parts = [memory.listed_page(status=status, pinned=pinned, skip=skip, limit=17) for skip in range(0, 170, 17)]
    entries = [entry for part in parts for entry in part.entries]
    assert {entry.id for entry in entries} == {entry.id for entry in whole.entries}
    assert len(entries) == len(whole.entries) == parts[0].total
    times = [entry.created_at for entry in entries]
    assert times == sorted(times, reverse=True)


def test_the_list_in_parts_leaves_out_what_does_not_hold_here(tmp_path: Path) -> None:
    """Code that is gone and branches that are not merged: as in the whole list, and told as there."""
    folder = write_files(tmp_path / "shop", SHOP)
    commit_all(folder)
    with Memory.open(folder, home=tmp_path / "home") as memory:
        memory.index()
        memory.remember("Cards are charged once.", about=["billing.charge.charge", "net.retry.backoff"])
        memory.remember("Requests wait less.", about=["net.retry.backoff"])
        git(folder, "checkout", "--quiet", "-b", "trial")
        (folder / "more.py").write_text("more = 1\n", encoding="utf-8")
        commit_all(folder)
        memory.remember("Cards are tried twice.", scope="branch:trial")
        git(folder, "checkout", "--quiet", "-")
        (folder / "net" / "retry.py").unlink()
        memory.index()
        for stale in (False, True):
            whole, part = memory.listed(stale=stale), memory.listed_page(stale=stale)
            assert part.entries == whole.entries[::-1]
            assert (part.total, part.stale_withheld, part.elsewhere) == (len(whole.entries), 1, 1)
            assert (whole.stale_withheld, whole.elsewhere) == (1, 1)
