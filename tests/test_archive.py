"""Sessions of other programs are taken in once, whole, without secrets, and only those of this project."""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from histories import Claude, Mimo, codex_lines, write_lines

from engrep import Memory, NotFoundError, UsageError
from engrep.engine.store_archive import turn_matches, turns_by_row
from engrep.indexers.text import terms

if TYPE_CHECKING:
    from conftest import Cli

    from engrep.engine.memory_types import Turn
    from engrep.engine.report_types import Archived


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Make a project, and histories beside it."""
    folder = tmp_path / "project"
    (folder / "sub").mkdir(parents=True)
    return folder


@pytest.fixture
def memory(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Memory]:
    """Open the memory of the project, with all histories in the test's own folder."""
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(tmp_path / "claude"))
    monkeypatch.setenv("CODEX_HOME", str(tmp_path / "codex"))
    monkeypatch.setenv("MIMOCODE_HOME", str(tmp_path / "mimo"))
    monkeypatch.delenv("MIMOCODE_DB", raising=False)
    with Memory.open(root, home=tmp_path / "home") as opened:
        yield opened


def claude_file(tmp_path: Path, name: str = "5e55-1") -> Path:
    """Give the place of a session of Claude Code's."""
    return tmp_path / "claude" / "projects" / "-project" / f"{name}.jsonl"


def kept(memory: Memory, session_id: str) -> list[tuple[str, str]]:
    """Give who said what in a session."""
    return [(turn.role, turn.text) for turn in memory.session(session_id, limit=1000).turns]


def found(memory: Memory, question: str) -> list[Turn]:
    """Give the turns that a question finds, best first."""
    with memory._project.reading() as connection:
        rows = [row for row, _ in turn_matches(connection, terms(question), 10)]
        by_row = turns_by_row(connection, rows)
    return [by_row[row] for row in rows]


def counts(done: Archived) -> tuple[int, int, int, int]:
    """Give how many sessions were new, grown, read anew and unchanged."""
    return done.sessions_new, done.sessions_grown, done.sessions_reread, done.sessions_unchanged


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


def test_a_session_of_codex(memory: Memory, root: Path, tmp_path: Path) -> None:
    """Prompts, calls and their outcome are kept; instructions, context, events and what is unheard of are not."""
    path = tmp_path / "codex" / "sessions" / "2026" / "01" / "31" / "rollout-2026-01-31-c0de.jsonl"
    write_lines(path, codex_lines(root))
    side = codex_lines(root, "c0de-2")
    side[0]["payload"]["source"] = {"subagent": {"thread_spawn": {}}}
    write_lines(path.with_name("rollout-side.jsonl"), side)
    done = memory.import_history("codex")
    assert counts(done) == (1, 0, 0, 0)
    assert [
        (turn.role, turn.tool, turn.path, turn.text.splitlines()[0]) for turn in memory.session("c0de-1").turns
    ] == [
        ("user", "", "", "Why does the build fail?"),
        ("call", "shell", "", "make build"),
        ("error", "shell", "", "missing header"),
        ("call", "apply_patch", "src/io.c", "input: *** Begin Patch"),
        ("result", "apply_patch", "src/io.c", "Exit code: 0"),
        ("assistant", "", "", "The header was missing."),
    ]
    assert memory.sessions()[0].branch == "fix"
    assert counts(memory.import_history("codex")) == (0, 0, 0, 1)


def test_older_rollouts_have_no_envelope(memory: Memory, root: Path, tmp_path: Path) -> None:
    """Items without an envelope are read the same; the folder stands in the context then."""
    lines = codex_lines(root)
    items = [{**line["payload"], "timestamp": line["timestamp"]} for line in lines if line["type"] == "response_item"]
    items[1]["content"][0]["text"] = f"<environment_context>\n<cwd>{root}</cwd>\n</environment_context>"
    head = {"id": "0ld", "timestamp": "2025-06-01T00:00:00Z", "instructions": None}
    write_lines(tmp_path / "codex" / "sessions" / "rollout-old.jsonl", [head, {"record_type": "state"}, *items])
    memory.import_history("codex")
    assert [role for role, _ in kept(memory, "0ld")] == ["user", "call", "error", "call", "result", "assistant"]


