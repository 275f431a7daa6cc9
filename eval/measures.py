"""Measures of one ranked answer, by the library where it has them; and how cases are put together.

Names are the library's own, as in `nDCG@10`, `RR@10`, `AP@10`, `R@5`, `Success@1`; besides them:

    All@k     1 where all gold items are among the first k (the strict accuracy of issue localisation)
    R@Nt      the share of gold items within the first N tokens of the answer's text
    tokens    tokens read up to the first gold item; a miss counts as MOST_TOKENS
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from importlib.util import find_spec
from itertools import accumulate
from typing import Any

from engrep.engine.errors import MissingExtraError
from engrep.eval.cases import Value

BUDGETS = (250, 500, 1000, 2000, 4000, 8000)  # tokens at which recall is taken for the curve
MOST_TOKENS = BUDGETS[-1]
LOWER_IS_BETTER = frozenset(
    {
        "ambiguous",
        "by symbol drift",
        "cost",
        "drift",
        "regressions",
        "returned wrongly",
        "seconds",
        "tokens",
        "wrongly done",
    }
)
_ALL = re.compile(r"All@(\d+)")
_TOKENS = re.compile(r"R@(\d+)t")


def ranking_values(
    answered: Sequence[Collection[int]], n_gold: int, measures: Iterable[str], tokens: Sequence[int] = ()
) -> dict[str, Value]:
    """Score one ranking: for each place the gold items that it holds, and the tokens of its text.

    A gold item counts at its first place only. Without gold items no measure says anything.
    """
    if not n_gold:
        return {}
    fresh = _first_places(answered)
    ends = list(accumulate(tokens))
    values: dict[str, Value] = {}
    asked: list[str] = []
    for name in measures:
        if name == "tokens":
            first = next((end for end, gold in zip(ends, fresh, strict=True) if gold), MOST_TOKENS)
            values[name] = min(first, MOST_TOKENS)
        elif (budget := _TOKENS.fullmatch(name)) is not None:
            found = sum(len(gold) for end, gold in zip(ends, fresh, strict=True) if end <= int(budget[1]))
            values[name] = found / n_gold
        elif (cut := _ALL.fullmatch(name)) is not None:
            values[name] = float(sum(map(len, fresh[: int(cut[1])])) == n_gold)
        else:
            asked.append(name)
    return {**values, **library_values(fresh, n_gold, tuple(asked))}


def _first_places(answered: Sequence[Collection[int]]) -> list[list[int]]:
    seen: set[int] = set()
    fresh = []
    for gold in answered:
        new = sorted(set(gold) - seen)
        seen.update(new)
        fresh.append(new)
    return fresh


def library_values(fresh: Sequence[Sequence[int]], n_gold: int, measures: tuple[str, ...]) -> dict[str, float]:
    """Ask the library; all gold items are equally relevant, and two at one place count one after the other."""
    if not measures:
        return {}
    scored_doc, evaluator = _library(measures, n_gold)
    documents = [name for place, gold in enumerate(fresh) for name in (map(str, gold) if gold else (f"miss{place}",))]
    run = [scored_doc("q", name, float(-place)) for place, name in enumerate(documents)]
    if not run:
        return dict.fromkeys(measures, 0.0)
    return {str(found.measure): float(found.value) for found in evaluator.iter_calc(run)}


def require_library(measures: Iterable[str]) -> None:
    """Raise MissingExtraError where measures are the library's and it is not installed, before anything is indexed."""
    asked = [name for name in measures if "@" in name and not (_ALL.fullmatch(name) or _TOKENS.fullmatch(name))]
    if asked and find_spec("ir_measures") is None:
        message = f"{asked[0]} is measured with ir-measures: pip install 'engrep[eval]'"
        raise MissingExtraError(message)


@lru_cache(maxsize=4096)
def _library(measures: tuple[str, ...], n_gold: int) -> tuple[Any, Any]:
    require_library(measures)
    import ir_measures

    qrels = [ir_measures.Qrel("q", str(gold), 1) for gold in range(n_gold)]
    parsed = [ir_measures.parse_measure(name) for name in measures]
    return ir_measures.ScoredDoc, ir_measures.evaluator(parsed, qrels)


def pooled(values: Iterable[Value]) -> float | None:
    """Put cases together: the sum of the parts over the sum of the wholes, None of nothing."""
    listed = [value if isinstance(value, tuple | list) else (value, 1.0) for value in values]
    whole = math.fsum(value[1] for value in listed)
    return math.fsum(value[0] for value in listed) / whole if whole else None


def summarise(cases: Iterable[Mapping[str, Any]], measure: str, average: str) -> float | None:
    """Return a measure over the cases of a run: of all alike, or the mean over corpora of their own."""
    by_corpus: dict[str, list[Value]] = {}
    for case in cases:
        if measure in case["values"]:
            by_corpus.setdefault(case["corpus"] if average == "corpora" else "", []).append(case["values"][measure])
    means = [mean for values in by_corpus.values() if (mean := pooled(values)) is not None]
    return math.fsum(means) / len(means) if means else None
