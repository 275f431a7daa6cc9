"""Memories follow what was moved or renamed to its new place, and no twin of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from followed_code import RETRY, SHOP, change, move_file, state_after

from engrep import Memory

if TYPE_CHECKING:
    from conftest import MakeRepo


def test_a_moved_function_is_followed(repo: MakeRepo, tmp_path: Path) -> None:
    """Same body, same name, another file."""
    root = repo(SHOP)
    found = state_after(
        root, tmp_path / "home", "billing.retry.backoff", lambda: move_file(root, RETRY, "pay/again.py")
    )
    assert found == ("moved", "pay.again.backoff", "pay/again.py")


def test_moved_and_changed_at_once_is_found_by_its_words(repo: MakeRepo, tmp_path: Path) -> None:
    """The place is followed, and the memory says that the body is another one."""
    root = repo(SHOP)

    def edit() -> None:
        change(root, RETRY, ("range(n)", "range(n + 1)"))
        move_file(root, RETRY, "pay/again.py")

    found = state_after(root, tmp_path / "home", "billing.retry.backoff", edit)
    assert found == ("body_changed", "pay.again.backoff", "pay/again.py")


def test_renamed_with_another_signature_is_withheld_at_its_new_place(repo: MakeRepo, tmp_path: Path) -> None:
    """What callers have to know changed, so nothing is taken for granted."""
    root = repo(SHOP)
    swap = ("def backoff(n, base=2)", "def waiting_time(base, n)")
    state, name, _ = state_after(root, tmp_path / "home", "billing.retry.backoff", lambda: change(root, RETRY, swap))
    assert (state, name) == ("signature_changed", "billing.retry.waiting_time")


TWINS = """
    #- a.py
    class Old:
        def total(self, rows):
            kept = [row for row in rows if row.is_open]
            return sum(row.amount for row in kept)

    class Other:
        def total(self, rows):
            kept = [row for row in rows if row.is_open]
            return sum(row.amount for row in kept)
"""


def test_a_method_follows_its_renamed_class(repo: MakeRepo, tmp_path: Path) -> None:
    """The twin in another class was there before: it is no new place."""
    root = repo(TWINS)
    found = state_after(
        root, tmp_path / "home", "a.Old.total", lambda: change(root, "a.py", ("class Old", "class New"))
    )
    assert found == ("moved", "a.New.total", "a.py")


def test_a_twin_that_was_there_before_is_not_taken_for_it(repo: MakeRepo, tmp_path: Path) -> None:
    """The method is gone; that another has the same body is old news."""
    root = repo(TWINS)

    def edit() -> None:
        text = (root / "a.py").read_text(encoding="utf-8")
        (root / "a.py").write_text(text[text.index("class Other") :], encoding="utf-8")

    assert state_after(root, tmp_path / "home", "a.Old.total", edit)[0] == "missing"


def test_two_renamed_twins_are_not_guessed(repo: MakeRepo, tmp_path: Path) -> None:
    """Which of two new places is which cannot be known, so neither is taken."""
    root = repo(TWINS)
    swaps = (("class Old", "class One"), ("class Other", "class Two"), ("def total", "def summed"))
    assert state_after(root, tmp_path / "home", "a.Old.total", lambda: change(root, "a.py", *swaps))[0] == "missing"


def test_a_moved_file_is_followed_by_its_content_or_its_symbols(repo: MakeRepo, tmp_path: Path) -> None:
    """Unchanged by its content, changed by most of its functions."""
    root = repo(SHOP)
    found = state_after(root, tmp_path / "home", RETRY, lambda: move_file(root, RETRY, "pay/retry.py"))
    assert found == ("moved", "pay/retry.py", "pay/retry.py")
    bodies = "".join(f"def f{n}(x):\n    return x * {n} + {n}\n\n\n" for n in range(5))
    other = repo(f"#- a.py\n{bodies}#- b.py\nX = 1\n")

    def edit() -> None:
        change(other, "a.py", ("* 4", "* 5"))
        move_file(other, "a.py", "lib/again.py")

    assert state_after(other, tmp_path / "home2", "a.py", edit)[::2] == ("body_changed", "lib/again.py")


def test_what_changes_a_memory_tells_its_code_as_it_is_here(repo: MakeRepo, tmp_path: Path) -> None:
    """`edit`, `pin` and others told the place as it was stored, and `memories` as it is."""
    root = repo(SHOP)
    with Memory.open(root, home=tmp_path / "home") as memory:
        memory.index()
        told = memory.remember("Five attempts at most.", about=["billing.retry.backoff"])
        change(root, RETRY, ("base=2", "base"))
        memory.index()
        again = memory.remember("Five attempts at most.", about=["billing/retry.py:6"])
        edited = memory.edit(told.id, "Six attempts at most.")
        changed = [memory.pin(told.id), memory.forget(told.id), memory.restore(told.id), memory.undo(told.id)]
    assert again.duplicate_of == told.id
    states = [again.anchors[0].state, edited.anchors[0].state, *(each.anchors[0].state for each in changed)]
    assert set(states) == {"signature_changed"}
