"""The commands that tell what can be measured, and bring it: engrep eval tasks, systems, fetch."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from engrep.options import Cache, CorpusNames, Data, Json, TaskName
from engrep.output import FOUND, emit

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text


def tasks(data: Data = None, cache: Cache = None, as_json: Json = False) -> int:
    """List the tasks, and whether their data is here."""
    from engrep.eval.datasets import places
    from engrep.eval.tasks.registry import listed

    where = places(data, cache)
    found = listed(where)

    def view(_console: Console) -> Iterable[Text]:
        from engrep.render_eval import task_lines

        return task_lines(found, where.data)

    emit({"tasks": found}, view, as_json=as_json)
    return FOUND


def systems(as_json: Json = False) -> int:
    """List the systems, and what of engrep can be switched off.

    Any program is a system too: `--system "command:NAME=PROGRAM ARGUMENTS"` starts it with the folder to search and a
    folder of its own as last arguments; it speaks JSON, an object a line.
    When it has read the folder it says `{"ready": true}`.
    To each line `{"query": "…", "limit": 10, "from": null}` on its standard input it answers
    `{"hits": [{"path": "net/retry.py", "start_line": 8, "end_line": 20, "score": 1.5}]}`, best first.
    Paths are relative to the folder; `{"error": "…"}` ends it, and so does the end of its input.
    """
    from engrep.engine.parts import PARTS
    from engrep.eval.systems.registry import listed
    from engrep.eval.tasks.registry import by_kind

    found = listed()
    parts = [{"name": name, "title": title} for name, title in PARTS.items()]

    def view(_console: Console) -> Iterable[Text]:
        from engrep.render_eval import system_lines

        return system_lines(found, parts, by_kind())

    emit({"systems": found, "parts": parts}, view, as_json=as_json)
    return FOUND


def fetch(
    task: TaskName,
    corpus: CorpusNames = None,
    remote: Annotated[
        str,
        typer.Option(
            "--remote",
            metavar="URL",
            envvar="ENGREP_EVAL_REMOTE",
            help="Where repositories are: {repository} or {owner} and {name} stand for each one's own.",
        ),
    ] = "https://github.com/{repository}.git",
    data: Data = None,
    cache: Cache = None,
    as_json: Json = False,
) -> int:
    """Bring the corpora of a task with git; those here stay."""
    from engrep.eval.datasets import places
    from engrep.eval.fetch import fetch_corpora
    from engrep.eval.task import failed
    from engrep.eval.tasks.registry import task as task_of
    from engrep.progress import progress_bar

    with progress_bar() as progress:
        fetched = fetch_corpora(task_of(task), tuple(corpus or ()), places(data, cache), remote, progress)

    def view(_console: Console) -> Iterable[Text]:
        from engrep.render_eval import fetched_lines

        return fetched_lines(fetched)

    emit(fetched, view, as_json=as_json)
    if fetched["failures"]:
        raise failed("here", fetched["failures"], "The same command brings what is missing")
    return FOUND
