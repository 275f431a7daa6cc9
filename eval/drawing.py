"""Draw as SVG, to be put into a page: it takes the page's text colour, so light and dark both read."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import TYPE_CHECKING, Any

from engrep.engine.errors import MissingExtraError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INK = "#010203"  # becomes the page's own text colour
SIZE = 9.0


@dataclass(frozen=True, slots=True)
class Picture:
    """One plot: what it shows in words, and the drawing."""

    title: str
    svg: str
    note: str = ""


def draw(title: str, width: float, height: float, fill: Callable[[Axes], None], note: str = "") -> Picture:
    """Make a picture of so many inches; `fill` draws into its axes.

    Raises:
        MissingExtraError: matplotlib is not installed.

    """
    try:
        import matplotlib as mpl
        from matplotlib.figure import Figure
    except ImportError as exc:
        message = "pictures need matplotlib: pip install 'engrep[eval]'"
        raise MissingExtraError(message) from exc
    style: dict[Any, Any] = {
        "svg.fonttype": "none", "text.parse_math": False, "svg.hashsalt": "engrep", "font.family": "sans-serif", "font.size": SIZE,
        "text.color": INK, "axes.labelcolor": INK, "axes.edgecolor": INK, "xtick.color": INK, "ytick.color": INK,
        "axes.spines.top": False, "axes.spines.right": False, "axes.linewidth": 0.6,
    }  # fmt: skip
    with mpl.rc_context(style):
        figure = Figure(figsize=(width, height), layout="constrained")
        axes = figure.subplots()
        axes.grid(visible=True, lw=0.4, alpha=0.25)
        axes.set_axisbelow(True)
        fill(axes)
        out = io.StringIO()
        figure.savefig(out, format="svg", transparent=True, metadata={"Date": None})
    return Picture(title, _inline(out.getvalue(), title), note)


def heading(axes: Axes) -> None:
    """Name what is drawn, above the axes; long names in fewer columns."""
    names = [str(text) for text in axes.get_legend_handles_labels()[1]]
    longest = max(map(len, names), default=1)
    axes.legend(
        loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=max(1, min(4, 64 // (longest + 4))), frameon=False,
        fontsize=SIZE, handlelength=1.2, columnspacing=1.2,
    )  # fmt: skip


def spread(values: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Move rising values apart, as little as it takes for labels `gap` high, within bounds where they have room."""
    gap = min(gap, (high - low) / len(values))
    places = list(values)
    for at in range(1, len(places)):
        places[at] = max(places[at], places[at - 1] + gap)
    places[-1] = min(places[-1], high)
    for at in range(len(places) - 2, -1, -1):
        places[at] = min(places[at], places[at + 1] - gap)
    return places


def _inline(svg: str, title: str) -> str:
    """Cut a drawing out of its XML file: no prologue, no fixed size, the page's colour and type, a title for readers."""
    body = svg[svg.index("<svg") :]
    body = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", body, count=1)
    body = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", body, count=1)
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    body = body.replace(INK, "currentColor")
    body = re.sub(r"font: ([\d.]+)px [^;\"]*", r"font: \1px system-ui, sans-serif", body)
    name = escape(title, quote=True)
    return body.replace("<svg", f'<svg role="img" aria-label="{name}"', 1)


def unique_ids(drawn: Iterable[Picture]) -> list[Picture]:
    """Tell the ids of several drawings on one page apart."""
    return [
        replace(each, svg=re.sub(r'(id="|url\(#|href="#)', rf"\g<1>p{at}-", each.svg)) for at, each in enumerate(drawn)
    ]
