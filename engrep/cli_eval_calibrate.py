"""The command that measures how far an embedder may be trusted: engrep eval calibrate."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engrep.options import Embedder, Json, Yes
from engrep.output import FOUND, emit

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text


def calibrate(
    path: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[PATH]...", help="Folders to measure on. Without any: the repository around this folder."
        ),
    ] = None,
    embedder: Embedder = None,
    items: Annotated[int, typer.Option("--items", metavar="N", min=1, help="Search for at most N functions.")] = 300,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="Another seed draws other functions.")] = 0,
    jobs: Annotated[int | None, typer.Option("--jobs", metavar="N", min=1, help="Parse in N processes.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Keep nothing: show what belongs into a model's own file.")
    ] = False,
    yes: Yes = False,
    as_json: Json = False,
) -> int:
    """Measure how far searches may trust an embedder.

    It takes functions whose documentation says in a sentence what they do, and searches for them by that sentence in a copy without it: without vectors, and with them at nine weights.
    The least weight that is not clearly worse than the best is kept in your own folder and used by every search with this embedder.
    One that nobody measured counts 0.3.
    """
    from engrep.agreement import agreement
    from engrep.engine.places import find_root
    from engrep.engine.trust import keep_calibration
    from engrep.eval.calibrate import Wish
    from engrep.eval.calibrate import calibrate as measure
    from engrep.progress import progress_bar

    roots = tuple(map(find_root, path)) if path else (find_root(None),)
    wish = Wish(roots, items, seed, jobs, agreement(yes=yes))
    with progress_bar() as progress:
        found = measure(embedder, wish, progress)
    kept = None if dry_run else keep_calibration(found.calibration, None)

    def view(_console: Console) -> Iterable[Text]:
        from engrep.render_eval import calibration_lines

        return calibration_lines(found, kept)

    emit({**asdict(found), "kept": None if kept is None else str(kept)}, view, as_json=as_json)
    return FOUND
