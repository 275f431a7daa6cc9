"""The code index as it is asked: an older schema, names that too many bear, files named alike."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest
from conftest import MakeRepo, write_files

from engrep import Memory, NotFoundError, NotIndexedError
from engrep.engine import store_search
from engrep.engine.prepare import stem_words
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


def test_a_name_that_too_many_bear_is_not_called_missing(repo: MakeRepo) -> None:
    """A walk from a name with hundreds of definitions asks for more of it."""
    with Memory.open(
        repo("".join(f"#- m{n}.py\nclass K{n}:\n    def get(self): pass\n" for n in range(401)))
    ) as memory:
        memory.index()
        with pytest.raises(NotFoundError, match=r"401 symbols are called 'get'; say which one"):
            memory.callers("get")
        assert not memory.callers("K7.get").edges


def test_files_named_alike_are_taken_by_path_not_by_when_they_were_indexed(repo: MakeRepo) -> None:
    """Of files whose stems match equally well the first by path are candidates, in whatever order they came."""
    root = repo("#- z/retry.py\nx = 1\n")
    with Memory.open(root) as memory:
        memory.index()
        write_files(root, "#- a/retry.py\nx = 1\n")
        memory.index()
        with memory._code.reading() as connection:
            (first,) = store_search.blobs_by_stem(connection, stem_words("retry.py"), 1)
            assert connection.execute("SELECT path FROM blob WHERE id = ?", (first,)).fetchone() == ("a/retry.py",)
