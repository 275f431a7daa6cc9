"""What runs say: every system of a task beside the others, with intervals, categories, languages, costs."""

from __future__ import annotations

import re
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from engrep.engine.errors import UsageError
from engrep.eval.cases import Result
from engrep.eval.measures import summarise
from engrep.eval.runs import system_name
from engrep.eval.statistics import Paired, interval, paired

_BUDGET = re.compile(r"R@(\d+)t")
_MOST_GROUPS = 40  # corpora or languages that a table still lists


@dataclass(frozen=True, slots=True)
class Line:
    """One system's results on a task."""

    system: str
    n: int
    figures: Mapping[str, float]
    interval: tuple[float, float] | None  # 95 %, of the deciding measure
    against: Paired | None  # this system against the first one, by the deciding measure, on the cases of both
    is_partial: bool  # it has answered other cases than the first one
    ms: tuple[float, float] | None  # of answering: median and 95th percentile
    seconds: float | None  # to prepare all corpora
    curve: tuple[tuple[int, float], ...]  # tokens read, share of the gold items found
    result: Result


@dataclass(frozen=True, slots=True)
class TaskReport:
    """All systems on one task and one data set."""

    task: str
    title: str
    dataset: Mapping[str, Any]
    measures: tuple[str, ...]  # without those of the curve; the first decides
    average: str
    first: str  # the system that the others are compared with
    lines: tuple[Line, ...]
    groups: Mapping[str, Mapping[str, Mapping[str, float]]]  # "category" … → its value → system → deciding measure
    sizes: Mapping[str, Mapping[str, int]]  # the same → cases
    published: Mapping[str, float]  # other systems' own figures of the deciding measure, on the same corpora


def reports(
    results: Sequence[Result],
    against: str | None = None,
    published: Mapping[str, Mapping[str, Mapping[str, float]]] | None = None,
) -> list[TaskReport]:
    """Put runs together by task and data; `against` names the system that the others are compared with, where it is there.

    `published` holds task → system → corpus → the deciding measure, as its authors give it.

    Raises:
        UsageError: no run is of the system to compare with.

    """
    systems = dict.fromkeys(system_name(result.head["system"]) for result in results)
    if against is not None and against not in systems:
        message = f"no run is of {against}; there are {', '.join(systems)}"
        raise UsageError(message)
    groups: dict[tuple[str, str], list[Result]] = {}
    for result in results:
        groups.setdefault((result.head["task"], result.head["dataset"]["checksum"]), []).append(result)
    return [_report(group, against, (published or {}).get(task, {})) for (task, _), group in groups.items()]


def _report(group: Sequence[Result], against: str | None, published: Mapping[str, Mapping[str, float]]) -> TaskReport:
    head = group[0].head
    named = _named(group)
    wanted = [
        name
        for system in (against, "engrep")
        for name, result in named.items()
        if system_name(result.head["system"]) == system
    ]
    first = next(iter((*wanted, *named)))
    measures = tuple(name for name in head["measures"] if not _BUDGET.fullmatch(name))
    lines = [_line(name, result, named[first], measures) for name, result in named.items()]
    lines.sort(key=lambda line: -line.figures.get(measures[0], 0.0))
    fields = ("category", "language", "corpus")
    return TaskReport(
        head["task"],
        head["title"],
        head["dataset"],
        measures,
        head["average"],
        first,
        tuple(lines),
        {field: _by(field, named, measures[0], head["average"]) for field in fields},
        {field: _sizes(field, group) for field in fields},
        _published(group, published),
    )


def _published(group: Sequence[Result], published: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """Return the means of published figures over the corpora that were asked, where there is one for each."""
    corpora = {case["corpus"] for result in group for case in result.cases}
    return {
        system: statistics.fmean(figures[corpus] for corpus in corpora)
        for system, figures in published.items()
        if corpora and corpora <= figures.keys()
    }


def _named(group: Sequence[Result]) -> dict[str, Result]:
    """Name every run by its system, and where that is there twice by its commit, date and number as far as they differ."""
    named: dict[str, Result] = {}
    for result in group:
        head = result.head
        name = system_name(head["system"])
        twins = [other.head for other in group if system_name(other.head["system"]) == name]
        for key, word in (("commit", "at"), ("date", "of")):
            if any(twin[key] != head[key] for twin in twins):
                name += f" {word} {head[key] or head['engrep']}"
                twins = [twin for twin in twins if twin[key] == head[key]]
        same = [known for known in named if known == name or known.startswith(f"{name} (")]
        named[f"{name} ({len(same) + 1})" if same else name] = result
    return named


def _line(name: str, result: Result, first: Result, measures: Sequence[str]) -> Line:
    average = result.head["average"]
    values = {measure: summarise(result.cases, measure, average) for measure in measures}
    curve = [
        (int(budget[1]), value)
        for measure in result.head["measures"]
        if (budget := _BUDGET.fullmatch(measure)) and (value := summarise(result.cases, measure, average)) is not None
    ]
    times = sorted(case["ms"] for case in result.cases if "ms" in case)
    seconds = [each["seconds"] for each in result.corpora.values()]
    keys = [{(case["corpus"], case["id"]) for case in run.cases} for run in (first, result)]
    return Line(
        name,
        len(result.cases),
        {measure: value for measure, value in values.items() if value is not None},
        interval(result.cases, measures[0], average),
        None if result is first else paired(first.cases, result.cases, measures[0], average),
        keys[0] != keys[1],
        (statistics.median(times), times[min(len(times) - 1, int(0.95 * len(times)))]) if times else None,
        sum(seconds) if seconds else None,
        tuple(curve),
        result,
    )


def _by(field: str, named: Mapping[str, Result], measure: str, average: str) -> dict[str, dict[str, float]]:
    """Return the deciding measure of each system for each category, language or corpus."""
    table: dict[str, dict[str, float]] = {}
    for name, result in named.items():
        cases: dict[str, list[Mapping[str, Any]]] = {}
        for case in result.cases:
            cases.setdefault(case[field], []).append(case)
        for key, own in cases.items():
            # Within a category all cases count alike; a language may have corpora, which do.
            value = summarise(own, measure, average if field == "language" else "cases")
            if value is not None:
                table.setdefault(key, {})[name] = value
    return dict(sorted(table.items())) if 1 < len(table) <= _MOST_GROUPS else {}


def _sizes(field: str, group: Sequence[Result]) -> dict[str, int]:
    keys: dict[str, set[tuple[str, str]]] = {}
    for result in group:
        for case in result.cases:
            keys.setdefault(case[field], set()).add((case["corpus"], case["id"]))
    return {key: len(cases) for key, cases in keys.items()}


def summary(report: TaskReport) -> dict[str, Any]:
    """Return a task's report as plain data, without the cases."""
    return {
        "task": report.task,
        "title": report.title,
        "dataset": dict(report.dataset),
        "measures": list(report.measures),
        "average": report.average,
        "first": report.first,
        "systems": [
            {
                "system": line.system,
                "n": line.n,
                "figures": line.figures,
                "interval": line.interval,
                "against": line.against and asdict(line.against),
                "ms": line.ms,
                "seconds": line.seconds,
                "curve": line.curve,
                "run": {key: line.result.head[key] for key in ("system", "commit", "date", "options", "machine")},
            }
            for line in report.lines
        ],
        "groups": report.groups,
        "sizes": report.sizes,
        "published": report.published,
    }
