"""What a speed measurement says: medians at each size, and how each measure grows with the lines."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engrep.engine.errors import MissingExtraError
from engrep.eval.tables import Table

MEASURES: dict[str, tuple[str, float, int]] = {
    "index_wall_s": ("cold index, wall s", 1, 2),
    "index_cpu_s": ("cold index, CPU s", 1, 2),
    "cpu_over_parsing": ("cold index, CPU over parsing alone", 1, 2),
    "lines_per_s": ("cold index, lines a second", 1, 0),
    "index_peak_rss_bytes": ("cold index, peak RSS of all processes, MB", 1e-6, 0),
    "stored_bytes": ("stored, MB", 1e-6, 1),
    "stored_over_source": ("stored over source size", 1, 2),
    "warm_p50_ms": ("warm query p50, ms", 1, 1),
    "warm_p95_ms": ("warm query p95, ms", 1, 1),
    "cold_p50_ms": ("cold query p50, ms", 1, 0),
    "cold_p95_ms": ("cold query p95, ms", 1, 0),
    "dense_recall": ("dense lane: of the exact ten nearest chunks", 1, 3),
    "dense_cold_p95_ms": ("dense lane p95, first of a process, ms", 1, 1),
    "dense_cold_p95_cpu_ms": ("dense lane p95, first of a process, ms of CPU", 1, 1),
    "dense_warm_p95_ms": ("dense lane p95, later ones, ms", 1, 1),
    "dense_warm_p95_cpu_ms": ("dense lane p95, later ones, ms of CPU", 1, 1),
    "touch_s": ("index after touching a line, s", 1, 3),
    "add_s": ("index after adding a function, s", 1, 3),
    "unchanged_s": ("index with nothing changed, s", 1, 3),
}
"""Measure → title, what a value is multiplied with for it, decimals."""


@dataclass(frozen=True, slots=True)
class Growth:
    """The exponent b of measure = a · lines^b: 0 does not grow, 1 grows in proportion."""

    exponent: float
    error: float | None  # its standard error; None where two sizes leave nothing to tell it by


@dataclass(frozen=True, slots=True)
class SpeedRow:
    """One measure of one system."""

    measure: str
    title: str
    system: str
    values: tuple[tuple[int, float], ...]  # lines of the corpus, median of the repetitions; by size
    growth: Growth | None  # None of one size

    @property
    def decimals(self) -> int:
        """Return how many decimals mean something."""
        return MEASURES[self.measure][2]


def growth(points: Sequence[tuple[float, float]]) -> Growth | None:
    """Fit a power law by least squares on logarithms; None of fewer than two points, or of one that is not positive."""
    if len(points) < 2 or any(value <= 0 for point in points for value in point):
        return None
    try:
        import numpy as np
        from scipy.stats import linregress
    except ImportError as exc:
        message = "the growth is fitted with scipy: pip install 'engrep[eval]'"
        raise MissingExtraError(message) from exc
    fit = linregress(np.log([lines for lines, _ in points]), np.log([value for _, value in points]))
    return Growth(float(fit.slope), float(fit.stderr) if len(points) > 2 else None)


def speed_rows(result: Mapping[str, Any]) -> list[SpeedRow]:
    """Return each measure of each system that has it, measures in their order."""
    sizes = sorted(result["sizes"].values(), key=lambda each: each["corpus"]["total"]["lines"])
    medians = [(size["corpus"]["total"]["lines"], _medians(size)) for size in sizes]
    systems = list(dict.fromkeys(system for size in sizes for system in size["systems"]))
    rows = []
    for measure, (title, factor, _) in MEASURES.items():
        for system in systems:
            values = tuple(
                (lines, factor * of_size[system][measure])
                for lines, of_size in medians
                if measure in of_size.get(system, {})
            )
            if values:
                rows.append(SpeedRow(measure, title, system, values, growth(values)))
    return rows


def _medians(size: Mapping[str, Any]) -> dict[str, dict[str, float]]:
    """Return system → measure → median over the repetitions, with what follows from the corpus."""
    found = {}
    total = size["corpus"]["total"]
    for system, repetitions in size["systems"].items():
        names = {name for each in repetitions for name in each if name in MEASURES}
        found[system] = {name: statistics.median(each[name] for each in repetitions if name in each) for name in names}
    parsing = found.get("parsing", {}).get("index_cpu_s")
    for system, values in found.items():
        if "index_wall_s" in values:
            values["lines_per_s"] = total["lines"] / values["index_wall_s"]
        if "stored_bytes" in values:
            values["stored_over_source"] = values["stored_bytes"] / total["bytes"]
        if parsing and system != "parsing" and "index_cpu_s" in values:
            values["cpu_over_parsing"] = values["index_cpu_s"] / parsing
    return found


def speed_table(result: Mapping[str, Any]) -> Table:
    """Return a table: a line a measure and system, a column a size, then the growth."""
    rows = speed_rows(result)
    sizes = sorted({lines for row in rows for lines, _ in row.values})
    head = ("measure", *(f"{lines:,} lines" for lines in sizes), "growth")
    cells = [(f"{row.title}: {row.system}", *_cells(row, sizes), growth_text(row.growth)) for row in rows]
    return Table("Speed", head, tuple(cells), conditions(result))


def _cells(row: SpeedRow, sizes: Iterable[int]) -> list[str]:
    values = dict(row.values)
    return [f"{values[lines]:,.{row.decimals}f}" if lines in values else "" for lines in sizes]


def growth_text(found: Growth | None) -> str:
    """Write an exponent with its standard error: "0.93 ± 0.02"."""
    if found is None:
        return ""
    return f"{found.exponent:.2f}" + ("" if found.error is None else f" ± {found.error:.2f}")


def conditions(result: Mapping[str, Any]) -> str:
    """Say in a line on what, when and how quietly this was measured."""
    found = result["machine"]
    repetitions = [each for size in result["sizes"].values() for runs in size["systems"].values() for each in runs]
    loads = [each["load"] for each in repetitions if each["load"] is not None]
    fewest = min((len(runs) for size in result["sizes"].values() for runs in size["systems"].values()), default=0)
    load = f", load {min(loads):.1f} to {max(loads):.1f} before each" if loads else ""
    program = " ".join(["engrep", *(part for part in (result["engrep"], result["commit"]) if part)])
    model = f"model {result['model']}" if result["model"] else "no embedding model"
    return (
        f"{program}, {model}, {result['date'][:10]}; {found['processor']}, {found['cores']} cores{load}; "
        f"medians of {fewest} from nothing; growth: the exponent b of lines^b with its standard error, 0 for no growth, "
        "1 in proportion"
    )
