"""What runs say, as tables of text: for a terminal, Markdown or a page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engrep.eval.compare import Comparison
from engrep.eval.measures import LOWER_IS_BETTER
from engrep.eval.report import Line, TaskReport
from engrep.eval.statistics import ALPHA

WHOLE_ROW = -1
GAIN, LOSS, BEST, ELSEWHERE = "gain", "loss", "best", "soft"  # ELSEWHERE: measured by others


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text under a head."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""
    marks: Mapping[tuple[int, int], str] = field(default_factory=dict)  # row, and column or WHOLE_ROW → what it is


def tables(report: TaskReport) -> list[Table]:
    """Write a task's results, categories, languages, costs and published figures as tables."""
    made = [
        _results(report),
        *(_grouped(report, field) for field in ("category", "language", "corpus") if report.groups[field]),
    ]
    if any(line.curve for line in report.lines):
        made.append(_curves(report))
    if report.average == "counts":
        made.append(_each(report))
    return made


def _results(report: TaskReport) -> Table:
    deciding, against = report.measures[0], 1 + len(report.measures)
    head = (
        "system", f"{deciding} [95 %]", *report.measures[1:], f"against {report.first}", "p", "ms p50", "ms p95",
        "prepare s",
    )  # fmt: skip
    own = [(line.figures.get(deciding, 0.0), _result_row(line, report.measures), _mark(line)) for line in report.lines]
    others = [
        (value, (f"{system} (published)", number(value), *[""] * (len(head) - 2)), ELSEWHERE)
        for system, value in report.published.items()
    ]
    ordered = sorted([*own, *others], key=lambda row: -row[0])
    marks = {(at, WHOLE_ROW if mark == ELSEWHERE else against): mark for at, (_, _, mark) in enumerate(ordered) if mark}
    return Table("Results", head, tuple(cells for _, cells, _ in ordered), _results_note(report), marks)


def _mark(line: Line) -> str:
    """Tell a gain and a loss beyond chance."""
    if line.against is None or line.against.p >= ALPHA:
        return ""
    return GAIN if (line.against.difference > 0) != (line.against.measure in LOWER_IS_BETTER) else LOSS


def _result_row(line: Line, measures: Sequence[str]) -> tuple[str, ...]:
    figures = [number(line.figures[name]) if name in line.figures else "" for name in measures]
    if line.interval is not None:
        figures[0] += f" [{number(line.interval[0])}, {number(line.interval[1])}]"
    times = map(milliseconds, line.ms) if line.ms else ("", "")
    return line.system, *figures, *_against(line), *times, f"{line.seconds:,.1f}" if line.seconds is not None else ""


def _against(line: Line) -> tuple[str, str]:
    """Write the difference from the first system, with the number of cases that both have where that is not all."""
    if line.against is None:
        return ("no case of both", "") if line.is_partial else ("", "")
    shared = f" (n {line.against.n:,})" if line.is_partial else ""
    return f"{line.against.difference:+.4f}{shared}", probability(line.against.p)


def _results_note(report: TaskReport) -> str:
    heads = [line.result.head for line in report.lines]
    how = {"corpora": "mean of the corpora's means", "counts": "interval by Wilson"}.get(
        report.average, "over all cases alike"
    )
    dates = sorted({head["date"][:10] for head in heads})
    models = {head["options"].get("model") for head in heads}
    told = (
        f"{_cases(report)}, {how}",
        f"p by a paired randomisation test against {report.first}, each system by itself" if len(heads) > 1 else "",
        "ms of an answer, median and 95th percentile" if any(line.ms for line in report.lines) else "",
        "published figures are their authors', on the same corpora" if report.published else "",
        f"data {report.dataset['name']} {report.dataset['checksum']} ({report.dataset['licence']})",
        _listed(f"model {model}" if model else "no embedding model" for model in models),
        _listed(f"asked {head['options']['asked']}" for head in heads if "asked" in head["options"]),
        _listed(f"{head['machine']['processor']}, {head['machine']['cores']} cores" for head in heads),
        "engrep " + _listed(str(head["commit"] or head["engrep"]) for head in heads),
        dates[0] if len(dates) == 1 else f"{dates[0]} to {dates[-1]}",
    )
    return "; ".join(filter(None, told))


def _listed(texts: Iterable[str]) -> str:
    return " and ".join(sorted(set(texts)))


