"""What becomes of memories when the code that they are about changes, on the real command line and in the library."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from conftest import git, write_files

from engrep import Memory

if TYPE_CHECKING:
    from conftest import Cli, MakeRepo

SHOP = '''
    #- billing/__init__.py
    #- billing/retry.py
    DAY = 86400


    def backoff(n, base=2):
        """Wait a day for each failed payment."""
        days = [base ** each for each in range(n)]
        return sum(days) * DAY
    #- net/__init__.py
    #- net/retry.py
    def backoff(n):
        """Wait twice as long each time."""
        return min(2 ** n, 3600) + 1
'''
RETRY = "billing/retry.py"


def change(root: Path, path: str, *swaps: tuple[str, str]) -> None:
    """Replace texts in a file."""
    text = (root / path).read_text(encoding="utf-8")
    for old, new in swaps:
        assert old in text
        text = text.replace(old, new)
    (root / path).write_text(text, encoding="utf-8")


def state_after(root: Path, home: Path, about: str, *edits: Any) -> tuple[str, str, str]:
    """Remember something about a place, edit, index, and give the anchor's state, qualified name and path."""
    with Memory.open(root, home=home) as memory:
        memory.index()
        stored = memory.remember("Five attempts at most.", about=[about])
        for edit in edits:
            edit()
        memory.index()
        (anchor,) = memory.memory(stored.id).anchors
    return anchor.state, anchor.qualified_name, anchor.path


def ask(cli: Cli, root: Path, *arguments: str) -> Any:
    """Run a command and read its JSON."""
    done = cli(*arguments, "--json", cwd=root)
    assert done.returncode in (0, 1), done.stderr
    return json.loads(done.stdout)


def test_a_renamed_function_keeps_its_memory(repo: MakeRepo, cli: Cli) -> None:
    """The memory follows, its history says from where to where, and undo takes it back."""
    root = repo(SHOP, git=True)
    ask(cli, root, "index")
    stored = ask(cli, root, "remember", "Five attempts at most.", "--about", "billing.retry.backoff")
    change(root, RETRY, ("def backoff", "def waiting_time"))
    ask(cli, root, "index")
    (entry,) = ask(cli, root, "memories")["memories"]
    (anchor,) = entry["anchors"]
    assert (anchor["state"], anchor["qualified_name"]) == ("renamed", "billing.retry.waiting_time")
    assert (anchor["was"], entry["subject"]) == ("billing.retry.backoff", "billing.retry.waiting_time")
    last = ask(cli, root, "history", stored["id"])["changes"][-1]
    assert (last["actor"], last["verb"]) == ("index", "anchor")
    assert last["cause"] == "billing.retry.backoff is billing.retry.waiting_time now"


def test_a_deleted_function_withholds_its_memory(repo: MakeRepo, cli: Cli) -> None:
    """It is left out and counted, shown on request, and back when the function is."""
    root = repo(SHOP, git=True)
    ask(cli, root, "index")
    ask(cli, root, "remember", "Five attempts at most.", "--about", "billing.retry.backoff")
    text = (root / RETRY).read_text(encoding="utf-8")
    (root / RETRY).write_text("DAY = 86400\n", encoding="utf-8")
    ask(cli, root, "index")
    listed = ask(cli, root, "memories")
    assert (listed["total"], listed["stale_withheld"]) == (0, 1)
    (entry,) = ask(cli, root, "memories", "--stale")["memories"]
    assert entry["anchors"][0]["state"] == "missing"
    assert "1 withheld" in cli("memories", cwd=root).stdout
    assert "1 of them stale" in cli("doctor", cwd=root).stdout
    (root / RETRY).write_text(text, encoding="utf-8")
    ask(cli, root, "index")
    assert ask(cli, root, "memories")["memories"][0]["anchors"][0]["state"] == "fresh"


