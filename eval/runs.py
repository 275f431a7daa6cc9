"""Run files: what one system did on one task, a JSON object a line, added to as the cases are answered.

The first line describes the run ("type": "run"); then "prepared" (a system is ready for a corpus) and "case" lines in any
order. A run that was killed is taken up again after its last whole line.
"""

from __future__ import annotations

import gzip
import json
import re
import threading
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from engrep.engine.errors import StateError, UsageError
from engrep.eval.alone import lock
from engrep.eval.cases import Case, Corpus, Outcome, Prepared, Result
from engrep.eval.datasets import Dataset
from engrep.eval.provenance import engrep_version, machine, source_commit
from engrep.eval.task import Task

FORMAT = 1
IDENTITY = ("format", "task", "system", "dataset", "engrep", "commit", "options")
"""What two parts of one run must agree in."""

_LOOKED_UP = frozenset({"query", "gold", "top", "from"})  # what the data set has, or another run gives again
_HEAD = frozenset(
    {"task", "title", "system", "measures", "average", "dataset", "engrep", "commit", "options", "date", "machine"}
)
MOST_BYTES = 1 << 30  # of a run file: a packed one may claim to hold any number


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


def system_name(spec: str) -> str:
    """Return what a system goes by in reports: `command:mine=python mine.py` is `mine`."""
    named = re.match(r"command:([^=]+)=", spec)
    return named[1] if named else spec


def file_name(task: str, system: str) -> str:
    """Return the name of a run's file: `code-search.engrep-dense.jsonl`."""
    return ".".join(re.sub(r"[^A-Za-z0-9=+_-]+", "_", part) for part in (task, system_name(system))) + ".jsonl"


