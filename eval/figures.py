"""Shares with their intervals, and tables."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Sequence

Z_95 = 1.959963984540054  # two-sided 95 % quantile of the normal distribution


def ndcg(ranks: Iterable[int | None], k: int = 10) -> float:
    """Return NDCG@k of equally relevant targets, given the 1-based rank of each, None for one that was not found.

    The ideal puts min(k, targets) targets on the first places.
    """
    found = list(ranks)
    ideal = sum(1 / math.log2(place + 1) for place in range(1, min(k, len(found)) + 1))
    gained = sum(1 / math.log2(rank + 1) for rank in found if rank is not None and rank <= k)
    return gained / ideal if found else 0.0


def wilson(successes: int, n: int) -> tuple[float, float]:
    """Return the 95 % Wilson interval of a share; (0, 1) where nothing was asked."""
    if n == 0:
        return 0.0, 1.0
    share, square = successes / n, Z_95 * Z_95
    middle = (share + square / (2 * n)) / (1 + square / n)
    half = Z_95 * math.sqrt(share * (1 - share) / n + square / (4 * n * n)) / (1 + square / n)
    return max(0.0, middle - half), min(1.0, middle + half)


def bootstrap(values: Sequence[float], draws: int = 10_000, seed: int = 0) -> tuple[float, float]:
    """Return the 95 % percentile interval of the mean, drawing `values` with replacement; the same every time."""
    generator = random.Random(seed)
    means = sorted(math.fsum(generator.choices(values, k=len(values))) / len(values) for _ in range(draws))
    return means[int(0.025 * draws)], means[int(0.975 * draws)]


def mean(values: Iterable[float]) -> float:
    """Return the mean, 0 of nothing."""
    listed = list(values)
    return math.fsum(listed) / len(listed) if listed else 0.0


def share(successes: int, n: int) -> str:
    """Write a share with its Wilson interval, in percent: "86.1 [81.6, 89.7]"."""
    low, high = wilson(successes, n)
    return f"{100 * successes / n:.1f} [{100 * low:.1f}, {100 * high:.1f}]" if n else "-"


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Write a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)
