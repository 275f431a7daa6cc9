"""Memories found by what they mean: when they are embedded, by which model, and when a likeness is none."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pytest
from conftest import cli_environment
from embedding_server import EmbeddingServer, serving

from engrep import Memory
from engrep.engine import embedders, memory_vectors
from engrep.engine.places import memory_database, vector_database

MEANINGS = {word: at for at, words in enumerate([
    "deploy rollout release", "friday weekend", "colour palette", "invoice bill", "queue broker", "cache memo",
    "login session", "disk volume", "parser grammar", "thread worker", "mail letter", "price cost", "map chart",
    "image picture", "clock timer", "door gate",
]) for word in words.split()}  # fmt: skip
RULE, QUESTION = "Deploy on friday, never later.", "when is the rollout before the weekend"


def write_meanings(path: Path, meanings: Mapping[str, int] = MEANINGS) -> Path:
    """Write a model in which words of one number mean the same, and those of two nothing alike; give its path."""
    levels = np.full((len(meanings), 16), 8, np.uint8)  # four bits: 8 is nothing, 15 is most
    levels[range(len(meanings)), list(meanings.values())] = 15
    card, tokens = json.dumps({"name": path.stem, "hash": "h"}).encode(), "\n".join(meanings).encode()
    np.savez(
        path,
        rows=levels[:, 0::2] | (levels[:, 1::2] << 4),
        scales=np.full((len(meanings), 2), 0.01, np.float16),
        tokens=np.frombuffer(tokens, np.uint8),
        card=np.frombuffer(card, np.uint8),
    )
    return path


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Give the path of a model of meanings."""
    return str(write_meanings(tmp_path_factory.mktemp("model") / "meanings.npz"))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Give an empty folder."""
    (tmp_path / "root").mkdir()
    return tmp_path / "root"


def open_memory(root: Path, embedder: str) -> Memory:
    """Open the memory of a folder."""
    return Memory.open(root, home=root.parent / "home", embedder=embedder)


def told(memory: Memory, question: str = QUESTION) -> list[str]:
    """Give the texts of what a question brings back."""
    return [item.text for item in memory.recall(question).items]


def test_a_memory_is_found_by_other_words(root: Path, model: str) -> None:
    """Not a word of the question is in the memory; without a model it stays away."""
    with open_memory(root, model) as memory:
        memory.remember(RULE)
        memory.remember("Each invoice has a colour.", scope="user")
        (item,) = memory.recall(QUESTION).items
        assert (item.text, [why.part for why in item.why]) == (RULE, ["like"])
        assert told(memory, "which palette for a bill") == ["Each invoice has a colour."]
    with open_memory(root, "none") as memory:
        assert told(memory) == []


def test_a_weak_likeness_is_silence(root: Path, model: str) -> None:
    """A neighbour exists for every question; one word in sixteen is none."""
    with open_memory(root, model) as memory:
        first = {at: word for word, at in reversed(MEANINGS.items())}
        memory.remember(f"All of {' and '.join(first.values())} are ours.")
        assert told(memory, "which grammar") == []


def test_the_more_memories_the_nearer_it_must_be() -> None:
    """Among many memories some are near by chance."""
    noise = memory_vectors.noise_among
    assert noise(0, 0.25) == noise(75, 0.25) == 0.25
    assert noise(75, 0.25) < noise(1_000, 0.25) < noise(100_000, 0.25) < 0.5
    assert noise(10, None) == memory_vectors.UNMEASURED


def test_what_the_question_names_needs_no_likeness(root: Path, model: str) -> None:
    """Where a memory is called what is asked for, another one that is only like it stays away."""
    with open_memory(root, model) as memory:
        memory.remember("It goes out on mondays.", title="rollout")
        memory.remember(RULE)
        assert told(memory, "rollout") == ["It goes out on mondays."]


def test_a_push_stays_silent_where_only_the_meaning_fits(root: Path, model: str) -> None:
    """What nobody asked for needs the very words."""
    with open_memory(root, model) as memory:
        memory.remember(RULE)
        assert told(memory) == [RULE]
        assert memory.push(QUESTION, session="s").items == ()


def test_nothing_is_embedded_when_something_is_remembered(root: Path, model: str) -> None:
    """A question embeds what is new, and an index run too."""
    with open_memory(root, model) as memory:
        memory.remember(RULE)
        assert not vector_database(root, root.parent / "home").exists()
        memory.index()
        assert vector_database(root, root.parent / "home").exists()
        assert told(memory) == [RULE]


def test_an_edited_memory_is_found_by_what_it_says_now(root: Path, model: str) -> None:
    """Its old words bring it back no more, except where it is asked what was said then."""
    with open_memory(root, model) as memory:
        made = memory.remember(RULE)
        assert told(memory) == [RULE]
        memory.edit(made.id, "The queue takes ten.")
        assert told(memory) == []
        assert told(memory, "what about the broker") == ["The queue takes ten."]
        memory.forget(made.id)
        assert told(memory, "what about the broker") == []


def test_of_very_many_changes_a_question_embeds_some(root: Path, model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It does not wait for all of them; what waits is found by no words that it no longer has."""
    monkeypatch.setattr(memory_vectors, "AT_ONCE", 2)
    with open_memory(root, model) as memory:
        made = memory.remember(RULE)
        assert told(memory) == [RULE]
        for word in ("clock", "door", "chart"):
            memory.remember(f"We have a {word}.")
        memory.edit(made.id, "Mail leaves at noon.")
        assert told(memory) == []  # two of the four changes are embedded
        assert told(memory, "which letter") == ["Mail leaves at noon."]


