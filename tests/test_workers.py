"""The pool of worker processes survives what a file may do to a parser."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest
from conftest import write_model

from engrep.engine import worker, workers
from engrep.engine.errors import StateError
from engrep.engine.prepare import Job, Prepared, Skipped, prepare
from engrep.engine.worker import Outcome
from engrep.engine.workers import read_here, read_in_workers
from engrep.indexers.modules import NO_HINTS

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals and pipes work differently there")


def make_jobs(folder: Path, count: int, repeat: int = 40) -> list[Job]:
    """Write some Python files and give the jobs that read them."""
    jobs = []
    for number in range(count):
        path = folder / f"m{number}.py"
        path.write_text(
            "".join(f"def work_{number}_{at}():\n    return {at}\n" for at in range(repeat)), encoding="utf-8"
        )
        jobs.append(Job(path.name, path.stat().st_size, 1, b""))
    return jobs


def read_all(root: Path, jobs: list[Job], n_workers: int) -> list[Outcome]:
    """Read files in workers."""
    with read_in_workers(root, jobs, NO_HINTS, n_workers) as reading:
        return list(reading.files)


def names(outcomes: list[Outcome]) -> list[str]:
    """Give the paths of outcomes, sorted."""
    return sorted(outcome.job.path for outcome in outcomes)


def content(outcome: Outcome) -> object:
    """Give an outcome without what depends on the words that its process met before: order, and how values are shared."""
    assert isinstance(outcome, Prepared)
    rows = [[sorted(text.split()) for text in row] for row in outcome.search_rows]
    return outcome._replace(search_rows=()), rows


def children() -> set[int]:
    """List our child processes but the one that lists them."""
    with subprocess.Popen(
        ["ps", "-o", "pid=", "--ppid", str(os.getpid())], stdout=subprocess.PIPE, text=True
    ) as process:
        listed, _ = process.communicate()
        return {int(number) for number in listed.split()} - {process.pid}


@pytest.mark.parametrize(("count", "n_workers"), [(0, 2), (1, 1), (3, 8), (40, 2), (40, 7)])
def test_every_job_gives_one_outcome(
    count: int, n_workers: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No jobs, fewer batches than workers, more batches than workers: each job is answered once."""
    monkeypatch.setattr(workers, "BATCH_BYTES", 10_000)
    before = children()
    jobs = make_jobs(tmp_path, count)
    outcomes = read_all(tmp_path, jobs, n_workers)
    assert names(outcomes) == sorted(job.path for job in jobs)
    assert all(isinstance(outcome, Prepared) for outcome in outcomes)
    assert children() == before


def test_workers_give_what_one_process_gives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a file is prepared makes no difference; what a model reads of it stays with the process that embeds it."""
    monkeypatch.setenv("ENGREP_EMBEDDER", "none")
    jobs = make_jobs(tmp_path, 9)
    with read_here(tmp_path, jobs, NO_HINTS) as reading:
        here = sorted(map(content, reading.files), key=repr)
    assert sorted(map(content, read_all(tmp_path, jobs, 2)), key=repr) == here


def test_vectors_follow_wherever_they_are_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a model each file's vectors come after all files, the same from workers, in any batches, as from here."""
    monkeypatch.setenv("ENGREP_EMBEDDER", str(write_model(tmp_path / "model.npz")))
    monkeypatch.setattr(workers, "BATCH_BYTES", 10_000)
    monkeypatch.setattr(workers, "BATCH_TEXTS", 3)
    jobs = make_jobs(tmp_path, 9)
    with read_here(tmp_path, jobs, NO_HINTS) as reading:
        chunks = {each.job.path: len(each.chunks) for each in reading.files if isinstance(each, Prepared)}
        here = sorted(reading.vectors)
    with read_in_workers(tmp_path, jobs, NO_HINTS, 2) as reading:
        assert all(isinstance(each, Prepared) and not each.light for each in reading.files)
        assert sorted(reading.vectors) == here
    assert {each.path: len(each.signs) for each in here} == chunks


