"""The file of a static model is anybody's: whatever is wrong with it is one error that says so, and nothing is loaded."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import write_model
from hypothesis import given
from hypothesis import strategies as st
from numpy.lib import format as npy

from engrep.engine.embed import load_static
from engrep.engine.errors import StateError


def refused(path: Path) -> str:
    """Return why a file is no model."""
    with pytest.raises(StateError, match="is no embedding model that engrep can read") as caught:
        load_static(str(path))
    return str(caught.value)


def bytes_of(text: str) -> np.ndarray[Any, Any]:
    """Return a text as the file has it."""
    return np.frombuffer(text.encode(), np.uint8)


@pytest.fixture
def arrays(tmp_path: Path) -> dict[str, Any]:
    """Return what a sound file holds: 15 tokens of 16 components."""
    with np.load(write_model(tmp_path / "sound.npz")) as stored:
        return dict(stored)


@pytest.mark.parametrize(
    ("member", "value", "why"),
    [
        ("rows", np.ones((15, 8), np.float32), "type float32"),
        ("rows", np.ones(15, np.uint8), r"shape \(15,\)"),
        ("rows", np.ones((15, 8, 2), np.uint8), r"shape \(15, 8, 2\)"),
        ("rows", np.ones((15, 0), np.uint8), r"shape \(15, 0\)"),
        ("rows", np.ones((15, 7), np.uint8), r"shape \(15, 7\)"),
        ("rows", np.ones((14, 8), np.uint8), "15 tokens"),
        ("rows", np.asfortranarray(np.ones((15, 8), np.uint8)), "by columns"),
        ("scales", np.ones(15, np.float16), "scales of shape"),
        ("scales", np.full((15, 2), np.nan, np.float16), "not all numbers"),
        ("scales", np.full((15, 2), "a"), "of type <U1"),
        ("scales", np.ones((15, 2), np.complex64), "of type complex64"),
        ("tokens", np.full(9, 255, np.uint8), "utf-8"),
        ("card", bytes_of("[1]"), "indices"),
        ("card", bytes_of("[" * 100_000), "recursion"),
        ("card", bytes_of('{"name": ["a"], "hash": "b"}'), "no texts"),
    ],
)
def test_members_that_are_no_models_are_refused(
    member: str, value: Any, why: str, arrays: dict[str, Any], tmp_path: Path
) -> None:
    """Each member has one type and a shape that fits the others."""
    np.savez(tmp_path / "other.npz", **{**arrays, member: value})
    with pytest.raises(StateError, match=why):
        load_static(str(tmp_path / "other.npz"))


@pytest.mark.parametrize("key", ["trust", "noise"])
@pytest.mark.parametrize("value", ["NaN", "Infinity", "-3", "1e300", "true", '"high"', "[1]"])
def test_a_card_says_numbers(key: str, value: str, arrays: dict[str, Any], tmp_path: Path) -> None:
    """What fusion and recall reckon with is a number in its range."""
    described = bytes_of(f'{{"name": "a", "hash": "b", "{key}": {value}}}')
    np.savez(tmp_path / "other.npz", **{**arrays, "card": described})
    assert f"its {key} is" in refused(tmp_path / "other.npz")


def test_a_card_may_say_its_trust_and_noise(arrays: dict[str, Any], tmp_path: Path) -> None:
    """Both are read, whole numbers too."""
    card = {**json.loads(bytes(arrays["card"])), "trust": 1, "noise": 0.25}
    np.savez(tmp_path / "other.npz", **{**arrays, "card": bytes_of(json.dumps(card))})
    model = load_static(str(tmp_path / "other.npz"))
    assert (model.trust, model.noise) == (1.0, 0.25)


@pytest.mark.parametrize("member", ["rows", "scales", "tokens", "card"])
def test_a_missing_member_is_said(member: str, arrays: dict[str, Any], tmp_path: Path) -> None:
    """No member can be done without."""
    np.savez(tmp_path / "other.npz", **{name: value for name, value in arrays.items() if name != member})
    assert member in refused(tmp_path / "other.npz")


def test_a_compressed_file_is_refused(arrays: dict[str, Any], tmp_path: Path) -> None:
    """A small file cannot unpack to a large one, and rows are mapped as they lie there."""
    np.savez_compressed(tmp_path / "other.npz", **arrays)
    assert "is compressed" in refused(tmp_path / "other.npz")


@pytest.mark.parametrize("member", ["rows", "scales"])
@pytest.mark.parametrize("shape", [(15, 20), (15, 10**13), (15, 10**30), (-16, 8), (10**13, 2)])
def test_a_shape_that_is_not_there_is_refused(
    member: str, shape: tuple[int, int], arrays: dict[str, Any], tmp_path: Path
) -> None:
    """What a header claims has to lie in the file."""
    header = io.BytesIO()
    npy.write_array_header_1_0(header, {"descr": "|u1", "fortran_order": False, "shape": shape})
    np.savez(tmp_path / "sound.npz", **arrays)
    rewrite(tmp_path / "sound.npz", {f"{member}.npy": header.getvalue() + bytes(16)})
    refused(tmp_path / "sound.npz")


def rewrite(path: Path, changed: Mapping[str, bytes]) -> None:
    """Write members of an archive anew."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in {**members, **changed}.items():
            archive.writestr(name, data)


@given(st.data())
def test_a_damaged_file_is_loaded_or_refused(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """Cut anywhere, or with bytes that are others: nothing but the one error comes of it."""
    path = write_model(tmp_path_factory.mktemp("damaged") / "model.npz")
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(0, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(0, len(content)) | st.just(len(content)))])
    try:
        model = load_static(str(path))
    except StateError:
        return
    assert np.isfinite(model.embed(["retry payment", ""])).all()
    assert np.isfinite(model.embed_question("retry payment")).all()
