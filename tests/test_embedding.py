"""What is embedded, when, and how often: a text is paid for once, and two models' vectors never mix."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from conftest import Cli, MakeRepo, cli_environment, git, write_model
from index_tables import differences

from engrep.engine import embedding, store_vectors, vectors
from engrep.engine.embed import Embedder, load_static
from engrep.engine.memory import Memory
from engrep.engine.places import code_database, vector_database
from engrep.engine.store_vectors import Entry
from engrep.engine.types import Search

QUESTION = "retry of a payment request"
SOURCES = """
    #- net/retry.py
    # Retry a request with backoff.
    def retry(request, seconds):
        return request
    #- shop/card.py
    from net.retry import retry
    # Charge the card of a client.
    def charge(client):
        return retry(client, 1)
    # The length of a list in the shop.
    def length(list):
        return len(list)
"""
# A model that is asked by one process, writes down what it is asked for, and takes its time.
SLOW = """
import os, time
from engrep.engine.embed import StaticEmbedder
embed = StaticEmbedder.sums
def slow(self, texts):
    if os.environ.get("BILL") and len(texts) > 1:
        time.sleep(float(os.environ.get("PAUSE", "0")))
        with open(os.environ["BILL"], "a", encoding="utf-8") as bill:
            bill.writelines(f"{self.identity} {text!r}\\n" for text in texts)
    return embed(self, texts)
StaticEmbedder.sums, StaticEmbedder.in_workers = slow, False
"""


class Bill:
    """What a slow model was asked for, over all runs of the command line that were given its environment."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        (folder / "sitecustomize.py").write_text(SLOW, encoding="utf-8")
        self._file = folder / "bill"
        path = os.pathsep.join([str(folder), cli_environment()["PYTHONPATH"]])
        self.environment = {"PYTHONPATH": path, "BILL": str(self._file)}

    def lines(self) -> list[str]:
        """Give every text, as often as it was embedded."""
        return self._file.read_text(encoding="utf-8").splitlines() if self._file.exists() else []


@pytest.fixture
def bill(tmp_path: Path) -> Bill:
    """Give a slow model's bill."""
    return Bill(tmp_path / "slow")


def searched(cli: Cli, root: Path, model: Path) -> tuple[list[str], str]:
    """Ask the vectors alone; give the paths found and what the answer says of the vectors."""
    done = cli("search", QUESTION, "--lanes", "dense", "--json", cwd=root, ENGREP_EMBEDDER=str(model))
    found = json.loads(done.stdout)
    return [hit["path"] for hit in found["hits"]], found["index"]["without_vectors"] or ""