def test_workers_that_die_over_a_model_cost_only_vectors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Files whose texts end two workers have no vectors, the run goes on, and the log says so."""
    (tmp_path / "sitecustomize.py").write_text(
        "import os, engrep.engine.vectors as module\nmodule.embed_files = lambda *rest: os._exit(9)\n", encoding="utf-8"
    )
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    monkeypatch.setenv("ENGREP_EMBEDDER", str(write_model(tmp_path / "model.npz")))
    jobs = make_jobs(tmp_path, 2)
    with read_in_workers(tmp_path, jobs, NO_HINTS, 1) as reading:
        assert names(list(reading.files)) == ["m0.py", "m1.py"]
        assert list(reading.vectors) == []
    assert "2 files have no vectors" in caplog.text


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_a_worker_that_is_killed_or_stopped_costs_no_file(
    number: signal.Signals, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker killed by the system, or that stops answering, is replaced; the file it was at is prepared by another."""
    monkeypatch.setattr(worker, "FILE_SECONDS", 3.0)
    jobs = make_jobs(tmp_path, 700, repeat=30)
    before = children()
    with read_in_workers(tmp_path, jobs, NO_HINTS, 2) as reading:
        outcomes = [next(reading.files)]
        for process in sorted(children() - before)[:1]:
            os.kill(process, number)
        outcomes += reading.files
    assert names(outcomes) == sorted(job.path for job in jobs)
    assert all(isinstance(outcome, Prepared) for outcome in outcomes)
    assert children() == before


FATAL = """
import os, time
import engrep.engine.prepare as module
real = module.prepare
def prepare(root, job, *more, **named):
    with open(os.environ["TRIED"], "a") as log:
        log.write(job.path + " ")
    if job.path == "m1.py":
        os._exit(9) if os.environ["HOW"] == "end" else time.sleep(60)
    return real(root, job, *more, **named)
module.prepare = prepare
"""


@pytest.mark.parametrize("how", ["end", "hang"])
def test_a_file_that_ends_two_workers_is_given_up(how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Such a file is tried twice and never again; those after it are prepared."""
    (tmp_path / "sitecustomize.py").write_text(FATAL, encoding="utf-8")
    tried = tmp_path / "tried"
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    monkeypatch.setenv("TRIED", str(tried))
    monkeypatch.setenv("HOW", how)
    monkeypatch.setattr(worker, "FILE_SECONDS", 2.0)
    outcomes = read_all(tmp_path, make_jobs(tmp_path, 4), 1)
    given_up = [(each.job.path, each.reason) for each in outcomes if isinstance(each, Skipped)]
    assert given_up == [("m1.py", "parser_failed")]
    assert names(outcomes) == ["m0.py", "m1.py", "m2.py", "m3.py"]
    assert tried.read_text(encoding="utf-8").split().count("m1.py") == 2


def test_leaving_early_ends_the_workers(tmp_path: Path) -> None:
    """Who stops taking outcomes leaves no process behind."""
    before = children()
    with read_in_workers(tmp_path, make_jobs(tmp_path, 60), NO_HINTS, 2) as reading:
        next(reading.files)
        assert children() > before
    assert children() == before


@pytest.mark.parametrize("n_workers", [1, 2])
def test_an_error_while_preparing_is_that_file_s_reason(n_workers: int, tmp_path: Path) -> None:
    """What goes wrong inside one file is recorded for it, and the others are prepared."""
    jobs = make_jobs(tmp_path, 3)
    bad = Job("m1.py\0", 1, 1, b"")  # no system call takes such a name: a ValueError, as from any bug
    given = [jobs[0], bad, jobs[2]]
    here = read_here(tmp_path, given, NO_HINTS)
    with here if n_workers == 1 else read_in_workers(tmp_path, given, NO_HINTS, n_workers) as reading:
        outcomes = {outcome.job.path: outcome for outcome in reading.files}
    assert isinstance(outcomes["m0.py"], Prepared)
    assert isinstance(outcomes["m2.py"], Prepared)
    failed = outcomes["m1.py\0"]
    assert isinstance(failed, Skipped)
    assert failed.reason == "failed"
    assert failed.detail.startswith("ValueError: ")


def test_only_regular_files_are_read(tmp_path: Path) -> None:
    """A pipe that took a file's place is not waited for, a link not followed, a deleted file simply missing."""
    os.mkfifo(tmp_path / "pipe.py")
    (tmp_path / "link.py").symlink_to("/etc/hostname")
    (tmp_path / "folder.py").mkdir()
    reasons = {}
    for name in ("pipe.py", "link.py", "folder.py", "gone.py"):
        outcome = prepare(tmp_path, Job(name, 1, 1, b""), NO_HINTS)
        assert isinstance(outcome, Skipped)
        reasons[name] = outcome.reason
    assert reasons == {
        "pipe.py": "unreadable",
        "link.py": "unreadable",
        "folder.py": "unreadable",
        "gone.py": "missing",
    }


def test_a_worker_that_speaks_out_of_turn_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment that makes Python print at its start is reported, not taken for an outcome."""
    (tmp_path / "sitecustomize.py").write_text("print('hello ' * 4000)  # more than a buffer\n", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(StateError, match="could not start"):
        read_all(tmp_path, make_jobs(tmp_path, 3), 1)
