"""What runs say, as tables of text: for a terminal, Markdown or a page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

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
    return made


def _results(report: TaskReport) -> Table:
    deciding = report.measures[0]
    first = next((line.system for line in report.lines if line.against is None), "")
    counts = ("n",) if len({line.n for line in report.lines}) > 1 else ()
    head = (
        "system", *counts, f"{deciding} [95 %]", *report.measures[1:], f"against {first}", "p", "ms p50", "ms p95",
        "prepare s",
    )  # fmt: skip
    at = len(counts) + 1
    rows = [
        (line.figures.get(deciding, 0.0), _result_row(line, report.measures, counts), line) for line in report.lines
    ]
    others = [
        (value, (f"{system} (published)", *[""] * len(counts), number(value), *[""] * (len(head) - at - 1)), None)
        for system, value in report.published.items()
    ]
    ordered = sorted([*rows, *others], key=lambda row: -row[0])
    marks: dict[tuple[int, int], str] = {}
    for row, (_, _, line) in enumerate(ordered):
        if line is None:
            marks[row, WHOLE_ROW] = ELSEWHERE
        elif line.against is not None and line.against.p < ALPHA:
            is_better = (line.against.difference > 0) != (deciding in LOWER_IS_BETTER)
            marks[row, at + len(report.measures)] = GAIN if is_better else LOSS
    return Table("Results", head, tuple(cells for _, cells, _ in ordered), _results_note(report, first), marks)


def _result_row(line: Line, measures: Sequence[str], counts: Sequence[str]) -> tuple[str, ...]:
    figures = [number(line.figures[name]) if name in line.figures else "" for name in measures]
    if line.interval is not None:
        figures[0] += f" [{number(line.interval[0])}, {number(line.interval[1])}]"
    return (
        line.system,
        *(f"{line.n:,}" for _ in counts),
        *figures,
        *((f"{line.against.difference:+.4f}", probability(line.against.p)) if line.against else ("", "")),
        *(map(milliseconds, line.ms) if line.ms else ("", "")),
        f"{line.seconds:,.1f}" if line.seconds is not None else "",
    )


def _results_note(report: TaskReport, first: str) -> str:
    heads = [line.result.head for line in report.lines]
    sizes = sorted({line.n for line in report.lines})
    n = f"{sizes[0]:,}" if len(sizes) == 1 else f"{sizes[0]:,} to {sizes[-1]:,}"
    how = "the mean of the corpora's means" if report.average == "corpora" else "over all cases alike"
    said = [f"{n} cases, {how}"]
    if len(sizes) > 1:
        said.append("not every run has answered every case: only p and the difference are over the same ones")
    if len(report.lines) > 1:
        said.append(f"p is of a paired randomisation test against {first}, of each system by itself")
    if any(line.ms for line in report.lines):
        said.append("milliseconds are of an answer, the median and the 95th percentile")
    if report.published:
        said.append("published figures are their authors', on the same corpora")
    data = report.dataset
    machines = sorted({f"{head['machine']['processor']}, {head['machine']['cores']} cores" for head in heads})
    programs = sorted({str(head["commit"] or head["engrep"]) for head in heads})
    days = sorted({head["date"][:10] for head in heads})
    said.append(f"data {data['name']} {data['checksum']} ({data['licence']})")
    measured = " to ".join(dict.fromkeys((days[0], days[-1])))
    said.append(f"measured {measured} by engrep {', '.join(programs)} on {'; '.join(machines)}")
    return "; ".join(said)


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
    return Table(f"By {by}: {report.measures[0]}", (by, "n", *systems), tuple(rows), marks=marks)


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
    return f"{written}\n\n{table.note}" if table.note else written


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def markdown_report(made: Iterable[TaskReport]) -> str:
    """Write all tasks as one Markdown text."""
    parts = []
    for report in made:
        parts.append(f"## {report.task}\n\n{report.title[:1].upper()}{report.title[1:]}.")
        parts += [f"### {table.title}\n\n{markdown(table)}" for table in tables(report)]
    return "\n\n".join(parts) + "\n"


def short(text: str, width: int = 120) -> str:
    """Cut a question to one line."""
    line = " ".join(text.split())
    return line if len(line) <= width else line[: width - 1] + "…"
