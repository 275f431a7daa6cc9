"""One setting names the embedder; the index keeps it, searches use it, and do without when it cannot be had."""

from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from conftest import Cli, write_files, write_model
from embedding_server import EmbeddingServer, Say, serving

from engrep import Memory, StateError, UsageError
from engrep.agreement import agreement
from engrep.engine import choice, embed_cost, embed_endpoint, embedders, embedding
from engrep.engine.embed_cost import Cost
from engrep.engine.embedders import settled
from engrep.engine.places import code_database
from engrep.engine.trust import UNMEASURED, Calibration, keep_calibration, was_chosen

if TYPE_CHECKING:
    from numpy.typing import NDArray

SHOP = """
    #- charge.py
    def charge(card):
        '''Take money from a card.'''
    #- retry.py
    def backoff(attempt):
        '''Seconds before the next attempt.'''
    #- .env.local
    PETNAME=xyzzyplugh
"""
QUESTION = "how long before the next attempt"


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


def spec_of(server: EmbeddingServer) -> str:
    """Give the choice that names a server."""
    return f"openai:small@{server.url}"


def dense(memory: Memory) -> tuple[str | None, bool]:
    """Ask, and give what went wrong and whether a vector was compared."""
    found = memory.search(QUESTION)
    assert found.hits
    return found.index.without_vectors, any(why.part == "dense_best" for hit in found.hits for why in hit.why)


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


def test_the_command_line_chooses_and_asks(cli: Cli, tmp_path: Path, server: EmbeddingServer) -> None:
    """--embedder names it once; nobody to ask is no agreement for a large run; a search without the server says so."""
    home = {"ENGREP_HOME": str(tmp_path / "home")}
    many = "".join(f"#- m{n}.py\n" + "".join(f"def step_{n}_{k}(a, b): ...\n" for k in range(9)) for n in range(9))
    folder = write_files(tmp_path / "shop", SHOP.replace("\n    ", "\n") + many)
    done = cli("index", "--embedder", spec_of(server), "--json", cwd=folder, **home)
    assert (done.returncode, done.stderr) == (0, "")
    shown = cli("search", *QUESTION.split(), "--json", cwd=folder, **home)
    assert json.loads(shown.stdout)["index"]["without_vectors"] is None
    assert "trusted 0.3 (not measured): run `engrep eval calibrate`" in cli("status", cwd=folder, **home).stdout
    server.shutdown()
    server.server_close()
    without = cli("search", *QUESTION.split(), "--json", cwd=folder, **home)
    assert (without.returncode, without.stderr) == (0, "")
    assert json.loads(without.stdout)["index"]["without_vectors"].startswith("127.0.0.1 gave no embeddings")
    refused = cli("index", "--embedder", "openai:", cwd=folder, **home)
    assert (refused.returncode, refused.stderr) == (2, refused.stderr)
    assert "names no model" in refused.stderr


def test_a_large_run_needs_a_yes(
    root: Path, tmp_path: Path, server: EmbeddingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without agreement nothing but a trial is sent and there are no vectors; with it, all; later runs need none."""
    monkeypatch.setattr(embed_endpoint, "_LOCAL", frozenset[str]())
    monkeypatch.setattr(embed_cost, "LARGE_TOKENS", 20)
    asked: list[Cost] = []

    def agree(cost: Cost) -> bool:
        asked.append(cost)
        return True

    with Memory.open(root, home=tmp_path / "home", embedder=spec_of(server)) as memory:
        for jobs in (1, 2):
            with pytest.raises(
                UsageError, match="nobody agreed to it, so nothing was sent and its vectors are missing"
            ):
                memory.index(jobs=jobs)
        assert set(server.texts) == {"dimensions"}
        assert memory.status().vectors == 0
        assert "only 0 of" in str(dense(memory)[0])
        server.asked.clear()
        memory.index(jobs=1, agree=agree)
        assert [(cost.where, cost.texts) for cost in asked] == [("127.0.0.1", len(server.texts))]
        memory.index(jobs=1, full=True)  # all of it is kept


@pytest.mark.parametrize(
    ("yes", "terminal", "answer", "agreed"),
    [(True, False, "", True), (False, False, "y", False), (False, True, "y", True), (False, True, "", False)],
)
def test_a_person_is_asked_at_a_terminal(
    yes: bool,
    terminal: bool,
    answer: str,
    agreed: bool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """--yes agrees, a person may, a pipe does not; what it would cost is shown."""
    given = io.StringIO(answer + "\n")
    monkeypatch.setattr("sys.stdin", given)
    for stream in (given, sys.stderr):
        monkeypatch.setattr(stream, "isatty", lambda: terminal, raising=False)
    assert agreement(yes=yes)(Cost("api.example.org", 5000, 300_000, 20)) is agreed
    shown = capsys.readouterr().err
    assert ("5,000 texts (300,000 tokens, 20 requests) would be sent to api.example.org" in shown) is (yes or terminal)


def test_the_database_holds_no_secret(
    root: Path, tmp_path: Path, server: EmbeddingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The key is stored nowhere."""
    monkeypatch.setenv("ENGREP_EMBEDDER_KEY", "k3yk3yk3y")
    with Memory.open(root, home=tmp_path / "home", embedder=spec_of(server)) as memory:
        memory.index(jobs=1)
        assert dense(memory) == (None, True)
    assert {asked.headers.get("authorization") for asked in server.asked} == {"Bearer k3yk3yk3y"}
    written = [path for path in (tmp_path / "home").rglob("*") if path.is_file()]
    assert len(written) >= 3
    assert not any(b"k3yk3y" in path.read_bytes() for path in written)
