"""The inbox of what a person should decide: memories that were only inferred, and memories that may contradict each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from engrep.engine import lifecycle
from engrep.engine import store_memory as store
from engrep.engine.db import Connection
from engrep.engine.memory_types import Entry
from engrep.engine.slots import settle
from engrep.engine.store_claims import conflicts, end_conflict, rivals_of


@dataclass(frozen=True, slots=True)
class Open:
    """One decision that waits: a proposal, or a memory with those that it may contradict."""

    why: str  # proposed or conflict
    memory: Entry
    against: tuple[Entry, ...] = ()


def inbox(connection: Connection) -> list[Open]:
    """Return what waits for a decision: conflicts first, then proposals, each oldest first."""
    pairs: dict[str, list[str]] = {}
    for later, earlier in conflicts(connection):
        pairs.setdefault(later, []).append(earlier)
    found: list[Open] = []
    for memory_id, others in pairs.items():
        against = tuple(lifecycle.find(connection, each) for each in others)
        found.append(Open("conflict", lifecycle.find(connection, memory_id), against))
    proposals = store.entries(connection, "status = ?", ("proposed",))
    return found + [Open("proposed", entry) for entry in proposals if entry.id not in pairs]


def approve(connection: Connection, memory_ids: Sequence[str], *, actor: str) -> list[Entry]:
    """Let memories hold: each closes what it contradicts, but those approved together stand beside each other."""
    chosen = [lifecycle.find(connection, each) for each in memory_ids]
    ids = {entry.id for entry in chosen}
    for one in ids:
        for other in set(rivals_of(connection, one)) & ids:
            end_conflict(connection, one, other)
    return [_approved(connection, entry, ids, actor) for entry in chosen]


def _approved(connection: Connection, entry: Entry, together: set[str], actor: str) -> Entry:
    at = lifecycle.now()
    held = replace(entry, status="active", trust="verified", valid_to=None, superseded_by=None, changed_at=at)
    beaten = [
        *settle(connection, held).closes,
        *(lifecycle.find(connection, each) for each in rivals_of(connection, entry.id)),
    ]
    store.unbury(connection, entry.id)
    store.put(connection, held, actor=actor, verb="approve", at=at)
    for other in {each.id: each for each in beaten if each.id not in together}.values():
        lifecycle.supersede(connection, other, held, actor=actor, at=at)
    return held
