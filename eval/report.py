"""What runs say, as tables: every system of a task beside the others, with intervals, categories, languages, costs."""

from __future__ import annotations

import re
import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from engrep.eval.cases import Result
from engrep.eval.compare import title
from engrep.eval.measures import summarise
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
    against: Paired | None  # this system against the first one, by the deciding measure
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
    lines: tuple[Line, ...]
    groups: Mapping[str, Mapping[str, Mapping[str, float]]]  # "category" … → its value → system → deciding measure
    sizes: Mapping[str, Mapping[str, int]]  # the same → cases
    published: Mapping[str, float]  # other systems' own figures of the deciding measure, on the same corpora


def reports(
    results: Sequence[Result],
    against: str | None = None,
    published: Mapping[str, Mapping[str, Mapping[str, float]]] | None = None,
) -> list[TaskReport]:
    """Put runs together by task and data; `against` names the system that the others are compared with.

    `published` holds task → system → corpus → the deciding measure, as its authors give it.
    """
    groups: dict[tuple[str, str], list[Result]] = {}
    for result in results:
        groups.setdefault((result.head["task"], result.head["dataset"]["checksum"]), []).append(result)
    return [_report(group, against, (published or {}).get(task, {})) for (task, _), group in groups.items()]


def _report(group: Sequence[Result], against: str | None, published: Mapping[str, Mapping[str, float]]) -> TaskReport:
    head = group[0].head
    named = {_name(result, group): result for result in group}
    first = against if against in named else "engrep" if "engrep" in named else next(iter(named))
    measures = tuple(name for name in head["measures"] if not _BUDGET.fullmatch(name))
    lines = [_line(name, result, named[first], measures) for name, result in named.items()]
    lines.sort(key=lambda line: -line.figures.get(measures[0], 0.0))
    fields = ("category", "language", "corpus")
    corpora = {case["corpus"] for result in group for case in result.cases}
    return TaskReport(
        head["task"],
        head["title"],
        head["dataset"],
        measures,
        head["average"],
        tuple(lines),
        {field: _by(field, named, measures[0], head["average"]) for field in fields},
        {field: _sizes(field, group) for field in fields},
        {
            system: statistics.fmean(figures[corpus] for corpus in corpora)
            for system, figures in published.items()
            if corpora <= figures.keys()
        },
    )


def _name(result: Result, group: Sequence[Result]) -> str:
    """Name a run, by its commit too where a system is there twice."""
    twins = [other for other in group if other.head["system"] == result.head["system"] and other is not result]
    return title(result, twins[0]) if twins else str(result.head["system"])


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
    return Line(
        name,
        len(result.cases),
        {measure: value for measure, value in values.items() if value is not None},
        interval(result.cases, measures[0], average),
        None if result is first else paired(first.cases, result.cases, measures[0], average),
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


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text under a head, for a terminal, Markdown or a page."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


def tables(report: TaskReport) -> list[Table]:
    """Write a task's results, categories, languages, costs and published figures as tables."""
    made = [
        _results(report),
        *(_grouped(report, field) for field in ("category", "language", "corpus") if report.groups[field]),
    ]
    if any(line.curve for line in report.lines):
        made.append(_curves(report))
    return made


def _results(report: TaskReport) -> Table:
    deciding = report.measures[0]
    first = next((line.system for line in report.lines if line.against is None), "")
    head = (
        "system",
        f"{deciding} [95 %]",
        *report.measures[1:],
        f"against {first}",
        "p",
        "answer ms p50 / p95",
        "prepare s",
    )
    rows = [(line.figures.get(deciding, 0.0), _result_row(line, report.measures)) for line in report.lines]
    rows += [
        (value, (f"{system} (published)", number(value), *[""] * (len(head) - 2)))
        for system, value in report.published.items()
    ]
    rows.sort(key=lambda row: -row[0])
    return Table("Results", head, tuple(row for _, row in rows), _results_note(report))


def _result_row(line: Line, measures: Sequence[str]) -> tuple[str, ...]:
    cells = [line.system, *(number(line.figures[name]) if name in line.figures else "" for name in measures)]
    if line.interval is not None:
        cells[1] += f" [{number(line.interval[0])}, {number(line.interval[1])}]"
    cells += [f"{line.against.difference:+.4f}", probability(line.against.p)] if line.against else ["", ""]
    cells.append(f"{line.ms[0]:.1f} / {line.ms[1]:.1f}" if line.ms else "")
    cells.append(f"{line.seconds:.1f}" if line.seconds is not None else "")
    return tuple(cells)


def _results_note(report: TaskReport) -> str:
    head = report.lines[0].result.head
    sizes = sorted({line.n for line in report.lines})
    n = f"{sizes[0]:,}" if len(sizes) == 1 else f"{sizes[0]:,} to {sizes[-1]:,}"
    how = "mean of the corpora's means" if report.average == "corpora" else "over all cases alike"
    machine = head["machine"]
    return (
        f"{n} cases, {how}; data {report.dataset['name']} {report.dataset['checksum']} ({report.dataset['licence']}); "
        f"p by a paired randomisation test; {machine['processor']}, {machine['cores']} cores; "
        f"{', '.join(sorted({str(line.result.head['commit'] or line.result.head['engrep']) for line in report.lines}))}, "
        f"{head['date'][:10]}"
    )


def _grouped(report: TaskReport, field: str) -> Table:
    systems = [line.system for line in report.lines]
    rows = [
        (key, f"{report.sizes[field][key]:,}", *(number(values[name]) if name in values else "" for name in systems))
        for key, values in report.groups[field].items()
    ]
    return Table(f"By {field}: {report.measures[0]}", (field, "n", *systems), tuple(rows))


def _curves(report: TaskReport) -> Table:
    budgets = sorted({budget for line in report.lines for budget, _ in line.curve})
    rows = [
        (line.system, *(number(dict(line.curve)[budget]) if budget in dict(line.curve) else "" for budget in budgets))
        for line in report.lines
        if line.curve
    ]
    return Table(
        "Share of the gold found within so many tokens", ("system", *(f"{each:,}" for each in budgets)), tuple(rows)
    )


def summary(report: TaskReport) -> dict[str, Any]:
    """Return a task's report as plain data, without the cases."""
    return {
        "task": report.task,
        "title": report.title,
        "dataset": dict(report.dataset),
        "measures": list(report.measures),
        "average": report.average,
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


def number(value: float) -> str:
    """Write a share with three or four digits, a count with none."""
    return f"{value:,.0f}" if abs(value) >= 10 else f"{value:.4f}"


def probability(p: float) -> str:
    """Write a p value."""
    return "< .001" if p < 0.001 else f"{p:.3f}".removeprefix("0")


def markdown(table: Table) -> str:
    """Write a table as Markdown."""
    lines = [table.head, ["---"] * len(table.head), *table.rows]
    written = "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)
    return f"{written}\n\n{table.note}" if table.note else written


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def markdown_report(made: Iterable[TaskReport], of: Callable[[TaskReport], Sequence[Table]] = tables) -> str:
    """Write all tasks as one Markdown text."""
    parts = []
    for report in made:
        parts.append(f"## {report.task}\n\n{report.title[:1].upper()}{report.title[1:]}.")
        parts += [f"### {table.title}\n\n{markdown(table)}" for table in of(report)]
    return "\n\n".join(parts) + "\n"


def short(text: str, width: int = 120) -> str:
    """Cut a question to one line."""
    line = " ".join(text.split())
    return line if len(line) <= width else line[: width - 1] + "…"
