"""What a session was told and went by is known afterwards; what it passed over is too."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engrep import Memory
from engrep.engine.db import Database
from engrep.engine.heeded import is_held
from engrep.engine.places import memory_database
from engrep.engine.store_memory import open_memories

SESSION = "0b9f6c1e-8d1f-4c53-9f0e-2f6a1f1f4b11"
LATER = "2999-01-01T12:00:00.000Z"


def transcript(folder: Path, root: Path, *said: tuple[str, str, str]) -> Path:
    """Write a history as Claude Code keeps it, of (role, when, text)."""
    lines = [
        {
            "type": role, "uuid": f"u{at}", "parentUuid": f"u{at - 1}" if at else None, "sessionId": SESSION,
            "cwd": str(root), "timestamp": when, "message": {"role": role, "content": text},
        }
        for at, (role, when, text) in enumerate(said)
    ]  # fmt: skip
    path = folder / f"{SESSION}.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def ledger(database: Database) -> dict[str, int | None]:
    """Return what is known of the uses of each memory that the session was told."""
    with database.reading() as connection:
        return dict(connection.execute("SELECT memory_id, used FROM injection WHERE session = ?", (SESSION,)))


def test_what_a_session_went_by_counts_as_used(tmp_path: Path) -> None:
    """Of two memories told, the one that the answer follows is used, once, however often the session is read."""
    root, home = tmp_path / "root", tmp_path / "home"
    root.mkdir()
    with Memory.open(root, home=home) as memory:
        followed = memory.remember("Payment retries stop after five attempts.")
        ignored = memory.remember("Payment receipts are printed in landscape.")
        told = memory.push("payment retries and payment receipts", session=SESSION).items
        assert {item.id for item in told} == {followed.id, ignored.id}
        before = ("assistant", "2001-01-01T12:00:00.000Z", "Receipts printed in landscape belong to payment.")
        asked = ("user", LATER, "Are receipts printed in landscape for each payment?")
        source = transcript(tmp_path, root, before, asked, ("assistant", LATER, "Done."))
        memory.distil(str(source))
        assert ledger(open_memories(memory_database(root, home))) == {followed.id: 0, ignored.id: 0}
        answer = ("assistant", LATER, "Payment retries now stop after attempt five.")
        transcript(tmp_path, root, before, asked, ("assistant", LATER, "Done."), answer)
        for _ in range(2):
            memory.distil(str(source))
        assert ledger(open_memories(memory_database(root, home))) == {followed.id: 1, ignored.id: 0}
        entries = {entry.id: entry for entry in memory.memories()}
        assert (entries[followed.id].uses, entries[ignored.id].uses) == (1, 0)
        assert entries[followed.id].used_at
        assert entries[ignored.id].used_at is None


def test_what_holds_for_a_person_is_counted_where_it_is_kept(tmp_path: Path) -> None:
    """A memory of the user's own, told in a project, counts as used in the user's file."""
    root, home = tmp_path / "root", tmp_path / "home"
    root.mkdir()
    with Memory.open(root, home=home) as memory:
        memory.remember("Deploys happen on Fridays.")
        mine = memory.remember("Indent Makefiles with tabs.", scope="user")
        assert [item.id for item in memory.push("indent the makefiles", session=SESSION).items] == [mine.id]
        memory.distil(str(transcript(tmp_path, root, ("assistant", LATER, f"As {mine.id} says."))))
        assert {entry.id: entry.uses for entry in memory.memories()}[mine.id] == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("see m4k7q2x9a", True),
        ("pnpm install", True),
        ("ran the installs again", True),
        ("nothing of it", False),
        ("", False),
    ],
)
def test_half_of_the_telling_words_hold_a_memory(text: str, *, expected: bool) -> None:
    """Its id, or half of what tells it apart from others; common words are nothing."""
    assert is_held("m4k7q2x9a", "Always use pnpm for installs.", text) is expected