class RunFile:
    """A run file that is being written: by several threads, and by no other process until it is closed."""

    def __init__(self, path: Path, described: Mapping[str, Any], *, anew: bool = False) -> None:
        """Begin a run, or take it up again.

        Raises:
            UsageError: the file is of another run: another commit, data set or option.
            StateError: another process is writing it, or it is no run file.

        """
        self.path = path
        self.done: set[tuple[str, str]] = set()  # corpus and case
        self._writing = threading.Lock()
        with _told(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("a+b")
        try:
            lock(self._file, f"{path} is being written by another run: wait for its end, or name another --out")
            if anew or not self._resume(described):
                self._file.truncate(0)
                self.add(described)
        except BaseException:
            self._file.close()
            raise

    def _resume(self, described: Mapping[str, Any]) -> bool:
        """Read what is there and cut off a line that was not finished; tell whether there is anything."""
        self._file.seek(0)
        data = self._file.read()
        whole = data[: data.rfind(b"\n") + 1]
        if not whole:
            return False
        head, rows = _read_rows(whole, self.path)
        differing = [_difference(key, head.get(key), described.get(key)) for key in IDENTITY]
        if any(differing):
            told = "; ".join(filter(None, differing))
            message = f"{self.path} holds another run ({told}): name another --out, or give --anew to write over it"
            raise UsageError(message)
        self._file.truncate(len(whole))
        self.done = {(row["corpus"], row["id"]) for row in rows if row["type"] == "case"}
        return True

    def add(self, row: Mapping[str, Any]) -> None:
        """Add a line."""
        with self._writing, _told(self.path):
            self._file.write(_line(row))
            self._file.flush()

    def close(self) -> None:
        """Let others write."""
        with _told(self.path):
            self._file.close()


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Say which file a failure of the disk is about: a full one names none."""
    try:
        yield
    except OSError as exc:
        message = f"{exc.filename or path} cannot be written: {exc.strerror}"
        raise StateError(message) from exc


def _difference(name: str, there: Any, here: Any) -> str:
    """Tell how two runs differ in a field: "options differ: limit 6 there, none here"; nothing where they do not."""
    if there == here:
        return ""
    if not (isinstance(there, dict) and isinstance(here, dict)):
        return f"{name} differs: {_told_value(there)} there, {_told_value(here)} here"
    keys = [key for key in {**there, **here} if there.get(key) != here.get(key)]
    told = (f"{key} {_told_value(there.get(key))} there, {_told_value(here.get(key))} here" for key in keys)
    return f"{name} differ: {', '.join(told)}"


def _told_value(value: Any) -> str:
    return " ".join(map(str, value)) or "all" if isinstance(value, list) else "none" if value is None else str(value)


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


def keep(paths: Sequence[Path], folder: Path) -> list[Path]:
    """Copy runs without questions and answers, packed: small enough for a repository, and enough for every figure.

    Raises:
        StateError: one is no run file.
        UsageError: two are of one task and system, and only one could have the name.

    """
    runs: dict[Path, Result] = {}
    for path in paths:
        run = read_run(path)
        kept = folder / (file_name(run.head["task"], run.head["system"]) + ".gz")
        if kept in runs:
            message = f"{path} is another run of {run.head['system']} on {run.head['task']}: keep it in another --out"
            raise UsageError(message)
        runs[kept] = run
    folder.mkdir(parents=True, exist_ok=True)
    for kept, run in runs.items():
        kept.write_bytes(gzip.compress(b"".join(map(_line, _figures_only(run))), mtime=0))
    return list(runs)


def _figures_only(run: Result) -> Iterable[Mapping[str, Any]]:
    yield run.head
    yield from (run.corpora[name] for name in sorted(run.corpora))
    yield from ({name: value for name, value in case.items() if name not in _LOOKED_UP} for case in run.cases)


def _line(row: Mapping[str, Any]) -> bytes:
    """Write a row; what stands for undecodable bytes in a file name becomes an escape, as JSON has it."""
    return (json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n").encode("utf-8", "backslashreplace")


def read_run(path: Path) -> Result:
    """Read a run file, packed with gzip or not.

    Raises:
        StateError: it cannot be read, or is no run file.

    """
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "is not there"
        message = f"the run file {path} {what}: `engrep eval run` writes such files, runs/TASK.SYSTEM.jsonl"
        raise StateError(message)
    try:
        with closing(gzip.open(path) if path.suffix == ".gz" else path.open("rb")) as file:
            data = file.read(MOST_BYTES + 1)
    except (OSError, EOFError, zlib.error) as exc:
        message = f"{path} is no run file: {exc}"
        raise StateError(message) from exc
    if len(data) > MOST_BYTES:
        message = f"{path} holds more than {MOST_BYTES:,} bytes, which is no run file"
        raise StateError(message)
    head, rows = _read_rows(data[: data.rfind(b"\n") + 1], path)
    prepared: dict[str, Any] = {}
    for row in rows:
        if row["type"] == "prepared":  # the first counts: a run that goes on finds its indexes there
            prepared.setdefault(row["corpus"], row)
    cases = {(row["corpus"], row["id"]): row for row in rows if row["type"] == "case"}
    return Result(head, tuple(cases[key] for key in sorted(cases)), prepared)


def _read_rows(data: bytes, path: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the description and the rows of whole lines.

    Raises:
        StateError: they are not those of a run.

    """
    if not data:
        message = (
            f"{path} is no run file: it is empty, as one that was stopped before it began; remove it, or run it again"
        )
        raise StateError(message)
    try:
        head, *rows = [json.loads(line) for line in data.splitlines()]  # of bytes: at line feeds alone
        is_known = head["type"] == "run" and head["format"] == FORMAT and head.keys() >= _HEAD
        keys = {"prepared": {"corpus", "seconds"}, "case": {"corpus", "id", "category", "language", "values"}}
        spoilt = next((row for row in rows if not row.keys() >= keys[row["type"]]), None)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as exc:
        message = f"{path} is no run file: {exc}"
        raise StateError(message) from exc
    if not is_known or spoilt is not None:
        message = f"{path} is no run file of format {FORMAT}"
        raise StateError(message)
    return head, rows


def run_files(paths: Iterable[Path]) -> list[Path]:
    """Return the run files named, and those in the folders named."""
    return [
        file
        for path in paths
        for file in (sorted([*path.glob("*.jsonl"), *path.glob("*.jsonl.gz")]) if path.is_dir() else [path])
    ]
