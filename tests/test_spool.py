"""The spool and the lease by themselves: what fails, what comes meanwhile, and who may work."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from engrep.engine import lease, spool
from engrep.engine.drain import LEASE_SECONDS, drain
from engrep.engine.hook_event import CHANGE, REST
from engrep.engine.places import spool_folder
from engrep.engine.spool import Waiting


class Failing:
    """A worker whose work goes wrong, but for what it is told."""

    def __init__(self, *, also: Callable[[], None] = lambda: None) -> None:
        self.read: list[str] = []
        self._also = also

    def index(self) -> None:
        raise OSError("no")

    def distil(self, source: str) -> None:
        self.read.append(Path(source).name)
        self._also()
        if "bad" in source:
            raise ValueError("half a line")


def test_what_fails_three_times_is_put_aside(tmp_path: Path) -> None:
    """A transcript that cannot be read keeps no other waiting, is tried by three processes, and says what was wrong."""
    folder = spool_folder(tmp_path)
    for name in ("bad.jsonl", "good.jsonl"):
        (tmp_path / name).write_text("{}", encoding="utf-8")
        spool.put(folder, Waiting(REST, "claude", "s", str(tmp_path / name)))
    (folder / "0-0.json").write_text("nonsense", encoding="utf-8")
    worker = Failing()
    assert drain(tmp_path, "a", worker) == 1
    assert sorted(worker.read) == ["bad.jsonl", "good.jsonl"]
    assert len(spool.waiting(folder)) == 2
    assert [drain(tmp_path, "b", worker), drain(tmp_path, "c", worker), drain(tmp_path, "d", worker)] == [0, 0, 0]
    assert worker.read.count("bad.jsonl") == 3
    assert spool.is_empty(folder)
    notes = [each.read_text(encoding="utf-8") for each in (folder / "failed").iterdir()]
    assert any("ValueError: half a line" in note for note in notes)


def test_what_comes_while_the_lease_is_given_back_is_done(tmp_path: Path) -> None:
    """The last look at the spool comes after the lease is given back: whoever saw it held is heard."""
    folder = spool_folder(tmp_path)
    (tmp_path / "one.jsonl").write_text("{}", encoding="utf-8")
    spool.put(folder, Waiting(REST, "claude", "s", str(tmp_path / "one.jsonl")))
    came: list[int] = []

    def another() -> None:
        if not came:
            came.append(1)
            spool.put(folder, Waiting(REST, "claude", "s", str(tmp_path / "one.jsonl")))

    worker = Failing(also=another)
    assert drain(tmp_path, "a", worker) == 2
    assert len(worker.read) == 2
    assert lease.holder(spool.lease_in(folder)) == ""


def test_a_file_that_changes_while_it_is_indexed_is_indexed_again(tmp_path: Path) -> None:
    """A note that came anew while its work was done is not taken out."""
    work = Waiting(CHANGE, "claude", "s", path="/a.py")
    spool.put(tmp_path / "spool", work)
    (waiting,) = spool.waiting(tmp_path / "spool")
    os.utime(waiting.file, ns=(waiting.at + 1, waiting.at + 1))
    spool.done(waiting)
    assert len(spool.waiting(tmp_path / "spool")) == 1


def test_a_lease_is_one_owners_until_it_ends(tmp_path: Path) -> None:
    """It is prolonged and given back by its owner alone, taken over when it has ended, and never held by a clock set back."""
    path = tmp_path / "lease"
    assert lease.take(path, "a", LEASE_SECONDS)
    assert lease.take(path, "a", LEASE_SECONDS)
    assert not lease.take(path, "b", LEASE_SECONDS)
    lease.release(path, "b")
    assert lease.holder(path) == "a"
    lease.release(path, "a")
    assert lease.holder(path) == ""
    assert lease.take(path, "a", 0.0)
    assert lease.take(path, "b", LEASE_SECONDS)
    path.write_text(json.dumps({"owner": "a", "until": time.time() + 1e6}), encoding="utf-8")
    assert lease.take(path, "b", LEASE_SECONDS)
    path.write_text("nonsense", encoding="utf-8")
    assert lease.take(path, "c", LEASE_SECONDS)


def test_of_many_that_want_a_lease_one_gets_it(tmp_path: Path) -> None:
    """Two hundred takers at once, again and again: one of them at a time."""
    for round_ in range(5):
        path = tmp_path / f"lease{round_}"
        with ThreadPoolExecutor(16) as pool:
            got = list(pool.map(lambda owner, path=path: lease.take(path, str(owner), LEASE_SECONDS), range(200)))
        assert sum(got) == 1
        assert re.fullmatch(r"\d+", lease.holder(path))
