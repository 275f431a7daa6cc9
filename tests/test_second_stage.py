"""A second model looks at the best places once more: off by default, kept by content, and never in the way of an answer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import Cli, write_files
from embedding_server import EmbeddingServer, Say, serving

from engrep import Memory, UsageError
from engrep.engine.places import vector_database
from engrep.engine.types import Search

SHOP = """
    #- wait.py
    def wait_again(attempt):
        '''Wait before the next attempt.'''
        return attempt * 2
    #- pause.py
    def pause_next(attempt):
        '''Pause until the next attempt may begin.'''
        return attempt * 3
    #- .env.local
    ATTEMPT_NEXT=xyzzyplugh
"""
QUESTION = "the next attempt"


@pytest.fixture
def server() -> Iterator[EmbeddingServer]:
    """Run a server that takes the question for what pause.py says, and all else for something different."""
    with serving() as running:
        running.meaning = lambda text: "meant" if "pause" in text or text == QUESTION else "other"
        yield running


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Index a small project without vectors."""
    root = write_files(tmp_path / "root", SHOP)
    with Memory.open(root, home=tmp_path / "home", embedder="none") as memory:
        memory.index(jobs=1)
    return root


def spec_of(server: EmbeddingServer) -> str:
    """Give the choice that names a server."""
    return f"openai:second@{server.url}"


def asked(root: Path, second: str | None, question: str = QUESTION, without: tuple[str, ...] = ()) -> Search:
    """Ask with a second stage, or without."""
    with Memory.open(root, home=root.parent / "home", embedder="none", second_stage=second) as memory:
        return memory.search(question, without=without)


def looked_at(found: Search) -> list[str]:
    """Give the files for which the second stage spoke."""
    return [hit.path for hit in found.hits if any(why.part == "second_stage" for why in hit.why)]


def test_it_is_off_unless_it_is_named(root: Path, server: EmbeddingServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is asked without a choice; the library and the environment choose."""
    before = asked(root, None)
    assert looked_at(before) == []
    assert server.asked == []
    monkeypatch.setenv("ENGREP_SECOND_STAGE", spec_of(server))
    assert looked_at(asked(root, None)) == ["pause.py"]
    assert looked_at(asked(root, None, without=("second_stage",))) == []


def test_it_moves_what_it_means_up(root: Path, server: EmbeddingServer) -> None:
    """The parts of each score still add up to it, and what it says nothing of keeps its score."""
    before = {hit.path: hit.score for hit in asked(root, None).hits}
    found = asked(root, spec_of(server))
    after = {hit.path: hit.score for hit in found.hits}
    assert after["pause.py"] > before["pause.py"]
    assert after["wait.py"] == before["wait.py"]
    assert [hit.score for hit in found.hits] == sorted(after.values(), reverse=True)
    for hit in found.hits:
        assert sum(why.value for why in hit.why) == pytest.approx(hit.score, abs=0.001)


def test_a_place_is_embedded_once(root: Path, server: EmbeddingServer) -> None:
    """The next question sends itself alone, until a file changes; files of settings never show their values."""
    asked(root, spec_of(server))
    assert not any("xyzzy" in text for text in server.texts)
    server.asked.clear()
    asked(root, spec_of(server))
    assert server.texts == [QUESTION]
    server.asked.clear()
    (root / "wait.py").write_text("def wait_again(attempt):\n    '''Begin the next attempt.'''\n", encoding="utf-8")
    asked(root, spec_of(server))
    assert [text.split()[0] for text in server.texts if text != QUESTION] == ["wait.py"]


@pytest.mark.parametrize("question", ["pause_next", "pause.pause_next", "wait_again in wait"])
def test_a_name_needs_no_second_look(root: Path, server: EmbeddingServer, question: str) -> None:
    """Where a name decides, no model is asked."""
    assert looked_at(asked(root, spec_of(server), question)) == []
    assert server.asked == []


def test_without_it_the_answer_stands(root: Path, server: EmbeddingServer) -> None:
    """A server that fails leaves the first stage's order, says so, and is left alone for a while."""
    before = asked(root, None)
    server.script.extend([Say(status=500)] * 20)
    with Memory.open(root, home=root.parent / "home", embedder="none", second_stage=spec_of(server)) as memory:
        first = memory.search(QUESTION)
        n_asked = len(server.asked)
        second = memory.search(QUESTION)
    assert first.hits == second.hits == before.hits
    assert first.index.without_second_stage == second.index.without_second_stage
    assert "500" in (first.index.without_second_stage or "")
    assert len(server.asked) == n_asked


def test_what_cannot_be_kept_is_used_all_the_same(root: Path, server: EmbeddingServer) -> None:
    """A store of vectors that is in the way costs only the keeping."""
    path = vector_database(root, root.parent / "home")
    path.unlink(missing_ok=True)
    path.mkdir(parents=True)
    assert looked_at(asked(root, spec_of(server))) == ["pause.py"]


def test_the_command_line_has_it(root: Path, server: EmbeddingServer, cli: Cli) -> None:
    """The flag names it for one search, its failure is in the footer, and what names nothing is a usage error."""
    home = {"ENGREP_HOME": str(root.parent / "home"), "ENGREP_EMBEDDER": "none"}
    flags = ["search", QUESTION, "--repo", str(root), "--second-stage"]
    shown = json.loads(cli(*flags, spec_of(server), "--json", cwd=root, **home).stdout)
    assert any(why["part"] == "second_stage" for hit in shown["hits"] for why in hit["why"])
    server.script.extend([Say(status=401, body=b'{"error": {"message": "no such key"}}')] * 3)
    failed = cli(*flags, spec_of(server).replace("second@", "third@"), cwd=root, **home)
    assert "without the second stage" in failed.stdout + failed.stderr
    assert "no such key" in failed.stdout + failed.stderr
    refused = cli(*flags, "nonsense", cwd=root, **home)
    assert refused.returncode == 2
    with pytest.raises(UsageError):
        asked(root, "nonsense")
