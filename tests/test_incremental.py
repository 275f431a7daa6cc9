"""However an index came about, it is the one that a clean run makes."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from clean_runs import Tree
from conftest import PROJECT, MakeRepo, git, write_model
from index_tables import TABLES

from engrep.engine import store_project

PACKAGES = '''
    #- go.mod
    module example.org/acme/shop
    #- billing/__init__.py
    """Money."""
    from billing.retry import backoff
    #- billing/retry.py
    """When a payment is tried again."""
    LIMIT = 3
    def backoff(n):
        """Wait a day for each failed payment."""
        return n * 86400
    class Retry:
        """Tries again."""
        def again(self):
            return backoff(LIMIT)
    #- billing/charge.py
    from billing.retry import backoff, Retry
    class Card(Retry):
        def charge(self) -> "Receipt":
            self.again()
            return backoff(1)
    class Receipt:
        def total(self):
            return 1
    def pay(card: Card):
        receipt = card.charge()
        return receipt.total()
    #- net/__init__.py
    #- net/retry.py
    def backoff(n):
        return 0.1 * 2 ** n
    def only_here():
        return backoff(2)
    #- net/client.py
    from net.retry import *
    import billing.charge as charging
    class Client:
        def send(self, request):
            only_here()
            return charging.pay(request)
    #- loose/tool.py
    import billing
    def run():
        billing.backoff(1)
        helper()
    def helper():
        return 1
    #- web/index.js
    import { backoff } from './retry'
    export function start() { return backoff(1) }
    #- web/retry.js
    export function backoff(n) { return n }
    export class Timer { tick() { return backoff(this.n) } }
    #- web/view.ts
    import { Timer } from './retry'
    export function show(timer: Timer): number { return timer.tick() }
    #- server/main.go
    package server
    func Serve() int { return retryAll(2) }
    #- server/retry.go
    package server
    func retryAll(n int) int { return n }
    #- jvm/Shop.java
    package acme.shop;
    public class Shop extends Base { public int open() { return helper(); } }
    #- jvm/Base.java
    package acme.shop;
    public class Base { int helper() { return 1; } }
    #- native/list.h
    int list_length(struct list *items);
    #- native/list.c
    #include "list.h"
    int list_length(struct list *items) { return items->n; }
    int use(struct list *items) { return list_length(items); }
    #- README.md
    # Shop
    Retries payments.
    ## Net
    Retries requests.
'''


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a small random model in place, so that there are vectors to compare."""
    path = write_model(tmp_path / "small.npz")
    monkeypatch.setenv("ENGREP_EMBEDDER", str(path))
    return path


@pytest.fixture
def tree(repo: MakeRepo, tmp_path: Path, model: Path) -> Iterator[Tree]:
    """Make an indexed repository of several languages and packages."""
    assert model.exists()
    made = Tree(repo(PACKAGES, git=True), tmp_path / "aside")
    made.check()
    yield made
    made.memory.close()


def move(tree: Tree, old: str, new: str) -> None:
    """Rename a file or folder."""
    (tree.root / new).parent.mkdir(parents=True, exist_ok=True)
    (tree.root / old).rename(tree.root / new)


def touch(tree: Tree, path: str) -> None:
    """Give a file another time and no other content."""
    os.utime(tree.root / path, ns=(1, 1_700_000_000_000_000_000))


def commit_more(tree: Tree) -> None:
    """Commit everything."""
    git(tree.root, "add", "--all")
    git(tree.root, "commit", "--quiet", "--message", "more")


def write_many(tree: Tree) -> None:
    """Write more files than a fourth of all."""
    for number in range(20):
        tree.write(f"web/{number}.js", f"import './{number - 1}'\nfunction f{number}() {{}}")


