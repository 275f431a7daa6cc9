"""The commands that build the index and look after it: index, status, doctor."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engrep.options import Embedder, Json, Repo, Yes
from engrep.output import FOUND, STATE, emit

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text


def index(
    path: Annotated[
        Path | None,
        typer.Argument(metavar="[PATH]", help="The root itself. Without it: the repository around this folder."),
    ] = None,
    full: Annotated[bool, typer.Option("--full", help="Rebuild everything, also what did not change.")] = False,
    jobs: Annotated[int | None, typer.Option("--jobs", metavar="N", min=1, help="Parse in N processes.")] = None,
    embedder: Embedder = None,
    yes: Yes = False,
    repo: Repo = None,
    as_json: Json = False,
) -> int:
    """Index a repository or folder.

    Run it again and only what changed is read.
    Searches use the embedder that the index was made with.
    Before more than 100,000 tokens go to an embedding server that is not on this machine, a person is asked; where nobody can be asked, --yes is needed.
    """
    from engrep.agreement import agreement
    from engrep.engine.memory import Memory
    from engrep.progress import progress_bar

    if path is not None and repo is not None and path != repo:
        raise typer.BadParameter("PATH and --repo name two different roots")
    with Memory.open(path or repo, embedder=embedder) as memory, progress_bar() as progress:
        report = memory.index(full=full, jobs=jobs, progress=progress, agree=agreement(yes=yes))

    def view(_console: Console) -> Iterable[Text]:
        from engrep.render_index import report_lines

        return report_lines(report)

    emit(report, view, as_json=as_json)
    return FOUND


def status(
    repo: Repo = None,
    skipped: Annotated[bool, typer.Option("--skipped", help="List the files that are not indexed, and why.")] = False,
    as_json: Json = False,
) -> int:
    """Show what is indexed, and what has changed since."""
    from engrep.engine.memory import Memory

    with Memory.open(repo) as memory:
        state = memory.status()
        left_out = memory.skipped() if skipped and state.indexed else ()
    listed = {"skipped_files": [asdict(file) for file in left_out]} if skipped else {}

    def view(_console: Console) -> Iterable[Text]:
        from engrep.render_index import status_lines

        return status_lines(state, left_out)

    emit({**asdict(state), **listed}, view, as_json=as_json)
    return FOUND if state.indexed else STATE


def doctor(
    secrets: Annotated[
        bool, typer.Option("--secrets", help="Also look for secrets in all that is stored, and tell the places.")
    ] = False,
    repo: Repo = None,
    as_json: Json = False,
) -> int:
    """Check that all engrep needs is there and sound."""
    from engrep.engine.memory import Memory

    with Memory.open(repo) as memory:
        checks = memory.doctor()
        leaks = memory.secrets() if secrets else ()
    sound = all(check.ok for check in checks) and not leaks

    def view(_console: Console) -> Iterable[Text]:
        from engrep.render_index import check_lines, leak_lines

        yield from check_lines(checks)
        if secrets:
            yield from leak_lines(leaks)

    found = {"secrets": [asdict(leak) for leak in leaks]} if secrets else {}
    emit({"ok": sound, "checks": [asdict(check) for check in checks], **found}, view, as_json=as_json)
    return FOUND if sound else STATE
