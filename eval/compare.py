"""Two runs of one task, case by case: is the second worse, where, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engrep.engine.errors import UsageError
from engrep.eval.cases import Result
from engrep.eval.measures import LOWER_IS_BETTER, pooled
from engrep.eval.runs import system_name
from engrep.eval.statistics import ALPHA, Paired, paired

NOT_KEPT = "not kept"  # `engrep eval keep` leaves the answers out
PARTS_TOLD = 4  # parts of a score that explain why one entry stands above another


@dataclass(frozen=True, slots=True)
class Change:
    """One case that went otherwise."""

    corpus: str
    case_id: str
    category: str
    query: str
    first: float
    second: float
    why_first: str  # where the right answer stood, and what stood above it
    why_second: str

    @property
    def difference(self) -> float:
        """What the second run has more."""
        return self.second - self.first


@dataclass(frozen=True, slots=True)
class Comparison:
    """The second run against the first."""

    task: str
    first: str
    second: str
    measures: tuple[Paired, ...]  # the one that decides comes first
    lost: tuple[Change, ...]  # the worst first
    won: tuple[Change, ...]
    only_one: int  # cases that only one run has
    alpha: float

    @property
    def is_loss(self) -> bool:
        """Tell whether the second run is worse, beyond chance."""
        return self._is_beyond_chance(-1)

    @property
    def is_gain(self) -> bool:
        """Tell whether the second run is better, beyond chance."""
        return self._is_beyond_chance(1)

    def _is_beyond_chance(self, sign: int) -> bool:
        deciding = self.measures[0]
        better = -1 if deciding.measure in LOWER_IS_BETTER else 1
        return deciding.p < self.alpha and sign * better * deciding.difference > 0


def compare(first: Result, second: Result, measure: str | None = None, alpha: float = ALPHA) -> Comparison:
    """Compare two runs of the same task on the same data; `measure` decides, without one the task's first.

    Raises:
        UsageError: they are of different tasks or data, have no case in common, or lack the measure.

    """
    ordered = _measures(first, second, measure)
    tests = [paired(first.cases, second.cases, name, first.head["average"]) for name in ordered]
    if tests[0] is None:
        message = f"no case of both runs has the measure {ordered[0]}"
        raise UsageError(message)
    changes = _changes(first, second, ordered[0])
    sign = -1 if ordered[0] in LOWER_IS_BETTER else 1
    changes.sort(key=lambda change: (sign * change.difference, change.corpus, change.case_id))
    keys = [{(case["corpus"], case["id"]) for case in run.cases} for run in (first, second)]
    return Comparison(
        first.head["task"],
        title(first, second),
        title(second, first),
        tuple(test for test in tests if test is not None),
        tuple(change for change in changes if sign * change.difference < 0),
        tuple(change for change in reversed(changes) if sign * change.difference > 0),
        len(keys[0] ^ keys[1]),
        alpha,
    )


def _measures(first: Result, second: Result, measure: str | None) -> list[str]:
    """Return the measures, the one that decides first, having made sure that the runs can be compared."""
    for what, one, two in (
        ("tasks", first.head["task"], second.head["task"]),
        ("data", first.head["dataset"]["checksum"], second.head["dataset"]["checksum"]),
    ):
        if one != two:
            message = f"the runs are of different {what} ({one} and {two}) and cannot be compared"
            raise UsageError(message)
    names = list(first.head["measures"])
    if measure is not None and measure not in names:
        message = f"the runs have no measure {measure}; they have {', '.join(names)}"
        raise UsageError(message)
    return list(dict.fromkeys([measure or names[0], *names]))


def title(run: Result, other: Result) -> str:
    """Name a run by what sets it apart: its system, and its commit where that is the same."""
    name = system_name(run.head["system"])
    if name == system_name(other.head["system"]) and run.head["commit"] != other.head["commit"]:
        return f"{name} at {run.head['commit'] or run.head['engrep']}"
    return name


def _changes(first: Result, second: Result, measure: str) -> list[Change]:
    others = {(case["corpus"], case["id"]): case for case in second.cases}
    changes = []
    for case in first.cases:
        other = others.get((case["corpus"], case["id"]))
        if other is None:
            continue
        one, two = (pooled([each["values"][measure]]) if measure in each["values"] else None for each in (case, other))
        if one is not None and two is not None and one != two:
            query = case.get("query") or other.get("query", "")
            changes.append(
                Change(
                    case["corpus"], case["id"], case["category"], query, one, two, explanation(case), explanation(other)
                )
            )
    return changes


def explanation(case: Mapping[str, Any]) -> str:
    """Tell where the first right entry stands and which parts of the score lift the first entry above it."""
    top: list[dict[str, Any]] = case.get("top", [])
    if not top:
        return "nothing found" if "top" in case else NOT_KEPT
    at = next((place for place, entry in enumerate(top) if entry.get("gold")), None)
    if at == 0:
        return f"right: {top[0]['item']}"
    if at is None:
        return f"none right; first {top[0]['item']}"
    return f"right at {at + 1}: {top[at]['item']}; above it {top[0]['item']}{_lead(top[0], top[at])}"


def _lead(winner: Mapping[str, Any], right: Mapping[str, Any]) -> str:
    ours, theirs = right.get("why", {}), winner.get("why", {})
    leads = {part: theirs.get(part, 0.0) - ours.get(part, 0.0) for part in {**ours, **theirs}}
    largest = sorted(leads.items(), key=lambda lead: (-abs(lead[1]), lead[0]))[:PARTS_TOLD]
    told = ", ".join(f"{part} {lead:+.2f}" for part, lead in largest if round(lead, 2))
    return f" ({told})" if told else ""