@pytest.mark.parametrize("in_use", [False, True])
def test_a_session_of_mimo_code(memory: Memory, root: Path, tmp_path: Path, in_use: bool) -> None:
    """Messages are read from the database, on from the last; nothing is written beside it, in use or not."""
    path = tmp_path / "mimo" / "mimocode.db"
    told = Mimo(path)
    if in_use:
        told.connection.execute("PRAGMA journal_mode = WAL")
    told.session("ses_1", root)
    told.session("ses_2", root, parent="ses_1")
    told.session("ses_3", tmp_path)
    told.message(
        "ses_1", "user", {"type": "text", "text": "为什么死锁?"}, {"type": "text", "text": "x", "synthetic": True}
    )
    state = {"status": "error", "input": {"command": "pytest"}, "error": "1 failed", "time": {"start": 1, "end": 2}}
    told.message("ses_1", "assistant", {"type": "tool", "callID": "k", "tool": "bash", "state": state})
    told.message("ses_1", "assistant", {"type": "text", "text": "half"}, done=False)
    before = sorted(each.name for each in path.parent.iterdir())
    done = memory.import_history("mimo")
    assert (counts(done), done.sessions_elsewhere, done.problems) == ((1, 0, 0, 0), 1, ())
    assert kept(memory, "ses_1") == [("user", "为什么死锁?"), ("call", "pytest"), ("error", "1 failed")]
    assert counts(memory.import_history("mimo")) == (0, 0, 0, 1)
    finished = json.dumps({"role": "assistant", "time": {"created": 1_770_000_003_000, "completed": 1}})
    told.connection.execute("UPDATE message SET data = ? WHERE id = 'msg_0003'", (finished,))
    told.connection.commit()
    assert counts(memory.import_history("mimo")) == (0, 1, 0, 0)
    assert kept(memory, "ses_1")[3:] == [("assistant", "half")]
    told.connection.execute("DELETE FROM message WHERE id != 'msg_0001'")
    told.connection.commit()
    assert counts(memory.import_history("mimo")) == (0, 0, 1, 0)
    assert kept(memory, "ses_1") == [("user", "为什么死锁?")]
    assert sorted(each.name for each in path.parent.iterdir()) == before
    told.connection.close()


def test_plain_files_of_a_folder(memory: Memory, tmp_path: Path) -> None:
    """JSONL with a turn a line, JSON with whole conversations, and Markdown by its speakers, each once."""
    folder = tmp_path / "notes"
    write_lines(folder / "turns.jsonl", [{"role": "human", "content": "Ask."}, {"role": "ai", "text": "Answer."}])
    sessions = [
        {
            "sessionId": f"S{n}",
            "metadata": {"date": "2025-01-15"},
            "messages": [{"role": "user", "content": f"Fact {n}."}],
        }
        for n in (1, 2)
    ]
    (folder / "all.json").write_text(json.dumps(sessions), encoding="utf-8")
    text = "# Talk\n\n## User\n\nWhy?\n\n```\nUser: no speaker\n```\n\n**Assistant:** Because.\n\n用户：为什么\n"
    (folder / "talk.md").write_text(text, encoding="utf-8")
    (folder / "other.jsonl").write_text('{"x": 1}\nnonsense\n', encoding="utf-8")
    note = folder / "note.md"
    note.write_text("# Rules\n\nUser tables are never dropped.\n\n# More\n\nNo.\n", encoding="utf-8")
    done = memory.import_history(str(folder))
    assert (counts(done), done.left_out) == ((4, 0, 0, 0), {"unknown format": 2})
    said = {session.source.rpartition("/")[2]: kept(memory, session.id) for session in memory.sessions()}
    assert said["turns.jsonl"] == [("user", "Ask."), ("assistant", "Answer.")]
    assert said["talk.md"] == [
        ("user", "Why?\n\n```\nUser: no speaker\n```"), ("assistant", "Because."), ("user", "为什么"),
    ]  # fmt: skip
    assert [session.started_at for session in memory.sessions()][:2] == ["2025-01-15T00:00:00Z"] * 2
    assert counts(memory.import_history(str(folder))) == (0, 0, 0, 4)
    memory.import_history(str(note))
    (written,) = [session for session in memory.sessions() if session.source == str(note)]
    assert kept(memory, written.id) == [
        ("user", "# Rules\n\nUser tables are never dropped."),
        ("user", "# More\n\nNo."),
    ]


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


def test_a_dry_run_writes_nothing(memory: Memory, root: Path, tmp_path: Path) -> None:
    """It tells what would be taken, and there is not even a database afterwards."""
    told = Claude(root)
    told.user("One.")
    write_lines(claude_file(tmp_path), told.lines)
    done = memory.import_history("claude", dry_run=True)
    assert (counts(done), done.turns) == ((1, 0, 0, 0), 1)
    assert not list((tmp_path / "home").rglob("memory.db"))


def turns_on_disk(home: Path) -> int:
    """Count the turns in the only database, as another process sees them; 0 while there is none."""
    for path in home.rglob("memory.db"):
        connection = sqlite3.connect(path)
        try:
            return int(connection.execute("SELECT count(*) FROM turn").fetchone()[0])
        except sqlite3.OperationalError:
            return 0
        finally:
            connection.close()
    return 0


