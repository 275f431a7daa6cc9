"""Run files: what one system did on one task, a JSON object a line, added to as the cases are answered.

The first line describes the run ("type": "run"); then "prepared" (a system is ready for a corpus) and "case" lines in any
order. A run that was killed is taken up again after its last whole line.
"""

from __future__ import annotations

import gzip
import json
import os
import platform
import re
import subprocess
import threading
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from engrep.engine.errors import StateError, UsageError
from engrep.eval.cases import Case, Corpus, Outcome, Prepared, Result
from engrep.eval.datasets import Dataset
from engrep.eval.task import Task

FORMAT = 1
IDENTITY = ("format", "task", "system", "dataset", "engrep", "commit", "options")
"""What two parts of one run must agree in."""

_LOOKED_UP = frozenset({"query", "gold", "top", "from"})  # what the data set has, or another run gives again
_write = threading.Lock()


def head(task: Task, system: str, data: Dataset, options: Mapping[str, Any]) -> dict[str, Any]:
    """Describe a run that begins now."""
    described = {key: value for key, value in asdict(data).items() if key not in ("folder", "files")}
    return {
        "type": "run",
        "format": FORMAT,
        "task": task.name,
        "title": task.title,
        "system": system,
        "measures": list(task.measures),
        "average": task.average,
        "dataset": described,
        "engrep": engrep_version(),
        "commit": source_commit(),
        "options": dict(options),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
    }


def engrep_version() -> str | None:
    """Return the version that is installed, None where engrep runs from its sources without being installed."""
    with suppress(PackageNotFoundError):
        return version("engrep")
    return None


def machine() -> dict[str, Any]:
    """Describe the machine: figures of time mean nothing without."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "load": None if load is None else round(load, 2),
    }


def _processor() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return platform.processor()
    found = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    return found[1] if found else platform.processor()


def source_commit() -> str | None:
    """Return the commit that engrep runs from, with a "+" when files differ from it; None for an installed one."""
    root = Path(__file__).resolve().parent.parent
    if not (root / ".git").exists():
        return None
    command = ["git", "-C", str(root)]
    try:
        commit = subprocess.run(
            [*command, "rev-parse", "--short=10", "HEAD"], check=True, capture_output=True, text=True
        )
        state = subprocess.run(
            [*command, "status", "--porcelain", "--untracked-files=no"], check=True, capture_output=True, text=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return commit.stdout.strip() + ("+" if state.stdout.strip() else "")


def file_name(task: str, system: str) -> str:
    """Return the name of a run's file: `code-search.engrep-dense.jsonl`."""
    return ".".join(re.sub(r"[^A-Za-z0-9=+_-]+", "_", part) for part in (task, system)) + ".jsonl"


class RunFile:
    """A run file that is being written; safe for several threads."""

    def __init__(self, path: Path, described: Mapping[str, Any], *, anew: bool = False) -> None:
        """Begin a run, or take it up again.

        Raises:
            UsageError: the file is of another run: another commit, data set or option.

        """
        self.path = path
        self.described = dict(described)
        self.done: set[tuple[str, str]] = set()  # corpus and case
        path.parent.mkdir(parents=True, exist_ok=True)
        if anew or not path.exists() or not self._resume():
            path.write_text(_line(self.described), encoding="utf-8")

    def _resume(self) -> bool:
        """Read what is there and cut off a line that was not finished; tell whether there is anything."""
        data = self.path.read_bytes()
        whole = data[: data.rfind(b"\n") + 1]
        if not whole:
            return False
        rows = [json.loads(line) for line in whole.splitlines()]
        differing = [key for key in IDENTITY if rows[0].get(key) != self.described.get(key)]
        if differing:
            message = (
                f"{self.path} holds another run ({', '.join(differing)} differ): name another --out, or give --anew"
            )
            raise UsageError(message)
        if len(whole) < len(data):
            with self.path.open("r+b") as file:
                file.truncate(len(whole))
        self.described = rows[0]
        self.done = {(row["corpus"], row["id"]) for row in rows if row["type"] == "case"}
        return True

    def add(self, row: Mapping[str, Any]) -> None:
        """Add a line."""
        with _write, self.path.open("a", encoding="utf-8") as file:
            file.write(_line(row))


def case_row(corpus: Corpus, case: Case, outcome: Outcome) -> dict[str, Any]:
    """Make the line of one case."""
    row: dict[str, Any] = {
        "type": "case",
        "corpus": corpus.name,
        "language": corpus.language,
        "category": case.category,
        "id": case.case_id,
        "values": {name: _rounded(value) for name, value in outcome.values.items()},
    }
    if outcome.ms is not None:
        row["ms"] = round(outcome.ms, 2)
    if outcome.note:
        row["note"] = outcome.note
    row |= {"query": case.query, "gold": list(case.gold), "top": [_shown(asdict(each)) for each in outcome.top]}
    if case.from_file:
        row["from"] = case.from_file
    return row


def prepared_row(corpus: Corpus, prepared: Prepared) -> dict[str, Any]:
    """Make the line of a corpus that a system is ready for."""
    kept = {name: value for name, value in asdict(prepared).items() if value is not None}
    return {"type": "prepared", "corpus": corpus.name, "language": corpus.language, **kept}


def _rounded(value: Any) -> Any:
    return [round(part, 6) for part in value] if isinstance(value, tuple | list) else round(value, 6)


def _shown(entry: dict[str, Any]) -> dict[str, Any]:
    entry["score"] = round(entry["score"], 4)
    entry["why"] = {part: round(value, 3) for part, value in entry["why"]}
    return {name: value for name, value in entry.items() if value or name in ("item", "score")}


def keep(path: Path, folder: Path) -> Path:
    """Copy a run without questions and answers, packed: small enough for a repository, and enough for every figure.

    Raises:
        StateError: it is no run file.

    """
    run = read_run(path)
    folder.mkdir(parents=True, exist_ok=True)
    cases = ({name: value for name, value in case.items() if name not in _LOOKED_UP} for case in run.cases)
    rows = (run.head, *(run.corpora[name] for name in sorted(run.corpora)), *cases)
    kept = folder / (file_name(run.head["task"], run.head["system"]) + ".gz")
    kept.write_bytes(gzip.compress("".join(map(_line, rows)).encode(), mtime=0))
    return kept


def _line(row: Mapping[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n"


def read_run(path: Path) -> Result:
    """Read a run file, packed with gzip or not.

    Raises:
        StateError: it cannot be read, or is no run file.

    """
    try:
        data = path.read_bytes()
        text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode()
        rows = [json.loads(line) for line in text[: text.rfind("\n") + 1].splitlines()]
        described = rows[0]
        is_known = described["type"] == "run" and described["format"] == FORMAT
        prepared = {row["corpus"]: row for row in rows if row["type"] == "prepared"}
        cases = {(row["corpus"], row["id"]): row for row in rows if row["type"] == "case"}
    except (OSError, EOFError, ValueError, KeyError, IndexError, TypeError) as exc:
        message = f"{path} is no run file: {exc}"
        raise StateError(message) from exc
    if not is_known:
        message = f"{path} is no run file of format {FORMAT}"
        raise StateError(message)
    return Result(described, tuple(cases[key] for key in sorted(cases)), prepared)


def run_files(paths: Iterable[Path]) -> list[Path]:
    """Return the run files named, and those in the folders named."""
    return [
        file
        for path in paths
        for file in (sorted([*path.glob("*.jsonl"), *path.glob("*.jsonl.gz")]) if path.is_dir() else [path])
    ]
