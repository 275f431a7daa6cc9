"""Issues are scored strictly, on snapshots that hold exactly one commit."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from eval_sets import evaluator, results, write_set

from engrep.engine.errors import StateError
from engrep.eval.cases import Found
from engrep.eval.datasets import Places
from engrep.eval.definitions import definitions
from engrep.eval.floor import rank_files, tokens
from engrep.eval.localisation import fold, fold_gold, functions_of, kinds
from engrep.eval.snapshots import commit_time, switch
from engrep.eval.systems.engrep_code import engrep_code
from engrep.eval.tasks.localisation import Localisation, read_case

if TYPE_CHECKING:
    from conftest import Cli, MakeRepo

SOURCE = """\
class Loader:
    def __init__(self):
        pass

    def load(self):
        def inner():
            pass

class Plain:
    def go(self):
        pass
"""
DEFINED = {"m.py": definitions(SOURCE)}


def a_hit(path: str, local: str, kind: str) -> Found:
    """Make a hit for a definition of module `m`."""
    return Found(path, 1, 2, local.rpartition(".")[2], f"m.{local}", "m", kind)


def test_constructors_and_inner_functions_fold() -> None:
    """`X.__init__` is X, and a nested function is the outermost one; methods stay."""
    is_class = kinds(DEFINED["m.py"])
    assert fold("Loader.__init__", is_class) == "Loader"
    assert fold("Loader.load.inner", is_class) == "Loader.load"
    assert fold("Plain.go", is_class) == "Plain.go"
    assert fold("elsewhere.__init__", {}) == "elsewhere"


def test_a_class_stands_for_its_constructor() -> None:
    """A class is listed as its constructor, unless it has none; repeats and other text fall out."""
    hits = [
        a_hit("m.py", "Plain", "class"),
        a_hit("m.py", "Loader", "class"),
        a_hit("m.py", "Loader.__init__", "method"),
        a_hit("m.py", "LIMIT", "constant"),
        a_hit("m.py", "Loader.load.inner", "function"),
    ]
    assert functions_of(hits, DEFINED.__getitem__) == ["m.py:Loader", "m.py:Loader.load"]
    assert fold_gold(["m.py:Loader.__init__", "m.py:Loader"], DEFINED.__getitem__) == {"m.py:Loader": [0, 1]}


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [(1, 3, ["m.py:Loader"]), (4, 6, ["m.py:Loader.load"]), (7, 7, ["m.py:Loader.load"]), (9, 11, ["m.py:Plain.go"])],
)
def test_lines_stand_for_what_they_show(start: int, end: int, expected: list[str]) -> None:
    """Of a system without symbols, what begins in the lines counts, else the innermost definition around them."""
    assert functions_of([Found("m.py", start, end)], DEFINED.__getitem__) == expected


def test_the_floor_splits_identifiers_and_demotes_tests() -> None:
    """A word inside an identifier is found, and a better test comes after the source."""
    documents = {
        "pkg/retry.py": tokens("def computeBackoff(n): return n"),
        "pkg/other.py": tokens("def load(path): return path"),
        "tests/test_retry.py": tokens("backoff backoff compute backoff"),
    }
    assert rank_files(documents, "the backoff grows")[0] == "pkg/retry.py"
    assert rank_files(documents, "the backoff grows")[-1] == "tests/test_retry.py"
    assert tokens("HTTPServer_v2") == {"http": 1, "server": 1, "v": 1, "2": 1, "httpserver_v2": 1}


def a_history(folder: Path) -> tuple[Path, list[str]]:
    """Make a bare history of two commits: the second changes one file, drops one and adds one."""
    tree = folder / "tree"
    tree.mkdir()

    def git(*arguments: str) -> str:
        command = ["git", "-C", str(tree), "-c", "user.name=t", "-c", "user.email=t@localhost", *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    git("init", "-q")
    commits = []
    versions: list[dict[str, str | None]] = [
        {"pkg/a.py": "def alpha():\n    return 1\n", "pkg/gone.py": "x = 1\n", "data.bin": "no\n"},
        {"pkg/a.py": "def alpha():\n    return 2\n", "pkg/gone.py": None, "pkg/b.py": "def beta():\n    return 3\n"},
    ]
    for files in versions:
        for path, text in files.items():
            target = tree / path
            target.parent.mkdir(exist_ok=True)
            target.unlink(missing_ok=True)
            if text is not None:
                target.write_text(text, encoding="utf-8")
        git("add", "-A")
        git("commit", "-q", "-m", "step")
        commits.append(git("rev-parse", "HEAD"))
    return tree / ".git", commits


def held(folder: Path) -> dict[str, str]:
    """Return path → text of a folder."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in files}


