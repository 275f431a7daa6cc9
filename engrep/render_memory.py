"""What the memory commands show on a terminal."""

from __future__ import annotations

from collections.abc import Iterable

from rich.text import Text

from engrep.engine.memory_types import Anchor, Change, Entry
from engrep.engine.report_types import Listed, Remembered
from engrep.output import safe_block, safe_line


def remembered_lines(stored: Remembered, verb: str = "remembered") -> Iterable[Text]:
    """Tell what became of a statement that was remembered or edited."""
    if stored.duplicate_of:
        yield Text.assemble((stored.duplicate_of, "bold"), "  known already")
    else:
        yield Text.assemble((stored.id, "bold"), f"  {verb}, {stored.status}")
    for anchor in stored.anchors:
        state = "" if anchor.state == "fresh" else f"  {anchor.state.replace('_', ' ')}"
        yield Text(f"  about {safe_line(anchor.qualified_name)}  {safe_line(anchor.path)}{state}", style="dim")
    for old in stored.superseded:
        yield Text(f"  takes the place of {old}")
    for other in stored.conflicts:
        yield Text(f"  may contradict {other}: decide with `engrep review`", style="yellow")
    if stored.redacted:
        yield Text(f"  {stored.redacted} secret{'s' if stored.redacted > 1 else ''} taken out", style="yellow")


def entry_lines(entry: Entry) -> Iterable[Text]:
    """Show one memory: what it says, why, since when, what it is about."""
    marks = [entry.kind, *([entry.status] if entry.status != "active" else []), *(["pinned"] if entry.pinned else [])]
    where = "" if entry.scope == "project" else f"  {entry.scope} {safe_line(entry.place)}".rstrip()
    yield Text.assemble((entry.id, "bold"), f"  {' · '.join(marks)}{where}", (f"  {entry.valid_from[:10]}", "dim"))
    for line in safe_block(entry.body).splitlines():
        yield Text(f"  {line}")
    if entry.reason:
        yield Text(f"  because {safe_line(entry.reason)}")
    for anchor in entry.anchors:
        yield Text(f"  about {_anchor(anchor)}", style="dim")
    if entry.superseded_by:
        yield Text(f"  its place was taken by {entry.superseded_by}", style="dim")


def listed_lines(found: Listed, *, stale: bool) -> Iterable[Text]:
    """Show memories, and how many are left out."""
    for entry in found.entries:
        yield from entry_lines(entry)
    if found.stale_withheld and not stale:
        yield Text(
            f"{found.stale_withheld} withheld, whose code changed or is gone: engrep memories --stale", style="yellow"
        )
    if found.elsewhere:
        yield Text(f"{found.elsewhere} of branches that are not merged here", style="dim")


def _anchor(anchor: Anchor) -> str:
    state = "" if anchor.state == "fresh" else f"  {anchor.state.replace('_', ' ')}"
    was = f", was {safe_line(anchor.was)}" if anchor.was else ""
    declared = anchor.state == "signature_changed" and anchor.signature
    changed = f": was {safe_line(anchor.signature)}, is {safe_line(anchor.now)}" if declared else ""
    return f"{safe_line(anchor.qualified_name)}  {safe_line(anchor.path)}{state}{was}{changed}"


def change_lines(change: Change) -> Iterable[Text]:
    """Show one event in the life of a memory."""
    cause = f"  {safe_line(change.cause)}" if change.cause else ""
    yield Text.assemble((change.at, "dim"), f"  {change.verb}", (f" by {change.actor}", "dim"), cause)
    if change.after is not None and (change.before is None or change.before.body != change.after.body):
        for line in safe_block(change.after.text).splitlines():
            yield Text(f"    {line}")
