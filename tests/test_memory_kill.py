"""Many processes on one memory, killed at random: what was acknowledged is there, once, and the file is sound."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from conftest import cli_environment

from engrep import Memory
from engrep.engine.db import integrity
from engrep.engine.store_memory import open_memories

if TYPE_CHECKING:
    from conftest import MakeRepo

PROCESSES, SECONDS = int(os.environ.get("KILL_PROCESSES", "8")), float(os.environ.get("KILL_SECONDS", "6"))
FEWEST, PATIENCE = 3, 60.0  # kills, and the seconds that a busy machine has for them
WORKER = """
import itertools, random, sys
from pathlib import Path
from engrep import Memory, StateError

root, home, name = sys.argv[1:]
chance = random.Random(name)
with Memory.open(root, home=Path(home)) as memory:
    kept = []
    for number in itertools.count():
        said = f"Process {name} noted word{name}x{number} at step {number}."
        made = memory.remember(said)
        print("kept", made.id, made.duplicate_of or "-", said, flush=True)
        kept.append(made.id)
        if chance.random() < 0.3:
            gone = kept.pop(chance.randrange(len(kept)))
            print("leaves", gone, flush=True)
            memory.forget(gone, why="it was noted long enough")
            print("gone", gone, flush=True)
        if chance.random() < 0.3:
            found = memory.recall(said, types=("memory",))
            print("asked", len(found.items), flush=True)
"""


class Worker:
    """A process that remembers, forgets and recalls until it is killed; what it acknowledged is in a file."""

    def __init__(self, root: Path, home: Path, name: str, folder: Path) -> None:
        self.log, self.errors = folder / f"{name}.log", folder / f"{name}.err"
        with self.log.open("wb") as log, self.errors.open("wb") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-c", WORKER, str(root), str(home), name],
                env=cli_environment(), stdout=log, stderr=errors, cwd=root,
            )  # fmt: skip

    def lines(self) -> list[list[str]]:
        """Give the whole lines of its log, as words."""
        text = self.log.read_text(encoding="utf-8")
        return [line.split(" ", 3) for line in text.split("\n")[:-1]]


@pytest.mark.skipif(os.name == "nt", reason="signals work differently there")
def test_processes_that_are_killed_lose_and_double_nothing(repo: MakeRepo, tmp_path: Path) -> None:
    """Each kill is answered by a new process; at the end all is there that was acknowledged, and no lock stays."""
    root, home = repo("#- a.py\nX = 1\n"), tmp_path / "home"
    chance = random.Random(5)
    names = (str(number) for number in range(10_000))
    alive = [Worker(root, home, next(names), tmp_path) for _ in range(PROCESSES)]
    every = list(alive)
    began = time.monotonic()
    killed = 0
    while (passed := time.monotonic() - began) < SECONDS or (killed < FEWEST and passed < PATIENCE):
        time.sleep(0.2 + 0.2 * chance.random())
        at = chance.randrange(PROCESSES)
        if alive[at].lines():  # it has begun to write
            alive[at].process.send_signal(signal.SIGKILL)
            alive[at].process.wait()
            killed += 1
            alive[at] = Worker(root, home, next(names), tmp_path)
            every.append(alive[at])
    for worker in alive:
        worker.process.send_signal(signal.SIGKILL)
        worker.process.wait()
    assert killed >= FEWEST
    assert {worker.errors.read_text(encoding="utf-8") for worker in every} == {""}
    lines = [line for worker in every for line in worker.lines()]
    kept = {line[1]: line[3] for line in lines if line[0] == "kept"}
    assert all(line[2] == "-" for line in lines if line[0] == "kept")
    leaving, gone = ({line[1] for line in lines if line[0] == what} for what in ("leaves", "gone"))
    with Memory.open(root, home=home) as memory:
        there = {entry.id: entry for entry in memory.memories(status=None)}
        assert {memory_id: there[memory_id].body for memory_id in kept} == kept
        assert len({entry.body for entry in there.values()}) == len(there)
        assert {memory_id for memory_id in kept if there[memory_id].status == "forgotten"} >= gone
        assert all(there[each].status == "active" for each in kept.keys() - leaving)
        verbs = {memory_id: [change.verb for change in memory.history(memory_id)] for memory_id in list(kept)[:200]}
        assert set(map(tuple, verbs.values())) <= {("remember",), ("remember", "forget")}
        some = next(iter(kept.keys() - leaving))
        assert memory.recall(kept[some].split()[3], types=("memory",)).items[0].id == some
    (path,) = home.rglob("memory.db")
    assert integrity(path) == "ok"
    with open_memories(path).reading() as connection:
        counts = ("SELECT count(*) FROM memory", "SELECT count(*) FROM wording", "SELECT count(*) FROM memory_fts")
        assert {connection.execute(count).get for count in counts} == {len(there)}