def test_a_snapshot_follows_the_commit(tmp_path: Path) -> None:
    """Switching forward, back and after an interruption gives the commit's own source files and touches no others."""
    git_dir, (first, second) = a_history(tmp_path)
    work = tmp_path / "work"
    switch(git_dir, first, work)
    at_first = held(work)
    assert sorted(at_first) == ["pkg/a.py", "pkg/gone.py"]
    assert sorted(switch(git_dir, second, work)) == ["pkg/a.py", "pkg/b.py"]
    assert sorted(held(work)) == ["pkg/a.py", "pkg/b.py"]
    assert "return 2" in held(work)["pkg/a.py"]
    switch(git_dir, first, work)
    assert held(work) == at_first
    before = (work / "pkg/a.py").stat().st_mtime_ns
    switch(git_dir, first, work)
    assert (work / "pkg/a.py").stat().st_mtime_ns == before
    (tmp_path / "work.tree.json").unlink()
    (work / "half-written.py").write_text("", encoding="utf-8")
    switch(git_dir, first, work)
    assert held(work) == at_first
    assert commit_time(git_dir, first) <= commit_time(git_dir, second)


ISSUE = {
    "instance_id": "x-1",
    "repo": "some/project",
    "problem_statement": "Calling `beta` gives the wrong number\n\nWhen I call beta() it should return 4.",
    "gold_files": ["pkg/b.py"],
    "gold_functions_flat": ["pkg/b.py:beta"],
    "name_collisions": {"pkg/b.py:beta": 1},
}


def test_engrep_is_asked_for_files_or_for_functions(repo: MakeRepo, tmp_path: Path) -> None:
    """An issue asked for files gets each file once, though the engine by itself would list several functions of one."""
    root = repo("""
        #- pkg/b.py
        def beta():
            return 3

        def beta_twice():
            return beta() + beta()
    """)
    text = "beta is wrong\n\nWhen I call beta() it should return 4,\nand beta_twice() should return 8.\n"
    with engrep_code("").open(root, tmp_path / "state") as index:
        index.update()
        files = index.search(text, limit=10, from_file=None, per_symbol=False)
        functions = index.search(text, limit=10, from_file=None, per_symbol=True)
    assert [found.path for found in files] == ["pkg/b.py"]
    assert {found.symbol for found in functions} == {"beta", "beta_twice"}


def test_issues_are_told_apart_by_namesakes() -> None:
    """The most namesakes of a gold function decide, and issues that changed no function stand apart."""

    def category(**changes: object) -> str:
        return read_case({**ISSUE, "base_commit": "0", **changes}).category

    assert category() == "unique name"
    assert category(name_collisions={"a": 1, "b": 4}) == "2 to 4 namesakes"
    assert category(name_collisions={"a": 5}) == "5 or more namesakes"
    assert category(gold_functions_flat=[]) == "files only"


def test_an_issue_of_no_project_is_told(tmp_path: Path) -> None:
    """An issue whose project is not named would never be asked, and not be missed."""
    write_set(
        tmp_path / "mine",
        {"repos.json": [{"name": "other", "repository": "o/other"}], "issues.jsonl": [{**ISSUE, "base_commit": ""}]},
    )
    with pytest.raises(StateError, match=r"issues of some/project, which repos\.json does not name"):
        Localisation("localisation:mine", "mine").corpora(Places(tmp_path, tmp_path))


def test_issues_are_located_end_to_end(tmp_path: Path, cli: Cli) -> None:
    """Only base commits are fetched; each issue is asked of the tree at its own, functions only where some changed."""
    git_dir, (first, second) = a_history(tmp_path)
    git_dir.rename(tmp_path / "project")
    gone = {
        "problem_statement": "the number in pkg/gone.py is wrong",
        "gold_files": ["pkg/gone.py"],
        "gold_functions_flat": [],
    }
    issues = [{**ISSUE, "base_commit": second}, {**ISSUE, "instance_id": "x-2", "base_commit": first, **gone}]
    repos = [{"name": "some/project", "repository": "fork/project"}]
    write_set(tmp_path / "data" / "mine", {"issues.jsonl": issues, "repos.json": repos})
    evaluate = evaluator(cli, tmp_path)
    run = ("run", "localisation:mine", "--system", "engrep", "--system", "floor", "--out", "runs")
    assert "2 of 2 base commits are not in" in evaluate(*run).stderr
    assert evaluate("fetch", "localisation:mine", "--remote", f"{tmp_path}/{{name}}").returncode == 0
    done = evaluate(*run)
    assert done.returncode == 0, done.stderr
    found = results(tmp_path)
    located, file_only = found["engrep"].cases
    assert located["values"] | {"All@1": 1, "All@5 with function": 1, "function All@1": 1} == located["values"]
    assert [each["item"] for each in located["top"] if each.get("gold") == [1]] == ["function pkg/b.py:beta"]
    assert file_only["values"] == {"All@5": 1, "All@1": 1, "All@10": 1}
    assert found["floor"].cases[0]["values"] | {"All@1": 1, "function All@1": 1} == found["floor"].cases[0]["values"]
    assert found["floor"].corpora["some/project"]["files"] == 2
