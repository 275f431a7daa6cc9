"""The code index as a file: an older schema."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest
from conftest import write_files

from engrep import Memory, NotIndexedError
from engrep.engine.store import SCHEMA_VERSION


def test_an_index_of_an_older_schema_is_made_anew(tmp_path: Path) -> None:
    """All of it comes from the files: the old tables go, the next run fills the new ones."""
    root = write_files(tmp_path, "#- a.py\ndef backoff():\n    return 1\n")
    path = root / ".engrep/code.db"
    path.parent.mkdir()
    old = apsw.Connection(str(path))
    old.execute(
        "CREATE TABLE meta (key TEXT PRIMARY KEY, value ANY); INSERT INTO meta VALUES ('indexed_at', 'long ago')"
    )
    old.execute("CREATE TABLE reference (id INTEGER PRIMARY KEY AUTOINCREMENT, line INTEGER)")
    old.execute("CREATE VIRTUAL TABLE old_fts USING fts5 (text); PRAGMA user_version = 1")
    old.close()
    with Memory.open(root) as memory:
        with pytest.raises(NotIndexedError):
            memory.search("backoff")
        memory.index()
        assert memory.search("backoff").hits[0].path == "a.py"
    new = apsw.Connection(str(path))
    left = {row[0] for row in new.execute("SELECT name FROM sqlite_schema")} & {"reference", "old_fts", "old_fts_data"}
    assert (new.pragma("user_version"), left) == (SCHEMA_VERSION, set())
    new.close()
