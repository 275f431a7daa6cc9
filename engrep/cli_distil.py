"""The commands that draw memories from sessions and decide what is doubtful: distill and review."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from engrep.options import Json, Repo
from engrep.output import FOUND, NOTHING, USAGE, emit, note

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from engrep.engine.memory import Memory
    from engrep.engine.memory_types import Entry
    from engrep.engine.model_reading import ReadingCost

_LEAST_IDS = {"approve": 1, "reject": 1, "merge": 2}


def distill(
    source: Annotated[
        str | None,
        typer.Argument(metavar="[SESSION|FILE]", help="A session's id, or a transcript: JSONL, JSON or Markdown."),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            metavar="MODEL",
            help="Have a language model read too: auto for the configured one, a NAME, PROVIDER:MODEL or MODEL@URL.",
        ),
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Show what would be kept and what a model would cost; keep and ask nothing."),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before much text is sent to a model.")] = False,
    repo: Repo = None,
    as_json: Json = False,
) -> int:
    """Draw memories from sessions: rules, decisions, fixes, commands that worked.

    Without an argument all kept sessions are read, each turn once.
    What the user stated holds at once; what is inferred waits in `engrep review`.
    A language model is asked only with --model; what it says counts only with words of the session that bear it out.
    """
    from engrep.engine.memory import Memory

    with Memory.open(repo) as memory:
        if model is None:
            report = memory.distil(source, dry_run=dry_run)
        else:
            from engrep.agents.distiller import Distiller
            from engrep.agents.models import Models

            with Models.open(memory.root, model) as models:
                report = memory.distil(source, dry_run=dry_run, reader=Distiller(models), agree=_agreement(yes=yes))

    def view(_console: Console) -> Iterable[Text]:
        from engrep.render_distil import distilled_lines

        return distilled_lines(report)

    emit(report, view, as_json=as_json)
    return FOUND if any(session.drawn for session in report.sessions) else NOTHING


def _agreement(*, yes: bool) -> Callable[[ReadingCost], bool]:
    """Return what tells the cost before anything is sent, and asks where it is large."""
    from engrep.agreement import agreement

    def agree(cost: ReadingCost) -> bool:
        if cost.is_large:
            return agreement(yes=yes)(cost)
        note(str(cost))
        return True

    return agree


def review(
    action: Annotated[
        str | None, typer.Argument(metavar="[ACTION]", help="approve, reject or merge; without it: list what waits.")
    ] = None,
    memory_ids: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ID]...", help="Memories; merge keeps the first of two, with the evidence of both."),
    ] = None,
    repo: Repo = None,
    as_json: Json = False,
) -> int:
    """List what waits for a decision, or decide it: memories only inferred, and memories that may contradict each other.

    Approving one closes what it contradicts; two approved together stand beside each other.
    What is rejected is not taken up again.
    """
    from engrep.engine.memory import Memory

    ids = memory_ids or []
    if action is not None and (len(ids) < _LEAST_IDS.get(action, 1000) or (action == "merge" and len(ids) != 2)):
        known = action in _LEAST_IDS
        note(f"{action} needs the ids of {'two memories' if action == 'merge' else 'memories'}" if known
             else f"there is no action {action}; there are approve, reject and merge")  # fmt: skip
        return USAGE
    with Memory.open(repo) as memory:
        if action is not None:
            return _decided(_decide(memory, action, ids), as_json=as_json)
        waiting = memory.review()

    def view(_console: Console) -> Iterable[Text]:
        from engrep.render_distil import open_lines

        return (line for each in waiting for line in open_lines(each))

    emit({"total": len(waiting), "items": [asdict(each) for each in waiting]}, view, as_json=as_json)
    return FOUND if waiting else NOTHING


def _decide(memory: Memory, action: str, ids: list[str]) -> list[Entry]:
    if action == "approve":
        return list(memory.approve(ids))
    if action == "merge":
        return [memory.merge(ids[0], ids[1])]
    return [memory.reject(each) for each in ids]


def _decided(entries: list[Entry], *, as_json: bool) -> int:
    def view(_console: Console) -> Iterable[Text]:
        from engrep.render_memory import entry_lines

        return (line for entry in entries for line in entry_lines(entry))

    emit({"memories": [asdict(entry) for entry in entries]}, view, as_json=as_json)
    return FOUND
