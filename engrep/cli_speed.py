"""The command that measures speed: engrep eval speed."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Option

from engrep.options import Cache, Json
from engrep.output import FOUND, emit

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text


def speed(
    folder: Annotated[list[Path], Argument(metavar="FOLDER...", help="Folders of source to cut corpora from.")],
    size: Annotated[
        list[int] | None,
        Option(
            "--size", metavar="LINES", min=1, help="Of a corpus; may be repeated. Without it: 10000, 100000, 1000000."
        ),
    ] = None,
    runs: Annotated[int, Option("--runs", metavar="N", min=1, help="Repetitions, each from nothing.")] = 3,
    peer: Annotated[
        list[str] | None,
        Option("--peer", metavar="PEER", help="semble or ctags, on the same corpora in turn; may be repeated."),
    ] = None,
    samples: Annotated[
        int,
        Option("--samples", metavar="N", min=1, help="Cold queries of each repetition, and a fourth as many updates."),
    ] = 20,
    out: Annotated[
        Path, Option("--out", metavar="DIR", help="The folder of run files; this one is speed.json.")
    ] = Path("runs"),
    anew: Annotated[bool, Option("--anew", help="Begin again where the folder holds such a measurement.")] = False,
    cache: Cache = None,
    as_json: Json = False,
) -> int:
    """Measure indexing, updates and queries at several sizes.

    The report has how they grow with the lines.
    What is measured already is kept; a measurement that was stopped goes on.
    """
    from engrep.eval.datasets import places
    from engrep.eval.speed.bench import SIZES, SpeedWish, measure_speed, read_speed
    from engrep.progress import progress_bar

    wish = SpeedWish(tuple(size or SIZES), runs, tuple(peer or ()), samples, anew)
    with progress_bar() as progress:
        file = measure_speed(folder, wish, places(None, cache).work / "speed", out, progress)

    def view(console: Console) -> Iterable[Text]:
        from engrep.eval.speed.figures import speed_table
        from engrep.render_columns import width_of
        from engrep.render_table import table_lines

        return table_lines(speed_table(read_speed(file)), width_of(console))

    emit({"run": str(file), **read_speed(file)}, view, as_json=as_json)
    return FOUND
