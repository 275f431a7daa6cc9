"""Pictures of a report as SVG, to be put into a page: they take the page's text colour, so light and dark both read."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from engrep.engine.errors import MissingExtraError
from engrep.eval.report import TaskReport

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Okabe and Ito's colours, told apart by colour-blind readers, without the black and the yellow that one ground swallows.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#999999")
_INK = "#010203"  # becomes the page's own text colour
_SIZE = 9.0
_LEAST_MS = 0.01  # a time of nothing has no place on an axis by powers of ten


@dataclass(frozen=True, slots=True)
class Picture:
    """One plot: what it shows in words, and the drawing."""

    title: str
    svg: str


def pictures(report: TaskReport) -> list[Picture]:
    """Draw quality against latency, bars by category and language, and recall against tokens, where there are figures."""
    deciding = report.measures[0]
    drawn = []
    if sum(line.ms is not None for line in report.lines) > 1:
        drawn.append(_draw(f"{deciding} against the time of an answer", 6.4, 3.6, lambda axes: _latency(axes, report)))
    for field in ("category", "language"):
        groups = report.groups[field]
        if groups:
            height = 0.7 + len(groups) * (0.16 * len(report.lines) + 0.14)
            drawn.append(_draw(f"{deciding} by {field}", 6.4, height, lambda axes, g=groups: _bars(axes, report, g)))
    if any(len(line.curve) > 1 for line in report.lines):
        drawn.append(
            _draw("Share of the gold found within so many tokens", 6.4, 3.6, lambda axes: _curve(axes, report))
        )
    return drawn


def colour_of(report: TaskReport) -> dict[str, str]:
    """Give every system its colour, the same in all pictures."""
    return {line.system: COLOURS[at % len(COLOURS)] for at, line in enumerate(report.lines)}


def _latency(axes: Axes, report: TaskReport) -> None:
    deciding, colours = report.measures[0], colour_of(report)
    for line in report.lines:
        value = line.figures.get(deciding)
        if line.ms is None or value is None or line.interval is None:
            continue
        at, around = max(line.ms[0], _LEAST_MS), [[value - line.interval[0]], [line.interval[1] - value]]
        axes.errorbar([at], [value], yerr=around, fmt="o", color=colours[line.system], lw=1)
        axes.annotate(line.system, (at, value), (6, 4), textcoords="offset points", fontsize=_SIZE)
    axes.set_xscale("log")
    times = [math.log10(max(line.ms[0], _LEAST_MS)) for line in report.lines if line.ms is not None]
    axes.set_xlim(10 ** math.floor(min(times)), 10 ** math.ceil(max(times) + 0.2))
    axes.xaxis.set_major_formatter("{x:g}")
    axes.set_xlabel("median milliseconds of an answer")
    axes.set_ylabel(deciding)
    for system, value in report.published.items():
        axes.axhline(value, lw=0.6, ls=":", color=_INK)
        axes.annotate(
            system,
            (1, value),
            (-2, 1),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            ha="right",
            fontsize=6,
        )


def _bars(axes: Axes, report: TaskReport, groups: Mapping[str, Mapping[str, float]]) -> None:
    colours, height = colour_of(report), 0.8 / len(report.lines)
    for at, line in enumerate(report.lines):
        places = [row + 0.1 + at * height for row, key in enumerate(groups) if line.system in groups[key]]
        values = [groups[key][line.system] for key in groups if line.system in groups[key]]
        axes.barh(places, values, height * 0.92, align="edge", color=colours[line.system], label=line.system)
    axes.set_yticks([row + 0.5 for row in range(len(groups))], [key or "(none)" for key in groups])
    axes.set_ylim(len(groups), 0)
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel(report.measures[0])
    _legend(axes)


def _curve(axes: Axes, report: TaskReport) -> None:
    colours = colour_of(report)
    for line in report.lines:
        if line.curve:
            axes.plot(*zip(*line.curve, strict=True), marker="o", ms=3, color=colours[line.system], label=line.system)
    axes.set_xscale("log")
    budgets = sorted({budget for line in report.lines for budget, _ in line.curve})
    axes.set_xticks(budgets, [f"{budget:,}" for budget in budgets])
    axes.minorticks_off()
    axes.set_xlabel("tokens read")
    axes.set_ylabel("share of the gold found")
    axes.set_ylim(0, 1)
    _legend(axes)


def growth(title: str, unit: str, series: Mapping[str, Sequence[tuple[float, float]]]) -> Picture:
    """Draw how something grows with the lines of a corpus, both axes by powers of ten."""

    def draw(axes: Axes) -> None:
        for at, (system, points) in enumerate(series.items()):
            axes.plot(*zip(*points, strict=True), marker="o", ms=3, color=COLOURS[at % len(COLOURS)], label=system)
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_xlabel("lines")
        axes.set_ylabel(unit)
        _legend(axes)

    return _draw(title, 4.6, 3.0, draw)


def _legend(axes: Axes) -> None:
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=4, frameon=False, fontsize=_SIZE, handlelength=1.2)


def _draw(title: str, width: float, height: float, draw: Any) -> Picture:
    try:
        import matplotlib as mpl
        from matplotlib.figure import Figure
    except ImportError as exc:
        message = "pictures need matplotlib: pip install 'engrep[eval]'"
        raise MissingExtraError(message) from exc
    style: dict[Any, Any] = {
        "text.parse_math": False, "svg.fonttype": "none", "svg.hashsalt": "engrep", "font.family": "sans-serif", "font.size": _SIZE,
        "text.color": _INK, "axes.labelcolor": _INK, "axes.edgecolor": _INK, "xtick.color": _INK, "ytick.color": _INK,
        "axes.spines.top": False, "axes.spines.right": False, "axes.linewidth": 0.6,
    }  # fmt: skip
    with mpl.rc_context(style):
        figure = Figure(figsize=(width, height), layout="constrained")
        axes = figure.subplots()
        axes.grid(visible=True, lw=0.4, alpha=0.25)
        axes.set_axisbelow(True)
        draw(axes)
        out = io.StringIO()
        figure.savefig(out, format="svg", transparent=True, metadata={"Date": None})
    return Picture(title, _inline(out.getvalue(), title))


def _inline(svg: str, title: str) -> str:
    """Cut a drawing out of its XML file: no prologue, no fixed size, the page's colour and type, a title for readers."""
    body = svg[svg.index("<svg") :]
    body = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", body, count=1)
    body = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", body, count=1)
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    body = body.replace(_INK, "currentColor")
    body = re.sub(r"font: (\d+)px [^;\"]*", r"font: \1px system-ui, sans-serif", body)
    name = escape(title, quote=True)
    return body.replace("<svg", f'<svg role="img" aria-label="{name}"', 1)


def unique_ids(drawn: Iterable[Picture]) -> list[Picture]:
    """Tell the ids of several drawings on one page apart."""
    return [
        Picture(each.title, re.sub(r'(id="|url\(#|href="#)', rf"\g<1>p{at}-", each.svg))
        for at, each in enumerate(drawn)
    ]
