"""Where an index lies and which root is meant: subfolders, linked work trees, and a home of one's own."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from conftest import MakeRepo, git, write_files

from engrep.engine.errors import StateError
from engrep.engine.memory import Memory
from engrep.engine.places import code_database, find_root, main_work_tree

FUNCTION = "#- a.py\ndef qwertz(): ...\n#- sub/deep/b.py\nx = 1\n"


def test_an_index_in_a_home_of_its_own_marks_its_root(
    repo: MakeRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From a subfolder the indexed folder is found, whether the home is given or named by the environment."""
    folder, home = repo(FUNCTION), tmp_path / "home"
    with Memory.open(folder, home=home) as memory:
        memory.index()
    monkeypatch.chdir(folder / "sub/deep")
    monkeypatch.delenv("ENGREP_HOME", raising=False)
    assert find_root(None) == folder / "sub/deep"
    with Memory.open(home=home) as memory:
        assert [hit.path for hit in memory.search("qwertz").hits] == ["a.py"]
    monkeypatch.setenv("ENGREP_HOME", str(home))
    assert find_root(None) == folder


def test_linked_work_trees_keep_their_index_in_the_main_one(
    repo: MakeRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each work tree has its own index, all of them below the main one, and git sees none of them."""
    monkeypatch.delenv("ENGREP_HOME", raising=False)
    main, linked = repo(FUNCTION, git=True), tmp_path / "linked"
    git(main, "worktree", "add", "--quiet", str(linked))
    write_files(linked, "#- a.py\ndef asdf(): ...\n")
    with Memory.open(linked) as memory:
        memory.index()
        assert [hit.qualified_name for hit in memory.symbol("asdf").hits] == ["a.asdf"]
    assert not (linked / ".engrep").exists()
    assert code_database(linked).is_relative_to(main / ".engrep")
    assert git(main, "status", "--porcelain") == ""
    with Memory.open(main) as memory:
        memory.index()
        assert [hit.qualified_name for hit in memory.symbol("qwertz").hits] == ["a.qwertz"]
        assert memory.symbol("asdf").hits == ()
    assert code_database(main) == main / ".engrep/code.db"


def test_only_the_top_of_a_linked_work_tree_belongs_to_another(repo: MakeRepo, tmp_path: Path) -> None:
    """A submodule, a subfolder and a repository without work tree are roots of their own."""
    main, linked = repo(FUNCTION, git=True), tmp_path / "linked"
    git(main, "worktree", "add", "--quiet", str(linked))
    assert main_work_tree(linked) == main
    assert main_work_tree(main) == main
    assert main_work_tree(linked / "sub") == linked / "sub"
    git(tmp_path, "clone", "--quiet", "--bare", str(main), "bare")
    git(tmp_path / "bare", "worktree", "add", "--quiet", str(tmp_path / "of_bare"))
    assert main_work_tree(tmp_path / "of_bare") == tmp_path / "of_bare"
    write_files(tmp_path / "submodule", "#- .git\ngitdir: ../linked/.git/modules/x\n")
    assert main_work_tree(tmp_path / "submodule") == tmp_path / "submodule"


@pytest.mark.skipif(sys.platform == "win32", reason="a folder that somebody stands in cannot be removed there")
def test_a_current_folder_that_is_gone_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It was an error without a word of what is missing."""
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with pytest.raises(StateError, match="the current folder is gone"):
        find_root(None)
    assert find_root(tmp_path) == tmp_path


def test_doctor_tells_that_a_file_stands_where_the_folder_should_be(repo: MakeRepo, tmp_path: Path) -> None:
    """A file can be written, but nothing can be put into it."""
    home = tmp_path / "home"
    home.touch()
    with Memory.open(repo(FUNCTION), home=home) as memory:
        assert not next(check for check in memory.doctor() if check.name == "folder").ok
