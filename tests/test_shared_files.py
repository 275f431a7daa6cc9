"""One database file and those who share it: threads that close, owners that write, two who find it damaged at once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from conftest import MakeRepo, cli_environment, write_files

from engrep.engine.db import Connection, Database
from engrep.engine.db_files import set_aside
from engrep.engine.errors import StateError
from engrep.engine.memory import Memory
from engrep.engine.places import code_database

pytestmark = pytest.mark.skipif(os.name == "nt", reason="owners, modes and locks work differently there")


def _first(connection: Connection) -> None:
    connection.execute("CREATE TABLE t (a)")


def test_closing_does_not_pull_the_file_from_under_a_thread(tmp_path: Path) -> None:
    """A thread in the middle of an answer finishes it; its connection closes behind it, and the next one is new."""
    database = Database(tmp_path / "a.db", (_first,))
    inside, closed = threading.Event(), threading.Event()
    answers: list[object] = []

    def ask() -> None:
        with database.reading() as connection:
            inside.set()
            assert closed.wait(10)
            answers.extend(connection.execute("SELECT count(*) FROM t"))
        with database.reading() as another:
            answers.append(another is connection)

    thread = threading.Thread(target=ask)
    thread.start()
    assert inside.wait(10)
    database.close()
    closed.set()
    thread.join()
    assert answers == [(0,), False]
    database.close()
    assert not Path(f"{database.path}-wal").exists()  # the last one to close takes the log along


def test_closing_while_sqlite_works_closes_all(tmp_path: Path) -> None:
    """A long query in another thread is no error for the one who closes, and ends well."""
    database = Database(tmp_path / "a.db", (_first,))
    counting = (
        "WITH RECURSIVE r (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM r WHERE x < 3000000) SELECT count(*) FROM r"
    )
    answers: list[object] = []
    started = threading.Event()

    def ask() -> None:
        with database.reading() as connection:
            started.set()
            answers.extend(connection.execute(counting))

    thread = threading.Thread(target=ask)
    thread.start()
    assert started.wait(10)
    time.sleep(0.05)
    database.close()
    thread.join()
    assert answers == [(3_000_000,)]


def test_only_one_of_two_sets_a_damaged_file_aside(tmp_path: Path) -> None:
    """Who waits for another process that does the same finds its new file afterwards, and leaves that alone."""
    import fcntl

    path = tmp_path / "code.db"
    path.write_bytes(b"damaged")
    opened = path.stat().st_ino
    other = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(other, fcntl.LOCK_EX)
    moved: list[Path | None] = []
    thread = threading.Thread(target=lambda: moved.append(set_aside(path, opened)))
    thread.start()
    time.sleep(0.2)
    path.replace(tmp_path / "code.db.corrupt-1")
    path.write_bytes(b"made anew")
    os.close(other)
    thread.join()
    assert moved == [None]
    assert path.read_bytes() == b"made anew"


AS_NOBODY = """
import json, os, sys
from engrep.engine.errors import EngrepError
from engrep.engine.memory import Memory
root, other = sys.argv[1:]
with Memory.open(other) as memory:  # loads all that is needed while we may still read it
    memory.index()
    memory.search("qwertz")
if os.geteuid() == 0:  # for root no permission holds
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
"""
READER = """
memory = Memory.open(root)
for line in sys.stdin:
    try:
        if line == "hold\\n":
            with memory._code.reading() as connection:
                print(json.dumps("holding"), flush=True)
                sys.stdin.readline()
                list(connection.execute("SELECT path FROM file"))
        print(json.dumps([hit.qualified_name for hit in memory.search("qwertz").hits]), flush=True)
    except EngrepError as error:
        print(json.dumps({type(error).__name__: str(error)}), flush=True)
