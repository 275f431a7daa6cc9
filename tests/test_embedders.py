"""One setting names the embedder; the index keeps it, searches use it, and do without when it cannot be had."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from conftest import write_files, write_model
from embedded_project import QUESTION, SHOP, dense, spec_of
from embedding_server import EmbeddingServer, serving

from engrep import Memory, UsageError
from engrep.engine import embedders
from engrep.engine.embedders import settled
from engrep.engine.places import code_database
from engrep.engine.trust import UNMEASURED, Calibration, keep_calibration, was_chosen


@pytest.fixture
def server() -> Iterator[EmbeddingServer]:
    """Run an embedding server."""
    with serving() as running:
        yield running


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write a small project, with nothing chosen."""
    monkeypatch.delenv("ENGREP_EMBEDDER", raising=False)
    return write_files(tmp_path / "root", SHOP)


def test_choices_have_one_spelling(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Paths become absolute, addresses lose their ends, names of models may hold signs."""
    monkeypatch.chdir(tmp_path)
    model = write_model(tmp_path / "own.npz")
    (tmp_path / "folder").mkdir()
    assert settled(" none ") == "none"
    assert settled("own.npz") == settled(str(model)) == str(model.resolve())
    assert settled("transformers:folder") == f"transformers:{tmp_path.resolve() / 'folder'}"
    assert settled("transformers:org/name") == "transformers:org/name"
    assert settled("openai:big") == "openai:big@https://api.openai.com/v1"
    assert settled("openai:@cf/baai/bge@https://example.org/v1/") == "openai:@cf/baai/bge@https://example.org/v1"


@pytest.mark.parametrize(
    "spec",
    [
        "",
        "absent.npz",
        "transformers:",
        "openai:",
        "openai:m@example.org",
        "openai:m@",
        "openai:m@https://a:b@c.org/v1",
    ],
)
def test_what_names_nothing_is_refused(spec: str, tmp_path: Path) -> None:
    """A typing mistake is answered before anything is read."""
    with pytest.raises(UsageError):
        Memory.open(tmp_path, embedder=spec)


def test_an_index_keeps_its_embedder(root: Path, tmp_path: Path, server: EmbeddingServer) -> None:
    """What is named once serves later searches and runs; only what changed is embedded."""
    with Memory.open(root, home=tmp_path / "home", embedder=spec_of(server)) as memory:
        memory.index(jobs=1)
    server.asked.clear()
    with Memory.open(root, home=tmp_path / "home") as memory:
        assert dense(memory) == (None, True)
        assert server.texts == [QUESTION]
        (root / "charge.py").write_text("def refund(card):\n    '''Give money back.'''\n", encoding="utf-8")
        server.asked.clear()
        memory.index(jobs=1)
        status = memory.status()
    assert all("refund" in text or text == "dimensions" for text in server.texts)
    assert (status.embedder, status.trust, status.trust_grounds) == (spec_of(server), UNMEASURED, "not measured")
    assert status.model == f"small@{server.url.removeprefix('http://')}"


def test_one_process_asks_the_server(
    root: Path, tmp_path: Path, server: EmbeddingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With worker processes the texts come back to this one, and the index is the same; files of settings stay out."""
    monkeypatch.setattr("engrep.engine.ingest.WORKERS_FROM", 0)
    answers = []
    for jobs in (1, 2):
        server.asked.clear()
        with Memory.open(root, home=tmp_path / f"home{jobs}", embedder=spec_of(server)) as memory:
            memory.index(jobs=jobs)
            sent = sorted(server.texts)
            answers.append(memory.search(QUESTION).hits)
        assert len(sent) >= 3
        assert not any("xyzzy" in text for text in sent)
    assert answers[0] == answers[1]


def test_the_environment_comes_before_the_index(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """ENGREP_EMBEDDER decides for a run; a search follows the index, unless it is told `none`."""
    first, second = write_model(tmp_path / "first.npz", seed=1), write_model(tmp_path / "second.npz", seed=2)
    with Memory.open(root, home=tmp_path / "home") as memory:
        memory.index(jobs=1)
        assert memory.status().embedder == "static"
        monkeypatch.setenv("ENGREP_EMBEDDER", str(first))
        memory.index(jobs=1)
        monkeypatch.setenv("ENGREP_EMBEDDER", str(second))
        assert str(memory.status().model).startswith("first-")
        assert memory.search("charge card").index.without_vectors is None
        memory.index(jobs=1)
        assert str(memory.status().model).startswith("second-")
        monkeypatch.setenv("ENGREP_EMBEDDER", "none")
        assert dense(memory) == (None, False)
        memory.index(jobs=1)
        assert (memory.status().embedder, memory.status().trust) == ("none", None)
        monkeypatch.delenv("ENGREP_EMBEDDER")
        memory.index(jobs=1)  # `none` was chosen, too
        assert memory.status().embedder == "none"


def test_the_model_of_the_package_is_the_default(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A static model in the package is used unless another choice is made; its file may say how far to trust it."""
    model = write_model(tmp_path / "static.npz")
    with np.load(model) as held:
        card = json.dumps({**json.loads(bytes(held["card"])), "trust": 0.75}).encode()
        np.savez(model, **{**dict(held), "card": np.frombuffer(card, np.uint8)})
    monkeypatch.setattr(embedders, "SHIPPED", str(model))  # an absolute path stands for itself
    with Memory.open(root, home=tmp_path / "home") as memory:
        memory.index(jobs=1)
        status = memory.status()
    assert (status.embedder, status.trust, status.trust_grounds) == ("static", 0.75, "measured by its makers")


def test_nobody_is_sent_to_a_server_by_an_index(
    root: Path, tmp_path: Path, server: EmbeddingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An index that came from elsewhere names a server that nobody chose here: it is not asked until somebody does."""
    with Memory.open(root, home=tmp_path / "theirs", embedder=spec_of(server)) as memory:
        memory.index(jobs=1)
    mine = tmp_path / "mine"
    there, here = code_database(root, tmp_path / "theirs"), code_database(root, mine)
    here.parent.mkdir(parents=True)
    here.write_bytes(there.read_bytes())
    server.asked.clear()
    with Memory.open(root, home=mine) as memory:
        problem, compared = dense(memory)
        assert "which nobody chose on this machine" in str(problem)
        assert not compared
        (check,) = (each for each in memory.doctor() if each.name == "model")
        assert not check.ok
        assert "ENGREP_EMBEDDER" in str(check.fix)
    assert not server.asked
    assert not was_chosen(spec_of(server), mine)
    monkeypatch.setenv("ENGREP_EMBEDDER", spec_of(server))
    with Memory.open(root, home=mine) as memory:
        assert dense(memory) == (None, True)
    monkeypatch.delenv("ENGREP_EMBEDDER")
    with Memory.open(root, home=mine) as memory:
        memory.index(jobs=1)  # without the name it is made anew with the default
        assert memory.status().embedder == "static"


def test_trust_weighs_the_vectors(root: Path, tmp_path: Path) -> None:
    """What vectors add grows with the trust; none is no vectors; what was measured here comes first."""
    model = str(write_model(tmp_path / "own.npz"))
    home = tmp_path / "home"

    def added(trust: float | None) -> float:
        with Memory.open(root, home=home, embedder=model, trust=trust) as memory:
            if not memory.status().indexed:
                memory.index(jobs=1)
            hits = memory.search("where is a card charged").hits
        return sum(why.value for why in hits[0].why if why.part.startswith("dense"))

    full = added(1.0)
    assert full > 1.0
    assert added(0.5) == pytest.approx(full / 2)
    assert added(None) == pytest.approx(full * UNMEASURED)
    assert added(0.0) == 0.0
    identity = str(Memory.open(root, home=home).status().model)
    keep_calibration(Calibration(identity, 0.8, 0.5, 1.0, 0.02, 0.01, 0.03, 0.5, 300, ("shop",), "2026-01-01"), home)
    assert added(None) == pytest.approx(full * 0.8)


def test_of_an_issue_the_title_is_embedded(root: Path, tmp_path: Path, server: EmbeddingServer) -> None:
    """The vector of a page of details lies near everything and nothing."""
    issue = "Money is taken twice\n\nIt happens at night.\nThe log says nothing."
    with Memory.open(root, home=tmp_path / "home", embedder=spec_of(server)) as memory:
        memory.index(jobs=1)
        memory.search(issue)
        assert server.texts[-1] == "Money is taken twice"
