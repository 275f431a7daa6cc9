"""Past commits of repositories of every kind: shallow, partial, linked, nested, damaged, rewritten, and of none."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from conftest import git
from past_commits import PAY, ask, commit, commits, shop_of, told

from engrep import Memory
from engrep.engine import git_history

if TYPE_CHECKING:
    from conftest import Cli, MakeRepo


@pytest.fixture
def shop(repo: MakeRepo) -> Path:
    """Give a repository in which attempts were raised for a reason."""
    return shop_of(repo)


def test_a_shallow_clone_has_what_it_has(shop: Path, tmp_path: Path) -> None:
    """The commit at its edge touched not all files, and what comes when it is deepened is read."""
    commit(shop, "Receipts burn", "#- other.py\nY = 2\n")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", "--depth=1", shop.as_uri(), str(clone))
    with Memory.open(clone) as memory:
        memory.index(jobs=1)
        (item,) = commits(memory.recall("why do receipts burn"))
        assert (item.title, item.files) == ("Receipts burn", ())
    git(clone, "fetch", "--quiet", "--unshallow")
    assert told(clone)


def test_work_trees_share_what_was_read(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A linked work tree reads nothing again, and sees what its own commit has behind it."""
    assert told(shop)
    git(shop, "worktree", "add", "--quiet", "--detach", str(shop.parent / "linked"), "HEAD~1")
    monkeypatch.setattr(git_history, "_read", None)
    assert told(shop.parent / "linked") == []
    assert told(shop)


def test_a_folder_of_a_repository_has_its_own_commits_alone(repo: MakeRepo) -> None:
    """Paths are relative to the root that was asked for, and commits that touched nothing in it are none of its."""
    root = repo("#- inner/a.py\nX = 1\n#- outer.py\nY = 1\n", git=True)
    commit(root, "Why the outer barrel leaks", "#- outer.py\nY = 2\n")
    commit(root, "Why the inner barrel leaks", "#- inner/a.py\nX = 2\n")
    with Memory.open(root / "inner") as memory:
        memory.index(jobs=1)
        assert [(item.title, item.files) for item in commits(memory.recall("why does a barrel leak"))] == [
            ("Why the inner barrel leaks", ("a.py",))
        ]


def test_a_submodule_has_its_own_history(shop: Path, tmp_path: Path) -> None:
    """Its .git is a file that leads elsewhere."""
    outer = tmp_path / "outer"
    outer.mkdir()
    git(outer, "init", "--quiet")
    git(outer, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(shop), "shop")
    assert told(outer / "shop") == ["Try a payment three times"]


@pytest.mark.parametrize("made", ["folder", "empty"])
def test_without_commits_there_is_nothing_to_tell(made: str, repo: MakeRepo, cli: Cli) -> None:
    """A plain folder and a repository without a commit are indexed as before."""
    root = repo(PAY.format(limit=1, attempts=1))
    if made == "empty":
        git(root, "init", "--quiet")
    ask(cli, root, "index")
    assert ask(cli, root, "recall", "why is a payment tried", "--only", "commit")["items"] == []
    assert ask(cli, root, "why", "charge")["items"] == []
    assert not (root / ".engrep" / "history.db").exists()


def test_a_person_s_settings_of_git_change_nothing(shop: Path) -> None:
    """What git is told to show, sign or rename by its settings is not what is read."""
    commit(shop, "Söme reason for receipts", "#- o.py\nX = 1\n")
    for name, value in {
        "log.showSignature": "true", "log.decorate": "full", "diff.renames": "copies", "color.ui": "always",
        "i18n.logOutputEncoding": "latin1", "log.diffMerges": "separate", "diff.relative": "true", "log.follow": "true",
    }.items():  # fmt: skip
        git(shop, "config", name, value)
    assert told(shop, "why receipts") == ["Söme reason for receipts"]


def test_a_damaged_file_is_read_anew(shop: Path) -> None:
    """Everything in it comes from git; a question asked before the next run does without."""
    assert told(shop)
    for path in (shop / ".engrep").glob("history.db*"):
        path.write_bytes(b"no database at all" * 100)
    with Memory.open(shop) as memory:
        assert commits(memory.recall("why is a payment tried three times")) == []
    git(shop, "commit", "--quiet", "--allow-empty", "--message", "more")
    assert told(shop) == ["Try a payment three times"]


def test_the_oldest_commits_are_left_out_where_there_are_too_many(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A history has a bound, and what was within it is there whatever is added."""
    monkeypatch.setattr(git_history, "MOST_COMMITS", 2)
    monkeypatch.setattr(git_history, "_SPARE", 0)
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2038-01-01T12:00:00Z")
    commit(shop, "Something else", "#- other.py\nY = 2\n")
    assert told(shop)
    for at in range(2):
        monkeypatch.setenv("GIT_COMMITTER_DATE", f"2038-01-0{at + 2}T12:00:00Z")
        commit(shop, f"One more {at}", f"#- other.py\nY = 3{at}\n")
        with Memory.open(shop) as memory:
            memory.index(jobs=1)
            with memory._past.database.reading() as connection:
                assert connection.execute("SELECT count(*) FROM git_commit").get == 2
    assert told(shop) == []


def test_a_history_that_git_cannot_tell_whole_is_tried_again(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of it is kept, and the index run goes on."""
    with monkeypatch.context() as patch:
        patch.setattr(git_history, "_LOG", ("log", "--no-such-option"))
        assert told(shop) == []
    assert told(shop) == ["Try a payment three times"]


def test_reading_a_partial_clone_fetches_nothing(shop: Path, tmp_path: Path) -> None:
    """Where contents are left out of a clone, the history is read from what is there."""
    git(shop, "config", "uploadpack.allowFilter", "true")
    (shop / "pay.py").rename(shop / "cards.py")
    commit(shop, "Move it")
    clone = tmp_path / "partial"
    git(tmp_path, "clone", "--quiet", "--filter=blob:none", shop.as_uri(), str(clone))
    before = sorted(path.name for path in (clone / ".git" / "objects").rglob("*.pack"))
    assert told(clone) == ["Try a payment three times"]
    assert sorted(path.name for path in (clone / ".git" / "objects").rglob("*.pack")) == before
