"""Odd names, odd contents and odd roots: everything is indexed or passed over with a reason, and nothing stops a run."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import MakeRepo, cli_environment, commit_all, git, write_files
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engrep.engine.errors import StateError, UsageError
from engrep.engine.memory import Memory
from engrep.engine.types import IndexReport

FUNCTION = "def qwertz():\n    return 1\n"


def index(root: Path) -> tuple[IndexReport, dict[str, str], set[str]]:
    """Index a root; give the report, the reasons by path, and the paths that define `qwertz`."""
    with Memory.open(root) as memory:
        report = memory.index()
        again = memory.index()
        assert (again.updated, again.removed, again.files) == (0, 0, report.files)
        skipped = {file.path: file.reason for file in memory.skipped()}
        return report, skipped, {hit.path for hit in memory.symbol("qwertz", limit=100).hits}


ODD_NAMES = (
    "new\nline.py", 'quo"te\'s.py', "tab\t.py", "-rf.py", "--help.py", "emoji 🔒.py", "锁/死锁.py", "%s;DROP TABLE file;--.py",
    "back\\slash.py", " blank .py", "x" * 200 + ".py", "[a]*?.py", "#hash.py", ".hidden.py", "a" * 100 + "/" + "b" * 100 + "/c.py",
    "/".join("d" * 30) + "/deep.py", "Case.py", "case.py", "e\u0301.py", "\u00e9.py", "café.py", "a:b.py", "~.py", "$HOME.py",
)  # fmt: skip


@pytest.mark.parametrize("with_git", [True, False])
def test_odd_names_are_indexed(with_git: bool, repo: MakeRepo) -> None:
    """Any name that is text can be indexed and is found again, in a repository and in a plain folder."""
    folder = repo("")
    for name in ODD_NAMES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(FUNCTION, encoding="utf-8")
    if with_git:
        commit_all(folder)
    report, skipped, found = index(folder)
    assert skipped == {}
    assert found == set(ODD_NAMES)
    assert report.files == len(ODD_NAMES)


@pytest.mark.skipif(sys.platform != "linux", reason="other file systems take no such names")
@pytest.mark.parametrize("with_git", [True, False])
def test_a_name_that_is_not_utf8_is_passed_over(with_git: bool, repo: MakeRepo) -> None:
    """A name that SQLite cannot hold is listed with its bytes spelled out; a folder of that name too."""
    folder = repo(f"#- good.py\n{FUNCTION}")
    odd = folder / os.fsdecode(b"caf\xe9")
    odd.mkdir()
    (odd / "in.py").write_text(FUNCTION, encoding="utf-8")
    (folder / os.fsdecode(b"\xff.py")).write_text(FUNCTION, encoding="utf-8")
    if with_git:
        commit_all(folder)
    _, skipped, found = index(folder)
    assert skipped == {"\\xff.py": "name_not_utf8", "caf\\xe9/in.py": "name_not_utf8"}
    assert found == {"good.py"}


@pytest.mark.skipif(os.name == "nt", reason="such files do not exist there")
@pytest.mark.parametrize("with_git", [True, False])
def test_what_is_no_file_is_passed_over(with_git: bool, repo: MakeRepo, tmp_path: Path) -> None:
    """Links are not followed, in circles or out of the root, and pipes and sockets are not read."""
    folder = repo(f"#- good.py\n{FUNCTION}")
    outside = write_files(tmp_path / "outside", f"#- secret.py\n{FUNCTION}")
    for name, target in (
        ("loop", "loop"),
        ("up", ".."),
        ("out.py", outside / "secret.py"),
        ("away", outside),
        ("gone.py", "no"),
    ):
        (folder / name).symlink_to(target)
    (folder / "same.py").symlink_to("good.py")
    if with_git:
        commit_all(folder)
    os.mkfifo(folder / "pipe.py")
    with socket.socket(socket.AF_UNIX) as door:
        here = Path.cwd()
        os.chdir(folder)  # a socket's path must be short
        door.bind("door.py")
        os.chdir(here)
        _, skipped, found = index(folder)
    assert found == {"good.py"}
    assert skipped["out.py"] == "link_outside"
    assert skipped["same.py"] == "link"
    assert skipped["gone.py"] == "link_broken"
    assert not any("secret" in path for path in skipped)


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_a_folder_replaced_by_a_link_is_not_followed(repo: MakeRepo, tmp_path: Path) -> None:
    """Git goes on listing the files of a folder that is now a link out of the root; they are not read."""
    folder = repo(f"#- good.py\n{FUNCTION}#- inner/secret.py\nx = 1\n", git=True)
    outside = write_files(tmp_path / "outside", f"#- secret.py\n{FUNCTION}")
    shutil.rmtree(folder / "inner")
    (folder / "inner").symlink_to(outside)
    _, _, found = index(folder)
    assert found == {"good.py"}


CONTENTS = {
    "empty.py": (b"", None),
    "blank.py": (b" \n\t\r\n", None),
    "nul.py": (b"def a(): pass\0\n", "binary"),
    "late_nul.py": (b"def a(): pass\n" * 1000 + b"\0", None),
    "latin.py": ("# café\ndef latin(): pass\n".encode("latin-1"), None),
    "bom.py": (b"\xef\xbb\xbfdef bom(): pass\n", None),
    "utf16.py": ("def wide(): pass\n".encode("utf-16"), "binary"),
    "crlf.py": (b"def crlf():\r\n    return 1\r\n", None),
    "cr.py": (b"def cr():\r    return 1\r", None),
    "one_line.js": (b"f(" + b"1," * 2_500_000 + b"1)", "too_large"),
    "line.js": (b"f(" + b"1," * 50_000 + b"1)", "minified"),
    "broken.py": (b"def broken(:\n  )))(((\nclass\n", None),
    "no_end.c": (b"int f() { return 1;", None),
    "surrogate.py": (b"def \xed\xa0\x80(): pass\nx = '\xed\xb0\x80'\n", None),
    "picture.png": (b"\x89PNG", "binary"),
}


def test_odd_contents_are_indexed_or_passed_over(repo: MakeRepo) -> None:
    """Every file is in the index or has a reason, and all of it can be searched."""
    folder = repo(f"#- good.py\n{FUNCTION}")
    for name, (content, _) in CONTENTS.items():
        (folder / name).write_bytes(content)
    report, skipped, found = index(folder)
    assert found == {"good.py"}
    assert skipped == {name: reason for name, (_, reason) in CONTENTS.items() if reason}
    assert report.files == 1 + sum(reason is None for _, reason in CONTENTS.values())
    with Memory.open(folder) as memory:
        assert [hit.symbol for hit in memory.symbol("crlf").hits] == ["crlf"]
        assert [hit.symbol for hit in memory.symbol("bom").hits] == ["bom"]
        assert memory.search("broken latin return").hits


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(["a.py", "b.js", "c.md", "d.go", "e.txt"]), st.binary(max_size=300), max_size=3))
def test_any_bytes_can_be_indexed(tmp_path: Path, files: dict[str, bytes]) -> None:
    """Whatever the files hold, each is indexed or passed over, and a search over them answers."""
    root = tmp_path / "any"
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir()
    for name, content in files.items():
        (root / name).write_bytes(content)
    with Memory.open(root) as memory:
        report = memory.index()
        assert report.files + sum(report.skipped.values()) == len(files)
        assert "failed" not in report.skipped
        assert memory.search("def class import a").query


def test_an_empty_folder_has_an_index(repo: MakeRepo) -> None:
    """Nothing to index is no error, and asking then finds nothing and says why, whatever is asked."""
    folder = repo("")
    report, skipped, found = index(folder)
    assert (report.files, report.lines, report.edges, skipped, found) == (0, 0, 0, {}, set())
    with Memory.open(folder) as memory:
        assert memory.search("where is it").reason == memory.symbol("qwertz").reason == "no file is indexed"


def test_a_repository_without_commits_has_an_index(repo: MakeRepo) -> None:
    """A fresh repository has files and no commit; the index lists nothing of its own."""
    folder = repo(f"#- good.py\n{FUNCTION}")
    git(folder, "init", "--quiet")
    report, skipped, found = index(folder)
    assert (report.files, skipped, found) == (1, {}, {"good.py"})
    with Memory.open(folder) as memory:
        assert memory.status().commit is None
    assert git(folder, "status", "--porcelain").splitlines() == ["?? good.py"]


def test_the_index_does_not_show_in_git(repo: MakeRepo) -> None:
    """After indexing a clean work tree is clean, and the commit is known."""
    folder = repo(f"#- good.py\n{FUNCTION}", git=True)
    index(folder)
    assert git(folder, "status", "--porcelain", "--ignored=no") == ""
    with Memory.open(folder) as memory:
        assert memory.status().commit == git(folder, "rev-parse", "HEAD").strip()


def test_a_root_must_be_a_folder(repo: MakeRepo) -> None:
    """A file is no root, and a root that went away cannot be indexed."""
    folder = repo(f"#- good.py\n{FUNCTION}")
    with pytest.raises(UsageError, match="not a folder"):
        Memory.open(folder / "good.py")
    with Memory.open(folder, home=folder.parent / "home") as memory:
        memory.index()
        shutil.rmtree(folder)
        with pytest.raises(StateError, match="not a folder"):
            memory.index()


def test_a_root_that_git_ignores_is_walked(repo: MakeRepo) -> None:
    """A root inside an ignored folder is what the person asked for: its files are indexed by its own rules."""
    folder = repo(
        f"#- .gitignore\nbuild/\n#- build/out/good.py\n{FUNCTION}#- build/out/.gitignore\nno.py\n#- build/out/no.py\nx\n",
        git=True,
    )
    _, _, found = index(folder / "build/out")
    assert found == {"good.py"}


def test_a_folder_inside_a_repository_is_a_root_of_its_own(repo: MakeRepo) -> None:
    """Paths are relative to the root that was given, not to the repository around it."""
    folder = repo(f"#- top.py\nx = 1\n#- inner/good.py\n{FUNCTION}", git=True)
    report, _, found = index(folder / "inner")
    assert (report.files, found) == (1, {"good.py"})


def test_work_trees_and_repositories_inside_are_indexed(repo: MakeRepo, tmp_path: Path) -> None:
    """A linked work tree is a root like any other; a submodule's files, and its submodules', belong to the outer root."""
    folder = repo(f"#- good.py\n{FUNCTION}", git=True)
    tree = tmp_path / "tree"
    git(folder, "worktree", "add", "--quiet", str(tree))
    assert index(tree)[2] == {"good.py"}
    inner, outer = repo(f"#- deep.py\n{FUNCTION}", git=True), repo("#- top.py\nx = 1\n", git=True)
    allow = ("-c", "protocol.file.allow=always")
    git(folder, *allow, "submodule", "--quiet", "add", str(inner), "parts/inner")
    git(folder, "commit", "--quiet", "--message", "more")
    git(outer, *allow, "submodule", "--quiet", "add", str(folder), "parts/shop")
    git(outer, *allow, "submodule", "--quiet", "update", "--init", "--recursive")
    assert index(outer)[2] == {"parts/shop/good.py", "parts/shop/parts/inner/deep.py"}


def test_a_hook_s_environment_does_not_mislead(repo: MakeRepo, monkeypatch: pytest.MonkeyPatch) -> None:
    """Called from a git hook of another repository, the root's own files are listed."""
    folder, other = repo(f"#- good.py\n{FUNCTION}", git=True), repo("#- other.py\nx = 1\n", git=True)
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other / ".git/index"))
    assert index(folder)[2] == {"good.py"}


