"""Intervals and paired tests: against exact enumeration, against scipy, on data without and with a difference."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from typing import Any

import pytest

from engrep.eval.cases import Result
from engrep.eval.compare import compare
from engrep.eval.statistics import interval, paired


def cases(values: Sequence[Any], corpus: str = "one") -> list[dict[str, Any]]:
    """Make the case lines of a run that hold one measure."""
    return [
        {"corpus": corpus, "id": str(at), "category": "", "values": {"nDCG@10": value}}
        for at, value in enumerate(values)
    ]


def run(rows: list[dict[str, Any]]) -> Result:
    """Make a run of them."""
    head = {
        "task": "t", "system": "s", "commit": "", "measures": ["nDCG@10"], "average": "cases", "dataset": {"checksum": ""}
    }  # fmt: skip
    return Result(head, tuple(rows))


def exact_p(first: Sequence[float], second: Sequence[float]) -> float:
    """Exchange the answers in every possible way."""
    differences = [two - one for one, two in zip(first, second, strict=True)]
    seen = abs(sum(differences)) - 1e-9
    signs = list(itertools.product((1, -1), repeat=len(differences)))
    return sum(abs(sum(s * d for s, d in zip(row, differences, strict=True))) >= seen for row in signs) / len(signs)


@pytest.mark.parametrize("seed", range(4))
def test_the_randomisation_test_is_the_exact_one(seed: int) -> None:
    """Ten thousand exchanges come near all 1,024."""
    generator = random.Random(seed)
    first = [generator.random() for _ in range(10)]
    second = [min(1.0, value + generator.uniform(-0.2, 0.35)) for value in first]
    found = paired(cases(first), cases(second), "nDCG@10", "cases")
    assert found is not None
    assert found.p == pytest.approx(exact_p(first, second), abs=0.02)


def test_the_interval_is_scipys() -> None:
    """The percentile bootstrap of a mean is the one of scipy."""
    stats = pytest.importorskip("scipy.stats")
    generator = random.Random(5)
    values = [generator.random() ** 2 for _ in range(200)]
    found = interval(cases(values), "nDCG@10", "cases")
    theirs = stats.bootstrap((values,), lambda x, axis: x.mean(axis=axis), method="percentile", n_resamples=9999)
    assert found == pytest.approx((theirs.confidence_interval.low, theirs.confidence_interval.high), abs=0.006)


def test_parts_are_pooled_not_averaged() -> None:
    """A case with a hundred edges weighs a hundred times one with one, in the figure and in the test."""
    found = paired(cases([(90, 100), (0, 1)]), cases([(80, 100), (1, 1)]), "nDCG@10", "cases")
    assert found is not None
    assert (found.first, found.second) == pytest.approx((90 / 101, 81 / 101))


def test_corpora_weigh_alike() -> None:
    """The mean over corpora does not depend on how many questions each has."""
    first = cases([1.0] * 90, "big") + cases([0.0] * 10, "small")
    second = cases([1.0] * 90, "big") + cases([1.0] * 10, "small")
    found = paired(first, second, "nDCG@10", "corpora")
    assert found is not None
    assert (found.first, found.second) == pytest.approx((0.5, 1.0))


def test_a_null_change_is_seldom_flagged() -> None:
    """Of twenty pairs of runs that differ by chance alone, at most one is called a loss."""
    generator = random.Random(11)
    flagged = 0
    for _ in range(20):
        pairs = [(generator.random(), generator.random()) for _ in range(150)]
        rows = [cases([pair[side] for pair in pairs]) for side in (0, 1)]
        flagged += compare(run(rows[0]), run(rows[1])).is_loss
    assert flagged <= 1


def test_a_real_loss_is_flagged() -> None:
    """A fifth of the cases getting worse by a half is no chance; getting better is no loss."""
    generator = random.Random(3)
    good = [generator.random() for _ in range(150)]
    bad = [value * (0.5 if at % 5 == 0 else 1.0) for at, value in enumerate(good)]
    assert compare(run(cases(good)), run(cases(bad))).is_loss
    assert not compare(run(cases(bad)), run(cases(good))).is_loss
    assert compare(run(cases(bad)), run(cases(good))).is_gain


def test_the_same_data_give_the_same_answer() -> None:
    """Resampling is seeded: a gate must not change its mind."""
    first, second = cases([0.1, 0.9, 0.4]), cases([0.2, 0.7, 0.4])
    assert paired(first, second, "nDCG@10", "cases") == paired(first, second, "nDCG@10", "cases")
    assert interval(first, "nDCG@10", "cases") == interval(first, "nDCG@10", "cases")
