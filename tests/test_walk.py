"""Which files are walked: git's own list where there is git, and the same one where there is none."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from conftest import MakeRepo, git, write_files
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from engrep.indexers.walk import FoundFile, walk

NESTED_RULES = """
    #- .gitignore
    *.log.py
    /build/
    !important.log.py
    # a comment
    docs/**/draft.md
    #- a.py
    #- a.log.py
    #- important.log.py
    #- build/out.py
    #- src/build/kept.py
    #- src/.gitignore
    generated_*
    !generated_kept.py
    !b.log.py
    #- src/generated_x.py
    #- src/generated_kept.py
    #- src/b.log.py
    #- src/deep/c.log.py
    #- src/deep/.gitignore
    !c.log.py
    local/
    #- src/deep/local/d.py
    #- docs/draft.md
    #- docs/guide/draft.md
    #- docs/guide/final.md
"""
KEPT = {
    ".gitignore", "a.py", "important.log.py", "src/build/kept.py", "src/.gitignore", "src/generated_kept.py", "src/b.log.py",
    "src/deep/c.log.py", "src/deep/.gitignore", "docs/guide/final.md",
}  # fmt: skip


def found(root: Path) -> set[str]:
    """Return the files to index."""
    return {file.path for file in walk(root) if isinstance(file, FoundFile)}


def passed_over(root: Path) -> dict[str, str]:
    """Return the files that are left out, with the reasons."""
    return {file.path: file.reason for file in walk(root) if not isinstance(file, FoundFile)}


def listed_by_git(root: Path) -> set[str]:
    """Return what git lists as tracked, or untracked and not ignored."""
    listed = git(root, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    return set(filter(None, listed.split("\0")))


def check_same_as_git(root: Path) -> set[str]:
    """Check that the walk gives git's files, and still does when the repository is gone; give those to index."""
    git(root, "init", "--quiet")
    with_git = found(root)
    assert with_git.isdisjoint(passed_over(root))
    assert with_git | passed_over(root).keys() == listed_by_git(root)
    shutil.rmtree(root / ".git")
    assert found(root) == with_git
    return with_git


def test_nested_ignore_rules_are_followed(repo: MakeRepo) -> None:
    """Rules of nested folders, anchors, negations and `**` leave out what git leaves out."""
    kept = check_same_as_git(repo(NESTED_RULES))
    assert kept == KEPT - {"docs/draft.md"}


def test_tracked_files_stay_though_ignored(repo: MakeRepo) -> None:
    """A file that was committed before a rule ignored it is still walked, a removed one is passed over."""
    root = repo("#- kept.py\n#- gone.py\n#- other.py\n", git=True)
    write_files(root, "#- .gitignore\n*.py\n")
    write_files(root, "#- new.py\n")
    (root / "gone.py").unlink()
    assert found(root) == {".gitignore", "kept.py", "other.py"}
    assert passed_over(root) == {"gone.py": "missing"}


def test_the_repository_s_own_excludes_count(repo: MakeRepo) -> None:
    """What `.git/info/exclude` names is left out."""
    root = repo("#- a.py\n#- mine.py\n", git=True)
    git(root, "rm", "--quiet", "--cached", "mine.py")
    (root / ".git" / "info").mkdir(exist_ok=True)
    (root / ".git" / "info" / "exclude").write_text("mine.py\n", encoding="utf-8")
    assert found(root) == {"a.py"}


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("logo.png", "binary"), ("LOGO.PNG", "binary"), ("app.min.js", "generated"), ("api_pb2.py", "generated"),
        ("package-lock.json", "generated"), ("Cargo.lock", "generated"), ("table.csv", "data"), ("large.py", "too_large"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("with_git", [True, False])
def test_what_is_left_out_has_a_reason(with_git: bool, name: str, reason: str, repo: MakeRepo) -> None:
    """Binary, generated, data and large files are passed over by name and size, and the reason is given."""
    root = repo("#- sub/a.py\nx = 1\n", git=with_git)
    (root / "sub" / name).write_bytes(b"x = 1\n" * 10)
    (root / "sub" / "large.py").write_bytes(b"x = 1\n" * 200_000)
    assert passed_over(root)[f"sub/{name}"] == reason
    assert found(root) == {"sub/a.py"}


def test_the_limit_of_size_can_be_moved(repo: MakeRepo) -> None:
    """A file as large as the limit is walked, one byte more is too large."""
    root = repo("")
    (root / "a.py").write_bytes(b"#" * 100)
    assert [type(file) is FoundFile for limit in (99, 100) for file in walk(root, max_bytes=limit)] == [False, True]


def test_files_come_sorted_with_their_stat(repo: MakeRepo) -> None:
    """The order is that of the paths, and size and time are those on disk."""
    root = repo("#- b.py\nx = 1\n#- a/z.py\n#- a.py\n#- c/d/e.py\n", git=True)
    files = [file for file in walk(root) if isinstance(file, FoundFile)]
    assert [file.path for file in files] == sorted(file.path for file in files)
    status = (root / "b.py").stat()
    assert FoundFile("b.py", status.st_size, status.st_mtime_ns) in files


def test_other_people_s_folders_are_left_out_without_git(repo: MakeRepo) -> None:
    """Where no ignore file speaks, dependencies, caches and our own folder are no source."""
    root = repo("#- a.py\n#- node_modules/x/i.js\n#- .venv/lib/y.py\n#- pkg/__pycache__/z.py\n#- .engrep/note.py\n")
    assert found(root) == {"a.py"}


@pytest.mark.parametrize(
    "rule", ["/", "//", "!/", "!", "\\", "b.log\\", "[", "b.[l-", "[z-a].log", "[[:nonsense:]].log"]
)
def test_a_rule_that_says_nothing_is_no_error(rule: str, repo: MakeRepo) -> None:
    """A rule without a pattern leaves out nothing, as in git."""
    root = repo("#- a.py\n#- b.log\n")
    write(root / ".gitignore", f"{rule}\n*.md\n")
    write(root / "c.md", "text\n")
    check_same_as_git(root)


@pytest.mark.parametrize(
    ("rules", "path"),
    [
        ("*.log.py\n!/b", "b/c.log.py"),
        ("b/\n!b", "b/c.py"),
        ("a/**\n!b*", "a/b.py"),
        ("*/\n!b*", "b/a/c.py"),
    ],
)
def test_a_negation_speaks_of_what_it_names(rules: str, path: str, repo: MakeRepo) -> None:
    """A negation lets in what bears the name, not everything below it, and a folder only if it was left out itself."""
    check_same_as_git(repo(f"#- .gitignore\n{rules}\n#- {path}\nx = 1\n"))


def test_a_rule_of_many_stars_does_not_hold_the_walk_up(repo: MakeRepo) -> None:
    """Trying every place for every star would take longer than anybody lives."""
    stars, folders = "*a" * 24 + "b", "**/a/" * 12 + "b"
    root = repo(f"#- {'a' * 120}.py\n#- {'a/' * 40}c.py\n")
    write(root / ".gitignore", f"{stars}\n{folders}\n*.md\n")
    assert len(found(root)) == 3  # with the ignore file


@contextlib.contextmanager
def common_user(root: Path) -> Iterator[None]:
    """Give a tree to a user whom permissions hold, and be that user; root is not held by any."""
    if os.geteuid() != 0:
        yield
        return
    nobody = 65534
    for path in (root, *root.rglob("*")):
        os.chown(path, nobody, nobody)
    os.setegid(nobody)
    os.seteuid(nobody)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)


