"""Sessions of other programs are taken in once, whole, without secrets, and only those of this project."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from archived_project import claude_file, counts, found, kept, opened, project_in
from histories import Claude, write_lines

from engrep import Memory


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Make a project, and histories beside it."""
    return project_in(tmp_path)


@pytest.fixture
def memory(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Memory]:
    """Open the memory of the project, with all histories in the test's own folder."""
    with opened(root, tmp_path, monkeypatch) as memory:
        yield memory


def test_a_session_of_claude_code(memory: Memory, root: Path, tmp_path: Path) -> None:
    """What was said and done is kept in order; what nobody said is not."""
    told = Claude(root / "sub", branch="retries")
    told.user("We use pnpm, never npm.<system-reminder>Be brief.</system-reminder>")
    told.assistant("Understood.")
    told.call("Bash", {"command": "pnpm test", "description": "Run the tests"})
    told.result([{"type": "text", "text": "1 failed"}, {"type": "image", "source": {"data": "AAAA"}}], failed=True)
    told.call("Edit", {"file_path": "/x/retry.py", "old_string": "4", "new_string": "5"}, "t2")
    told.result("done", "t2")
    told.user("a hint for the model", isMeta=True)
    told.user("the work of a helper", isSidechain=True)
    told.user("This session is continued", isCompactSummary=True)
    write_lines(claude_file(tmp_path), told.lines)
    done = memory.import_history("claude")
    assert (counts(done), done.turns, done.problems) == ((1, 0, 0, 0), 6, ())
    assert kept(memory, "5e55-1") == [
        ("user", "We use pnpm, never npm."),
        ("assistant", "Understood."),
        ("call", "pnpm test"),
        ("error", "1 failed"),
        ("call", "file_path: /x/retry.py\nold_string: 4\nnew_string: 5"),
        ("result", "done"),
    ]
    assert done.left_out == {"data": 1, "injected": 1, "meta": 1, "sidechain": 1, "summary": 1, "thinking": 1}
    page = memory.session("5e55")
    assert [(turn.tool, turn.path) for turn in page.turns[2:]] == [
        ("Bash", ""), ("Bash", ""), ("Edit", "/x/retry.py"), ("Edit", "/x/retry.py"),
    ]  # fmt: skip
    assert (page.session.title, page.session.branch, page.session.started_at) == (
        "We use pnpm, never npm.", "retries", "2026-01-31T12:00:00Z",
    )  # fmt: skip


def test_again_takes_nothing_twice(memory: Memory, root: Path, tmp_path: Path) -> None:
    """A second import changes nothing; a session that grew is read on; a cut-off last line waits until it is whole."""
    told = Claude(root)
    told.user("One.")
    path = write_lines(claude_file(tmp_path), told.lines, more='{"type":"user","uuid":"u9","sess')
    assert counts(memory.import_history("claude")) == (1, 0, 0, 0)
    assert counts(memory.import_history("claude")) == (0, 0, 0, 1)
    told.add("system", "a note between", subtype="turn_duration")
    told.assistant("Two.")
    write_lines(path, told.lines)
    done = memory.import_history("claude")
    assert (counts(done), done.turns) == ((0, 1, 0, 0), 1)
    told.user("Three.")
    write_lines(path, told.lines)
    assert counts(memory.import_history("claude")) == (0, 1, 0, 0)
    assert kept(memory, "5e55-1") == [("user", "One."), ("assistant", "Two."), ("user", "Three.")]
    assert [turn.number for turn in memory.session("5e55-1").turns] == [1, 2, 3]


def test_a_rewritten_file_is_read_anew(memory: Memory, root: Path, tmp_path: Path) -> None:
    """What a rewritten file says takes the place of what was there; nothing of the old is found any more."""
    told = Claude(root)
    told.user("Use tabs everywhere.")
    path = write_lines(claude_file(tmp_path), told.lines)
    memory.import_history("claude")
    again = Claude(root)
    again.user("Use spaces everywhere, as the guide says.")
    write_lines(path, again.lines)
    assert counts(memory.import_history("claude")) == (0, 0, 1, 0)
    assert kept(memory, "5e55-1") == [("user", "Use spaces everywhere, as the guide says.")]
    assert found(memory, "tabs") == []
    assert memory.sessions()[0].rereads == 1