"""


@pytest.fixture
def shared() -> Iterator[Path]:
    """Give a folder that another user can reach and read."""
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def reader_of(root: Path, other: Path) -> subprocess.Popen[str]:
    """Start a process that may read an index but not write its folder."""
    return subprocess.Popen(
        [sys.executable, "-c", AS_NOBODY + READER, str(root), str(other)],
        env=cli_environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def say(reader: subprocess.Popen[str], line: str) -> object:
    """Send a line and return the answer."""
    assert reader.stdin is not None
    assert reader.stdout is not None
    reader.stdin.write(line + "\n")
    reader.stdin.flush()
    return json.loads(reader.stdout.readline())


@pytest.mark.skipif(os.geteuid() != 0, reason="needs two users: an owner who writes and one who may only read")
def test_a_reader_without_rights_sees_what_the_owner_writes(shared: Path, tmp_path: Path) -> None:
    """Each answer is of the index as it is now; what was read while the owner wrote is refused, never answered."""
    root = write_files(shared / "tree", "#- a.py\ndef qwertz(): ...\n")
    with Memory.open(root) as memory, reader_of(root, write_files(tmp_path, "#- a.py\ndef qwertz(): ...\n")) as reader:
        memory.index()
        memory.close()
        assert say(reader, "search") == ["a.qwertz"]
        assert say(reader, "hold") == "holding"
        write_files(root, "#- b.py\ndef qwertz(): ...\n")
        memory.index()
        memory.close()
        refused = say(reader, "")
        assert isinstance(refused, dict)
        assert list(refused) == ["ChangedError"]
        assert say(reader, "search") == ["a.qwertz", "b.qwertz"]
        write_files(root, "#- c.py\ndef qwertz(): ...\n")
        memory.index()
        assert say(reader, "search") == ["a.qwertz", "b.qwertz", "c.qwertz"]
        assert reader.stdin is not None
        reader.stdin.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs two users: an owner who writes and one who may only read")
def test_a_log_that_its_writer_left_behind_is_not_passed_over(shared: Path, tmp_path: Path) -> None:
    """After a crash the file without its log may be half of something: who cannot write says so and gives no answer."""
    root = write_files(shared / "tree", "#- a.py\ndef qwertz(): ...\n")
    with Memory.open(root) as memory:
        memory.index()
    log = code_database(root).with_name("code.db-wal")
    log.write_bytes(b"left behind")
    with reader_of(root, write_files(tmp_path, "#- a.py\ndef qwertz(): ...\n")) as reader:
        answer = say(reader, "search")
        assert isinstance(answer, dict)
        assert list(answer) == [StateError.__name__]
        assert reader.stdin is not None
        reader.stdin.close()


SEARCHER = """
with Memory.open(root) as memory:
    hits = [hit.path for hit in memory.search("qwertz").hits]
    database = next(check.detail for check in memory.doctor() if check.name == "database")
    try:
        memory.index()
    except EngrepError as error:
        print(json.dumps({"hits": hits, "error": str(error), "database": database}))
"""


@pytest.mark.parametrize("mode", [0o444, 0o666])
def test_a_read_only_index_can_be_searched(mode: int, repo: MakeRepo) -> None:
    """Where the folder may not be written searching still works, and indexing says why it cannot."""
    folder, other = repo("#- a.py\ndef qwertz(): return 1\n"), repo("#- a.py\ndef qwertz(): return 1\n")
    with Memory.open(folder) as memory:
        memory.index()
    own = folder / ".engrep"
    places = [path for path in folder.parents if path.stat().st_uid == os.geteuid() and path != Path("/")]
    modes = {path: path.stat().st_mode for path in places}
    try:
        for path in places:
            path.chmod(path.stat().st_mode | 0o055)
        (own / "code.db").chmod(mode)
        own.chmod(0o555)
        done = subprocess.run(
            [sys.executable, "-c", AS_NOBODY + SEARCHER, str(folder), str(other)],
            env=cli_environment(),
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        own.chmod(0o755)
        for path, before in modes.items():
            path.chmod(before)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["hits"][0] == "a.py"
    assert str(own) in answer["error"]
    assert "writable" in answer["error"]
    assert answer["database"].endswith(": sound")
