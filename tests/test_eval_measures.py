"""The measures give the figures that can be worked out by hand."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engrep.eval.figures import share
from engrep.eval.measures import ranking_values, wilson


def ndcg(ranks: list[int | None]) -> float:
    """Rank targets at these places, None for one that is not found, and take nDCG@10."""
    answered = [[at for at, rank in enumerate(ranks) if rank == place] for place in range(1, 16)]
    value = ranking_values(answered, len(ranks), ["nDCG@10"])["nDCG@10"]
    assert isinstance(value, float)
    return value


def test_one_target_on_the_second_place() -> None:
    """A single target on rank two gains 1 / log2(3)."""
    assert ndcg([2]) == pytest.approx(0.6309297535714575)


def test_a_missing_target_costs_its_share_of_the_ideal() -> None:
    """Two targets, one first and one not found, gain 1 of 1 + 1/log2(3)."""
    assert ndcg([1, None]) == pytest.approx(1 / (1 + 1 / math.log2(3)))


def test_ranks_below_the_cut_off_gain_nothing() -> None:
    """A target on rank eleven is as good as lost at ten."""
    assert ndcg([11]) == 0.0


def test_the_ideal_stops_at_the_cut_off() -> None:
    """Twelve targets of which ten fill the list are a perfect answer."""
    assert ndcg([*range(1, 11), None, None]) == pytest.approx(1.0)


@given(st.lists(st.integers(1, 15), min_size=1, max_size=14, unique=True), st.integers(0, 3))
def test_ndcg_agrees_with_a_gain_vector(places: list[int], n_missing: int) -> None:
    """NDCG by ranks equals NDCG by walking down a vector of gains."""
    gains = [1.0 if place in places else 0.0 for place in range(1, 16)]
    best = sorted([1.0] * (len(places) + n_missing) + [0.0] * 15, reverse=True)

    def discounted(vector: list[float]) -> float:
        return sum(gain * math.log(2) / math.log(place + 2) for place, gain in enumerate(vector[:10]))

    expected = discounted(gains) / discounted(best)
    assert ndcg([*places, *[None] * n_missing]) == pytest.approx(expected)


def test_wilson_of_half_and_of_nothing() -> None:
    """The interval of 50 in 100 is the textbook one, and nothing asked tells nothing."""
    assert wilson(50, 100) == pytest.approx((0.4038, 0.5962), abs=1e-4)
    assert wilson(0, 0) == (0.0, 1.0)


@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_holds_the_share(counts: tuple[int, int]) -> None:
    """The interval contains the measured share and stays within 0 and 1."""
    low, high = wilson(*counts)
    assert 0.0 <= low <= counts[0] / counts[1] + 1e-12
    assert counts[0] / counts[1] - 1e-12 <= high <= 1.0


def test_all_gold_items_must_be_among_the_first() -> None:
    """Strict accuracy counts once the last gold item has appeared, and never where one is missing."""
    values = ranking_values([[0], [], [0, 1]], 2, ["All@2", "All@3"])
    assert values == {"All@2": 0.0, "All@3": 1.0}
    assert ranking_values([[0]], 2, ["All@10"]) == {"All@10": 0.0}


def test_recall_stops_at_a_budget_of_tokens() -> None:
    """A place whose text ends past the budget is not read, and a miss costs the most there is to read."""
    answered, tokens = [[], [0], [1]], [100, 150, 1]
    values = ranking_values(answered, 2, ["R@249t", "R@250t", "R@251t", "tokens"], tokens)
    assert values == {"R@249t": 0.0, "R@250t": 0.5, "R@251t": 1.0, "tokens": 250}
    assert ranking_values([[]], 1, ["tokens"], [5]) == {"tokens": 8000}


def test_a_share_is_written_in_percent() -> None:
    """A share shows its interval beside it."""
    assert share(50, 100) == "50.0 [40.4, 59.6]"
