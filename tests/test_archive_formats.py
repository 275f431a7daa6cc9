"""Sessions are read from what each program writes, damaged lines and plain files too."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from archived_project import claude_file, counts, kept, opened, project_in
from histories import Claude, Mimo, codex_lines, write_lines

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
