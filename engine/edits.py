"""Memories said otherwise: the words of one changed, or two put together."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

from engrep.engine import store_memory as store
from engrep.engine.db import Connection
from engrep.engine.errors import UsageError
from engrep.engine.lifecycle import Stored, carry_out, check, find, now, one_line, same_as, supersede, title_of
from engrep.engine.memory_types import Entry


@dataclass(frozen=True, slots=True)
class Edit:
    """What is to be said otherwise; None for what stays."""

    body: str | None = None
    title: str | None = None
    reason: str | None = None
    kind: str | None = None
    slot: str | None = None
    scope: str | None = None
    place: str | None = None


def edit(connection: Connection, memory_id: str, told: Edit, *, actor: str) -> Stored:
    """Say a memory otherwise, which settles it again with what is beside it; what it said before stays in its history.

    Raises:
        UsageError: nothing is said otherwise, or another memory says the same already.

    """
    from engrep.engine.slots import Settlement, settle
    from engrep.indexers.redact import without_marks
    from engrep.indexers.storable import storable

    entry, at = find(connection, memory_id), now()
    told, found = storable(told, store.redaction_key(connection))
    edited = _edited(entry, told)
    check(replace(edited, body=without_marks(edited.body)))
    if edited == entry:
        message = f"{entry.id} says that already"
        raise UsageError(message)
    is_living = entry.status in ("active", "proposed")
    same = same_as(connection, edited) if is_living else None
    if same is not None and same.id != entry.id:
        message = f"{same.id} says that already: put the two together with `engrep review merge {same.id} {entry.id}`"
        raise UsageError(message)
    settled = settle(connection, replace(edited, valid_from=at)) if is_living else Settlement()
    edited = store.put(connection, replace(edited, changed_at=at), actor=actor, verb="edit", at=at)
    since_now = replace(edited, valid_from=at)  # what it closes held until now
    return Stored(edited, *carry_out(connection, since_now, settled, actor=actor, at=at), redacted=found)


def _edited(entry: Entry, told: Edit) -> Entry:
    """Return a memory with what is said otherwise; a title and a slot that were made from its words are made again."""
    from engrep.indexers.slots import setting_of

    given = {field.name: getattr(told, field.name) for field in fields(told) if getattr(told, field.name) is not None}
    for name in given.keys() & {"body", "reason"}:
        given[name] = one_line(given[name])
    if "body" in given:
        given.setdefault("title", title_of(given["body"]) if entry.title == title_of(entry.body) else entry.title)
        is_own_slot = entry.slot != setting_of(entry.body).slot
        given.setdefault("slot", entry.slot if is_own_slot else setting_of(given["body"]).slot)
    return replace(entry, **given)


def merge(connection: Connection, kept_id: str, other_id: str, *, actor: str) -> Entry:
    """Put two memories together: the first stays, with the anchors and the evidence of both."""
    kept, other, at = find(connection, kept_id), find(connection, other_id), now()
    if kept.id == other.id:
        message = f"{kept_id} cannot be merged with itself"
        raise UsageError(message)
    together = replace(
        kept,
        anchors=tuple(dict.fromkeys((*kept.anchors, *other.anchors))),
        evidence=tuple(dict.fromkeys((*kept.evidence, *other.evidence))),
        pinned=kept.pinned or other.pinned,
        changed_at=at,
    )
    store.put(connection, together, actor=actor, verb="merge", at=at, cause=other.id)
    supersede(connection, other, kept, actor=actor, at=at)
    return together
