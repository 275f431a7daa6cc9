"""On the command line an embedder is chosen, a person is asked, and no secret is sent or kept."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import Cli, write_files
from embedded_project import QUESTION, SHOP, dense, spec_of
from embedding_server import EmbeddingServer, serving

from engrep import Memory, UsageError
from engrep.agreement import agreement
from engrep.engine import embed_cost, embed_endpoint
from engrep.engine.embed_cost import Cost


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
