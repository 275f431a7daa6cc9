"""The spool and the lease by themselves: what fails, what comes meanwhile, and who may work."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from conftest import Cli, MakeRepo, cli_environment

from engrep.engine import lease, spool
from engrep.engine.drain import LEASE_SECONDS, drain
from engrep.engine.places import spool_folder


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


class Reading:
    """A worker whose work goes well."""

    def index(self) -> None: ...

    def distil(self, source: str) -> None: ...


def test_what_fails_three_times_is_put_aside(tmp_path: Path) -> None:
    """A transcript that cannot be read keeps no other waiting, is tried by three processes, and says what was wrong."""
    folder = spool_folder(tmp_path)
    for name in ("bad.jsonl", "good.jsonl"):
        (tmp_path / name).write_text("{}", encoding="utf-8")
        spool.put(folder, str(tmp_path / name))
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
    spool.put(folder, str(tmp_path / "one.jsonl"))
    came: list[int] = []

    def another() -> None:
        if not came:
            came.append(1)
            spool.put(folder, str(tmp_path / "one.jsonl"))

    worker = Failing(also=another)
    assert drain(tmp_path, "a", worker) == 2
    assert len(worker.read) == 2
    assert lease.holder(spool.lease_in(folder)) == ""


def test_a_file_that_changes_while_it_is_indexed_is_indexed_again(tmp_path: Path) -> None:
    """A note that came anew while its work was done is not taken out."""
    folder = tmp_path / "spool"
    spool.put(folder, spool.CHANGED_FILES)
    (waiting,) = spool.waiting(folder)
    begun = spool.begin(waiting)
    assert begun is not None
    assert spool.begin(waiting) is None  # another process has it
    spool.put(folder, spool.CHANGED_FILES)
    spool.done(begun)
    assert [each.tries for each in spool.waiting(folder)] == [0]


def test_what_waits_is_a_file_however_often_it_comes(tmp_path: Path) -> None:
    """A thousand turns of one session that nobody could read wait as one."""
    for _ in range(1000):
        spool.put(tmp_path / "spool", "/a/session.jsonl")
        spool.put(tmp_path / "spool", spool.CHANGED_FILES)
    assert len(list((tmp_path / "spool").iterdir())) == 2


def test_a_transcript_that_ends_its_process_is_given_up(tmp_path: Path) -> None:
    """Work whose process was killed three times is put aside, and no other work waits for it for ever."""
    folder = spool_folder(tmp_path)
    for name in ("bad.jsonl", "good.jsonl"):
        (tmp_path / name).write_text("{}", encoding="utf-8")
        spool.put(folder, str(tmp_path / name))
    code = (
        "import os, sys; from engrep.engine.drain import drain\n"
        "class Dying:\n"
        "    def index(self): ...\n"
        "    def distil(self, source):\n"
        "        if 'bad' in source: os.kill(os.getpid(), 9)\n"
        "drain(__import__('pathlib').Path(sys.argv[1]), sys.argv[2], Dying())"
    )
    for owner in "abcd":
        subprocess.run([sys.executable, "-c", code, str(tmp_path), owner], env=cli_environment(), check=False)
        spool.lease_in(folder).unlink(missing_ok=True)
    assert spool.is_empty(folder)
    (note,) = spool.given_up(folder)
    assert note.what == str(tmp_path / "bad.jsonl")
    assert note.why == "it ended the process that did it 3 times"


def test_doctor_tells_what_was_given_up(repo: MakeRepo, cli: Cli) -> None:
    """How many, since when and why, without the secrets in it; when the same transcript is read at last, no more."""
    folder = repo("#- a.py\ndef a(): ...", git=True)
    cli("index", cwd=folder)
    held, secret = spool_folder(folder), "ghp_" + "Zx9Qw3Er7Ty1Ui5Op8As" * 2
    path = folder / "bad.jsonl"
    path.write_text("{}", encoding="utf-8")
    spool.put(held, str(path))
    for owner in "abc":
        drain(folder, owner, Failing(also=lambda: (_ for _ in ()).throw(ValueError(f"half a line: {secret}"))))
    done = cli("doctor", "--json", cwd=folder)
    (check,) = (each for each in json.loads(done.stdout)["checks"] if each["name"] == "background")
    assert (done.returncode, check["ok"]) == (3, False)
    for part in ("1 given up, the first at 20", str(path), "ValueError: half a line", "nothing waits"):
        assert part in check["detail"]
    assert secret not in done.stdout
    assert not [each for each in held.rglob("*") if each.is_file() and secret.encode() in each.read_bytes()]
    spool.put(held, str(path))
    assert drain(folder, "d", Reading()) == 1
    assert cli("doctor", cwd=folder).returncode == 0


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
