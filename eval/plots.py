"""Which pictures a report has: quality against time, differences, bars by category and language, recall against tokens."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from engrep.eval.drawing import INK, Picture, draw, heading, spread
from engrep.eval.report import Line, TaskReport

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Okabe and Ito's colours, told apart by colour-blind readers, without the black and the yellow that one ground swallows.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#999999")
WIDTH = 5.4  # inches; at 72 dots each, about as wide as a telephone: the type is as large there as it is drawn
_NEAR = 0.01  # differences up to here are drawn in proportion
_TICKS = (-0.5, -0.1, -0.01, 0.0, 0.01, 0.1, 0.5)
_MOST_BARS = 6  # groups that are drawn with a bar for every system


def pictures(report: TaskReport) -> list[Picture]:
    """Draw what there are figures for, with as many systems as there are colours."""
    deciding = report.measures[0]
    chosen = shown(report)
    note = (
        f"{len(chosen)} of {len(report.lines)} systems; the tables have all" if len(chosen) < len(report.lines) else ""
    )
    drawn = []
    if sum(line.ms is not None for line in chosen) > 1:
        drawn.append(
            draw(f"{deciding} against the time of an answer", WIDTH, 3.6, partial(_latency, report, chosen), note)
        )
    against = [line for line in report.lines if line.against is not None]
    if against:
        drawn.append(
            draw(
                f"Difference to {report.first} in {deciding}", WIDTH, 0.7 + 0.22 * len(against), partial(_differences, against),
                f"with 95 % intervals, grey where they hold 0; beyond ±{_NEAR:g} by powers of ten",
            )
        )  # fmt: skip
    if any(len(line.curve) > 1 for line in chosen):
        drawn.append(draw("Share of the gold found within so many tokens", WIDTH, 3.4, partial(_curve, chosen), note))
    for field in ("category", "language"):
        groups = report.groups[field]
        if groups:
            is_small = len(groups) <= _MOST_BARS
            height = 0.9 + len(groups) * (0.13 * len(chosen) + 0.14 if is_small else 0.3)
            how = partial(_bars if is_small else _bar_and_dots, report, chosen, groups)
            drawn.append(draw(f"{deciding} by {field}", WIDTH, height, how, note))
    return drawn


def shown(report: TaskReport) -> list[Line]:
    """Choose systems to draw, one for each colour: the one compared with, other systems, then its own variants.

    Most variants, `engrep-dense` beside `engrep`, differ so little that they hide it: those that differ most come first.
    """
    first = report.first

    def rank(line: Line) -> tuple[bool, bool, float]:
        is_variant = line.system.startswith(first)
        return line.system != first, is_variant, -abs(line.against.difference) if is_variant and line.against else 0.0

    ordered = sorted(report.lines, key=rank)
    kept = {line.system for line in ordered[: len(COLOURS)]}
    return [line for line in report.lines if line.system in kept]


def _colours(chosen: Sequence[Line]) -> dict[str, str]:
    """Give every system its colour, the same in all pictures."""
    return {line.system: COLOURS[at] for at, line in enumerate(chosen)}


def _latency(report: TaskReport, chosen: Sequence[Line], axes: Axes) -> None:
    deciding, colours = report.measures[0], _colours(chosen)
    times = []
    for line in chosen:
        value = line.figures.get(deciding)
        if line.ms is None or value is None or line.interval is None:
            continue
        at, around = max(line.ms[0], 0.01), [[value - line.interval[0]], [line.interval[1] - value]]
        times.append(at)
        axes.errorbar([at], [value], yerr=around, fmt="o", color=colours[line.system], lw=1, label=line.system)
    axes.set_xscale("log")
    if times:
        axes.set_xlim(10 ** math.floor(math.log10(min(times)) - 0.05), 10 ** math.ceil(math.log10(max(times)) + 0.05))
    axes.xaxis.set_major_formatter("{x:g}")
    axes.set_xlabel("median milliseconds of an answer")
    axes.set_ylabel(deciding)
    heading(axes)
    _published(axes, report.published)


def _published(axes: Axes, published: Mapping[str, float]) -> None:
    """Draw others' own figures as lines across, each named at the right edge where there is room."""
    if not published:
        return
    named = sorted(published.items(), key=lambda pair: pair[1])
    low, high = axes.get_ylim()
    low = min(low, named[0][1] - 0.02)
    axes.set_ylim(low, high)
    places = spread([value for _, value in named], (high - low) * 0.055, low, high)
    for (system, value), place in zip(named, places, strict=True):
        axes.axhline(value, lw=0.6, ls=":", color=INK)
        axes.annotate(
            system, (1, value), (1.05, place), xycoords=("axes fraction", "data"), textcoords=("axes fraction", "data"),
            va="center", fontsize=6.5, arrowprops={"arrowstyle": "-", "lw": 0.4, "color": INK, "shrinkA": 1, "shrinkB": 0},
        )  # fmt: skip


