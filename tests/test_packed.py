"""Packed values that were damaged: searches say so in words, and a full index run makes them anew."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest
from conftest import write_files, write_model

from engrep.engine import packed
from engrep.engine.db import DamagedError
from engrep.engine.memory import Memory
from engrep.engine.packed import PackedError, deflate
from engrep.engine.places import code_database
from engrep.engine.references import unpack_uses

SOURCE = (
    "#- a.py\ndef backoff(n):\n    return n\ndef retry():\n    return backoff(1)\n#- b.py\ndef backoff(n):\n    pass\n"
)


@pytest.mark.parametrize("damage", ["x''", "x'7801'", "substr({column}, 1, length({column}) - 2)"])
@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("blob_references", "uses"),
        ("blob_references", "meanings"),
        ("blob_details", "details"),
        ("blob_terms", "terms"),
        ("blob_vectors", "vectors"),
        ("blob_vectors", "widths"),
    ],
)
def test_a_damaged_value_is_told_and_made_anew(
    table: str, column: str, damage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever reads a damaged value says that the index is damaged and what to do."""
    if table == "blob_vectors" and not damage.startswith("substr"):
        damage = "x'00'"  # no vectors at all are those of a file that was indexed without a model
    monkeypatch.setenv("ENGREP_EMBEDDER", str(write_model(tmp_path / "small.npz")))
    root = tmp_path / "root"
    root.mkdir()
    write_files(root, SOURCE)
    with Memory.open(root) as memory:
        memory.index()
        connection = apsw.Connection(str(code_database(root)))
        connection.execute(f"UPDATE {table} SET {column} = {damage.format(column=column)}")  # noqa: S608 - our own
        connection.close()
        with pytest.raises(DamagedError, match="engrep index --full"):
            _ask(memory)
        memory.index(full=True)
        _ask(memory)


def _ask(memory: Memory) -> None:
    """Have every packed value read."""
    memory.search("backoff of retry")
    memory.search("backoff: wait longer")
    memory.callers("backoff")


@pytest.mark.parametrize("content", [b"[[]]" * 2, b"[" * 200_000, b"\xff"])
def test_a_value_that_we_did_not_write_is_refused(content: bytes) -> None:
    """Whoever hands over a database may have packed anything; it is data, and no reason to fall over."""
    with pytest.raises(PackedError):
        unpack_uses(deflate(content))


def test_a_value_that_unpacks_to_more_than_we_write_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A small value may be a huge one folded up."""
    monkeypatch.setattr(packed, "LARGEST", 1000)
    assert packed.inflate(deflate(b"0" * 1000)) == b"0" * 1000
    with pytest.raises(PackedError):
        packed.inflate(deflate(b"0" * 1001))
