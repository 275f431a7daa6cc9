"""Secrets that come by any door of memory, on the real command line: not a byte of them is on the disk afterwards."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Cli, MakeRepo

TOKEN = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6"
SHOP = f"""
    #- shop.py
    def connect(password="{TOKEN}"):
        return password

    def charge(card):
        return card
"""
Run = Callable[..., dict[str, Any]]


@pytest.fixture
def shop(repo: MakeRepo) -> Path:
    """Give a shop with a secret in its code."""
    return repo(SHOP)


@pytest.fixture
def run(cli: Cli, shop: Path, tmp_path: Path) -> Run:
    """Run a command in the shop and give its JSON."""

    def ask(*arguments: str) -> dict[str, Any]:
        done = cli(*arguments, "--json", cwd=shop, ENGREP_HOME=str(tmp_path / "home"))
        assert done.returncode in (0, 1), done.stdout + done.stderr
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    return ask


def stored(home: Path) -> bytes:
    """Give all that memory keeps, in small letters: rows, words, logs."""
    files = [path for path in home.rglob("*") if path.name.startswith(("memory.db", "user.db"))]
    assert files
    return b"".join(path.read_bytes() for path in files).lower()


@pytest.mark.parametrize(
    "arguments",
    [
        ("remember", "Rotate it.", "--why", f"it was {TOKEN}"),
        ("remember", "Rotate it.", "--slot", f"key {TOKEN}"),
        ("remember", "Rotate it.", "--scope", f"module:{TOKEN}"),
        ("remember", "Rotate it.", "--scope", f"branch:{TOKEN}"),
        ("remember", "Rotate it.", "--scope", "user", "--why", f"it was {TOKEN}"),
        ("remember", "It has a default.", "--about", "shop.connect"),
        ("edit", "ID", f"Rotate {TOKEN}."),
        ("edit", "ID", "--title", f"On {TOKEN}"),
        ("edit", "ID", "--slot", f"key {TOKEN}"),
        ("edit", "ID", "--why", f"it was {TOKEN}"),
        ("edit", "ID", "--scope", f"module:{TOKEN}"),
        ("forget", "ID", "--why", f"it was {TOKEN}"),
        ("restore", "ID", "--why", f"it was {TOKEN}"),
        ("recall", "charge the card", "--push", "--session", f"s {TOKEN}"),
        ("brief", "--session", f"s {TOKEN}"),
    ],
    ids=lambda arguments: " ".join(arguments).replace(TOKEN, "TOKEN"),
)
def test_a_secret_in_any_argument_is_not_stored(arguments: tuple[str, ...], run: Run, tmp_path: Path) -> None:
    """The reason of a correction, the slot, the scope and what a function is declared as were kept as they came."""
    run("index")
    made = run("remember", "Charge the card once.", "--about", "shop.charge", "--pin")
    run(*(made["id"] if each == "ID" else each for each in arguments))
    assert TOKEN.lower().encode() not in stored(tmp_path / "home")


def test_a_secret_in_any_field_of_a_history_is_not_stored(run: Run, shop: Path, tmp_path: Path) -> None:
    """The session's name, folder and branch, the tools' names and ids, and the file's own path were kept as they came."""
    line = {
        "type": "assistant", "uuid": "u1", "parentUuid": None, "sessionId": f"s-{TOKEN}", "cwd": f"{shop}/{TOKEN}",
        "gitBranch": f"fix-{TOKEN}", "timestamp": "2026-01-01T00:00:00Z",
    }  # fmt: skip
    used = {"type": "tool_use", "id": f"call {TOKEN}", "name": f"Tool {TOKEN}", "input": {"file_path": f"{TOKEN}.py"}}
    said = {
        **line,
        "uuid": "u0",
        "type": "user",
        "message": {"role": "user", "content": "On this branch, always use tabs."},
    }
    folder = tmp_path / TOKEN
    folder.mkdir()
    lines = [said, {**line, "parentUuid": "u0", "message": {"id": "m", "content": [used]}}]
    history = folder / "told.jsonl"
    history.write_text("".join(json.dumps(each) + "\n" for each in lines), encoding="utf-8")
    assert run("import", str(history))["turns"] == 2
    assert run("import", str(history))["sessions_unchanged"] == 1
    assert run("distill", str(history))["active"] == 1
    assert TOKEN.lower().encode() not in stored(tmp_path / "home")


def test_what_belongs_to_a_call_is_known_again_in_the_next_import(run: Run, tmp_path: Path) -> None:
    """What a denied file held is left out also when it comes with the next import, whatever the call was named."""
    history = tmp_path / "told.jsonl"
    base = {"sessionId": "s", "timestamp": "2026-01-01T00:00:00Z"}
    used = {"type": "tool_use", "id": f"call {TOKEN}", "name": "Read", "input": {"file_path": "/x/.env"}}
    gave = {"type": "tool_result", "tool_use_id": f"call {TOKEN}", "content": "the answer is fortytwo"}
    first = {**base, "type": "assistant", "uuid": "u1", "parentUuid": None, "message": {"id": "m", "content": [used]}}
    then = {**base, "type": "user", "uuid": "u2", "parentUuid": "u1", "message": {"content": [gave]}}
    said = {**base, "type": "user", "uuid": "u0", "parentUuid": None, "message": {"content": "look at it"}}
    lines = [said, {**first, "parentUuid": "u0"}]
    history.write_text("".join(json.dumps(each) + "\n" for each in lines), encoding="utf-8")
    run("import", str(history))
    with history.open("a", encoding="utf-8") as file:
        file.write(json.dumps(then) + "\n")
    assert run("import", str(history))["left_out"] == {"denied": 1}
    assert TOKEN.lower().encode() not in stored(tmp_path / "home")


@pytest.mark.parametrize("text", ["half \udce9 a byte", "a \ud800 half", "a \0 zero", "\u202eturned", "💥" * 50])
def test_odd_characters_are_kept_or_replaced(text: str, run: Run, tmp_path: Path, shop: Path) -> None:
    """Bytes that are no text came as halves of a character, and nothing could be stored of them."""
    from engrep import Memory

    with Memory.open(shop, home=tmp_path / "home") as memory:
        made = memory.remember(f"Keep {text} as it is.", why=text, slot=text, title=text)
        memory.forget(made.id, why=text)
        memory.restore(made.id, why=text)
        assert memory.memory(made.id).status == "active"
        memory.push("keep it as it is", session=text)
    assert run("memories")["total"] == 1
