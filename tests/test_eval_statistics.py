"""Intervals and paired tests: against exact enumeration, against scipy, on data without and with a difference."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from typing import Any

import pytest

from engrep.eval.cases import Result
from engrep.eval.compare import compare
from engrep.eval.measures import summarise
from engrep.eval.page import comparisons
from engrep.eval.report import TaskReport, reports
from engrep.eval.statistics import interval, paired
from engrep.eval.tables import tables


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


def test_a_silent_answer_adds_nothing_and_hides_nothing() -> None:
    """Of two systems the one that answers seldom is not compared on those cases alone: the figures are the reported ones."""
    careful, bold = cases([(1, 1)] * 10), cases([(1, 1)] * 10 + [(1, 4)] * 90)
    careful += [{**case, "values": {}} for case in bold[10:]]
    for first, second in ((careful, bold), (bold, careful)):
        found = paired(first, second, "nDCG@10", "cases")
        assert found is not None
        assert (found.first, found.second) == tuple(summarise(run, "nDCG@10", "cases") for run in (first, second))
        assert found.n == 100
        assert found.p < 0.001


def test_a_plain_number_has_to_be_there_for_both() -> None:
    """A measure of single cases that one run lacks says nothing of their difference."""
    found = paired(cases([0.5, 0.7]), [*cases([0.5]), {**cases([0.1, 0.1])[1], "values": {}}], "nDCG@10", "cases")
    assert found is not None
    assert (found.n, found.difference) == (1, 0.0)


def test_a_corpus_of_which_nothing_is_said_is_left_out_for_both() -> None:
    """A mean over corpora is of the same corpora on both sides."""
    first = cases([(1, 2), (1, 2)], "one") + [{**case, "values": {}} for case in cases([0], "two")]
    second = cases([(1, 2), (1, 2)], "one") + cases([(9, 9)], "two")
    found = paired(first, second, "nDCG@10", "corpora")
    assert found is not None
    assert (found.first, found.second, found.n) == (0.5, 0.5, 2)


def reported(*runs: tuple[str, str, list[dict[str, Any]]]) -> TaskReport:
    """Report runs of systems at commits."""
    machine = {"processor": "p", "cores": 1}
    more = {"task": "t", "title": "t", "engrep": None, "options": {}, "machine": machine, "date": "2026-01-01T10:00:00"}
    data = {"name": "d", "checksum": "", "licence": "MIT"}
    (made,) = reports(
        [
            Result({**run(rows).head, **more, "system": name, "commit": at, "dataset": data}, tuple(rows))
            for name, at, rows in runs
        ]
    )
    return made


def test_every_run_is_shown() -> None:
    """Runs of one system are told apart by their commits, and by numbers where nothing else does."""
    one = [{**case, "language": ""} for case in cases([1.0])]
    made = reported(("a", "1", one), ("a", "1", one), ("a", "2", one), ("b", "2", one))
    assert [line.system for line in made.lines] == ["a at 1", "a at 1 (2)", "a at 2", "b"]


def test_systems_that_answered_other_cases_say_so() -> None:
    """The table tells how many cases each has, and on how many it is compared; without any in common it is not."""
    few, many, other = (
        [{**case, "language": ""} for case in rows]
        for rows in (cases([0.5, 0.5]), cases([0.5, 0.5, 1.0]), cases([1.0], "elsewhere"))
    )
    made = reported(("engrep", "1", few), ("many", "1", many), ("other", "1", other))
    assert made.first == "engrep"
    table = tables(made)[0]
    assert table.head[2] == "against engrep"
    assert {row[0]: row[2] for row in table.rows} == {"engrep": "", "many": "+0.0000 (n 2)", "other": "no case of both"}
    assert "not the same cases: " in table.note
    assert "many 3" in table.note
    assert [found.second for found in comparisons([made])] == ["many"]
    whole = reported(("engrep", "1", few), ("same", "1", few))
    assert tables(whole)[0].note.startswith("2 cases, ")


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
