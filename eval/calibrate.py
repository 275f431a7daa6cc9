"""Measure how far fusion may trust an embedder: search for known items with its vectors at several weights, and without them.

The trust that is taken is the least whose figure lies within one standard error of the best one's: where vectors do not
clearly help, they get no say. (L. Breiman and others, "Classification and Regression Trees", 1984, section 3.4.3, choose a
tree by the same rule.)
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from engrep.engine.choice import Choice
from engrep.engine.embed import Embedder
from engrep.engine.embed_cost import Agree
from engrep.engine.embedders import STATIC, load
from engrep.engine.errors import UsageError
from engrep.engine.memory import Memory
from engrep.engine.places import code_database
from engrep.engine.store import named_embedder, open_code
from engrep.engine.trust import Calibration
from engrep.eval.asked_once import asked_once
from engrep.eval.known_items import KnownItem, copy_with_items

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TRUSTS = (0.0, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0)
DEPTH = 10
ITEMS, FEWEST_ITEMS = 300, 50
DRAWS = 5000

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Measured:
    """What a calibration found: NDCG@10 at each trust, and what follows from it."""

    calibration: Calibration
    curve: tuple[tuple[float, float], ...]  # trust, NDCG@10


@dataclass(frozen=True, slots=True)
class Wish:
    """What to calibrate on, and how."""

    roots: tuple[Path, ...]
    items: int = ITEMS
    seed: int = 0
    jobs: int | None = None
    agree: Agree | None = None


def calibrate(named: str | None, wish: Wish, progress: Progress | None) -> Measured:
    """Measure an embedder on items of some folders: the named one, else the one that the first folder's index uses.

    Raises:
        UsageError: there is nothing to measure, too few items, or nobody agreed to what it would cost.
        StateError: the embedder cannot be used.

    """
    database = open_code(code_database(wish.roots[0]))
    spec = Choice(named, None, None).to_index(named_embedder(database)).spec or STATIC
    database.close()
    embedder_of = partial(load, spec, patient=True)
    embedder = embedder_of()
    if embedder is None:
        message = f"{spec} makes no vectors, so there is no trust to measure: name another with --embedder"
        raise UsageError(message)
    gains = [_of_root(root, embedder_of, embedder, wish, progress) for root in wish.roots]
    return conclude(embedder.identity, gains, tuple(root.resolve().name for root in wish.roots))


def _of_root(
    root: Path, embedder_of: Callable[[], Embedder | None], embedder: Embedder, wish: Wish, progress: Progress | None
) -> NDArray[np.float64]:
    """Return the gains of a root's items, shape (items, trusts)."""
    import numpy as np

    with TemporaryDirectory(prefix="engrep-calibrate-") as folder, ExitStack() as opened:
        copy, home = Path(folder, "copy"), Path(folder, "home")
        copy.mkdir()
        items = copy_with_items(root, copy, -(-wish.items // len(wish.roots)), wish.seed)
        with Memory.open(copy, home=home, embedder=embedder_of) as memory:
            memory.index(jobs=wish.jobs, progress=progress, agree=wish.agree)
        asked = asked_once(embedder)
        memories = [
            opened.enter_context(Memory.open(copy, home=home, embedder=lambda: asked, trust=trust)) for trust in TRUSTS
        ]
        gains = []
        for at, item in enumerate(items):
            if progress is not None:
                progress("calibrate", at, len(items))
            gains.append([_gain(memory, item) for memory in memories])
        return np.array(gains, np.float64).reshape(-1, len(TRUSTS))


def _gain(memory: Memory, item: KnownItem) -> float:
    """Return the NDCG@10 of one item: its file is the one right answer."""
    hits = memory.search(item.question, limit=DEPTH).hits
    rank = next((rank for rank, hit in enumerate(hits, 1) if hit.path == item.path), None)
    return 0.0 if rank is None else 1.0 / math.log2(rank + 1)


def conclude(identity: str, gains: Sequence[NDArray[np.float64]], corpora: tuple[str, ...]) -> Measured:
    """Choose the trust from the gains of all items, and say how sure that is.

    Raises:
        UsageError: there are too few items.

    """
    import numpy as np

    table = np.concatenate(list(gains)) if gains else np.zeros((0, len(TRUSTS)))
    if len(table) < FEWEST_ITEMS:
        message = (
            f"{len(table)} functions that say what they do are too few to measure with: name more or larger folders"
        )
        raise UsageError(message)
    curve = table.mean(axis=0)
    best = int(curve.argmax())
    behind = table[:, [best]] - table
    errors = behind.std(axis=0, ddof=1) / math.sqrt(len(table))
    chosen = int(np.flatnonzero(behind.mean(axis=0) <= errors)[0])
    generator = np.random.default_rng(0)
    drawn = np.stack([table[generator.integers(0, len(table), len(table))].mean(axis=0) for _ in range(DRAWS)])
    low, high = np.quantile(np.array(TRUSTS)[drawn.argmax(axis=1)], (0.025, 0.975))
    gain_low, gain_high = np.quantile(drawn[:, chosen] - drawn[:, 0], (0.025, 0.975))
    found = Calibration(
        identity=identity,
        trust=TRUSTS[chosen],
        low=float(low),
        high=float(high),
        gain=round(float(curve[chosen] - curve[0]), 4),
        gain_low=round(float(gain_low), 4),
        gain_high=round(float(gain_high), 4),
        without=round(float(curve[0]), 4),
        items=len(table),
        corpora=corpora,
        date=datetime.now(UTC).date().isoformat(),
    )
    return Measured(found, tuple((trust, round(float(value), 4)) for trust, value in zip(TRUSTS, curve, strict=True)))
