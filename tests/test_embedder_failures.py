"""What an embedder that fails costs: vectors, never a search or a run."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from conftest import write_files
from embedded_project import QUESTION, SHOP, dense, spec_of
from embedding_server import EmbeddingServer, Say, serving

from engrep import Memory, StateError
from engrep.engine import choice, embedders, embedding

if TYPE_CHECKING:
    from numpy.typing import NDArray


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


def test_a_search_does_without_what_fails(
    root: Path,
    tmp_path: Path,
    server: EmbeddingServer,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A server that fails costs a search its vectors and nothing else; it is left alone for a while, then asked again."""
    caplog.set_level(logging.INFO)
    with Memory.open(root, home=tmp_path / "home", embedder=spec_of(server)) as memory:
        memory.index(jobs=1)
        server.asked.clear()
        server.script.append(Say(500, b"out of memory"))
        for _ in range(3):
            problem, compared = dense(memory)
            assert "out of memory" in str(problem)
            assert not compared
        assert len(server.asked) == 1
        assert caplog.text.count("searching without vectors") == 1
        monkeypatch.setattr(choice, "REST_SECONDS", 0.0)
        server.script.append(Say(503, b"still"))
        memory._choice.failed("again")
        assert "still" in str(dense(memory)[0])
        assert dense(memory) == (None, True)
        server.width = 24
        assert "24 numbers after some of 16" in str(dense(memory)[0])
    with Memory.open(root, home=tmp_path / "home", embedder=spec_of(server)) as memory:
        embedders.load(spec_of(server))._width = 0  # type: ignore[union-attr]
        assert "another length than the index" in str(dense(memory)[0])


def test_a_broken_embedder_of_ones_own_costs_only_vectors(root: Path, tmp_path: Path) -> None:
    """Whatever a foreign embedder raises, the search is answered."""
    with Memory.open(root, home=tmp_path / "home", embedder=Moody) as memory:
        memory.index(jobs=1)
        Moody.is_broken = True
        assert dense(memory) == ("bad day", False)


class Moody:
    """An embedder that somebody else wrote."""

    identity, dimensions, in_workers = "moody", 8, False
    trust: float | None = None
    is_broken = False

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if self.is_broken:
            raise RuntimeError("bad day")
        return np.full((len(texts), 8), 8**-0.5, np.float32)


def test_a_run_that_a_server_ends_goes_on(
    root: Path, tmp_path: Path, server: EmbeddingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the server refuses, the code is indexed all the same; the next run asks for the rest, and for nothing twice."""
    monkeypatch.setattr(embedding, "SLOW_BATCH", 1)
    with Memory.open(root, home=tmp_path / "home", embedder=spec_of(server)) as memory:
        server.script += [Say(), Say(), Say(401, b"who are you")]
        with pytest.raises(StateError, match="who are you"):
            memory.index(jobs=1)
        refused = server.texts[-1]
        problem, compared = dense(memory)
        assert str(problem).startswith("only 1 of ")
        assert not compared
        memory.index(jobs=1)
        assert dense(memory) == (None, True)
    sent = [text for text in server.texts if text not in {"dimensions", QUESTION}]
    assert len(sent) == len(set(sent)) + 1
    assert sent.count(refused) == 2
    with Memory.open(root, home=tmp_path / "home") as memory:
        server.asked.clear()
        memory.index(jobs=1, full=True)
        assert set(server.texts) <= {"dimensions"}


def test_a_server_with_another_model_of_the_name_is_asked_anew(
    root: Path, tmp_path: Path, server: EmbeddingServer
) -> None:
    """Vectors of two lengths never mix: when the server's are of another one, all are made anew."""
    with Memory.open(root, home=tmp_path / "home", embedder=spec_of(server)) as memory:
        memory.index(jobs=1)
        server.width = 24
        embedders.load(spec_of(server))._width = 0  # type: ignore[union-attr]
        embedders.load(spec_of(server), patient=True)._width = 0  # type: ignore[union-attr]
        (root / "charge.py").write_text("def refund(card):\n    '''Give money back.'''\n", encoding="utf-8")
        memory.index(jobs=1)
        assert dense(memory) == (None, True)
        status = memory.status()
        assert status.vectors == status.chunks
