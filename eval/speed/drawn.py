"""Pictures of a speed measurement: how time, memory and what is stored grow with the lines of a corpus."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engrep.eval.drawing import Picture
from engrep.eval.plots import growth
from engrep.eval.speed.figures import MEASURES, speed_rows

DRAWN = ("index_wall_s", "index_peak_rss_bytes", "stored_bytes", "warm_p95_ms", "cold_p50_ms", "touch_s")


def speed_pictures(result: Mapping[str, Any]) -> list[Picture]:
    """Draw what a user waits for and what it takes, where at least two sizes were measured."""
    rows = speed_rows(result)
    drawn = []
    for measure in DRAWN:
        series = {row.system: row.values for row in rows if row.measure == measure and len(row.values) > 1}
        if series:
            title = MEASURES[measure][0]
            drawn.append(growth(title, title.rpartition(", ")[2], series))
    return drawn
