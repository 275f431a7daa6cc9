"""An index run that is killed, starved or doubled leaves the old index or the new one, never half of one."""

from __future__ import annotations

import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import apsw
import pytest
from conftest import Cli, MakeRepo, cli_environment
from index_tables import differences, integrity

from engrep.engine.memory import Memory
from engrep.engine.places import code_database

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals and limits work differently there")

FILES = 260  # large enough together for worker processes


def fill(folder: Path, turn: int, every: int = 1) -> None:
    """Write many files that call one another; each turn gives them other contents and one other file name."""
    for number in range(0, FILES, every):
        lines = [f"from pkg.m{(number + 1) % FILES} import work_{(number + 1) % FILES}", f"TURN = {turn}"]
        for at in range(12):
            lines.append(f"def work_{number if at == 0 else f'{number}_{at}_{turn}'}(first, second):")
            lines.append(f'    """Do part {at} of job {number} in turn {turn}, carefully and with many words."""')
            lines.append(f"    return work_{(number + 1) % FILES}(first, second) + {at}  # {'-' * 40}")
        (folder / "pkg").mkdir(exist_ok=True)
        (folder / f"pkg/m{number}.py").write_text("\n".join(lines), encoding="utf-8")
    (folder / f"pkg/only_{turn}.py").write_text(f"def only_{turn}(): pass\n", encoding="utf-8")
    (folder / f"pkg/only_{turn - 1}.py").unlink(missing_ok=True)


