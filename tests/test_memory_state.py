"""Memory in a bad way: damaged, of a newer engrep, in need of a migration, asked with odd words; and scanned for secrets."""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from engrep import Memory
from engrep.engine.db import Connection, Database
from engrep.engine.errors import StateError

if TYPE_CHECKING:
    from conftest import Cli, MakeRepo

TOKEN = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6"
SHOP = "#- shop.py\ndef charge(card):\n    return card\n"


@pytest.fixture
def shop(repo: MakeRepo) -> Path:
    """Give a shop that remembers one thing."""
    root = repo(SHOP)
    with Memory.open(root) as memory:
        memory.index()
        memory.remember("Charge a card once.", about=["shop.charge"])
    return root


def database(root: Path) -> Path:
    """Give the file of a root's memories."""
    return root / ".engrep" / "memory.db"


def damage(root: Path, how: str) -> bytes:
    """Make the memories unreadable, and give what the file holds then."""
    path = database(root)
    if how == "newer":
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA user_version = 1000")
    else:
        data = bytearray(path.read_bytes())
        start = 0 if how == "head" else 2 * 8192
        data[start : start + 300] = os.urandom(300)
        path.write_bytes(data)
    return path.read_bytes()


@pytest.mark.parametrize("how", ["head", "middle", "newer"])
def test_memories_that_cannot_be_read_are_left_as_they_are(how: str, shop: Path, cli: Cli) -> None:
    """The message said that `engrep index` makes them anew; nothing can. Code is indexed and found all the same."""
    before = damage(shop, how)
    for command in (("memories",), ("remember", "Another."), ("recall", "card"), ("brief",), ("doctor",), ("export",)):
        done = cli(*command, cwd=shop)
        if how != "middle" or command[0] == "doctor":  # not every question meets the damaged page
            assert done.returncode == 3, (command, done.stdout)
            said = done.stdout + done.stderr
            assert "engrep index" not in said
            assert "start afresh" not in said
            assert ("upgrade engrep" if how == "newer" else "engrep import") in said
    done = cli("index", cwd=shop)
    assert done.returncode == 0
    assert done.stderr.count("memories could not be compared") <= 1
    if how != "middle":
        assert database(shop).read_bytes() == before
    assert cli("search", "charge", cwd=shop).returncode == 0


def test_what_is_precious_is_copied_before_a_migration(tmp_path: Path) -> None:
    """The copy is whole, stands beside the file, and stays where the migration fails."""

    def first(connection: Connection) -> None:
        connection.execute("CREATE TABLE said (word TEXT)")
        connection.execute("INSERT INTO said VALUES ('one')")

    def second(connection: Connection) -> None:
        connection.execute("DELETE FROM said")

    def broken(connection: Connection) -> None:
        second(connection)
        connection.execute("INSERT INTO nowhere VALUES (1)")

    path = tmp_path / "memory.db"
    for migrations in ((first,), (first, broken), (first, second)):
        database = Database(path, migrations, is_precious=True)
        try:
            with database.writing():
                pass
        except StateError:
            assert migrations[-1] is broken
        database.close()
    with closing(sqlite3.connect(tmp_path / "memory.db.v1")) as connection:
        assert connection.execute("SELECT word FROM said").fetchall() == [("one",)]
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT word FROM said").fetchall() == []
    assert sorted(each.name for each in tmp_path.iterdir() if "v1" in each.name) == ["memory.db.v1"]


@pytest.mark.skipif(os.name == "nt", reason="arguments are text there")
@pytest.mark.parametrize(
    "command",
    ["forget", "history", "edit", "pin", "undo", "confirm", "review approve", "sessions", "remember x --about",
     "recall x --from", "brief --session", "memories --kind", "memories --status", "recall x --only"],
)  # fmt: skip
def test_bytes_that_are_no_text_are_an_unknown_name(command: str, shop: Path, cli: Cli) -> None:
    """They were an internal error."""
    done = cli(*command.split(), "caf\udce9", "--json", cwd=shop)
    answer = json.loads(done.stdout)
    assert done.returncode in (0, 1, 2), done.stdout
    assert answer.get("error", {}).get("kind") in (None, "not_found", "usage")


@pytest.mark.parametrize("command", ["memories --status asleep", "memories --kind wish", "recall card --only wishes"])
def test_a_word_that_nobody_knows_is_a_usage_error(command: str, shop: Path, cli: Cli) -> None:
    """A misspelt status was answered as if nothing had it."""
    assert "there is no" in json.loads(cli(*command.split(), "--json", cwd=shop).stdout)["error"]["message"]


def scan(cli: Cli, root: Path) -> tuple[int, Any, str]:
    """Look for secrets; give the exit code, what was found, and all that was said."""
    done = cli("doctor", "--secrets", "--json", cwd=root)
    shown = cli("doctor", "--secrets", cwd=root)
    assert shown.returncode == done.returncode
    return done.returncode, json.loads(done.stdout)["secrets"], (done.stdout + shown.stdout).lower()


def test_doctor_finds_no_secrets_where_there_are_none(shop: Path, cli: Cli) -> None:
    """What was taken out before it was stored is none any more."""
    assert cli("remember", f"The token was {TOKEN}.", cwd=shop).returncode == 0
    assert scan(cli, shop)[:2] == (0, [])


def test_doctor_tells_where_secrets_are_and_never_what_they_are(shop: Path, cli: Cli) -> None:
    """Those of older rules: in a memory, its events, evidence and anchors, a session and its turns, the words, the code."""
    from engrep.engine import store_archive as archive
    from engrep.engine.memory_types import Session, Turn
    from engrep.engine.store_memory import open_memories

    memories = open_memories(database(shop))
    with memories.writing() as connection:
        memory_id = connection.execute("UPDATE memory SET reason = ? RETURNING id", (f"it was {TOKEN}",)).get
        connection.execute("UPDATE event SET after = replace(after, 'once', ?)", (TOKEN,))
        connection.execute("UPDATE anchor SET signature = ?", (f"f(token='{TOKEN}')",))
        told = Session(f"s-{TOKEN}", "file", "", "", "", "", "told", 2, "told.json")
        turns = [
            Turn(told.id, 1, "user", "", f"use {TOKEN}"),
            Turn(told.id, 2, "call", "", "X=secretword", "Read", ".env"),
        ]
        archive.append(connection, told, archive.pack(turns), archive.Watermark(), before=None, afresh=False)
    memories.close()
    (shop / "shop.py").write_text(f"def charge(token='{TOKEN}'):\n    return token\n", encoding="utf-8")
    cli("index", cwd=shop)
    code, found, said = scan(cli, shop)
    assert code == 3
    places = {leak["place"] for leak in found}
    assert {
        f"memory {memory_id}",
        f"anchor of memory {memory_id}",
        f"event 1 of memory {memory_id}",
        "symbols of shop.py",
    } <= places
    assert {place.split(" of session")[0] for place in places if "session" in place} == {
        "turn 1", "turn 2", next(place for place in places if place.startswith("session s-[REDACTED"))
    }  # fmt: skip
    assert TOKEN.lower() not in said
    assert "secretword" not in said
