"""The speed bench: every size, system and repetition in turn, each kept in one JSON file as soon as it is measured.

    {"type": "speed", "format": 1, "date": …, "engrep": …, "commit": …, "machine": {…}, "samples": 20, "model": null,
     "sizes": {"10000": {"checksum": …, "corpus": {"python": {"files", "lines", "bytes"}, …, "total": {…}},
                         "systems": {"engrep": [{"load": 0.1, "date": …, "index_wall_s": 1.2, …}, …], …}}}}

Each entry of a system is one repetition from nothing: seconds, milliseconds and bytes, as the names end. The load is that
of the machine before it. What is there already is not measured again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from engrep.engine.embedders import default_embedder
from engrep.engine.errors import StateError, UsageError
from engrep.eval.alone import alone_in
from engrep.eval.provenance import engrep_version, machine, source_commit
from engrep.eval.speed import peers
from engrep.eval.speed.corpus import Source, checksum, describe, nested, repository_of, source_files
from engrep.eval.speed.measuring import SYSTEMS, Bench
from engrep.eval.speed.queries import make_queries

FORMAT = 1
FILE_NAME = "speed.json"
SIZES = (10_000, 100_000, 1_000_000)
OWN = ("engrep", "parsing")  # measured always
PEERS = tuple(name for name in SYSTEMS if name not in OWN)
_FIELDS = frozenset({"date", "engrep", "commit", "machine", "samples", "model", "sizes"})
EDITED_LINES = 300  # of the file that updates change, or as near as there is

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class SpeedWish:
    """What to measure."""

    sizes: tuple[int, ...] = SIZES  # lines
    repetitions: int = 3
    peers: tuple[str, ...] = ()
    samples: int = 20  # cold queries of each repetition, and a fourth as many updates
    anew: bool = False


def measure_speed(
    folders: Sequence[Path], wish: SpeedWish, work: Path, out: Path, progress: Progress | None = None
) -> Path:
    """Measure what is wished for and not there yet; return the result's file.

    `work` holds the corpora and all that the systems store, so that nothing of the user is touched.

    Raises:
        UsageError: a peer is unknown, the folders hold too little source, or `out` holds another measurement.
        MissingExtraError: a peer is not installed.
        StateError: another measurement is going on.

    """
    _check(folders, wish)
    sources = [source for folder in folders for source in source_files(folder.resolve())]
    corpora = nested(sources, wish.sizes)
    with alone_in(work):  # two at once would slow each other, and write one file
        return _measure(corpora, wish, work, out / FILE_NAME, progress)


def _measure(
    corpora: Mapping[int, Sequence[Source]], wish: SpeedWish, work: Path, path: Path, progress: Progress | None
) -> Path:
    result = _begun(path, wish)
    for size, chosen in corpora.items():
        _add_size(path, result, size, chosen)
    _write(path, result)
    if "semble" in wish.peers:  # a model made of the largest corpus serves all
        peers.semble(work, repository_of(corpora[max(corpora)], work / "corpora"))
    units = list(_units(result, wish))
    for at, (size, system) in enumerate(units):
        if progress is not None:
            progress(f"{system}, {size:,} lines", at, len(units))
        bench = _bench(corpora[size], work, wish.samples)
        load = machine()["load"]
        began = datetime.now(UTC).isoformat(timespec="seconds")
        measured = SYSTEMS[system](bench)
        result["sizes"][str(size)]["systems"].setdefault(system, []).append({"load": load, "date": began, **measured})
        _write(path, result)
    return path


def _check(folders: Sequence[Path], wish: SpeedWish) -> None:
    absent = [str(folder) for folder in folders if not folder.is_dir()]
    if absent:
        message = f"{', '.join(absent)}: no such folder"
        raise UsageError(message)
    unknown = sorted(set(wish.peers) - set(PEERS))
    if unknown:
        message = f"there is no peer {', '.join(unknown)}; there are {', '.join(PEERS)}"
        raise UsageError(message)
    if "ctags" in wish.peers:
        peers.ctags()


def _begun(path: Path, wish: SpeedWish) -> dict[str, Any]:
    """Return what has been measured by the same program on the same machine, or nothing yet."""
    described = {
        "type": "speed",
        "format": FORMAT,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "engrep": engrep_version(),
        "commit": source_commit(),
        "machine": machine(),
        "samples": wish.samples,
        "model": model.identity if (model := default_embedder()) else None,
    }
    if wish.anew or not path.exists():
        return {**described, "sizes": {}}
    held = read_speed(path)
    differing = [key for key in ("engrep", "commit", "samples", "model") if held[key] != described[key]]
    differing += [key for key, value in machine().items() if key != "load" and held["machine"].get(key) != value]
    if differing:
        raise _other(path, ", ".join(differing))
    return held


def _other(path: Path, what: str) -> UsageError:
    return UsageError(f"{path} holds another measurement ({what} differ): name another --out, or give --anew")


def read_speed(path: Path) -> dict[str, Any]:
    """Read a result.

    Raises:
        StateError: it cannot be read, or is no result of the speed bench.

    """
    try:
        result: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        is_known = result["type"] == "speed" and result["format"] == FORMAT
        is_whole = result.keys() >= _FIELDS
    except (OSError, ValueError, KeyError, TypeError) as exc:
        message = f"{path} is no result of the speed bench: {exc}"
        raise StateError(message) from exc
    if not (is_known and is_whole):
        message = f"{path} is no result of the speed bench of format {FORMAT}"
        raise StateError(message)
    return result


def _add_size(path: Path, result: dict[str, Any], size: int, chosen: Sequence[Source]) -> None:
    held = result["sizes"].get(str(size))
    total = checksum(chosen)
    if held is None:
        result["sizes"][str(size)] = {"checksum": total, "corpus": describe(chosen), "systems": {}}
    elif held["checksum"] != total:
        raise _other(path, f"the {size:,} lines")


def _units(result: Mapping[str, Any], wish: SpeedWish) -> Iterator[tuple[int, str]]:
    """Yield what is left, a repetition of every system after the other, so that a slow hour slows them all."""
    systems = (*OWN, *(name for name in PEERS if name in wish.peers))
    for size in sorted(wish.sizes):
        done = result["sizes"][str(size)]["systems"]
        for repetition in range(wish.repetitions):
            yield from ((size, system) for system in systems if len(done.get(system, ())) <= repetition)


def _bench(chosen: Sequence[Source], work: Path, samples: int) -> Bench:
    root = repository_of(chosen, work / "corpora")
    stored = work / "stored"
    stored.mkdir(parents=True, exist_ok=True)
    python = [source for source in chosen if source.language == "python"]
    edited = min(python, key=lambda source: abs(source.lines - EDITED_LINES), default=None)
    edited_path = None if edited is None else root / edited.target
    return Bench(root, tuple(make_queries(chosen)), edited_path, stored, samples)


def _write(path: Path, result: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    part.replace(path)