def start(folder: Path, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    """Start the real command line."""
    return subprocess.Popen(
        [sys.executable, "-m", "engrep", *arguments],
        cwd=folder,
        env=cli_environment(**environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def end(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Wait for a run and give its exit code and what it printed."""
    shown, errors = process.communicate(timeout=120)
    return process.returncode, shown, errors


def state(folder: Path) -> tuple[int, ...]:
    """Tell which turns' files an index knows; () when there is no index yet."""
    database = code_database(folder)
    if not database.exists():
        return ()
    connection = apsw.Connection(str(database))
    try:
        rows = connection.execute("SELECT path FROM file WHERE path LIKE 'pkg/only%' ORDER BY path").fetchall()
    except apsw.SQLError:
        rows = []
    finally:
        connection.close()
    return tuple(int(str(path).removeprefix("pkg/only_").removesuffix(".py")) for (path,) in rows)


def check_like_clean(folder: Path, aside: Path) -> None:
    """Hold an index against a clean one."""
    with Memory.open(folder, home=aside) as clean:
        clean.index()
    assert differences(code_database(folder), code_database(folder, aside)) == {}
    shutil.rmtree(aside)


def children_of(pid: int) -> list[int]:
    """List the processes that a process has started."""
    listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False)
    return [int(number) for number in listed.stdout.split()]


def is_alive(pid: int) -> bool:
    """Tell whether a process is there and no zombie."""
    shown = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return bool(shown.strip()) and not shown.strip().startswith("Z")


def wait_until(condition: Any, seconds: float = 30.0) -> bool:
    """Wait until something holds; tell whether it came to be."""
    limit = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > limit:
            return False
        time.sleep(0.01)
    return True


def test_a_kill_leaves_the_old_index_or_the_new(tmp_path: Path) -> None:
    """Killed at any moment of a first or a later run, the index is as before or as after, and the next run completes it."""
    folder, aside = tmp_path / "repo", tmp_path / "aside"
    folder.mkdir()
    chance = random.Random(7)
    known: tuple[int, ...] = ()
    seconds = 3.0
    for turn in range(1, 5):
        fill(folder, turn)
        for _ in range(2):
            process = start(folder, "index", "--jobs", "2")
            time.sleep(chance.uniform(0.05, seconds))
            process.kill()
            end(process)
            assert state(folder) in {known, (turn,)}
            if code_database(folder).exists():
                assert integrity(code_database(folder)) == "ok"
        began = time.monotonic()
        code, shown, errors = end(start(folder, "index", "--jobs", "2", "--json"))
        seconds = min(seconds, time.monotonic() - began)
        assert (code, errors) == (0, ""), shown
        known = (turn,)
        assert state(folder) == known
    check_like_clean(folder, aside)


def test_two_runs_at_once_both_succeed(tmp_path: Path) -> None:
    """The second run waits for the first; both end well, on the same index, at a first and at a later run."""
    folder = tmp_path / "repo"
    folder.mkdir()
    for turn in (1, 2):
        fill(folder, turn, every=4)
        reports = []
        for process in [start(folder, "index", "--json") for _ in range(3)]:
            code, shown, errors = end(process)
            assert (code, errors) == (0, "")
            reports.append(json.loads(shown))
        assert len({(report["files"], report["symbols"], report["edges"]) for report in reports}) == 1
        check_like_clean(folder, tmp_path / "aside")


def test_readers_see_the_old_index_during_a_run(tmp_path: Path) -> None:
    """While a run writes, other processes and threads read what was there before."""
    folder = tmp_path / "repo"
    folder.mkdir()
    fill(folder, 1)
    with Memory.open(folder) as memory, Memory.open(folder) as reader:
        memory.index()
        fill(folder, 2)
        seen = []

        def look(stage: str, _done: int, _total: int) -> None:
            if stage in {"resolve", "finish"}:
                seen.append([hit.path for hit in reader.symbol("only_1").hits])
                assert reader.symbol("only_2").hits == ()

        memory.index(progress=look)
        assert seen == [["pkg/only_1.py"], ["pkg/only_1.py"]]
        assert [hit.path for hit in reader.symbol("only_2").hits] == ["pkg/only_2.py"]


def test_an_interrupt_keeps_the_old_index_and_leaves_no_process(tmp_path: Path) -> None:
    """Ctrl-C while the workers parse exits with 130, quietly, and ends them."""
    folder = tmp_path / "repo"
    folder.mkdir()
    fill(folder, 1)
    assert end(start(folder, "index"))[0] == 0
    fill(folder, 2)
    process = start(folder, "index", "--jobs", "2")
    try:
        assert wait_until(lambda: len(children_of(process.pid)) == 2 or process.poll() is not None)
        workers = children_of(process.pid)
        process.send_signal(signal.SIGINT)
        code, shown, errors = end(process)
    finally:
        process.kill()
    assert (code, shown, errors) == (130, "", "")
    assert wait_until(lambda: not any(map(is_alive, workers)))
    assert state(folder) == (1,)


def test_workers_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    """A killed run leaves no worker behind."""
    folder = tmp_path / "repo"
    folder.mkdir()
    fill(folder, 1)
    process = start(folder, "index", "--jobs", "2")
    assert wait_until(lambda: len(children_of(process.pid)) == 2 or process.poll() is not None)
    workers = children_of(process.pid)
    process.kill()
    process.wait()
    assert wait_until(lambda: not any(map(is_alive, workers)))
    end(process)


def test_a_full_disk_keeps_the_old_index(tmp_path: Path) -> None:
    """When nothing more can be written the run exits with 3 and says so, and the old index still answers."""
    folder = tmp_path / "repo"
    folder.mkdir()
    fill(folder, 1, every=20)
    assert end(start(folder, "index"))[0] == 0
    before = code_database(folder).stat().st_size
    fill(folder, 2)
    limited = subprocess.run(
        [sys.executable, "-m", "engrep", "index", "--json"],
        cwd=folder,
        env=cli_environment(),
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (before, before)),
    )
    error = json.loads(limited.stdout)["error"]
    assert (limited.returncode, error["kind"]) == (3, "state")
    assert "full" in error["message"]
    assert "nothing was changed" in error["message"]
    assert state(folder) == (1,)
    assert integrity(code_database(folder)) == "ok"
    assert end(start(folder, "index"))[0] == 0
    check_like_clean(folder, tmp_path / "aside")


SMALL = """
    #- a.py
    def qwertz(): return 1
    #- b.py
    from a import qwertz
    def uses(): return qwertz()
"""


def error_of(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """Give the error that a failed run reports as JSON."""
    error: dict[str, Any] = json.loads(done.stdout)["error"]
    return error


def test_a_newer_schema_is_refused(repo: MakeRepo, cli: Cli) -> None:
    """A database of a later engrep is neither read nor touched."""
    folder = repo(SMALL)
    assert cli("index", cwd=folder, ENGREP_HOME="").returncode == 0
    database = code_database(folder)
    connection = apsw.Connection(str(database))
    connection.pragma("user_version", 1000)
    connection.close()
    content = database.read_bytes()
    for command in (["index", str(folder)], ["search", "qwertz", "--repo", str(folder)]):
        done = cli(*command, "--json", cwd=folder)
        assert (done.returncode, error_of(done)["kind"]) == (3, "schema")
        assert "upgrade engrep" in error_of(done)["message"]
    assert database.read_bytes() == content


@pytest.mark.parametrize("damage", ["header", "middle", "cut"])
def test_a_damaged_index_is_set_aside_and_made_anew(damage: str, repo: MakeRepo, cli: Cli, tmp_path: Path) -> None:
    """A search says that the file is damaged; the next index run keeps it under another name and starts afresh."""
    folder = repo(SMALL)
    assert cli("index", str(folder), cwd=folder).returncode == 0
    database = code_database(folder)
    content = bytearray(database.read_bytes())
    if damage == "header":
        content[:100] = b"no database " * 8 + b"...."
    elif damage == "middle":
        content[8192:] = b"\xa5" * (len(content) - 8192)
    else:
        del content[len(content) // 3 :]
    database.write_bytes(content)
    asked = cli("search", "qwertz", "--repo", str(folder), "--json", cwd=folder)
    assert (asked.returncode, error_of(asked)["kind"]) == (3, "state")
    assert "damaged" in error_of(asked)["message"]
    done = cli("index", str(folder), "--json", cwd=folder)
    assert (done.returncode, json.loads(done.stdout)["files"]) == (0, 2)
    assert "code.db.corrupt-1" in done.stderr
    assert database.with_name("code.db.corrupt-1").read_bytes() == bytes(content)
    assert cli("search", "qwertz", "--repo", str(folder), cwd=folder).returncode == 0
    check_like_clean(folder, tmp_path / "aside")
