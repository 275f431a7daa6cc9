"""Measure engrep on a big corpus in one run, beside semble, universal-ctags and parsing alone.

    python -m benchmarks.speed CORPUS WORK [--engrep "COMMAND"] [--semble-python PYTHON] [--ctags CTAGS]
        [--runs 3] [--json OUT]

WORK gets the databases, the queries and the random model. Run it on an otherwise idle machine: the table gives medians
over the runs, and the load average it started with. A peer that is not given is left out.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import shutil
import statistics
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks import peers
from benchmarks.corpus import describe, source_files
from benchmarks.processes import Usage, run
from benchmarks.queries import make_queries

COLD_QUERIES = 20
UPDATES = 5
FOUND_OR_NOT = (0, 1)  # exit statuses of a search that worked
UPDATED_LINES = range(200, 400)  # the size of the file that the update measurement edits

Row = dict[str, Any]


def spread(values: list[float]) -> Row:
    """Return the median and the 95th percentile, the largest for fewer than twenty values."""
    ordered = sorted(values)
    return {"p50": statistics.median(ordered), "p95": ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]}


def median_usage(runs: int, measure: Callable[[], Usage]) -> Row:
    """Run a measurement several times and return the medians, with every wall time beside them."""
    usages = [measure() for _ in range(runs)]
    return {
        "wall": statistics.median(usage.wall for usage in usages),
        "cpu": statistics.median(usage.cpu for usage in usages),
        "peak_rss": max(usage.peak_rss for usage in usages),
        "walls": [round(usage.wall, 3) for usage in usages],
        "output": usages[-1].output,
    }


@contextmanager
def restored(path: Path) -> Iterator[str]:
    """Give a file's text and put it back afterwards."""
    original = path.read_bytes()
    try:
        yield original.decode("utf-8")
    finally:
        path.write_bytes(original)


def update_seconds(index: list[str], environment: dict[str, str], path: Path, edit: Callable[[str, int], str]) -> Row:
    """Time an index run after each of several edits of one file; every edit starts from the original text."""
    with restored(path) as text:
        walls = []
        for number in range(UPDATES):
            path.write_text(edit(text, number), encoding="utf-8")
            walls.append(run(index, environment, watch=False).wall)
    run(index, environment, watch=False)
    return spread(walls)


