"""A progress bar for long work: on stderr, and only when someone is there to see it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from time import perf_counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress

PATIENCE = 0.4  # seconds of work before a bar appears: a shorter run only flickers, and loading rich takes 0.1 s
ASKING = "ask"  # the stage in which a person is asked something


@contextmanager
def progress_bar() -> Iterator[Callable[[str, int, int], None] | None]:
    """Give a callback `(stage, done, total)` that draws, or None when stderr is not a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    begun = perf_counter()
    bar: Progress | None = None
    stage_shown = ""
    with ExitStack() as stack:

        def show(stage: str, done: int, total: int) -> None:
            nonlocal bar, stage_shown
            if stage == ASKING:
                if bar is not None:
                    bar.stop()  # it would draw over the question
                stage_shown = stage
                return
            if bar is None:
                if perf_counter() - begun < PATIENCE:
                    return
                bar = stack.enter_context(_make_bar())
                bar.add_task("", total=None)
            if stage_shown == ASKING:
                bar.start()
            if stage != stage_shown:
                stage_shown = stage
                bar.reset(bar.task_ids[0], description=stage, total=None)
            bar.update(bar.task_ids[0], completed=done, total=total or None)

        yield show


def _make_bar() -> Progress:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from engrep.output import make_console

    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=32, style="dim", complete_style="cyan", finished_style="cyan", pulse_style="cyan"),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=make_console(stderr=True),
        transient=True,
    )