def test_another_model_makes_only_the_vectors_anew(
    repo: MakeRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A change of model reads no file into the index again, and leaves what a clean run with the new model makes."""
    root = repo(SOURCES)
    with Memory.open(root) as memory:
        monkeypatch.setenv("ENGREP_EMBEDDER", str(write_model(tmp_path / "one.npz", seed=1)))
        memory.index()
        monkeypatch.setenv("ENGREP_EMBEDDER", str(write_model(tmp_path / "two.npz", seed=2)))
        assert (
            memory.search(QUESTION).index.without_vectors is None
        )  # it is asked with the model that it has vectors of
        assert memory.index().updated == 0
        found = memory.search(QUESTION, lanes=["dense"])
        assert found.hits
        assert found.index.without_vectors is None
        status = memory.status()
        assert (status.model, status.vectors) == (load_static(str(tmp_path / "two.npz")).identity, status.chunks)
    with Memory.open(root, home=tmp_path / "aside") as clean:
        clean.index()
    assert differences(code_database(root), code_database(root, tmp_path / "aside")) == {}


def test_without_a_model_vectors_stay(repo: MakeRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run without a model keeps the vectors that are there; the next one with it embeds what is new."""
    root = repo(SOURCES)
    with Memory.open(root) as memory:
        monkeypatch.setenv("ENGREP_EMBEDDER", str(write_model(tmp_path / "one.npz")))
        memory.index()
        monkeypatch.setenv("ENGREP_EMBEDDER", "none")
        (root / "shop/client.py").write_text("# The request of a client.\ndef client(): pass\n", encoding="utf-8")
        memory.index()
        missing = [check for check in memory.doctor() if check.name == "vectors"]
        assert missing == []  # without a model nothing is missed
        status = memory.status()
        assert 0 < status.vectors < status.chunks
        monkeypatch.setenv("ENGREP_EMBEDDER", str(tmp_path / "one.npz"))
        memory.index()
        assert [check.ok for check in memory.doctor() if check.name == "vectors"] == [True]
        assert "shop/client.py" in {hit.path for hit in memory.search("client request", lanes=["dense"]).hits}


@pytest.mark.skipif(os.name == "nt", reason="signals work differently there")
def test_a_killed_run_goes_on_where_it_stopped(cli: Cli, repo: MakeRepo, tmp_path: Path, bill: Bill) -> None:
    """Killed while it embeds with another model, a run has mixed nothing; the next pays for what is left and a batch."""
    root = repo("")
    for number in range(1200):
        text = f"# Retry the payment of client n{number}.\ndef retry_{number}(request):\n    return request\n"
        (root / f"m{number}.py").write_text(text, encoding="utf-8")
    one, two = write_model(tmp_path / "one.npz", seed=1), write_model(tmp_path / "two.npz", seed=2)
    assert cli("index", cwd=root, ENGREP_EMBEDDER=str(one)).returncode == 0
    environment = {**bill.environment, "ENGREP_EMBEDDER": str(two)}
    process = subprocess.Popen(
        [sys.executable, "-m", "engrep", "index"],
        cwd=root,
        env=cli_environment(**environment, PAUSE="0.5"),
        stdout=subprocess.DEVNULL,
    )
    limit = time.monotonic() + 60
    while len(bill.lines()) < 2 * embedding.SLOW_BATCH and time.monotonic() < limit:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    paid = len(bill.lines())
    assert 0 < paid < 1200
    found, said = searched(cli, root, two)
    assert found == []
    assert said.startswith("only ")
    found, said = searched(cli, root, one)
    assert found == []
    assert said.startswith("only ")  # the index says what it is made with, whatever is configured meanwhile
    assert cli("index", cwd=root, **environment).returncode == 0
    lines = bill.lines()
    assert len(set(lines)) == 1200
    assert len(lines) <= 1200 + embedding.SLOW_BATCH
    assert searched(cli, root, two)[1] == ""
    aside = str(tmp_path / "aside")
    assert cli("index", cwd=root, ENGREP_EMBEDDER=str(two), ENGREP_HOME=aside).returncode == 0
    assert differences(code_database(root), code_database(root, Path(aside))) == {}


def test_no_text_is_embedded_twice(cli: Cli, repo: MakeRepo, tmp_path: Path, bill: Bill) -> None:
    """Branches, work trees, indexes made anew and the old model again cost a slow model nothing that it has done."""
    root = repo(SOURCES, git=True)
    environment = {**bill.environment, "ENGREP_EMBEDDER": str(write_model(tmp_path / "one.npz"))}

    def paid(*arguments: str, cwd: Path = root, **more: str) -> int:
        before = len(bill.lines())
        assert cli("index", *arguments, cwd=cwd, **(environment | more)).returncode == 0
        return len(bill.lines()) - before

    n_texts = paid()
    assert n_texts > 1
    git(root, "switch", "--quiet", "--create", "other")
    (root / "shop/card.py").write_text(
        "# Retry to charge.\ndef charge(client):\n    return client\n# A timer.\ndef timer(seconds): pass\n",
        encoding="utf-8",
    )
    git(root, "commit", "--quiet", "--all", "--message", "other")
    assert paid() == 2
    git(root, "switch", "--quiet", "main")
    assert paid() == 0
    git(root, "switch", "--quiet", "other")
    assert paid() == 0
    assert paid("--full") == 0
    git(root, "worktree", "add", "--quiet", str(tmp_path / "linked"), "main")
    assert paid(cwd=tmp_path / "linked") == 0
    two = str(write_model(tmp_path / "two.npz", seed=2))
    assert paid(ENGREP_EMBEDDER=two) > 1
    assert paid() == 0


def test_a_quick_model_finds_again_what_left_the_tree(
    repo: MakeRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Switching a branch back embeds nothing with a quick model either, and an edit only what it changed."""
    monkeypatch.setenv("ENGREP_EMBEDDER", str(write_model(tmp_path / "one.npz")))
    root = repo(SOURCES, git=True)
    made: list[str] = []

    def embed(embedder: Embedder, texts: Sequence[str]) -> tuple[list[bytes], list[bytes]]:
        made.extend(texts)
        return vectors.embed(embedder, texts)

    monkeypatch.setattr(embedding, "embed", embed)
    with Memory.open(root) as memory:
        memory.index()
        card = root / "shop/card.py"
        before = card.read_text(encoding="utf-8")
        card.write_text(before.replace("The length", "The whole length"), encoding="utf-8")
        memory.index()
        assert len(made) == 1
        assert "whole length" in made[0]
        card.write_text(before, encoding="utf-8")
        memory.index()
        assert len(made) == 1
        assert memory.search("length of a list", lanes=["dense"]).hits[0].path == "shop/card.py"


def test_what_is_kept_is_bounded(tmp_path: Path) -> None:
    """Past the bound goes what was asked for the longest ago."""
    database = store_vectors.open_vectors(tmp_path / "vectors.db")
    with database.writing() as connection:
        store_vectors.keep(connection, [Entry(bytes([at] * 8), b"record", b"signs") for at in range(6)])
        connection.execute("UPDATE vector SET used = 100 + hex(key) % 10")
        assert list(store_vectors.find(connection, [bytes(8), bytes([9] * 8)])) == [bytes(8)]
        store_vectors.trim(connection, 2)
        kept = [row[0][0] for row in connection.execute("SELECT key FROM vector ORDER BY key")]
    database.close()
    assert kept == [0, 5]


def test_a_damaged_store_of_vectors_is_made_anew(
    repo: MakeRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What can be embedded again must not stop a run."""
    monkeypatch.setenv("ENGREP_EMBEDDER", str(write_model(tmp_path / "one.npz")))
    root = repo(SOURCES)
    with Memory.open(root) as memory:
        memory.index()
    vector_database(root).write_bytes(b"no database" * 1000)
    with Memory.open(root) as memory:
        (root / "net/retry.py").write_text("# Retry a payment.\ndef retry(): pass\n", encoding="utf-8")
        memory.index()
        found: Search = memory.search("retry payment", lanes=["dense"])
    assert found.hits[0].path == "net/retry.py"