STEPS: dict[str, Callable[[Tree], object]] = {
    "edit a body": lambda t: t.replace("billing/retry.py", "n * 86400", "n * 60 + LIMIT"),
    "call another function": lambda t: t.replace("billing/charge.py", "return 1", "return only_here()"),
    "edit a signature": lambda t: t.replace("billing/retry.py", "def backoff(n)", "def backoff(n, most=3) -> Retry"),
    "edit a return type": lambda t: t.replace("billing/charge.py", '-> "Receipt"', '-> "Card"'),
    "rename a function": lambda t: t.replace("net/retry.py", "only_here", "elsewhere"),
    "rename a base": lambda t: t.replace("jvm/Base.java", "class Base", "class Ground"),
    "give it a name back": lambda t: t.replace("jvm/Base.java", "class Ground", "class Base"),
    "add a function": lambda t: t.write(
        "net/retry.py", "def only_here():\n    return 1\ndef backoff(n):\n    return n\n"
    ),
    "add a namesake": lambda t: t.write("net/more.py", "def helper():\n    return 2\nclass Receipt:\n    pass\n"),
    "add a file that others import": lambda t: t.write(
        "web/retry/index.ts", "export function backoff(n) { return 2 }\n"
    ),
    "delete a file": lambda t: (t.root / "server/retry.go").unlink(),
    "rename a file": lambda t: move(t, "web/retry.js", "web/again.js"),
    "move a package": lambda t: move(t, "billing", "libs/billing"),
    "make a folder a package": lambda t: t.write("libs/__init__.py", '"""All of it."""\n'),
    "take the package away": lambda t: (t.root / "libs/__init__.py").unlink(),
    "rename the go module": lambda t: t.replace("go.mod", "acme/shop", "acme/store"),
    "touch": lambda t: touch(t, "README.md"),
    "change an import": lambda t: t.replace("net/client.py", "import billing.charge as charging", "import charging"),
    "turn it binary": lambda t: (t.root / "net/client.py").write_bytes(b"\0\1\2" * 100),
    "turn it back": lambda t: t.write("net/client.py", "from net.retry import backoff\ndef send():\n    backoff(2)\n"),
    "grow too large": lambda t: t.write("loose/tool.py", "x = 1\n" * 200_000),
    "shrink again": lambda t: t.write("loose/tool.py", "def helper():\n    return 3\n"),
    "ignore a folder": lambda t: t.write(".gitignore", "jvm/\n"),
    "empty a file": lambda t: t.write("native/list.h", ""),
    "commit": commit_more,
    "edit many": write_many,
    "write sections": lambda t: t.replace("README.md", "## Net", "## Network\nbackoff\n## Net"),
}


def test_every_table_is_compared() -> None:
    """A table that the schema gains must be compared too."""
    schema = (PROJECT / "engine/schema.sql").read_text(encoding="utf-8")
    assert set(re.findall(r"^CREATE (?:VIRTUAL )?TABLE (\w+)", schema, re.MULTILINE)) <= TABLES.keys()


def test_every_kind_of_edit_gives_the_index_of_a_clean_run(tree: Tree) -> None:
    """After each of many kinds of edits all tables are those of a clean index."""
    for edit in STEPS.values():
        edit(tree)
        tree.check()


@pytest.mark.parametrize(
    "name", ["edit a body", "edit a return type", "rename a function", "rename a base", "rename a file"]
)
def test_one_edit_gives_the_index_of_a_clean_run(name: str, tree: Tree) -> None:
    """The first edit after a clean index, when all ids are fresh."""
    STEPS[name](tree)
    tree.check()


def test_a_file_is_read_again_when_it_was_written_in_the_same_tick(tree: Tree) -> None:
    """An edit right after an index run is seen, even where the file's size and time stayed the same."""
    place = tree.root / "net/retry.py"
    before = place.stat()
    tree.replace("net/retry.py", "0.1", "0.2")
    os.utime(place, ns=(before.st_atime_ns, before.st_mtime_ns))
    with tree.memory._code.writing() as connection:
        connection.execute("UPDATE meta SET value = ? WHERE key = 'started_ns'", (before.st_mtime_ns + 1,))
    tree.check()


def test_an_edit_inside_a_function_resolves_nothing_else(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole project is not even loaded when other files cannot see the difference."""
    monkeypatch.delattr(store_project, "project_rows")
    tree.replace("billing/retry.py", "n * 86400", "n * 60 + LIMIT")
    tree.memory.index()
