"""Issues are scored strictly, on snapshots that hold exactly one commit."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from engrep.engine.types import Hit
from engrep.eval.floor import rank_files, tokens
from engrep.eval.localisation import Located, file_kinds, fold, fold_gold, functions_of, report, strict_rank
from engrep.eval.snapshots import commit_time, switch
from engrep.eval.swebench import choose, read_rows, run_project

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


def a_hit(path: str, local: str, kind: str) -> Hit:
    """Make a hit for a definition of module `m`."""
    return Hit(path, 1, 2, local.rpartition(".")[2], f"m.{local}", "m", kind, 0.0, (), "")


def test_the_last_gold_item_decides() -> None:
    """The rank is the place among distinct items at which nothing is missing any more."""
    assert strict_rank(["a", "b", "b", "c"], ["c", "a"]) == 3
    assert strict_rank(["a", "b"], ["c"]) is None
    assert strict_rank(["a"], []) is None


def test_constructors_and_inner_functions_fold(tmp_path: Path) -> None:
    """`X.__init__` is X, and a nested function is the outermost one; methods stay."""
    file = tmp_path / "m.py"
    file.write_text(SOURCE, encoding="utf-8")
    kinds = file_kinds(file)
    assert fold("Loader.__init__", kinds) == "Loader"
    assert fold("Loader.load.inner", kinds) == "Loader.load"
    assert fold("Plain.go", kinds) == "Plain.go"
    assert fold("elsewhere.__init__", {}) == "elsewhere"


def test_a_class_stands_for_its_constructor(tmp_path: Path) -> None:
    """A class is listed as its constructor, unless it has none; repeats and other text fall out."""
    (tmp_path / "m.py").write_text(SOURCE, encoding="utf-8")
    hits = [
        a_hit("m.py", "Plain", "class"),
        a_hit("m.py", "Loader", "class"),
        a_hit("m.py", "Loader.__init__", "method"),
        a_hit("m.py", "LIMIT", "constant"),
        a_hit("m.py", "Loader.load.inner", "function"),
    ]
    kinds = {"m.py": file_kinds(tmp_path / "m.py")}
    assert functions_of(hits, kinds.__getitem__) == ["m.py:Loader", "m.py:Loader.load"]
    assert fold_gold(["m.py:Loader.__init__", "m.py:Loader"], kinds.__getitem__) == ["m.py:Loader"]


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


def test_an_issue_is_located_end_to_end(tmp_path: Path) -> None:
    """An issue that names a function finds its file and the function at the base commit, and the row survives JSON."""
    git_dir, (_, second) = a_history(tmp_path)
    issue = {
        "instance_id": "x-1",
        "repo": "some/project",
        "base_commit": second,
        "problem_statement": "Calling `beta` gives the wrong number\n\nWhen I call beta() it should return 4.",
        "gold_files": ["pkg/b.py"],
        "gold_functions_flat": ["pkg/b.py:beta"],
        "name_collisions": {"pkg/b.py:beta": 1},
    }
    assert choose([issue, {**issue, "instance_id": "x-2"}], {"some/project"}, 1, None) == [issue]
    (row,) = run_project([issue], git_dir, tmp_path / "work", None)
    assert (row.file_rank, row.function_rank, row.floor_rank) == (1, 1, 1)
    out = tmp_path / "rows.jsonl"
    fields = {name: getattr(row, name) for name in Located.__dataclass_fields__}
    out.write_text(json.dumps(fields) + "\n", encoding="utf-8")
    assert read_rows(out)["x-1"].function_rank == 1
    assert "| gold function | 1 | 100.0/100.0/100.0 | 100.0/100.0/100.0 |" in report([row])
