"""The commands that keep and correct memories: remember, edit, pin, memories, confirm, forget, restore, history, undo."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engrep.options import From, Json, Repo
from engrep.output import FOUND, NOTHING, emit

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from engrep.engine.memory import Memory
    from engrep.engine.memory_types import Entry

Id = Annotated[str, typer.Argument(metavar="ID", help="A memory's id, or the beginning of one that is unique.")]
Why = Annotated[str, typer.Option("--why", metavar="TEXT", help="The reason; it stays in the history.")]


Kind = (
    "decision, constraint, convention, interface, data_model, business_rule, bug_fix, gotcha, preference or task_state."
)
Scope = "user, project, branch:NAME or module:PATH."
Slot = "The question it answers: a new answer takes the old one's place."


def remember(
    text: Annotated[str, typer.Argument(metavar="TEXT", help="One fact, in a sentence or two; - reads it from stdin.")],
    kind: Annotated[str, typer.Option("--kind", metavar="K", help=Kind)] = "decision",
    about: Annotated[
        list[str] | None,
        typer.Option("--about", metavar="SYMBOL_OR_PATH", help="What it is about; may be repeated."),
    ] = None,
    why: Annotated[str, typer.Option("--why", metavar="TEXT", help="The reason.")] = "",
    scope: Annotated[
        str | None,
        typer.Option("--scope", metavar="S", help=f"{Scope} Without it: project."),
    ] = None,
    slot: Annotated[str, typer.Option("--slot", metavar="NAME", help=Slot)] = "",
    pinned: Annotated[bool, typer.Option("--pin", help="Tell it at the start of every session.")] = False,
    from_file: From = None,
    repo: Repo = None,
    as_json: Json = False,
) -> int:
    """Keep a fact for the sessions to come.

    Secrets are taken out before anything is stored.
    """
    said = _said(text)
    with _open(repo) as memory:
        stored = memory.remember(
            said,
            kind=kind,
            about=tuple(about or ()),
            why=why,
            scope=scope,
            slot=slot,
            pinned=pinned,
            from_file=from_file,
        )

    def view(_console: Console) -> Iterable[Text]:
        from engrep.render_memory import remembered_lines

        return remembered_lines(stored)

    emit(stored, view, as_json=as_json)
    return FOUND


def edit(
    memory_id: Id,
    text: Annotated[
        str | None, typer.Argument(metavar="[TEXT]", help="What it says from now on; - reads it from stdin.")
    ] = None,
    why: Annotated[str | None, typer.Option("--why", metavar="TEXT", help="The reason for it.")] = None,
    title: Annotated[str | None, typer.Option("--title", metavar="TEXT", help="What it is called.")] = None,
    kind: Annotated[str | None, typer.Option("--kind", metavar="K", help=Kind)] = None,
    scope: Annotated[str | None, typer.Option("--scope", metavar="S", help=Scope)] = None,
    slot: Annotated[str | None, typer.Option("--slot", metavar="NAME", help=Slot)] = None,
    repo: Repo = None,
    as_json: Json = False,
) -> int:
    """Say a memory otherwise; what is not named stays, and what it said before is in its history."""
    said = None if text is None else _said(text)
    with _open(repo) as memory:
        stored = memory.edit(memory_id, said, title=title, why=why, kind=kind, scope=scope, slot=slot)

    def view(_console: Console) -> Iterable[Text]:
        from engrep.render_memory import remembered_lines

        return remembered_lines(stored, "edited")

    emit(stored, view, as_json=as_json)
    return FOUND


def pin(
    memory_id: Id,
    off: Annotated[bool, typer.Option("--off", help="Tell it no more.")] = False,
    repo: Repo = None,
    as_json: Json = False,
) -> int:
    """Tell a memory at the start of every session."""
    return _change(repo, lambda memory: memory.pin(memory_id, pinned=not off), as_json=as_json)


def memories(
    status: Annotated[
        str, typer.Option("--status", metavar="S", help="active, proposed, superseded, rejected, forgotten or all.")
    ] = "active",
    kind: Annotated[str | None, typer.Option("--kind", metavar="K", help="Only this kind.")] = None,
    pinned: Annotated[bool, typer.Option("--pinned", help="Only what is told at the start of every session.")] = False,
    stale: Annotated[
        bool, typer.Option("--stale", help="Instead, those whose code changed or is gone, and what changed.")
    ] = False,
    repo: Repo = None,
    as_json: Json = False,
) -> int:
    """List what is remembered and holds here, oldest first.

    Left out and counted: what the code no longer bears out, and what belongs to a branch that is not merged.
    """
    with _open(repo) as memory:
        found = memory.listed(status=None if status == "all" else status, kind=kind, pinned=pinned, stale=stale)

    def view(_console: Console) -> Iterable[Text]:
        from engrep.render_memory import listed_lines

        return listed_lines(found, stale=stale)

    shown = {"total": len(found.entries), "stale_withheld": found.stale_withheld, "elsewhere": found.elsewhere}
    emit({**shown, "memories": [asdict(entry) for entry in found.entries]}, view, as_json=as_json)
    return FOUND if found.entries else NOTHING


def confirm(memory_id: Id, repo: Repo = None, as_json: Json = False) -> int:
    """Say that a memory still holds for the code as it is now."""
    return _change(repo, lambda memory: memory.confirm(memory_id), as_json=as_json)


def forget(memory_id: Id, why: Why = "", repo: Repo = None, as_json: Json = False) -> int:
    """Take a memory out of every answer; `restore` brings it back."""
    return _change(repo, lambda memory: memory.forget(memory_id, why=why), as_json=as_json)


def restore(memory_id: Id, why: Why = "", repo: Repo = None, as_json: Json = False) -> int:
    """Make a memory hold again that was forgotten, rejected, superseded or only proposed."""
    return _change(repo, lambda memory: memory.restore(memory_id, why=why), as_json=as_json)


def undo(memory_id: Id, repo: Repo = None, as_json: Json = False) -> int:
    """Take back the last change of a memory; again, the one before."""
    return _change(repo, lambda memory: memory.undo(memory_id), as_json=as_json)


def history(memory_id: Id, repo: Repo = None, as_json: Json = False) -> int:
    """Show all that happened to a memory: who, when, why, and what it said."""
    with _open(repo) as memory:
        changes = memory.history(memory_id)

    def view(_console: Console) -> Iterable[Text]:
        from engrep.render_memory import change_lines

        return (line for change in changes for line in change_lines(change))

    emit({"id": changes[0].memory_id, "changes": [asdict(change) for change in changes]}, view, as_json=as_json)
    return FOUND


def _said(text: str) -> str:
    import sys

    return sys.stdin.buffer.read().decode("utf-8", "replace") if text == "-" else text


def _change(repo: Path | None, change: Callable[[Memory], Entry], *, as_json: bool) -> int:
    with _open(repo) as memory:
        entry = change(memory)

    def view(_console: Console) -> Iterable[Text]:
        from engrep.render_memory import entry_lines

        return entry_lines(entry)

    emit(entry, view, as_json=as_json)
    return FOUND


def _open(repo: Path | None) -> Memory:
    from engrep.engine.memory import Memory

    return Memory.open(repo)