def test_a_changed_signature_is_marked_with_what_changed(repo: MakeRepo, cli: Cli) -> None:
    """Old and new are shown; whoever has looked confirms, and the memory holds again."""
    root = repo(SHOP, git=True)
    ask(cli, root, "index")
    stored = ask(cli, root, "remember", "Five attempts at most.", "--about", "billing.retry.backoff")
    change(root, RETRY, ("(n, base=2)", "(n, base, limit)"))
    ask(cli, root, "index")
    assert ask(cli, root, "memories")["stale_withheld"] == 1
    (anchor,) = ask(cli, root, "memories", "--stale")["memories"][0]["anchors"]
    assert anchor["state"] == "signature_changed"
    assert (anchor["signature"], anchor["now"]) == ("def backoff(n, base=2)", "def backoff(n, base, limit)")
    shown = cli("memories", "--stale", cwd=root).stdout
    assert "def backoff(n, base=2)" in shown
    assert "def backoff(n, base, limit)" in shown
    ask(cli, root, "confirm", stored["id"])
    assert ask(cli, root, "memories")["memories"][0]["anchors"][0]["state"] == "fresh"


@pytest.mark.parametrize(
    "swap",
    [
        ('"""Wait a day for each failed payment."""', '"""Say something else."""  # and comment'),
        ("range(n)]", "range(\n            n,\n        )]"),
        ("(n, base=2)", "(n: int, base: int = 2) -> int"),
        ("return sum(days) * DAY", "return (sum(days) * DAY)"),
    ],
)
def test_what_is_only_form_leaves_a_memory_fresh(repo: MakeRepo, tmp_path: Path, swap: tuple[str, str]) -> None:
    """Comments, docstrings, layout and Python's annotations say nothing about whether a memory holds."""
    root = repo(SHOP)
    state, *_ = state_after(root, tmp_path / "home", "billing.retry.backoff", lambda: change(root, RETRY, swap))
    assert state == "fresh"


@pytest.mark.parametrize(
    "swap", [("* DAY", "* DAY + 1"), ("range(n)]\n    return", "range(n)]\n    if n:\n        return")]
)
def test_a_changed_body_is_told_and_not_withheld(repo: MakeRepo, tmp_path: Path, swap: tuple[str, str]) -> None:
    """The memory may still hold."""
    root = repo(SHOP)
    state, *_ = state_after(root, tmp_path / "home", "billing.retry.backoff", lambda: change(root, RETRY, swap))
    assert state == "body_changed"


def test_leaving_a_block_changes_a_body(repo: MakeRepo, tmp_path: Path) -> None:
    """A statement that only moves out of a loop is another program."""
    root = repo("#- a.py\ndef f(rows):\n    for row in rows:\n        use(row)\n        done(rows)\n")
    swap = ("        done", "    done")
    assert state_after(root, tmp_path / "home", "a.f", lambda: change(root, "a.py", swap))[0] == "body_changed"


def move_file(root: Path, old: str, new: str) -> None:
    """Move a file."""
    (root / new).parent.mkdir(parents=True, exist_ok=True)
    (root / old).rename(root / new)


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


JAVASCRIPT = """
    #- src/cart.js
    export function total(rows, rate) {
      const open = rows.filter((row) => row.open)
      return open.reduce((sum, row) => sum + row.amount * rate, 0)
    }
    #- src/list.js
    export const first = (rows) => rows[0]
"""
GO = """
    #- go.mod
    module example.org/shop
    #- cart/cart.go
    package cart

    // Total adds up.
    func (c *Cart) Total(rate int) int {
      sum := 0
      for _, row := range c.rows {
        sum += row.Amount * rate
      }
      return sum
    }
"""


