"""How far fusion trusts an embedder, and which choices of one a person has made; both lie in the user's folder.

Trust multiplies the weights of the two dense signals. It is measured with `engrep eval calibrate`: here, or by the makers of
a model, who write it into its file. An index may come from anybody, so what it says that it was made with is used only where
this person has chosen it before: otherwise a folder that was unpacked could send questions, and a key, to a server of its own.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from engrep.engine.embed import Embedder
from engrep.engine.embedders import NONE, STATIC
from engrep.engine.places import embedders_folder

log = logging.getLogger(__name__)

UNMEASURED = 0.3  # weak models hurt above it, strong ones help already: see "Embedders" in docs/decisions.md
MEASURED, BY_MAKERS, NOT_MEASURED, GIVEN = "measured here", "measured by its makers", "not measured", "given"


@dataclass(frozen=True, slots=True)
class Calibration:
    """What was measured of an embedder."""

    identity: str
    trust: float
    low: float  # 95 % interval of the best trust
    high: float
    gain: float  # in NDCG@10 at this trust, against no vectors
    gain_low: float  # 95 % interval
    gain_high: float
    without: float  # NDCG@10 without vectors
    items: int
    corpora: tuple[str, ...]
    date: str


@dataclass(frozen=True, slots=True)
class Trust:
    """How far an embedder is trusted, and on what grounds: MEASURED, BY_MAKERS, NOT_MEASURED or GIVEN."""

    value: float
    grounds: str


def trust_in(embedder: Embedder, home: Path | None) -> Trust:
    """Return how far an embedder is trusted."""
    measured = calibration(embedder.identity, home)
    if measured is not None:
        return Trust(measured, MEASURED)
    if embedder.trust is not None:
        return Trust(embedder.trust, BY_MAKERS)
    return Trust(UNMEASURED, NOT_MEASURED)


def calibration(identity: str, home: Path | None) -> float | None:
    """Return the trust that was measured here, None without one that can be read."""
    held = _read(_file(identity, "trust", home))
    value = held.get("trust")
    if held.get("identity") != identity or not isinstance(value, int | float) or not 0.0 <= value <= 10.0:
        return None
    return float(value)


def keep_calibration(found: Calibration, home: Path | None) -> Path:
    """Keep what was measured, in place of what was measured before; raises OSError."""
    path = _file(found.identity, "trust", home)
    _write(path, asdict(found))
    return path


def note_choice(spec: str, home: Path | None) -> None:
    """Note that this person chose an embedder, so that indexes made with it are searched with it."""
    if not was_chosen(spec, home):
        try:
            _write(_file(spec, "choice", home), {"embedder": spec})
        except OSError as exc:
            log.warning("the choice of %s cannot be noted (%s): name it for each search", spec, exc)


def was_chosen(spec: str, home: Path | None) -> bool:
    """Tell whether this person ever chose an embedder; those that reach nothing outside need no choice."""
    return spec in {NONE, STATIC} or _read(_file(spec, "choice", home)).get("embedder") == spec


def _file(name: str, kind: str, home: Path | None) -> Path:
    digest = hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
    return embedders_folder(home) / f"{digest}-{kind}.json"


def _read(path: Path) -> dict[str, Any]:
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return held if isinstance(held, dict) else {}


def _write(path: Path, value: dict[str, Any]) -> None:
    """Write a file as a whole: another process sees the old one or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}.part")
    part.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")
    part.replace(path)
