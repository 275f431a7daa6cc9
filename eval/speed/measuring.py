"""What is measured of each system on one corpus, one time."""

from __future__ import annotations

import json
import shutil
import statistics
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from engrep.engine.embedders import default_embedder
from engrep.eval.speed import peers
from engrep.eval.speed.processes import Usage, run

OF_THE_LANE = ("recall", "cold_p95_ms", "cold_p95_cpu_ms", "warm_p95_ms", "warm_p95_cpu_ms")  # see nearest.py
UPDATES_PER_COLD = 4  # cold queries for each update: a command that answers is quicker than one that indexes
FOUND_OR_NOT = (0, 1)  # exit statuses of a search that worked

Measured = dict[str, float]
"""Measure → value, as in figures.MEASURES; left out where a system has nothing of the kind."""


@dataclass(frozen=True, slots=True)
class Bench:
    """One corpus, and what is asked of it."""

    root: Path
    queries: tuple[str, ...]
    edited: Path | None  # the Python file that updates change
    work: Path  # stored things go here
    samples: int  # cold queries

    def write_queries(self) -> Path:
        """Write the questions for other processes and return the file."""
        path = self.work / "queries.json"
        path.write_text(json.dumps(self.queries), encoding="utf-8")
        return path

    @property
    def cold_queries(self) -> tuple[str, ...]:
        """Return the questions that are asked of a process each."""
        return self.queries[: self.samples]

    @property
    def updates(self) -> int:
        """Return how often each kind of update is timed."""
        return max(1, self.samples // UPDATES_PER_COLD)


def parsing(bench: Bench) -> Measured:
    """Measure parsing with tree-sitter and nothing else, on one thread."""
    usage = run([sys.executable, "-m", "engrep.eval.speed.parsing", str(bench.root)], watch=False)
    return {"index_cpu_s": json.loads(usage.output)}


def engrep(bench: Bench) -> Measured:
    """Measure a cold index run, warm and cold queries, and index runs after one file changed."""
    home = bench.work / "engrep-home"
    environment = {"ENGREP_HOME": str(home)}
    command = [sys.executable, "-m", "engrep"]
    shutil.rmtree(home, ignore_errors=True)
    index = [*command, "index", str(bench.root), "--json"]
    measured = _of_index(run(index, environment), home)
    warm = [sys.executable, "-m", "engrep.eval.speed.warm", str(bench.root), str(bench.write_queries())]
    measured |= _of_queries("warm", json.loads(run(warm, environment, watch=False).output))
    if default_embedder() is not None:
        nearest = [sys.executable, "-m", "engrep.eval.speed.nearest", str(bench.root), str(bench.write_queries())]
        found = json.loads(run(nearest, environment, watch=False).output)
        measured |= {f"dense_{name}": found[name] for name in OF_THE_LANE if name in found}
    search = [*command, "search", "--repo", str(bench.root), "--json", "--"]

    def cold(query: str) -> float:
        return 1e3 * run([*search, query], environment, accepted=FOUND_OR_NOT, watch=False).wall

    measured |= _of_queries("cold", [cold(query) for query in bench.cold_queries])

    def update() -> float:
        return run(index, environment, watch=False).wall

    if bench.edited is not None:
        measured["touch_s"] = _edits(bench, bench.edited, touch_line, update)
        measured["add_s"] = _edits(bench, bench.edited, add_function, update)
    return measured | {"unchanged_s": statistics.median(update() for _ in range(bench.updates))}


def semble(bench: Bench) -> Measured:
    """Measure its full build, warm and cold queries."""
    peer = peers.semble(bench.work.parent, bench.root)
    measured = _of_index(peer.build(bench.root), peer.cache)
    measured |= _of_queries("warm", peer.warm(bench.root, bench.write_queries()))
    cold = [1e3 * peer.search(bench.root, query).wall for query in bench.cold_queries]
    return measured | _of_queries("cold", cold)


def ctags(bench: Bench) -> Measured:
    """Measure writing all definitions."""
    output = bench.work / "tags.json"
    return _of_index(peers.tags(peers.ctags(), bench.root, output), output)


SYSTEMS: dict[str, Callable[[Bench], Measured]] = {
    "engrep": engrep, "semble": semble, "ctags": ctags, "parsing": parsing,
}  # fmt: skip


def _of_index(usage: Usage, stored: Path) -> Measured:
    files = [stored] if stored.is_file() else [path for path in stored.rglob("*") if path.is_file()]
    measured = {"index_wall_s": usage.wall, "stored_bytes": float(sum(path.stat().st_size for path in files))}
    if usage.cpu is not None:
        measured["index_cpu_s"] = usage.cpu
    if usage.peak_rss:
        measured["index_peak_rss_bytes"] = float(usage.peak_rss)
    return measured


def _of_queries(kind: str, milliseconds: Sequence[float]) -> Measured:
    if not milliseconds:  # a corpus without names and comments gives no questions
        return {}
    return {f"{kind}_p50_ms": statistics.median(milliseconds), f"{kind}_p95_ms": percentile_95(milliseconds)}


def percentile_95(values: Sequence[float]) -> float:
    """Return the 95th percentile, the largest of fewer than twenty values."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]


def _edits(bench: Bench, path: Path, edit: Callable[[str, int], str], update: Callable[[], float]) -> float:
    """Time an index run after each of several edits of one file; every edit starts from the original text."""
    with restored(path) as text:
        walls = []
        for number in range(bench.updates):
            path.write_text(edit(text, number), encoding="utf-8")
            walls.append(update())
    update()
    return statistics.median(walls)


@contextmanager
def restored(path: Path) -> Iterator[str]:
    """Give a file's text and put it back afterwards."""
    original = path.read_bytes()
    try:
        yield original.decode("utf-8")
    finally:
        path.write_bytes(original)


def touch_line(text: str, number: int) -> str:
    """Change one line in the middle."""
    lines = text.splitlines()
    lines[len(lines) // 2] += f"  # touched {number}"
    return "\n".join(lines) + "\n"


def add_function(text: str, number: int) -> str:
    """Add a function at the end."""
    return f"{text}\n\ndef added_by_benchmark_{number}(value):\n    return str(value)\n"