def _cases(report: TaskReport) -> str:
    """Tell how many cases were answered: by each system where they have not answered the same."""
    sizes = {line.system: line.n for line in report.lines}
    if not any(line.is_partial for line in report.lines):
        return f"{report.lines[0].n:,} cases"
    return f"not the same cases: {', '.join(f'{system} {n:,}' for system, n in sizes.items())}"


def _grouped(report: TaskReport, by: str) -> Table:
    systems = [line.system for line in report.lines]
    best = min if report.measures[0] in LOWER_IS_BETTER else max
    rows: list[tuple[str, ...]] = []
    marks: dict[tuple[int, int], str] = {}
    for row, (key, values) in enumerate(report.groups[by].items()):
        rows.append(
            (key, f"{report.sizes[by][key]:,}", *(number(values[name]) if name in values else "" for name in systems))
        )
        top = best(values.values())
        marks |= {(row, at): BEST for at, name in enumerate(systems, 2) if len(systems) > 1 and values.get(name) == top}
    note = f"{_cases(report)}; each figure is of those" if any(line.is_partial for line in report.lines) else ""
    return Table(f"By {by}: {report.measures[0]}", (by, "n", *systems), tuple(rows), note, marks)


def _each(report: TaskReport) -> Table:
    """Write every measure of every case, and the sums: of a few cases each counts."""
    rows: list[tuple[str, ...]] = []
    for line in report.lines:
        cases = [*line.result.cases, {"id": "all", "values": _sums(line.result.cases, report.measures)}]
        for case in cases:
            figures = [_counted(case["values"].get(name)) for name in report.measures]
            rows.append((case["id"], line.system, *figures, short(case.get("note", ""), 80)))
    rows.sort(key=lambda row: row[0] == "all")
    return Table("Each case, and all together", ("case", "system", *report.measures, "to know"), tuple(rows))


def _sums(cases: Sequence[Mapping[str, Any]], measures: Sequence[str]) -> dict[str, float]:
    """Add up the measures that every case has: a sum over some would be taken for one over all."""
    values = {name: [case["values"].get(name) for case in cases] for name in measures}
    return {name: sum(found) for name, found in values.items() if None not in found}


def _counted(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f}" if value == int(value) else f"{value:,.4g}"


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


def differences(found: Comparison) -> Table:
    """Write two runs beside each other, a measure a row."""
    rows = [
        (
            test.measure, number(test.first), number(test.second), _signed(test.difference),
            f"[{_signed(test.low)}, {_signed(test.high)}]", probability(test.p), f"{test.n:,}",
        )
        for test in found.measures
    ]  # fmt: skip
    head = ("measure", found.first, found.second, "difference", "95 %", "p", "n")
    return Table(f"{found.second} against {found.first} on {found.task}", head, tuple(rows))


def _signed(value: float) -> str:
    return f"{value:+,.0f}" if abs(value) >= 10 else f"{value:+.4f}"


def number(value: float) -> str:
    """Write a share with three or four digits, a count with none."""
    return f"{value:,.0f}" if abs(value) >= 10 else f"{value:.4f}"


def milliseconds(value: float) -> str:
    """Write a time so that even a short one is not zero."""
    return f"{value:.2f}" if value < 1 else f"{value:.1f}" if value < 100 else f"{value:,.0f}"


def probability(p: float) -> str:
    """Write a p value."""
    return "< .001" if p < 0.001 else f"{p:.3f}".removeprefix("0")


def markdown(table: Table) -> str:
    """Write a table as Markdown."""
    lines = [table.head, ["---", *["---:"] * (len(table.head) - 1)], *table.rows]
    written = "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)
    return f"{written}\n\n{_cell(table.note)}" if table.note else written


def _cell(text: str) -> str:
    """Write a text so that Markdown takes it literally: names are other people's."""
    return re.sub(r"\||<(?=[A-Za-z/!?])", r"\\\g<0>", text.replace("\n", " "))


def markdown_report(made: Iterable[TaskReport]) -> str:
    """Write all tasks as one Markdown text."""
    parts = []
    for report in made:
        parts.append(f"## {report.task}\n\n{_cell(report.title[:1].upper() + report.title[1:])}.")
        parts += [f"### {table.title}\n\n{markdown(table)}" for table in tables(report)]
    return "\n\n".join(parts) + "\n"


def short(text: str, width: int = 120) -> str:
    """Cut a question to one line."""
    line = " ".join(text.split())
    return line if len(line) <= width else line[: width - 1] + "…"
