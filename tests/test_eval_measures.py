"""The measures, against plain formulas written down a second time."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engrep.eval.measures import MOST_TOKENS, pooled, ranking_values, summarise

MEASURES = ("nDCG@10", "RR@10", "AP@10", "R@5", "Success@1", "P@5", "All@5", "R@500t", "tokens")

Run = tuple[list[list[int]], int, list[int]]


@st.composite
def runs(draw: st.DrawFn) -> Run:
    """Draw a ranking (which gold items each place holds), the number of gold items, and the tokens of each place."""
    n_gold = draw(st.integers(1, 8))
    found = draw(st.lists(st.integers(0, n_gold - 1), unique=True))
    places: list[list[int]] = [[gold] for gold in found]
    for _ in range(draw(st.integers(0, 12))):
        places.insert(draw(st.integers(0, len(places))), [])
    repeats = draw(st.lists(st.integers(0, n_gold - 1), max_size=3)) if found else []
    places += [[gold] if gold in found else [] for gold in repeats]  # found a second time: worth nothing
    tokens = draw(st.lists(st.integers(0, 400), min_size=len(places), max_size=len(places)))
    return places, n_gold, tokens


def plain(places: Sequence[Sequence[int]], n_gold: int, tokens: Sequence[int]) -> dict[str, float]:
    """Work the measures out from their definitions."""
    seen: set[int] = set()
    gains = []
    for gold in places:
        gains.append(bool(set(gold) - seen))
        seen |= set(gold)
    ranks = [place for place, gain in enumerate(gains, 1) if gain]
    ideal = sum(1 / math.log2(place + 1) for place in range(1, min(10, n_gold) + 1))
    first = ranks[0] if ranks else 0
    read = [sum(tokens[: place + 1]) for place in range(len(places))]
    return {
        "nDCG@10": sum(1 / math.log2(rank + 1) for rank in ranks if rank <= 10) / ideal,
        "RR@10": 1 / first if 0 < first <= 10 else 0.0,
        "AP@10": sum(nth / rank for nth, rank in enumerate(ranks, 1) if rank <= 10) / n_gold,
        "R@5": sum(rank <= 5 for rank in ranks) / n_gold,
        "Success@1": float(first == 1),
        "P@5": sum(rank <= 5 for rank in ranks) / 5,
        "All@5": float(sum(rank <= 5 for rank in ranks) == n_gold),
        "R@500t": sum(read[rank - 1] <= 500 for rank in ranks) / n_gold,
        "tokens": min(read[first - 1], MOST_TOKENS) if first else MOST_TOKENS,
    }


@given(runs())
def test_the_measures_are_their_definitions(drawn: Run) -> None:
    """On random rankings the library and the plain formulas differ by less than a billionth."""
    places, n_gold, tokens = drawn
    found = ranking_values(places, n_gold, MEASURES, tokens)
    assert found.keys() == set(MEASURES)
    for name, value in plain(places, n_gold, tokens).items():
        assert found[name] == pytest.approx(value, abs=1e-9), name


def test_nothing_to_find_says_nothing() -> None:
    """A question without a right answer has no value, instead of a nought that would pull the mean down."""
    assert ranking_values([[], []], 0, MEASURES, [1, 1]) == {}


def test_an_empty_answer_gains_nothing() -> None:
    """No hits at all is the worst answer, and no error."""
    values = ranking_values([], 2, MEASURES)
    assert values.pop("tokens") == MOST_TOKENS
    assert set(values.values()) == {0.0}


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 9)), min_size=1))
def test_pooling_adds_parts_and_wholes(pairs: list[tuple[int, int]]) -> None:
    """A precision over cases is that of all their edges together."""
    assert pooled(pairs) == pytest.approx(sum(part for part, _ in pairs) / sum(whole for _, whole in pairs))


def test_a_mean_over_corpora_is_no_mean_over_cases() -> None:
    """Ten easy questions about one project do not hide one hard one about another."""
    cases = [{"corpus": "easy", "values": {"RR": 1.0}}] * 10 + [{"corpus": "hard", "values": {"RR": 0.0}}]
    assert summarise(cases, "RR", "corpora") == 0.5
    assert summarise(cases, "RR", "cases") == pytest.approx(10 / 11)
    assert summarise(cases, "AP", "cases") is None