def test_no_git_is_no_hindrance(repo: MakeRepo, tmp_path: Path) -> None:
    """Without git on the PATH a repository is walked as a folder, with its ignore rules."""
    folder = repo(f"#- good.py\n{FUNCTION}#- .gitignore\nno.py\n", git=True)
    (folder / "no.py").write_text(FUNCTION, encoding="utf-8")
    (tmp_path / "empty").mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "engrep", "index", str(folder)],
        env=cli_environment(PATH=str(tmp_path / "empty")),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    with Memory.open(folder) as memory:
        assert {hit.path for hit in memory.symbol("qwertz").hits} == {"good.py"}


def test_a_file_that_could_not_be_read_is_tried_again(repo: MakeRepo, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rights can change while a file stays as it is: unreadable files are read as soon as they can be."""
    folder = repo(f"#- good.py\n{FUNCTION}#- other.py\nx = 1\n")
    place = folder / "good.py"
    status = place.stat()
    place.rename(folder / "aside")
    place.mkdir()
    with Memory.open(folder) as memory:
        assert monkeypatch is not None
        memory.index()
        with memory._code.writing() as connection:
            row = ("good.py", "unreadable", status.st_size, status.st_mtime_ns)
            connection.execute("INSERT INTO skipped VALUES (?,?,?,?)", row)
        place.rmdir()
        (folder / "aside").rename(place)
        assert memory.index().skipped == {}
        assert {hit.path for hit in memory.symbol("qwertz").hits} == {"good.py"}