def _differences(lines: Sequence[Line], axes: Axes) -> None:
    """Draw a row for each system, the best on top: how much better or worse it is, and how sure that is."""
    for row, line in enumerate(lines):
        if line.against is not None:
            low, middle, high = line.against.low, line.against.difference, line.against.high
            is_sure = low > 0 or high < 0
            axes.errorbar(
                [middle], [row], xerr=[[middle - low], [high - middle]], fmt="o", ms=4, lw=1,
                color=COLOURS[0] if is_sure else COLOURS[6],
            )  # fmt: skip
    axes.axvline(0, lw=0.8, color=INK)
    # Other systems differ by a hundred times what parts of one do: both are to be seen.
    axes.set_xscale("symlog", linthresh=_NEAR, linscale=1.0)
    ends = [end for line in lines if line.against for end in (line.against.low, line.against.high)]
    ticks = [tick for tick in _TICKS if min(ends) < tick < max(ends) or abs(tick) <= _NEAR]
    axes.set_xticks(ticks, [f"{tick:+g}" if tick else "0" for tick in ticks])
    axes.minorticks_off()
    axes.set_yticks(range(len(lines)), [line.system for line in lines])
    axes.set_ylim(len(lines) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)


def _bars(report: TaskReport, chosen: Sequence[Line], groups: Mapping[str, Mapping[str, float]], axes: Axes) -> None:
    colours, height = _colours(chosen), 0.8 / len(chosen)
    for at, line in enumerate(chosen):
        places = [row + 0.1 + at * height for row, key in enumerate(groups) if line.system in groups[key]]
        values = [groups[key][line.system] for key in groups if line.system in groups[key]]
        axes.barh(places, values, height * 0.92, align="edge", color=colours[line.system], label=line.system)
    _rows(report, groups, axes)


def _bar_and_dots(
    report: TaskReport, chosen: Sequence[Line], groups: Mapping[str, Mapping[str, float]], axes: Axes
) -> None:
    """Draw many groups: a bar for the system that all are compared with, a dot for each other one."""
    colours = _colours(chosen)
    for line in chosen:
        places = [row + 0.5 for row, key in enumerate(groups) if line.system in groups[key]]
        values = [groups[key][line.system] for key in groups if line.system in groups[key]]
        if line.system == report.first:
            axes.barh(places, values, 0.6, color=colours[line.system], alpha=0.45, label=line.system)
        else:
            axes.plot(values, places, "o", ms=4, color=colours[line.system], label=line.system)
    _rows(report, groups, axes)


def _rows(report: TaskReport, groups: Mapping[str, Mapping[str, float]], axes: Axes) -> None:
    axes.set_yticks([row + 0.5 for row in range(len(groups))], [key or "(none)" for key in groups])
    axes.set_ylim(len(groups), 0)
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=False, axis="y")
    axes.set_xlabel(report.measures[0])
    heading(axes)


def _curve(chosen: Sequence[Line], axes: Axes) -> None:
    colours = _colours(chosen)
    for line in chosen:
        if line.curve:
            axes.plot(*zip(*line.curve, strict=True), marker="o", ms=3, color=colours[line.system], label=line.system)
    _token_axis(axes, sorted({budget for line in chosen for budget, _ in line.curve}))
    axes.set_ylabel("share of the gold found")
    axes.set_ylim(0, 1)
    heading(axes)


def _token_axis(axes: Axes, budgets: Sequence[int]) -> None:
    axes.set_xscale("log")
    axes.set_xticks(budgets, [f"{budget:,}" for budget in budgets])
    axes.minorticks_off()
    axes.set_xlabel("tokens read")


def growth(title: str, unit: str, series: Mapping[str, Sequence[tuple[float, float]]]) -> Picture:
    """Draw how something grows with the lines of a corpus, both axes by powers of ten."""

    def lines(axes: Axes) -> None:
        for at, (system, points) in enumerate(series.items()):
            axes.plot(*zip(*points, strict=True), marker="o", ms=3, color=COLOURS[at % len(COLOURS)], label=system)
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_xlabel("lines")
        axes.set_ylabel(unit)
        heading(axes)

    return draw(title, WIDTH, 3.0, lines)
