"""Intervals and paired tests by resampling; the same answer every time.

Both resample cases within their corpora, and both work on sums of parts and of wholes, so that a mean over cases, a pooled
precision and a mean over corpora are tested by the very figure that is reported. Method: Efron's percentile bootstrap, and
Fisher's randomisation test with the two answers to a case exchanged or not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

DRAWS = 10_000
ALPHA = 0.05
_AT_ONCE = 2_000_000  # resampled cases held in memory


@dataclass(frozen=True, slots=True)
class Paired:
    """How two systems differ in one measure, the second against the first."""

    measure: str
    n: int  # cases that both answered and that the measure speaks of
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

    A mean over corpora is resampled by corpora, because another project is what it is to hold for.
    """
    import numpy as np

    strata = [_sums([case["values"][measure] for case in group]) for group in _grouped(cases, measure, average)]
    if not strata:
        return None
    generator = np.random.default_rng(0)
    if average == "corpora" and len(strata) > 1:
        means = np.array([parts.sum() / wholes.sum() for parts, wholes in strata if wholes.sum()])
        drawn = generator.choice(means, (DRAWS, len(means))).mean(axis=1)
    else:
        drawn = np.concatenate([_resampled(generator, parts, wholes) for parts, wholes in strata])
    low, high = np.quantile(drawn, (0.025, 0.975))
    return float(low), float(high)


def paired(
    first: Sequence[Mapping[str, Any]], second: Sequence[Mapping[str, Any]], measure: str, average: str
) -> Paired | None:
    """Compare two systems on the cases that both have; None where the measure speaks of none of them."""
    import numpy as np

    others = {(case["corpus"], case["id"]): case for case in second}
    both = [
        {"corpus": case["corpus"], "values": {measure: (case["values"][measure], other["values"][measure])}}
        for case in first
        if (other := others.get((case["corpus"], case["id"]))) is not None
        and measure in case["values"]
        and measure in other["values"]
    ]
    strata = [[case["values"][measure] for case in group] for group in _grouped(both, measure, average)]
    if not strata:
        return None
    sums = [(_sums([one for one, _ in group]), _sums([two for _, two in group])) for group in strata]
    generator = np.random.default_rng(0)
    at = float(np.mean([parts.sum() / (wholes.sum() or np.inf) for (parts, wholes), _ in sums]))
    to = float(np.mean([parts.sum() / (wholes.sum() or np.inf) for _, (parts, wholes) in sums]))
    spread = np.mean([_bootstrap_differences(generator, one, two) for one, two in sums], axis=0)
    null = np.mean([_exchanged_differences(generator, one, two) for one, two in sums], axis=0)
    low, high = np.quantile(spread, (0.025, 0.975))
    as_large = int(np.sum(np.abs(null) >= abs(to - at) - 1e-12))
    return Paired(measure, len(both), at, to, float(low), float(high), (as_large + 1) / (DRAWS + 1))


def _grouped(cases: Sequence[Mapping[str, Any]], measure: str, average: str) -> list[list[Mapping[str, Any]]]:
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for case in cases:
        if measure in case["values"]:
            groups.setdefault(case["corpus"] if average == "corpora" else "", []).append(case)
    return [groups[name] for name in sorted(groups)]


def _sums(values: Sequence[Any]) -> tuple[Floats, Floats]:
    import numpy as np

    pairs = [value if isinstance(value, tuple | list) else (value, 1.0) for value in values]
    table = np.array(pairs, np.float64).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def _parts(n_cases: int) -> Iterator[int]:
    """Divide the draws so that their table stays small."""
    size = max(1, min(DRAWS, _AT_ONCE // max(n_cases, 1)))
    for start in range(0, DRAWS, size):
        yield min(size, DRAWS - start)


def _resampled(generator: np.random.Generator, parts: Floats, wholes: Floats) -> Floats:
    """Return the measure over cases drawn with replacement, for every draw."""
    import numpy as np

    n = len(parts)
    drawn = []
    for size in _parts(n):
        counts = generator.multinomial(n, np.full(n, 1 / n), size)
        drawn.append(_ratio(counts @ parts, counts @ wholes))
    return np.concatenate(drawn)


def _bootstrap_differences(
    generator: np.random.Generator, first: tuple[Floats, Floats], second: tuple[Floats, Floats]
) -> Floats:
    import numpy as np

    n = len(first[0])
    drawn = []
    for size in _parts(n):
        counts = generator.multinomial(n, np.full(n, 1 / n), size)
        drawn.append(_ratio(counts @ second[0], counts @ second[1]) - _ratio(counts @ first[0], counts @ first[1]))
    return np.concatenate(drawn)


def _exchanged_differences(
    generator: np.random.Generator, first: tuple[Floats, Floats], second: tuple[Floats, Floats]
) -> Floats:
    import numpy as np

    (parts, wholes), (other_parts, other_wholes) = first, second
    drawn = []
    for size in _parts(len(parts)):
        swapped = generator.integers(0, 2, (size, len(parts))).astype(np.float64)
        more_parts, more_wholes = swapped @ (other_parts - parts), swapped @ (other_wholes - wholes)
        one = _ratio(parts.sum() + more_parts, wholes.sum() + more_wholes)
        two = _ratio(other_parts.sum() - more_parts, other_wholes.sum() - more_wholes)
        drawn.append(two - one)
    return np.concatenate(drawn)


def _ratio(parts: Floats, wholes: Floats) -> Floats:
    import numpy as np

    return np.divide(parts, wholes, out=np.zeros_like(parts), where=wholes > 0)
