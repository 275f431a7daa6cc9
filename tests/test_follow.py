"""What becomes of memories when the code that they are about changes, on the real command line and in the library."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from conftest import git, write_files
from followed_code import RETRY, SHOP, ask, change, state_after

if TYPE_CHECKING:
    from conftest import Cli, MakeRepo


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
    (line,) = [each for each in cli("export", "--markdown", cwd=root).stdout.splitlines() if "Five" in each]
    assert ", stale: missing; " in line
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


def test_a_page_of_memories_says_whose_code_changed(repo: MakeRepo, cli: Cli) -> None:
    """It showed what no answer would tell any more, as if it held; what was replaced is not on it."""
    root = repo(SHOP, git=True)
    ask(cli, root, "index")
    ask(cli, root, "remember", "Five attempts at most.", "--about", "billing.retry.backoff")
    ask(cli, root, "remember", "An hour at most.", "--about", "net.retry.backoff")
    old = ask(cli, root, "remember", "Indent with tabs.")["id"]
    assert ask(cli, root, "remember", "Indent with spaces.")["superseded"] == [old]
    assert "stale" not in cli("export", "--markdown", cwd=root).stdout
    change(root, RETRY, ("def backoff(n, base=2)", "def backoff(n, base=2, jitter=0)"))
    change(root, "net/retry.py", ("3600", "1800"))
    ask(cli, root, "index")
    page = cli("export", "--markdown", cwd=root).stdout
    marks = {
        line[2:].split(".")[0]: line.rpartition("(")[2].split("; ")[0].split(", ")[1:] for line in page.splitlines()
    }
    assert marks["Five attempts at most"] == ["stale: signature changed"]
    assert marks["An hour at most"] == ["body changed"]
    assert marks["Indent with spaces"] == []
    assert "tabs" not in page
