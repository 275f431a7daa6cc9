"""Memories as a file, and back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engrep.engine import dump, lifecycle
from engrep.engine import store_memory as store
from engrep.engine.db import Database
from engrep.engine.errors import UsageError
from engrep.engine.memory_types import Anchor, Evidence
from engrep.engine.store_recall import best_rows


def lived(path: Path) -> Database:
    """Make a store in which much has happened."""
    database = store.open_memories(path)
    with database.writing() as connection:
        anchor = Anchor("symbol", "billing.retry.backoff", "billing/retry.py", "aa", "bb", "c0ffee")
        tabs = lifecycle.Statement("Indent with tabs.", slot="indentation", kind="convention")
        lifecycle.remember(connection, tabs, actor="user")
        lifecycle.remember(connection, lifecycle.Statement("Indent with spaces.", slot="indentation"), actor="user")
        stop = lifecycle.Statement(
            "重试最多五次。", reason="six block the card", anchors=(anchor,), evidence=(Evidence("s1", "4", "五次"),)
        )
        kept = lifecycle.remember(connection, stop, actor="agent").entry
        lifecycle.pin(connection, kept.id, pinned=True, actor="user")
        wrong = lifecycle.remember(connection, lifecycle.Statement("Deploys happen on Fridays."), actor="distil").entry
        lifecycle.reject(connection, wrong.id, actor="user")
    return database


def lines(database: Database) -> list[str]:
    """Dump a store, without the moment of the dump."""
    with database.reading() as connection:
        return list(dump.dump(connection))[1:]


def test_a_dump_gives_the_same_state(tmp_path: Path) -> None:
    """Rows, events, tombstones and what is found by words are the same after export and import."""
    one, two = lived(tmp_path / "one.db"), store.open_memories(tmp_path / "two.db")
    with one.reading() as connection:
        text = list(dump.dump(connection))
    with two.writing() as connection:
        imported = dump.load(connection, text)
    assert (imported.added, imported.updated, imported.unchanged) == (4, 0, 0)
    assert lines(two) == lines(one)
    with two.reading() as connection:
        found = best_rows(connection, ["五次"], 5)
        assert [store.entries_by_row(connection, [row])[row].body for row in found] == ["重试最多五次。"]


def test_the_same_dump_twice_changes_nothing(tmp_path: Path) -> None:
    """Importing is idempotent."""
    database = lived(tmp_path / "one.db")
    before = lines(database)
    with database.writing() as connection:
        imported = dump.load(connection, list(dump.dump(connection)))
    assert (imported.added, imported.updated, imported.unchanged) == (0, 0, 4)
    assert lines(database) == before


def test_what_is_newer_wins(tmp_path: Path) -> None:
    """A memory that was changed elsewhere since is taken over, with an event that says so."""
    database = lived(tmp_path / "one.db")
    with database.reading() as connection:
        text = list(dump.dump(connection))
    at = next(number for number, line in enumerate(text) if "Indent with spaces." in line and '"type":"memory"' in line)
    row = {**json.loads(text[at]), "body": "Indent with two spaces.", "changed_at": "2999-01-01T00:00:00Z"}
    text[at] = json.dumps(row) + "\n"
    with database.writing() as connection:
        assert dump.load(connection, text).updated == 1
        assert store.changes(connection, row["id"])[-1].actor == "import"
        found = store.entry_of(connection, row["id"])
    assert found is not None
    assert found.body == "Indent with two spaces."


def test_secrets_of_a_foreign_dump_do_not_come_in(tmp_path: Path) -> None:
    """A dump is somebody else's text; what it holds is redacted before it is stored, its events too."""
    database = store.open_memories(tmp_path / "two.db")
    with lived(tmp_path / "one.db").reading() as connection:
        text = [line.replace("tabs", "tabs, password = 'hunter two'") for line in dump.dump(connection)]
    with database.writing() as connection:
        assert dump.load(connection, text).redacted >= 1
    database.close()
    assert not any(b"hunter" in path.read_bytes() for path in tmp_path.glob("two.db*"))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (["nothing"], "line 1 of the dump is no JSON"),
        (['{"type": "memory"}'], "no dump of engrep"),
        (['{"type": "engrep", "format": 99}'], "upgrade engrep"),
        (['{"type": "engrep", "format": 1}', '{"type": "memory", "id": "m1"}'], "line 2 of the dump is no memory"),
        (['{"type": "engrep", "format": 1}', '{"type": "change"}'], "line 2 of the dump is no change"),
    ],
)
def test_a_damaged_dump_brings_nothing(tmp_path: Path, text: list[str], says: str) -> None:
    """The message tells the line, and the store stays as it was."""
    database = lived(tmp_path / "one.db")
    before = lines(database)
    with pytest.raises(UsageError, match=says), database.writing() as connection:
        dump.load(connection, text)
    assert lines(database) == before


def test_markdown_is_for_people_and_diffs(tmp_path: Path) -> None:
    """By kind, one memory a line, in an order that does not depend on when it is written."""
    with lived(tmp_path / "one.db").reading() as connection:
        active = store.entries(connection, "status = 'active'")
    text = dump.markdown(active)
    assert "## decision" in text
    assert "- 重试最多五次。 (because six block the card) — about `billing.retry.backoff`" in text
    assert dump.markdown(reversed(active)) == text