@pytest.mark.parametrize("import_between", [False, True])
def test_what_was_taken_back_is_not_kept(memory: Memory, root: Path, tmp_path: Path, import_between: bool) -> None:
    """Of a conversation that the person went back in, only the way that was gone on is kept."""
    told = Claude(root)
    first = told.user("Which database?")
    told.assistant("MySQL.")
    told.user("Wrong turn.")
    path = write_lines(claude_file(tmp_path), told.lines)
    if import_between:
        memory.import_history("claude")
    told.assistant("PostgreSQL.", parent=first)
    write_lines(path, told.lines)
    memory.import_history("claude")
    assert kept(memory, "5e55-1") == [("user", "Which database?"), ("assistant", "PostgreSQL.")]


@pytest.mark.parametrize("order", [("t1", "t2"), ("t2", "t1")])
def test_tools_used_at_once_are_all_kept(memory: Memory, root: Path, tmp_path: Path, order: tuple[str, str]) -> None:
    """Results that hang side by side in the tree belong to the conversation, in whichever order they came."""
    told = Claude(root)
    told.user("Look at both.")
    asked = {
        "t1": told.call("Read", {"path": "a.py"}, "t1", message={"id": "m1"}),
        "t2": told.call("Read", {"path": "b.py"}, "t2", message={"id": "m1"}),
    }
    for number in order:
        told.result(f"result of {number}", number, parent=asked[number])
    told.assistant("Both are fine.")
    write_lines(claude_file(tmp_path), told.lines)
    memory.import_history("claude")
    assert [text for role, text in kept(memory, "5e55-1") if role == "result"] == [f"result of {n}" for n in order]


def test_what_was_said_before_a_compaction_is_kept(memory: Memory, root: Path, tmp_path: Path) -> None:
    """The line that a program draws when its context is full does not end the conversation."""
    told = Claude(root)
    told.user("Before.")
    told.add("system", "", subtype="compact_boundary", logicalParentUuid="u0")
    told.lines[-1]["parentUuid"] = None
    told.user("A summary of what was said.", isCompactSummary=True)
    told.user("After.")
    write_lines(claude_file(tmp_path), told.lines)
    memory.import_history("claude")
    assert kept(memory, "5e55-1") == [("user", "Before."), ("user", "After.")]


def test_sessions_of_other_projects_are_left_alone(memory: Memory, root: Path, tmp_path: Path) -> None:
    """Neither a neighbour nor a repository inside the folder is this project; a file that is named itself is taken."""
    (root / "vendor" / ".git").mkdir(parents=True)
    for name, folder in (("n1", tmp_path / "project2"), ("n2", root / "vendor"), ("n3", tmp_path)):
        told = Claude(folder, name)
        told.user(f"Said in {folder.name}.")
        write_lines(claude_file(tmp_path, name), told.lines)
    done = memory.import_history("claude")
    assert (counts(done), done.sessions_elsewhere) == ((0, 0, 0, 0), 3)
    assert memory.sessions() == ()
    memory.import_history(str(claude_file(tmp_path, "n1")))
    assert [session.id for session in memory.sessions()] == ["n1"]


def test_a_linked_work_tree_is_this_project(repo_with_tree: tuple[Path, Path], tmp_path: Path) -> None:
    """What was said in a work tree of the repository belongs to it."""
    main, tree = repo_with_tree
    told = Claude(tree)
    told.user("Said in the work tree.")
    write_lines(tmp_path / "all" / "5e55-1.jsonl", told.lines)
    with Memory.open(main, home=tmp_path / "home") as memory:
        assert counts(memory.import_history(str(tmp_path / "all"))) == (1, 0, 0, 0)


@pytest.fixture
def repo_with_tree(tmp_path: Path) -> tuple[Path, Path]:
    """Make a repository with a linked work tree beside it."""
    from conftest import commit_all, git, write_files

    main, tree = write_files(tmp_path / "main", "#- a.py\na = 1\n"), tmp_path / "tree"
    commit_all(main)
    git(main, "worktree", "add", "--quiet", str(tree))
    return main.resolve(), tree.resolve()