def test_an_index_run_embeds_all_changes(root: Path, model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many there are, in as many batches as it takes."""
    monkeypatch.setattr(memory_vectors, "AT_ONCE", 0)
    monkeypatch.setattr(memory_vectors, "BATCH", 2)
    with open_memory(root, model) as memory:
        for word in ("clock", "door", "chart", "mail"):
            memory.remember(f"We have a {word}.")
        memory.remember(RULE)
        memory.index()
        assert told(memory) == [RULE]


def test_vectors_of_two_models_never_mix(root: Path, model: str, tmp_path: Path) -> None:
    """Another model makes all of them anew, and the first again."""
    other = write_meanings(tmp_path / "other.npz", {**MEANINGS, "rollout": 5, "weekend": 5})
    for embedder, expected in ((model, [RULE]), (str(other), []), (model, [RULE])):
        with open_memory(root, embedder) as memory:
            memory.remember(RULE)
            assert told(memory) == expected


def test_vectors_belong_to_one_file_of_memories(root: Path, model: str) -> None:
    """A file in the place of another has other memories in its rows."""
    with open_memory(root, model) as memory:
        memory.remember(RULE)
        assert told(memory) == [RULE]
    home = root.parent / "home"
    for path in memory_database(root, home).parent.glob("memory.db*"):
        path.unlink()
    with open_memory(root, model) as memory:
        memory.remember("The queue takes ten.")
        assert told(memory) == []
        assert told(memory, "what about the broker") == ["The queue takes ten."]


def test_a_damaged_file_of_vectors_is_made_anew(root: Path, model: str) -> None:
    """A question does without it, an index run sets it aside."""
    with open_memory(root, model) as memory:
        memory.remember(RULE)
    path = vector_database(root, root.parent / "home")
    path.write_bytes(b"no database, whatever its name says" * 200)
    with open_memory(root, model) as memory:
        assert told(memory) == []
        assert told(memory, "never deploy later") == [RULE]
        memory.index()
        assert told(memory) == [RULE]


@pytest.fixture
def server() -> Iterator[EmbeddingServer]:
    """Run an embedding server."""
    with serving() as running:
        yield running


def test_memories_are_sent_to_no_server(
    root: Path, model: str, server: EmbeddingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Code may be embedded elsewhere; memories are embedded by the model that comes with engrep, here."""
    monkeypatch.setattr(embedders, "SHIPPED", model)
    (root / "a.py").write_text("def deploy(): ...\n", encoding="utf-8")
    with open_memory(root, f"openai:small@{server.url}") as memory:
        memory.remember(RULE)
        memory.index(agree=lambda _cost: True)
        assert RULE in told(memory)
    assert server.texts
    assert not [text for text in server.texts if "never later" in text]


@pytest.mark.parametrize(
    "act", ["memory.recall('rollout')", "memory.remember('Deploy.'), memory.push('x', session='s')"]
)
def test_nothing_heavy_is_loaded_where_nothing_is_compared(root: Path, model: str, act: str) -> None:
    """Neither numpy nor a model, without memories, when one is kept, and when a prompt is looked at."""
    program = (
        "import sys\nfrom engrep.engine.memory import Memory\n"
        f"with Memory.open({str(root)!r}) as memory:\n    {act}\nprint('numpy' in sys.modules)"
    )
    environment = cli_environment(ENGREP_HOME=str(root.parent / "home"), ENGREP_EMBEDDER=model)
    done = subprocess.run(
        [sys.executable, "-c", program], env={**os.environ, **environment}, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"
