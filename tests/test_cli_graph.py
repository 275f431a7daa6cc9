"""The call graph and the reach of a change on the command line."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from conftest import commit_all
from retry_shop import SHOP, answer

if TYPE_CHECKING:
    from conftest import Cli, MakeRepo

EDGES = {"symbol", "total", "shown", "edges", "ambiguous_references", "unresolved_references", "reason", "namesakes"}


EDGE = {"qualified_name", "path", "line", "rung", "confidence"}


@pytest.mark.parametrize(
    ("command", "name", "expected"),
    [
        ("callers", "net.retry.backoff", "net.client.Client.send"),
        ("callees", "billing.charge.charge", "billing.retry.backoff"),
        ("implementations", "net.client.Client", "net.client.Quiet"),
        ("impact", "billing.retry.backoff", "billing.charge.charge"),
    ],
)
def test_the_call_graph_has_the_promised_shape(command: str, name: str, expected: str, shop: Path, cli: Cli) -> None:
    """Each walk names the symbol at the other end of the edge, its place, its rung and its confidence."""
    walked = answer(cli(command, name, "--json", cwd=shop))
    assert walked.keys() >= EDGES
    assert (walked["symbol"], walked["total"], walked["shown"]) == (name, 1, 1)
    assert walked["edges"][0].keys() >= EDGE
    assert walked["edges"][0]["qualified_name"] == expected
    assert 0 < walked["edges"][0]["confidence"] <= 1


def test_impact_reads_a_git_diff(repo: MakeRepo, cli: Cli) -> None:
    """A changed function reaches its callers."""
    folder = repo(SHOP, git=True)
    text = (folder / "net/retry.py").read_text(encoding="utf-8")
    (folder / "net/retry.py").write_text(text.replace("0.1 *", "0.2 *"), encoding="utf-8")
    answer(cli("index", "--json", cwd=folder))
    reached = answer(cli("impact", "--diff", "HEAD", "--json", cwd=folder))
    assert "net.client.Client.send" in {edge["qualified_name"] for edge in reached["edges"]}


def test_impact_of_a_deleted_or_moved_file_reaches_its_callers(repo: MakeRepo, cli: Cli) -> None:
    """Whoever calls what is gone is reached; it was answered with "no indexed symbol changed"."""
    folder = repo(SHOP, git=True)
    answer(cli("index", "--json", cwd=folder))
    (folder / "net/retry.py").rename(folder / "net/again.py")
    reached = answer(cli("impact", "--diff", "HEAD", "--json", cwd=folder))
    assert "net.client.Client.send" in {edge["qualified_name"] for edge in reached["edges"]}


@pytest.mark.skipif(os.name == "nt", reason="such names do not exist there")
@pytest.mark.parametrize("name", ['a "b".py', "tab\t.py", "line\nend.py", "back\\slash.py", "bell\x01.py", "naïve.py"])
def test_impact_reads_names_that_git_quotes(name: str, repo: MakeRepo, cli: Cli) -> None:
    """A changed file with an odd name was passed over without a word."""
    folder = repo("#- a.py\nx = 1\n")
    (folder / name).write_text("def odd():\n    return 1\n", encoding="utf-8")
    commit_all(folder)
    (folder / name).write_text("def odd():\n    return 2\n", encoding="utf-8")
    answer(cli("index", "--embedder", "none", "--json", cwd=folder))
    assert answer(cli("impact", "--diff", "HEAD", "--json", cwd=folder), 1)["symbol"] == "changes since HEAD: 1 symbol"


def test_impact_says_when_the_index_is_older_than_the_changes(repo: MakeRepo, cli: Cli) -> None:
    """The lines of a diff may be other lines in an older index, so the answer says so until it is made again."""
    folder = repo(SHOP, git=True)
    answer(cli("index", "--json", cwd=folder))
    text = (folder / "net/retry.py").read_text(encoding="utf-8")
    (folder / "net/retry.py").write_text(f"# one\n# two\n{text}", encoding="utf-8")
    assert "1 file newer than the index" in answer(cli("impact", "--diff", "HEAD", "--json", cwd=folder))["symbol"]
    answer(cli("index", "--json", cwd=folder))
    assert "newer" not in answer(cli("impact", "--diff", "HEAD", "--json", cwd=folder), 1)["symbol"]


def test_the_call_graph_names_the_namesakes_it_does_not_speak_of(shop: Path, cli: Cli) -> None:
    """A bare name of two functions is answered for one of them; the other is named, unless the module was."""
    bare = answer(cli("callers", "backoff", "--json", cwd=shop))
    assert {bare["symbol"], *bare["namesakes"]} == {"net.retry.backoff", "billing.retry.backoff"}
    assert bare["namesakes"][0] in cli("callers", "backoff", cwd=shop).stdout
    assert answer(cli("callers", "net.retry.backoff", "--json", cwd=shop))["namesakes"] == []


def test_nobody_calling_says_why(shop: Path, cli: Cli) -> None:
    """An empty walk exits with 1 and carries its reason."""
    walked = answer(cli("callers", "billing.charge.charge", "--json", cwd=shop), code=1)
    assert walked["edges"] == []
    assert walked["reason"]


@pytest.mark.parametrize(
    ("command", "name"), [("callers", "Ledger.reconcile"), ("impact", "Ledger.reconcile"), ("callees", "close")]
)
def test_what_is_called_less_certainly_is_not_said_to_be_unused(
    command: str, name: str, repo: MakeRepo, cli: Cli
) -> None:
    """A call that only the name leads to is below the usual certainty; the answer was that there is none."""
    root = repo(
        "#- ledger.py\nclass Ledger:\n    def reconcile(self): ...\n#- month.py\ndef close(it):\n    it.reconcile()\n"
    )
    assert cli("index", "--embedder", "none", cwd=root).returncode == 0
    silent = answer(cli(command, name, "--json", cwd=root), code=1)
    assert (silent["total"], silent["ambiguous_references"], silent["unresolved_references"]) == (0, 0, 0)
    assert silent["reason"] == "1 edge is less certain than 0.8: a lower min-confidence shows it"
    assert answer(cli(command, name, "--min-confidence", "0", "--json", cwd=root))["total"] == 1


def test_a_type_that_is_used_but_never_called_is_not_said_to_be_unused(repo: MakeRepo, cli: Cli) -> None:
    """A base and a declared type are no calls, and yet uses."""
    root = repo("#- a.py\nclass A: ...\nclass B(A): ...\ndef f(it: A): ...\ndef g(): ...\n")
    assert cli("index", "--embedder", "none", cwd=root).returncode == 0
    assert (
        "used otherwise, 2 times: see its impact" in answer(cli("callers", "A", "--json", cwd=root), code=1)["reason"]
    )
    assert "it is unused" in answer(cli("callers", "g", "--json", cwd=root), code=1)["reason"]


@pytest.mark.parametrize("folder", ["t/integration", "tests"])
def test_a_name_means_the_library_s_function_rather_than_a_test_s(folder: str, repo: MakeRepo, cli: Cli) -> None:
    """`callers retry` in Celery was answered for a task of its tests in `t/`, and said that nobody calls it."""
    root = repo(f"""
        #- {folder}/tasks.py
        def retry(self, times):
            pass
        #- shop/task.py
        class Task:
            def retry(self):
                pass

            def run(self):
                self.retry()
    """)
    assert cli("index", "--embedder", "none", cwd=root).returncode == 0
    edges = answer(cli("callers", "retry", "--json", cwd=root))
    assert (edges["symbol"], edges["total"]) == ("shop.task.Task.retry", 1)
    first, second = answer(cli("symbol", "retry", "--json", cwd=root))["hits"]
    assert (first["qualified_name"], second["path"]) == ("shop.task.Task.retry", f"{folder}/tasks.py")