@pytest.mark.parametrize(
    ("code", "path", "about", "swap", "state"),
    [
        (JAVASCRIPT, "src/cart.js", "total", ("function total", "function sumOfAll"), "renamed"),
        (
            JAVASCRIPT,
            "src/cart.js",
            "total",
            ("rows.filter((row) => row.open)", "rows.filter((row) => row.open);"),
            "fresh",
        ),
        (JAVASCRIPT, "src/cart.js", "total", ("(rows, rate)", "(rows, rate, limit)"), "signature_changed"),
        (JAVASCRIPT, "src/cart.js", "total", ("* rate, 0", "/ rate, 0"), "body_changed"),
        (GO, "cart/cart.go", "Total", ("Total(rate", "Sum(rate"), "renamed"),
        (GO, "cart/cart.go", "Total", ("// Total adds up.", "// Total adds all up."), "fresh"),
        (GO, "cart/cart.go", "Total", ("rate int", "rate int64"), "signature_changed"),
        (GO, "cart/cart.go", "Total", ("sum := 0", "sum := 1"), "body_changed"),
    ],
)
def test_other_languages(
    repo: MakeRepo, tmp_path: Path, code: str, path: str, about: str, swap: tuple[str, str], state: str
) -> None:
    """JavaScript and Go are followed by the same rules; there types are part of the signature."""
    root = repo(code, git=True)
    assert state_after(root, tmp_path / "home", about, lambda: change(root, path, swap))[0] == state


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


def test_a_rename_on_one_branch_leaves_the_other_fresh(repo: MakeRepo, cli: Cli, tmp_path: Path) -> None:
    """Two work trees share the memories and see each its own code."""
    root = repo(SHOP, git=True)
    ask(cli, root, "index")
    ask(cli, root, "remember", "Five attempts at most.", "--about", "billing.retry.backoff")
    other = tmp_path / "other"
    git(root, "worktree", "add", "--quiet", "-b", "rename", str(other))
    change(other, RETRY, ("def backoff", "def waiting_time"))
    ask(cli, other, "index")
    ask(cli, root, "index")
    states = {}
    for tree in (other, root, other):
        (entry,) = ask(cli, tree, "memories")["memories"]
        states[tree] = entry["anchors"][0]["state"], entry["anchors"][0]["qualified_name"]
    assert states == {other: ("renamed", "billing.retry.waiting_time"), root: ("fresh", "billing.retry.backoff")}
    (other / RETRY).unlink()
    ask(cli, other, "index")
    assert ask(cli, other, "memories")["stale_withheld"] == 1
    assert ask(cli, root, "memories")["stale_withheld"] == 0


def test_a_decision_of_a_branch_is_invisible_until_merged(repo: MakeRepo, cli: Cli) -> None:
    """Also before the branch has a commit of its own, and after its name is gone."""
    root = repo(SHOP, git=True)
    git(root, "checkout", "--quiet", "-b", "trial")
    ask(cli, root, "index")
    ask(cli, root, "remember", "Try three attempts.", "--scope", "branch:trial")
    assert ask(cli, root, "memories")["total"] == 1
    git(root, "checkout", "--quiet", "main")
    listed = ask(cli, root, "memories")
    assert (listed["total"], listed["elsewhere"]) == (0, 1)
    git(root, "checkout", "--quiet", "trial")
    write_files(root, "#- new.py\nX = 1\n")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "trial")
    ask(cli, root, "index")
    git(root, "checkout", "--quiet", "main")
    assert ask(cli, root, "memories")["total"] == 0
    git(root, "merge", "--quiet", "--no-ff", "--message", "merge", "trial")
    assert ask(cli, root, "memories")["total"] == 1
    git(root, "branch", "--quiet", "--delete", "trial")
    assert ask(cli, root, "memories")["total"] == 1


def test_a_folder_without_git_has_no_branches(repo: MakeRepo, cli: Cli) -> None:
    """Nothing is hidden where nothing can be merged."""
    root = repo(SHOP)
    ask(cli, root, "index")
    ask(cli, root, "remember", "Try three attempts.", "--scope", "branch:trial")
    assert ask(cli, root, "memories")["total"] == 1


def test_a_run_without_memories_makes_none(repo: MakeRepo, cli: Cli) -> None:
    """Indexing alone leaves no memory.db behind."""
    root = repo(SHOP, git=True)
    ask(cli, root, "index")
    assert not list(root.rglob("memory.db"))
