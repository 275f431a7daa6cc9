"""Data sets, histories and run files are other people's: what is in them stays where it belongs."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from conftest import Cli, MakeRepo, git
from eval_sets import evaluator, write_set

from engrep.engine.errors import StateError, UsageError
from engrep.eval.datasets import Places, dataset, seal
from engrep.eval.fetch import history, tree
from engrep.eval.snapshots import switch
from engrep.eval.sources import sources
from engrep.eval.tasks.in_code import work_folder

COMMIT = "0" * 40
ENTRY = {"name": "shop", "language": "python", "repository": "team/repo", "revision": COMMIT}


def test_a_revision_is_no_option_of_git(repo: MakeRepo, cli: Cli, tmp_path: Path) -> None:
    """What a data set calls a revision is never run as a command."""
    origin = repo("#- a.py\nx = 1", git=True)
    trap = tmp_path / "trap"
    entry = {**ENTRY, "revision": f"--upload-pack=touch {trap};"}
    write_set(tmp_path / "data" / "mine", {"repos.json": [entry], "annotations/shop.json": []})
    done = evaluator(cli, tmp_path)("fetch", "code-search:mine", "--remote", str(origin))
    assert not trap.exists()
    assert done.returncode == 3
    assert "is no revision" in " ".join(done.stderr.split())


@pytest.mark.parametrize("repository", ["../../x", "team/..", "team/-x", "-team/x", "team", "team/a b", "/x", "a\\b/c"])
def test_a_repository_leads_nowhere_else(repository: str, tmp_path: Path) -> None:
    """Only owner/name is one."""
    places = Places(tmp_path, tmp_path)
    with pytest.raises(StateError, match="is no repository"):
        history(places, repository)
    with pytest.raises(StateError, match="is no repository"):
        tree(places, repository, COMMIT)
    assert history(places, "org/.github").parent == places.histories


@pytest.mark.parametrize("revision", ["../../../etc", "v1.2.3", "0123456", "-x", ""])
def test_a_revision_is_a_whole_commit(revision: str, tmp_path: Path) -> None:
    """Two tags may begin alike, and the folder of a tree is called after the beginning."""
    with pytest.raises(StateError, match="is no revision"):
        tree(Places(tmp_path, tmp_path), "team/repo", revision)


@pytest.mark.parametrize("folder", ["..", "src/../../..", "a\\..\\..", "C:\\x"])
def test_a_corpus_is_within_its_repository(folder: str, tmp_path: Path) -> None:
    """What lies beside it is the user's own, and is not indexed."""
    data = dataset(write_set(tmp_path / "mine", {"repos.json": [{**ENTRY, "benchmark_root": folder}]}).name, tmp_path)
    with pytest.raises(StateError, match="no folder within a repository"):
        sources(data)


@pytest.mark.parametrize("name", ["..", "a/../..", "/etc", "../x", "..\\x:y"])
def test_work_stays_in_its_folder(name: str, tmp_path: Path) -> None:
    """The names of tasks and corpora make folders two below that of the work, whatever they are."""
    places = Places(tmp_path, tmp_path)
    made = work_folder(places, f"code-search:{name}", name)
    assert made.resolve().parent.parent == places.work
    with pytest.raises(UsageError, match="is no name of a data set"):
        dataset("../x", tmp_path)


def hostile_history(folder: Path) -> tuple[Path, str]:
    """Make a commit that names files above its top and in a git directory."""
    git(folder, "init", "--quiet")
    (folder / "content").write_text("trap\n", encoding="utf-8")
    blob = git(folder, "hash-object", "-w", "content").strip()

    def made(*entries: tuple[str, str, str]) -> str:
        raw = b"".join(f"{mode} {name}\0".encode() + bytes.fromhex(held) for mode, name, held in entries)
        command = ["git", "hash-object", "-t", "tree", "-w", "--literally", "--stdin"]
        return subprocess.run(command, cwd=folder, input=raw, capture_output=True, check=True).stdout.decode().strip()

    inner = made(("100644", "config", blob))
    top = made(("40000", "..", inner), ("40000", ".GIT", inner), ("100644", "a.py", blob))
    return folder / ".git", git(folder, "commit-tree", "-m", "first", top).strip()


def test_a_history_writes_nothing_elsewhere(tmp_path: Path) -> None:
    """Neither above the folder nor into settings that git would obey there."""
    (tmp_path / "origin").mkdir()
    git_dir, commit = hostile_history(tmp_path / "origin")
    assert list(switch(git_dir, commit, tmp_path / "out" / "tree", None)) == ["a.py"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["tree", "tree.tree.json"]
    assert [path.name for path in (tmp_path / "out" / "tree").iterdir()] == ["a.py"]


def test_a_file_comes_in_place_of_a_folder(repo: MakeRepo, tmp_path: Path) -> None:
    """A folder goes with its last file, so that a file may be called as it was."""
    origin = repo("#- docs.txt/one.py\nx = 1", git=True)
    first = git(origin, "rev-parse", "HEAD").strip()
    git(origin, "rm", "--quiet", "-r", "docs.txt")
    (origin / "docs.txt").write_text("one\n", encoding="utf-8")
    git(origin, "add", "--all")
    git(origin, "commit", "--quiet", "--message", "second")
    for commit in (first, git(origin, "rev-parse", "HEAD").strip()):
        switch(origin / ".git", commit, tmp_path / "work")
    assert (tmp_path / "work" / "docs.txt").read_text(encoding="utf-8") == "one\n"


def test_a_file_without_a_checksum_is_not_read(tmp_path: Path) -> None:
    """What was put beside sealed files would be measured on without the checksum telling."""
    folder = write_set(tmp_path / "mine", {"a.jsonl": []})
    (folder / "b.jsonl").write_text("{}\n", encoding="utf-8")
    data = dataset("mine", tmp_path)
    assert data.matching("*.jsonl") == ["a.jsonl"]
    with pytest.raises(StateError, match=r"lists no b\.jsonl"):
        data.text("b.jsonl")


@pytest.mark.parametrize(("manifest", "says"), [('{"name": "mine"}', "engrep eval seal"), ("{", "cannot be read"), ("[]", "no JSON object")])  # fmt: skip
def test_an_unfinished_data_set_says_what_to_do(manifest: str, says: str, tmp_path: Path) -> None:
    """One that was never sealed, or is spoilt, gives a sentence."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "dataset.json").write_text(manifest, encoding="utf-8")
    with pytest.raises(StateError, match=says):
        dataset("mine", tmp_path)


def test_rows_end_at_line_feeds_alone(tmp_path: Path) -> None:
    """A question may hold what Python takes for a line end and JSON does not."""
    rows: list[Any] = [{"query": "one\u2028two\x85three"}]
    folder = write_set(tmp_path / "mine", {"a.jsonl": []})
    (folder / "a.jsonl").write_text(json.dumps(rows[0], ensure_ascii=False) + "\n\n", encoding="utf-8")
    (folder / "dataset.json").write_text("{}", encoding="utf-8")
    assert list(seal(folder).lines("a.jsonl")) == rows