def test_what_is_long_loses_its_middle(memory: Memory, root: Path, tmp_path: Path) -> None:
    """Of a tool's long output both ends are kept and the middle is counted; data is not kept at all."""
    told = Claude(root)
    told.user(f"See data:image/png;base64,{'iVBORw0KGgo' * 40} please.")
    told.call("Bash", {"command": "make"})
    told.result("\n".join(f"line {number}" for number in range(20_000)))
    told.call("Bash", {"command": "cat logo"}, "t2")
    told.result("\x00\x01\x02PNG" * 100, "t2")
    write_lines(claude_file(tmp_path), told.lines)
    memory.import_history("claude")
    turns = [text for _, text in kept(memory, "5e55-1")]
    assert turns[0] == "See [data left out: image/png] please."
    assert turns[2].startswith("line 0\n")
    assert turns[2].endswith("line 19999")
    assert "characters left out …]" in turns[2]
    assert len(turns[2]) < 5000
    assert turns[4] == "[binary left out: 600 characters]"


def test_no_secret_reaches_the_disk(memory: Memory, root: Path, tmp_path: Path) -> None:
    """Tokens, private passages and files of secrets are nowhere: not in texts, titles, terms or the log of the database."""
    token, hidden, setting = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6", "zanzibar", "flamingo"
    told = Claude(root)
    told.user(f"Deploy with {token} <private>my {hidden}</private>")
    told.call("Bash", {"command": f"curl -H 'Authorization: Bearer {token}' x"})
    told.result(("x" * 40 + "\n") * 72 + f"echo {token}\n" + ("y" * 40 + "\n") * 200)
    told.call("Read", {"file_path": f"{root}/.env"}, "t2")
    told.result(f"     1→NAME={setting}", "t2")
    told.call("Bash", {"command": "cat .env.local && ls"}, "t3")
    told.result(f"NAME={setting}", "t3")
    write_lines(claude_file(tmp_path), told.lines)
    done = memory.import_history("claude")
    assert done.redacted >= 4
    assert done.left_out["denied"] == 3
    for path in (each for each in (tmp_path / "home").rglob("*") if each.is_file()):
        data = path.read_bytes().lower()
        assert not [secret for secret in (token, hidden, setting) if secret.lower().encode() in data], path
    texts = " ".join(text for _, text in kept(memory, "5e55-1"))
    assert not [secret for secret in (token, hidden, setting) if secret in texts]


def test_our_own_answers_are_not_taken_up_again(memory: Memory, root: Path, tmp_path: Path) -> None:
    """What engrep told a session is no news from it."""
    told = Claude(root)
    told.user("<engrep>remembered: use pnpm</engrep>Go on.")
    told.call("mcp__engrep__recall", {"query": "package manager"})
    told.result("We use pnpm.")
    told.call("Bash", {"command": "engrep recall 'package manager'"}, "t2")
    told.result("We use pnpm.", "t2")
    write_lines(claude_file(tmp_path), told.lines)
    done = memory.import_history("claude")
    assert kept(memory, "5e55-1") == [("user", "Go on.")]
    assert done.left_out == {"injected": 1, "own": 4}


def test_turns_are_found_by_their_words(memory: Memory, root: Path, tmp_path: Path) -> None:
    """Inflections, parts of identifiers and Chinese words find what was said; the best match comes first."""
    told = Claude(root)
    told.user("我们修复了权限死锁问题")
    told.assistant("The databases are called by getUserName in the pool.")
    told.user("Unrelated words about the weather, the pool and the sea.")
    write_lines(claude_file(tmp_path), told.lines)
    memory.import_history("claude")
    assert [turn.number for turn in found(memory, "死锁")] == [1]
    assert [turn.number for turn in found(memory, "database")] == [2]
    assert [turn.number for turn in found(memory, "user name")] == [2]
    assert [turn.number for turn in found(memory, "database pool")] == [2, 3]
    assert found(memory, "nowhere") == []