@pytest.mark.skipif(os.name == "nt", reason="modes mean something else there")
@pytest.mark.parametrize("with_git", [True, False])
@pytest.mark.parametrize("inside", ["", "sub"])
def test_a_folder_that_cannot_be_entered_is_named(inside: str, with_git: bool) -> None:
    """What lies in an unreadable folder is not silently left out, wherever in a repository the root is."""
    with TemporaryDirectory() as folder:
        root = write_files(Path(folder), "#- sub/a.py\nx = 1\n#- sub/deep/locked/b.py\nx = 1\n")
        if with_git:
            git(root, "init", "--quiet")
        locked = root / "sub/deep/locked"
        with common_user(root):
            locked.chmod(0)
            passed, kept = passed_over(root / inside), found(root / inside)
            locked.chmod(0o755)
    before = "" if inside else "sub/"
    assert passed == {f"{before}deep/locked": "unreadable_folder"}
    assert kept == {f"{before}a.py"}


@pytest.mark.skipif(os.name == "nt", reason="modes mean something else there")
def test_a_root_that_cannot_be_listed_is_named() -> None:
    """An unreadable root is not taken for an empty one."""
    with TemporaryDirectory() as folder:
        root = write_files(Path(folder) / "tree", "#- a.py\nx = 1\n")
        with common_user(Path(folder)):
            root.chmod(0)
            passed = passed_over(root)
            root.chmod(0o755)
    assert passed == {".": "unreadable_folder"}


FOLDERS = st.lists(st.sampled_from(["a", "b", "build", "x.py"]), max_size=3)
FILES = st.sampled_from(["a", "b", "a.py", "b.py", "c.md", "x y.py", "é.py"])
PATHS = st.builds(lambda folders, name: "/".join([*folders, name]), FOLDERS, FILES)
RULES = st.sampled_from(
    [
        "*.py", "!a.py", "/a.py", "build", "build/", "/build", "a/", "a/*", "**/b.py", "**/a/*", "b*", "*/b.py", "a/**/b.py", "\\#",
        "a/b.py", "[ab].py", "?.md", "# a.py", "*/", "!b.py", "/*", "!c.md", "x y.py", "*.md ", "é.py", "", "!a/b.py", "x.py/", "!b*", "!b", "!a/", "!/b", "a/**", "**/", "**", "[!a].py", "[^a-c].md", "[[:alpha:]].py",
        "a/**/**/b.py", "a**.py", "**/a/**", "\\!a.py", "a.py\\ ", "*\\.py", "[]a].py", "!**/b.py", "a[/]b.py", "b?", "!*/", "*.*y*", "**/a/**/b/**",
    ]
)  # fmt: skip
IGNORE_FILES = st.dictionaries(
    st.lists(st.sampled_from("ab"), max_size=2).map("/".join), st.lists(RULES, max_size=4), max_size=3
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sets(PATHS, min_size=1, max_size=12), IGNORE_FILES)
@example({"a/b.py", "a/a.py"}, {"": ["a/*", "!a/b.py"]})
@example({"a/b.py"}, {"": ["a/"], "a": ["!b.py"]})
def test_any_tree_is_walked_as_git_lists_it(paths: set[str], ignore_files: dict[str, list[str]]) -> None:
    """For small random trees and rules the walk agrees with git, with a repository and without."""
    with TemporaryDirectory() as folder:
        root = Path(folder)
        for path in sorted(paths):
            write(root / path, "x = 1\n")
        for where, rules in ignore_files.items():
            write(root / where / ".gitignore", "\n".join(rules) + "\n")
        check_same_as_git(root)


def write(path: Path, text: str) -> None:
    """Write a file unless a file stands where one of its folders, or a folder where it should be."""
    if not path.is_dir() and not any(parent.is_file() for parent in path.parents):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
