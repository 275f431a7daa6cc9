"""Memories as Markdown that a person can read and a diff can follow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from engrep.engine.memory_types import WITHHELD, Entry

ITEM = "- "  # how the line of a memory begins


def markdown(entries: Iterable[Entry]) -> Iterator[str]:
    """Yield memories by kind, one a line, in an order that does not depend on when it is done."""
    by_kind: dict[str, list[Entry]] = {}
    for entry in entries:
        by_kind.setdefault(entry.kind, []).append(entry)
    yield "# Memories\n"
    for kind in sorted(by_kind):
        ordered = sorted(by_kind[kind], key=lambda each: (each.subject, each.valid_from, each.id))
        yield f"\n## {kind.replace('_', ' ')}\n\n"
        yield from map(_item, ordered)


def _item(entry: Entry) -> str:
    about = ", ".join(_name(each.qualified_name or each.path) for each in entry.anchors)
    where = "" if entry.scope in ("user", "project") else f" in the {entry.scope} {_name(entry.place)}"
    status = "" if entry.status == "active" else entry.status
    marks = filter(None, (entry.valid_from[:10], status, "pinned" * entry.pinned, _staleness(entry)))
    return f"{ITEM}{_plain(entry.text)}{where}{about and f' — about {about}'} ({', '.join(marks)}; {entry.id})\n"


def _staleness(entry: Entry) -> str:
    """Say what became of the code that a memory is about, "" where it is as it was: `"stale: signature changed"`."""
    states = sorted({each.state for each in entry.anchors} & {*WITHHELD, "body_changed"})
    told = " and ".join(state.replace("_", " ") for state in states)
    return f"stale: {told}" if entry.is_withheld else told


def _plain(text: str) -> str:
    """Return a text on one line that is no link and no markup where the page is shown."""
    return " ".join(text.split()).replace("<", "\\<").replace("[", "\\[")


def _name(text: str) -> str:
    return f"`{' '.join(text.replace('`', ' ').split())}`"
