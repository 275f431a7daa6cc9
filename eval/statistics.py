"""Intervals and paired tests by resampling; the same answer every time.

All work on sums of parts and of wholes, so that a mean over cases, a pooled precision and a mean over corpora are tested by
the very figure that is reported. Pairs of answers are resampled within their corpora; the interval of one system's mean over
corpora is by corpora. Method: Efron's percentile bootstrap, and Fisher's randomisation test with the two answers to a case
exchanged or not.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

DRAWS = 10_000
ALPHA = 0.05
_ABSENT = object()  # where a system has not answered a case
_NOTHING = (0.0, 0.0)
_FIRST, _SECOND = slice(0, 2), slice(2, 4)  # columns of a table of pairs: part and whole of either system


@dataclass(frozen=True, slots=True)
class Paired:
    """How two systems differ in one measure, the second against the first."""

    measure: str
    n: int  # cases that both answered and that the measure speaks of for either
    first: float
    second: float
    low: float  # 95 % interval of the difference
    high: float
    p: float  # two-sided, of a difference as large without any real one

    @property
    def difference(self) -> float:
        """What the second has more."""
        return self.second - self.first


def interval(cases: Sequence[Mapping[str, Any]], measure: str, average: str) -> tuple[float, float] | None:
    """Return the 95 % interval of a measure, None where no case has it.

    A mean over corpora is resampled by corpora, because another project is what it is to hold for. Of counts it is
    Wilson's: of ten cases of which none is right, resampling would say that none ever is.
    """
    import numpy as np

    strata = [_table(case["values"][measure] for case in group) for group in _grouped(cases, measure, average)]
    if not strata:
        return None
    if average == "counts":
        (table,) = strata
        return wilson(float(table[:, 0].sum()), float(table[:, 1].sum()))
    generator = np.random.default_rng(0)
    if average == "corpora" and len(strata) > 1:
        sums = np.array([table.sum(axis=0) for table in strata])
        means = sums[sums[:, 1] > 0, 0] / sums[sums[:, 1] > 0, 1]
        drawn = generator.choice(means, (DRAWS, len(means))).mean(axis=1)
    else:
        drawn = np.mean([_ratio(_resampled(generator, table)) for table in strata], axis=0)
    low, high = np.quantile(drawn, (0.025, 0.975))
    return float(low), float(high)


def wilson(right: float, n: float) -> tuple[float, float]:
    """Return the 95 % interval of a share, `right` of `n` (Wilson 1927, without a correction for continuity)."""
    z = NormalDist().inv_cdf(1 - ALPHA / 2)
    share, weight = right / n, z * z / n
    middle, reach = share + weight / 2, z * math.sqrt(share * (1 - share) / n + weight / n / 4)
    return max(0.0, (middle - reach) / (1 + weight)), min(1.0, (middle + reach) / (1 + weight))


def paired(
    first: Sequence[Mapping[str, Any]], second: Sequence[Mapping[str, Any]], measure: str, average: str
) -> Paired | None:
    """Compare two systems on the cases that both have; None where the measure speaks of none of them.

    A corpus in which it says nothing at all of one of them is left out for both.
    """
    import numpy as np

    others = {(case["corpus"], case["id"]): case["values"].get(measure) for case in second}
    both = [
        {"corpus": case["corpus"], "values": {measure: pair}}
        for case in first
        if (pair := _pair(case["values"].get(measure), others.get((case["corpus"], case["id"]), _ABSENT))) is not None
    ]
    tables = [
        np.hstack([_table(case["values"][measure][side] for case in group) for side in (0, 1)])
        for group in _grouped(both, measure, average)
    ]
    strata = [table for table in tables if table[:, 1].any() and table[:, 3].any()]
    if not strata:
        return None
    generator = np.random.default_rng(0)
    at, to = (float(np.mean([_ratio(table.sum(axis=0)[side]) for table in strata])) for side in (_FIRST, _SECOND))
    spread = np.mean([_difference(_resampled(generator, table)) for table in strata], axis=0)
    null = np.mean([_difference(_exchanged(generator, table)) for table in strata], axis=0)
    low, high = np.quantile(spread, (0.025, 0.975))
    as_large = int(np.sum(np.abs(null) >= abs(to - at) - 1e-12))
    return Paired(measure, sum(map(len, strata)), at, to, float(low), float(high), (as_large + 1) / (DRAWS + 1))


def _pair(first: Any, second: Any) -> tuple[Any, Any] | None:
    """Put two answers to a case side by side.

    A pooled measure leaves out the case of a system that answered with nothing to pool: it adds nothing to its sums, and the
    other's answer counts. A plain number has to be there for both.
    """
    if second is _ABSENT or (first is None and second is None):
        return None
    if first is None or second is None:
        given = second if first is None else first
        if not isinstance(given, tuple | list):
            return None
        return (_NOTHING, second) if first is None else (first, _NOTHING)
    return first, second


def _grouped(cases: Sequence[Mapping[str, Any]], measure: str, average: str) -> list[list[Mapping[str, Any]]]:
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for case in cases:
        if measure in case["values"]:
            groups.setdefault(case["corpus"] if average == "corpora" else "", []).append(case)
    return [groups[name] for name in sorted(groups)]


def _table(values: Iterable[Any]) -> Floats:
    """Return parts and wholes as columns."""
    import numpy as np

    pairs = [value if isinstance(value, tuple | list) else (value, 1.0) for value in values]
    return np.array(pairs, np.float64).reshape(-1, 2)


def _resampled(generator: np.random.Generator, table: Floats) -> Floats:
    """Return the sums of the columns over rows drawn with replacement, for every draw.

    Rows that are alike are drawn together: the distribution is the same, and most measures have few values.
    """
    import numpy as np

    rows, counts = np.unique(table, axis=0, return_counts=True)
    drawn: Floats = generator.multinomial(len(table), counts / len(table), DRAWS) @ rows
    return drawn


def _exchanged(generator: np.random.Generator, table: Floats) -> Floats:
    """Return the sums of the columns with the two answers to each case exchanged or not, for every draw."""
    import numpy as np

    rows, counts = np.unique(table, axis=0, return_counts=True)
    swaps = generator.binomial(counts, 0.5, (DRAWS, len(rows)))
    moved = swaps @ (rows[:, _SECOND] - rows[:, _FIRST])
    sums = table.sum(axis=0)
    return np.hstack([sums[_FIRST] + moved, sums[_SECOND] - moved])


def _difference(sums: Floats) -> Floats:
    return _ratio(sums[:, _SECOND]) - _ratio(sums[:, _FIRST])


def _ratio(sums: Floats) -> Floats:
    """Return parts over wholes, 0 over nothing."""
    import numpy as np

    parts, wholes = sums[..., 0], sums[..., 1]
    return np.divide(parts, wholes, out=np.zeros_like(parts), where=wholes > 0)
