"""How vectors are stored and compared, and that the sieves of the dense lane lose nothing that matters."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import MakeRepo, write_model
from hypothesis import given
from hypothesis import strategies as st

from engrep.engine import store, store_vectors
from engrep.engine.embed import StaticEmbedder, load_static
from engrep.engine.memory import Memory
from engrep.engine.packed import PackedError
from engrep.engine.places import code_database
from engrep.engine.vectors import (
    Asked,
    cosines,
    embed,
    length_of_sum,
    pack,
    put_together,
    sign_bits,
    some_of,
    spans,
    summing,
    unpack,
)
from engrep.engine.warm import Signs
from engrep.eval.speed.nearest import measure_nearest

WORDS = "retry backoff payment request charge card client server list length".split()


def model(n_words: int = len(WORDS), dimensions: int = 16) -> StaticEmbedder:
    """Give a random model."""
    chance = np.random.default_rng(3)
    packed = chance.integers(0, 256, (n_words, dimensions // 2)).astype(np.uint8)
    words = [*WORDS, *(f"w{at}" for at in range(n_words - len(WORDS)))]
    return StaticEmbedder("random", words, packed, np.tile(chance.random((n_words, 1)), 2).astype(np.float32))


class Plain:
    """A model that gives vectors and says nothing of how it made them."""

    identity, dimensions, in_workers = "plain", 16, True
    trust: float | None = None

    def embed(self, texts: Sequence[str]) -> Any:
        """Embed as the other does."""
        return model().embed(texts)


@given(st.lists(st.lists(st.sampled_from([*WORDS, "unknown"]), max_size=30).map(" ".join), min_size=1, max_size=8))
def test_stored_vectors_give_the_cosines_of_the_vectors(texts: list[str]) -> None:
    """A sum stored as its rows is right to one in 4,096, components as bytes to half a step; nothing gives nothing."""
    embedder = model()
    vectors = embedder.embed(texts)
    question = embedder.embed(["charge the card of a client"])[0]
    for kind, within in ((embedder, 2.0**-11), (Plain(), 0.5 / 127 * 4)):
        records, signs = embed(kind, texts)
        stored = put_together([pack(records)])
        assert unpack(*pack(records)) == records
        assert cosines(Asked(question, kind), stored) == pytest.approx(vectors @ question, abs=within)
        assert length_of_sum(kind, stored) == pytest.approx(
            float(np.linalg.norm(vectors.sum(axis=0))), abs=len(texts) * 4 * within
        )
        assert signs == sign_bits(vectors)


def test_some_records_are_those_at_their_places() -> None:
    """Records of any widths can be taken out in any order."""
    records = [b"abc", b"", b"d", b"ef"]
    taken = some_of(put_together([pack(records[:2]), pack(records[2:])]), np.array([3, 0, 1]))
    assert taken.joined.tobytes() == b"efabc"
    assert taken.widths.tolist() == [2, 3, 0]
    assert spans(np.array([5, 2]), np.array([2, 1])).tolist() == [5, 6, 2]


def test_a_large_table_is_stored_by_components() -> None:
    """Rows that two bytes cannot number are not stored as rows."""
    assert summing(model()) is not None
    assert summing(model(n_words=(1 << 16) + 1, dimensions=8)) is None


@pytest.mark.parametrize("record", [b"", b"ab", b"\x00\x00\x00\xff\xff\x01"])
def test_records_of_another_model_are_told(record: bytes) -> None:
    """What is no record of the model at hand is damage, not a cosine."""
    asked = Asked(model().embed(["card"])[0], model())
    with pytest.raises(PackedError):
        cosines(asked, put_together([pack([record])]))
    with pytest.raises(PackedError):
        cosines(Asked(asked.vector, Plain()), put_together([pack([record])]))


@pytest.mark.parametrize("n_bytes", [2, 16])
def test_the_first_sieve_keeps_what_agrees_most(n_bytes: int) -> None:
    """The vectors that are left agree in more signs than all others, whatever their length is a multiple of."""
    chance = np.random.default_rng(5)
    rows = chance.integers(0, 256, (5000, n_bytes)).astype(np.uint8)
    vector = chance.standard_normal(8 * n_bytes).astype(np.float32)
    kept = Signs(np.arange(5000), rows).agreeing(vector, 300)
    differing = (np.unpackbits(rows, axis=1, bitorder="little") != (vector > 0)).sum(axis=1)
    assert len(kept) >= 300
    assert differing[kept].max() < np.delete(differing, kept).min()


def test_near_ones_pass_all_sieves() -> None:
    """Of 20,000 vectors that stand in groups the ten nearest are among the few whose records are read."""
    chance = np.random.default_rng(6)
    groups = chance.standard_normal((500, 128)).repeat(40, axis=0)
    vectors = (groups + 0.7 * chance.standard_normal((20_000, 128))).astype(np.float32)
    rows = np.packbits(vectors > 0, axis=1, bitorder="little")
    signs = Signs(np.arange(20_000), rows)
    found = 0
    for question in vectors[:20] + chance.standard_normal((20, 128)).astype(np.float32):
        near = signs.near(question, 600)
        assert len(near) <= 700
        found += len(np.intersect1d(near, np.argsort(-(vectors @ question))[:10]))
    assert found >= 0.97 * 200


def test_signs_are_read_as_sqlite_vec_gives_them(
    repo: MakeRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The blocks that are read as they lie hold what sqlite-vec selects, after rows went and came, and tidied up."""
    monkeypatch.setenv("ENGREP_EMBEDDER", str(write_model(tmp_path / "one.npz")))
    root = repo("#- card.py\n# Charge the card.\ndef charge(card): pass\n")
    with Memory.open(root) as memory:
        memory.index()
    chance = random.Random(1)
    database = store.open_code(code_database(root))
    with database.writing() as connection:
        rows = [(1000 + at, chance.randbytes(2)) for at in range(12_000)]
        connection.executemany("INSERT INTO chunk_vec (rowid, embedding) VALUES (?, vec_bit(?))", rows)
        gone = chance.sample(rows, 11_000)
        connection.executemany("DELETE FROM chunk_vec WHERE rowid = ?", [(number,) for number, _ in gone])
        selected: list[tuple[Any, ...]] = connection.execute("SELECT rowid, embedding FROM chunk_vec").fetchall()
        wanted = dict(selected)
        blocks = "SELECT count(*) FROM chunk_vec_chunks"
        before = connection.execute(blocks).get
        for _ in range(2):
            ids, signs = store_vectors.sign_blocks(connection)
            assert dict(zip(ids.tolist(), [row.tobytes() for row in signs], strict=True)) == wanted
            store_vectors.tidy_signs(connection)
        assert connection.execute(blocks).get < before
    database.close()


def test_the_lane_is_held_against_exact_cosines(
    repo: MakeRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The measurement finds all of the exact ten in a small index, and refuses one of other files."""
    monkeypatch.setenv("ENGREP_EMBEDDER", str(write_model(tmp_path / "one.npz")))
    root = repo("")
    for number in range(30):
        (root / f"m{number}.py").write_text(
            f"# {' '.join(WORDS[number % 7 : number % 10 + 2])}\ndef f{number}(): pass\n", encoding="utf-8"
        )
    with Memory.open(root) as memory:
        memory.index()
    found = measure_nearest(root, ["retry of a payment", "length of a list"])
    assert (found["questions"], found["chunks"]) == (2.0, 30.0)
    assert found["recall"] == found["recall_coarse"] == found["recall_agreeing"] == 1.0
    assert json.dumps(found)
    assert load_static(os.environ["ENGREP_EMBEDDER"]).dimensions == 16