def test_a_killed_import_repeats_nothing_and_loses_nothing(cli: Cli, root: Path, tmp_path: Path) -> None:
    """However often an import is killed, in the end every turn is there once, in order."""
    import subprocess
    import sys

    from conftest import cli_environment

    told = Claude(root)
    for number in range(6000):
        told.user(f"Turn {number} says {'something ' * 20}")
    write_lines(claude_file(tmp_path), told.lines)
    environment = cli_environment(ENGREP_HOME=str(tmp_path / "home"), CLAUDE_CONFIG_DIR=str(tmp_path / "claude"))
    partial = 0
    for _ in range(4):
        process = subprocess.Popen(
            [sys.executable, "-m", "engrep", "import", "claude"], cwd=root, env=environment, stdout=subprocess.DEVNULL
        )
        before = count = turns_on_disk(tmp_path / "home")
        while count == before and process.poll() is None:
            time.sleep(0.005)
            count = turns_on_disk(tmp_path / "home")
        process.kill()
        process.wait()
        partial += 0 < turns_on_disk(tmp_path / "home") < 6000
    assert partial
    done = cli(
        "import",
        "claude",
        "--json",
        cwd=root,
        ENGREP_HOME=str(tmp_path / "home"),
        CLAUDE_CONFIG_DIR=str(tmp_path / "claude"),
    )
    assert done.returncode == 0
    with Memory.open(root, home=tmp_path / "home") as memory:
        texts = [text.split()[1] for text in (turn.text for turn in memory.session("5e55-1", limit=9999).turns)]
        assert texts == [str(number) for number in range(6000)]
        assert len(found(memory, "5999")) == 1


def test_two_imports_at_once_double_nothing(root: Path, tmp_path: Path) -> None:
    """Two processes that take in the same history leave each turn there once."""
    import subprocess
    import sys

    from conftest import cli_environment

    told = Claude(root)
    for number in range(3000):
        told.user(f"Turn {number}.")
    write_lines(claude_file(tmp_path), told.lines)
    environment = cli_environment(ENGREP_HOME=str(tmp_path / "home"), CLAUDE_CONFIG_DIR=str(tmp_path / "claude"))
    command = [sys.executable, "-m", "engrep", "import", "claude", "--json"]
    both = [subprocess.Popen(command, cwd=root, env=environment, stdout=subprocess.DEVNULL) for _ in range(3)]
    assert [process.wait() for process in both] == [0, 0, 0]
    (path,) = (tmp_path / "home").rglob("memory.db")
    connection = sqlite3.connect(path)
    rows = connection.execute("SELECT count(*), count(DISTINCT number), max(number) FROM turn").fetchone()
    connection.close()
    assert rows == (3000, 3000, 3000)


def test_the_command_line(cli: Cli, root: Path, tmp_path: Path) -> None:
    """`import` and `sessions` give data and lines; what is not there is said so."""
    told = Claude(root)
    for number in range(3):
        told.user(f"Turn {number}.")
    path = write_lines(claude_file(tmp_path), told.lines)
    settings = {"ENGREP_HOME": str(tmp_path / "home"), "CLAUDE_CONFIG_DIR": str(tmp_path / "claude")}
    assert cli("sessions", cwd=root, **settings).returncode == 1
    done = json.loads(cli("import", "claude", "--json", cwd=root, **settings).stdout)
    assert (done["sessions_new"], done["turns"]) == (1, 3)
    listed = json.loads(cli("sessions", "--json", cwd=root, **settings).stdout)
    assert [(each["id"], each["title"], each["turns"]) for each in listed["sessions"]] == [("5e55-1", "Turn 0.", 3)]
    page = json.loads(cli("sessions", "5e55", "--limit", "2", "--json", cwd=root, **settings).stdout)
    assert ([turn["text"] for turn in page["turns"]], page["next_after"]) == (["Turn 0.", "Turn 1."], 2)
    assert "--after 2" in cli("sessions", "5e55", "-k", "2", cwd=root, **settings).stdout
    assert cli("import", str(path), cwd=root, **settings).returncode == 0
    assert cli("import", "nowhere", cwd=root, **settings).returncode == 2
    assert cli("sessions", "zzz", cwd=root, **settings).returncode == 1


def test_what_is_not_there_is_said(memory: Memory) -> None:
    """A history, a file or a session that is not there is an error, not an empty answer."""
    for source, program in (("mimo", "MiMo"), ("claude", "Claude Code"), ("codex", "Codex")):
        with pytest.raises(UsageError, match=f"no history of {program}"):
            memory.import_history(source)
    with pytest.raises(UsageError, match="no file or folder"):
        memory.import_history("nowhere.jsonl")
    with pytest.raises(NotFoundError):
        memory.session("zzz")
    assert memory.sessions() == ()


def test_damaged_lines_do_no_harm(memory: Memory, root: Path, tmp_path: Path) -> None:
    """Nonsense, odd types and half characters between the lines are left out and counted."""
    told = Claude(root)
    told.user("One.")
    told.add("user", 17)
    told.add("user", [None, {"type": "text", "text": 5}, {"type": "tool_use", "id": 3, "name": None, "input": "x"}])
    told.user("Two \ud83d half.")
    path = claude_file(tmp_path)
    path.parent.mkdir(parents=True)
    texts = [json.dumps(line) for line in told.lines]
    texts[1:1] = ["{nonsense", "[1, 2]", "", "\ufeff", '{"type": "user", "uuid": 4, "message": "x"}']
    path.write_text("\n".join(texts) + "\n", encoding="utf-8")
    os.utime(path, (1_770_000_000, 1_770_000_000))
    done = memory.import_history("claude")
    assert [text for role, text in kept(memory, "5e55-1") if role == "user"] == ["One.", "Two ? half."]
    assert done.left_out["unreadable"] == 2
