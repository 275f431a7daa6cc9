"""The commands of the archive: import, export and sessions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engrep.options import Json, Repo
from engrep.output import FOUND, NOTHING, USAGE, emit, note, safe_block, safe_json, write

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text


def import_(
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE",
            help="claude, codex, mimo, a file or folder of JSONL, JSON or Markdown, or what export wrote.",
        ),
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell what would be taken in, and write nothing.")] = False,
    memories: Annotated[
        bool,
        typer.Option(
            "--memories", help="What the program wrote down as memories, instead of its sessions; or a file of them."
        ),
    ] = False,
    repo: Repo = None,
    as_json: Json = False,
) -> int:
    """Take in the sessions that other programs kept of this project, without their secrets.

    Nothing is taken twice: a session that grew is read on from where the last import stopped.
    Sessions held in other folders are left alone, but for a file that is named itself.
    A dump that `engrep export` wrote is taken in whole, or not at all; what is newer there takes the place of what is here.
    """
    from engrep.engine.memory import Memory

    with Memory.open(repo) as memory:
        take_in = memory.import_memories if memories else memory.import_history
        done = take_in(source, dry_run=dry_run)

    def view(_console: Console) -> Iterable[Text]:
        from engrep.render_archive import import_lines

        return import_lines(done)

    emit(done, view, as_json=as_json)
    sessions = done.sessions_new + done.sessions_grown + done.sessions_reread + done.sessions_unchanged
    known = done.memories_added + done.memories_updated + done.memories_unchanged
    return FOUND if sessions + known else NOTHING


def export(
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="Where to write it. Without it: to stdout.")
    ] = None,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="A page for people and diffs, of what holds, instead of a dump.")
    ] = False,
    user: Annotated[bool, typer.Option("--user", help="The user's memories instead of the project's.")] = False,
    into: Annotated[
        Path | None,
        typer.Option(
            "--into", metavar="FILE", help="CLAUDE.md, AGENTS.md, …: pinned rules and decisions, between marks."
        ),
    ] = None,
    remove: Annotated[bool, typer.Option("--remove", help="With --into: take them out of the file again.")] = False,
    repo: Repo = None,
    as_json: Json = False,
) -> int:
    """Write all memories with their history, and the sessions that they rest on, as lines of JSON.

    `engrep import FILE` takes them in again, here or elsewhere, to the same state.
    With --into only what binds is written into a file for agents, between marks; the rest of it stays as it is.
    """
    from engrep.engine.memory import Memory

    if (into is None and remove) or (into is not None and (file is not None or markdown or user)):
        note("--remove goes with --into, and --into with neither a FILE nor --markdown nor --user")
        return USAGE
    with Memory.open(repo) as memory:
        if into is not None:
            done = memory.export_into(into, remove=remove)
        else:
            done = memory.export(file, markdown=markdown, user=user)
    if done.text is not None and not as_json:
        write(safe_block(done.text) if markdown else safe_json(done.text))
        return FOUND if done.memories else NOTHING

    def view(_console: Console) -> Iterable[Text]:
        from engrep.render_archive import export_lines

        return export_lines(done)

    emit(done, view, as_json=as_json)
    return FOUND if done.memories or (remove and done.changed) else NOTHING


def sessions(
    session_id: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="A session's id, or the beginning of one: shows its turns.")
    ] = None,
    after: Annotated[int, typer.Option("--after", metavar="N", min=0, help="Show the turns after this number.")] = 0,
    limit: Annotated[
        int, typer.Option("--limit", "-k", metavar="N", min=1, help="Show at most N, the last sessions.")
    ] = 50,
    repo: Repo = None,
    as_json: Json = False,
) -> int:
    """List the sessions that are kept, a line each, or read one, a page at a time."""
    from engrep.engine.memory import Memory

    with Memory.open(repo) as memory:
        if session_id is not None:
            page = memory.session(session_id, after=after, limit=limit)

            def turns(_console: Console) -> Iterable[Text]:
                from engrep.render_archive import page_lines

                return page_lines(page)

            emit(page, turns, as_json=as_json)
            return FOUND if page.turns else NOTHING
        kept = memory.sessions()

    def view(_console: Console) -> Iterable[Text]:
        from engrep.render_archive import session_line

        return map(session_line, kept[-limit:])

    shown = [asdict(session) for session in kept[-limit:]]
    emit({"total": len(kept), "shown": len(shown), "sessions": shown}, view, as_json=as_json)
    return FOUND if kept else NOTHING
