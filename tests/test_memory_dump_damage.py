"""Dumps that are damaged, foreign or no dumps at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from dumped_memories import SHOP, Run, live, opened, rows, runner

from engrep import UsageError

if TYPE_CHECKING:
    from conftest import Cli, MakeRepo


@pytest.fixture
def run(cli: Cli) -> Run:
    """Run a command in a root and give its JSON."""
    return runner(cli)


@pytest.fixture
def lived(repo: MakeRepo, tmp_path: Path) -> Path:
    """Give a root in whose memory much has happened."""
    return live(repo(SHOP, git=True), tmp_path)


@pytest.fixture
def other(repo: MakeRepo) -> Path:
    """Give another copy of the project, on another machine."""
    return repo(SHOP, git=True)


def test_secrets_of_a_foreign_dump_do_not_come_in(lived: Path, other: Path, run: Run, tmp_path: Path) -> None:
    """A dump is somebody else's text; every field of every line is redacted before it is stored."""
    token = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6"
    text = run(lived, "export")["text"]
    for field in (
        "cause",
        "slot",
        "subject",
        "title",
        "quote",
        "text",
        "qualified_name",
        "source",
        "name",
        "branch",
        "was",
    ):
        text = text.replace(f'"{field}":"', f'"{field}":"{token} ')
    (tmp_path / "dump.jsonl").write_text(text, encoding="utf-8")
    assert run(other, "import", str(tmp_path / "dump.jsonl"))["redacted"] > 10
    for path in (other.parent / f"{other.name}-home").rglob("*.db*"):
        assert token.lower().encode() not in path.read_bytes().lower()


DAMAGE: dict[str, tuple[Callable[[str], bytes], str]] = {
    "cut in a line": (lambda text: text.encode()[:-40], "is no JSON|is cut off"),
    "cut after a line": (lambda text: "\n".join(text.splitlines()[:-1]).encode(), "is cut off"),
    "a line is missing": (lambda text: "\n".join([*text.splitlines()[:-2], text.splitlines()[-1]]).encode(), "is cut off"),
    "goes on after its end": (lambda text: f"{text}{text.splitlines()[5]}\n".encode(), "does not belong there"),
    "two in one": (lambda text: (text + text).encode(), "does not belong there"),
    "a newer engrep": (lambda text: text.replace('"format":1', '"format":2').encode(), "upgrade engrep"),
    "another encoding": (lambda text: text.replace("五", "é").encode("latin-1", "replace"), "is no UTF-8"),
    "an unknown type": (lambda text: text.replace('"type":"branch"', '"type":"wish"').encode(), "it is none of"),
    "an unknown kind": (lambda text: text.replace('"kind":"decision"', '"kind":"wish"').encode(), "there is no kind wish"),
    "a status that is none": (lambda text: text.replace('"status":"active"', '"status":7').encode(), "its status is"),
    "a hash that is none": (lambda text: text.replace('"body_hash":"', '"body_hash":"zz').encode(), "its body_hash cannot be"),
    "a long hash": (lambda text: text.replace('"body_hash":"', '"body_hash":"aabb').encode(), "hashes that are none"),
    "a time that is none": (lambda text: text.replace('"valid_from":"2', '"valid_from":"x').encode(), "its valid_from cannot be"),
    "an id that is none": (lambda text: text.replace('"id":"m', '"id":"../m').encode(), "its id cannot be"),
    "a number past all": (lambda text: text.replace('"uses":0', '"uses":99999999999999999999').encode(), "its uses is"),
    "a number below all": (lambda text: text.replace('"consumed":', '"consumed":-').encode(), "its consumed is|no JSON"),
    "anchors that are none": (lambda text: text.replace('"anchors":[]', '"anchors":7').encode(), "are no list"),
    "a turn twice": (lambda text: text.replace('"number":2,"role"', '"number":1,"role"').encode(), "does not follow"),
    "the user's in the project's": (
        lambda text: text.replace('"scope":"project","place"', '"scope":"user","place"').encode(), "of the user's among"
    ),
    "deeply nested": (lambda text: (text.splitlines()[0] + "\n" + "[" * 100_000).encode(), "is no JSON|is none of"),
}  # fmt: skip


def test_a_damaged_dump_brings_nothing(lived: Path, other: Path, tmp_path: Path) -> None:
    """The message tells what is wrong and where, and nothing of it is taken in."""
    with opened(lived) as memory:
        text = memory.export().text or ""
    path = tmp_path / "dump.jsonl"
    with opened(other) as memory:
        memory.remember("The other machine remembers things of its own.")
        before = rows(other)
        for damage, (change, says) in DAMAGE.items():
            path.write_bytes(change(text))
            assert change(text) != text.encode(), damage
            with pytest.raises(UsageError, match=says):
                memory.import_history(str(path))
            assert rows(other) == before, damage


def test_a_damaged_dump_is_one_line_of_an_error(other: Path, run: Run, tmp_path: Path) -> None:
    """As every mistake on the command line."""
    (tmp_path / "dump.jsonl").write_text('{"type":"engrep","format":1,"scope":"project"}\n', encoding="utf-8")
    error = run(other, "import", str(tmp_path / "dump.jsonl"), code=2)["error"]
    assert error["message"] == "the dump is cut off after line 1: take it again; nothing was changed"


def test_a_dump_is_no_session(lived: Path, run: Run, tmp_path: Path) -> None:
    """Distilling one says what to do with it."""
    run(lived, "export", str(tmp_path / "dump.jsonl"))
    assert "engrep import" in run(lived, "distill", str(tmp_path / "dump.jsonl"), code=2)["error"]["message"]