def touch_line(text: str, number: int) -> str:
    """Change one line in the middle."""
    lines = text.splitlines()
    lines[len(lines) // 2] += f"  # touched {number}"
    return "\n".join(lines) + "\n"


def add_function(text: str, number: int) -> str:
    """Add a function at the end."""
    return f"{text}\n\ndef added_by_benchmark_{number}(value):\n    return str(value)\n"


def measure_engrep(engrep: list[str], root: Path, work: Path, queries: list[str], runs: int) -> Row:
    """Measure cold index, warm and cold queries, and one-file updates."""
    home = work / "engrep-home"
    environment = {"ENGREP_HOME": str(home)}
    index = [*engrep, "index", str(root), "--json"]

    def cold_index() -> Usage:
        shutil.rmtree(home, ignore_errors=True)
        return run(index, environment)

    row = median_usage(runs, cold_index)
    row["report"] = json.loads(row.pop("output"))
    row["bytes"] = peers.folder_bytes([home])
    warm = [sys.executable, "-m", "benchmarks.warm", str(root), str(work / "queries.json")]
    row["warm_ms"] = spread(json.loads(run(warm, environment, watch=False).output))
    search = [*engrep, "search", "--repo", str(root), "--json", "--"]
    cold = [
        run([*search, query], environment, accepted=FOUND_OR_NOT, watch=False).wall for query in queries[:COLD_QUERIES]
    ]
    row["cold_ms"] = spread([1e3 * wall for wall in cold])
    edited = next(
        source.origin for source in source_files(root) if source.language == "python" and source.lines in UPDATED_LINES
    )
    row["touch"] = update_seconds(index, environment, edited, touch_line)
    row["add"] = update_seconds(index, environment, edited, add_function)
    row["unchanged"] = spread([run(index, environment, watch=False).wall for _ in range(UPDATES)])
    return row


def measure_semble(semble: peers.Semble, root: Path, work: Path, queries: list[str], runs: int) -> Row:
    """Measure its full build, warm and cold queries."""
    peers.ensure_model(semble, root)
    row = median_usage(runs, lambda: peers.build(semble, root))
    del row["output"]
    row["bytes"] = peers.folder_bytes([semble.cache])
    row["warm_ms"] = spread(peers.warm(semble, root, work / "queries.json"))
    row["cold_ms"] = spread([1e3 * peers.search(semble, root, query).wall for query in queries[:COLD_QUERIES]])
    return row


def report(result: Row) -> str:
    """Write the table as Markdown."""
    total = result["corpus"]["total"]
    systems = [name for name in ("engrep", "semble", "ctags") if name in result]

    def line(title: str, value: Callable[[Row], str]) -> str:
        cells = []
        for name in systems:
            try:
                cells.append(value(result[name]))
            except KeyError:
                cells.append("-")
        return f"| {title} | " + " | ".join(cells) + " |"

    head = (
        f"{total['lines']:,} lines, {total['files']:,} files, {total['bytes'] / 1e6:.1f} MB, "
        f"{len(result['corpus']) - 1} languages; {os.cpu_count()} cores, load {result['load']:.2f} at the start; "
        f"medians of {result['runs']}; parsing alone {result['parse_cpu']:.2f} s CPU"
    )
    lines = [
        head,
        "",
        "| measure | " + " | ".join(systems) + " |",
        "| --- |" + " --- |" * len(systems),
        line("cold index, wall s", lambda row: f"{row['wall']:.2f}"),
        line("cold index, CPU s", lambda row: f"{row['cpu']:.2f}"),
        line("CPU over parsing alone", lambda row: f"{row['cpu'] / result['parse_cpu']:.2f}"),
        line("lines a second", lambda row: f"{total['lines'] / row['wall']:,.0f}"),
        line("peak RSS, all processes, MB", lambda row: f"{row['peak_rss'] / 1e6:.0f}"),
        line("index over source size", lambda row: f"{row['bytes'] / total['bytes']:.2f}"),
        line("warm query p50 / p95, ms", lambda row: f"{row['warm_ms']['p50']:.1f} / {row['warm_ms']['p95']:.1f}"),
        line("cold query p50 / p95, ms", lambda row: f"{row['cold_ms']['p50']:.0f} / {row['cold_ms']['p95']:.0f}"),
        line("index after touching a line, s", lambda row: f"{row['touch']['p50']:.3f}"),
        line("index after adding a function, s", lambda row: f"{row['add']['p50']:.3f}"),
        line("index with nothing changed, s", lambda row: f"{row['unchanged']['p50']:.3f}"),
    ]
    return "\n".join(lines)


def main() -> None:
    """Measure everything and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--engrep", default=f"{shlex.quote(sys.executable)} -m engrep", help="the command under test")
    parser.add_argument("--semble-python", type=Path, help="Python of an environment with semble")
    parser.add_argument("--ctags", help="universal-ctags")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    root, work = arguments.corpus.resolve(), arguments.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    queries = make_queries(root)
    (work / "queries.json").write_text(json.dumps(queries), encoding="utf-8")
    parsing = run([sys.executable, "-m", "benchmarks.parsing", str(root)])
    result: Row = {
        "corpus": describe(root),
        "runs": arguments.runs,
        "load": os.getloadavg()[0],
        "parse_cpu": json.loads(parsing.output),
    }
    result["engrep"] = measure_engrep(shlex.split(arguments.engrep), root, work, queries, arguments.runs)
    if arguments.semble_python:
        semble = peers.Semble(arguments.semble_python.absolute(), work / "semble-model", work / "semble-cache")
        result["semble"] = measure_semble(semble, root, work, queries, arguments.runs)
    if arguments.ctags:
        output = work / "tags.json"
        result["ctags"] = median_usage(arguments.runs, lambda: peers.tags(arguments.ctags, root, output))
        result["ctags"]["bytes"] = output.stat().st_size
    print(report(result))
    if arguments.json:
        arguments.json.write_text(json.dumps(result, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
