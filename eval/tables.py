"""Reports as tables: rows of text for a terminal, Markdown or a page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from engrep.eval.report import Line, TaskReport


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
    costs = ("answer ms p50 / p95", "prepare s")
    head = ("system", f"{deciding} [95 %]", *report.measures[1:], f"against {report.first}", "p", *costs)
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
    cells += _against(line)
    cells.append(f"{line.ms[0]:.1f} / {line.ms[1]:.1f}" if line.ms else "")
    cells.append(f"{line.seconds:.1f}" if line.seconds is not None else "")
    return tuple(cells)


def _against(line: Line) -> tuple[str, str]:
    """Write the difference from the first system, with the number of cases that both have where that is not all."""
    if line.against is None:
        return ("no case of both", "") if line.is_partial else ("", "")
    shared = f" (n {line.against.n:,})" if line.is_partial else ""
    return f"{line.against.difference:+.4f}{shared}", probability(line.against.p)


def _results_note(report: TaskReport) -> str:
    heads = [line.result.head for line in report.lines]
    how = "mean of the corpora's means" if report.average == "corpora" else "over all cases alike"
    dates = sorted({head["date"][:10] for head in heads})
    models = {head["options"].get("model") for head in heads}
    told = (
        f"{_cases(report)}, {how}",
        f"data {report.dataset['name']} {report.dataset['checksum']} ({report.dataset['licence']})",
        "p by a paired randomisation test",
        _listed(f"model {model}" if model else "no embedding model" for model in models),
        _listed(f"{head['machine']['processor']}, {head['machine']['cores']} cores" for head in heads),
        _listed(str(head["commit"] or head["engrep"]) for head in heads),
        dates[0] if len(dates) == 1 else f"{dates[0]} to {dates[-1]}",
    )
    return "; ".join(told)


def _listed(texts: Iterable[str]) -> str:
    return " and ".join(sorted(set(texts)))


def _cases(report: TaskReport) -> str:
    """Tell how many cases were answered: by each system where they have not answered the same."""
    sizes = {line.system: line.n for line in report.lines}
    if not any(line.is_partial for line in report.lines):
        return f"{report.lines[0].n:,} cases"
    return f"not the same cases: {', '.join(f'{system} {n:,}' for system, n in sizes.items())}"


def _grouped(report: TaskReport, field: str) -> Table:
    systems = [line.system for line in report.lines]
    rows = [
        (key, f"{report.sizes[field][key]:,}", *(number(values[name]) if name in values else "" for name in systems))
        for key, values in report.groups[field].items()
    ]
    note = f"{_cases(report)}; each figure is of those" if any(line.is_partial for line in report.lines) else ""
    return Table(f"By {field}: {report.measures[0]}", (field, "n", *systems), tuple(rows), note)


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
