"""Same slot, new value: decide what a statement does to the memories that answer the same question.

Likeness alone decides nothing. A memory is closed only when the new statement fills the same slot of the same subject with
another value, or names its value as the old one; whatever is less clear is a conflict for a person.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engrep.engine import store_memory as store
from engrep.engine.db import Connection
from engrep.engine.memory_types import Entry
from engrep.engine.store_claims import rivals
from engrep.indexers.claims import Claim
from engrep.indexers.slots import Setting, claims_of, contradict, setting_of


@dataclass(frozen=True, slots=True)
class Settlement:
    """What a new statement does to the memories beside it."""

    closes: tuple[Entry, ...] = ()
    closed_by: Entry | None = None  # a statement of a later date that holds already
    clashes: tuple[Entry, ...] = ()


def settle(connection: Connection, entry: Entry) -> Settlement:
    """Compare a statement with the living memories of its subject and place."""
    setting, claims = setting_of(entry.body), claims_of(entry.body, entry.slot)
    met = rivals(connection, entry, [claim.slot for claim in claims if claim.slot], setting.replaced)
    found = store.entries_by_row(connection, list(met))
    closes: list[Entry] = []
    later: list[Entry] = []
    clashes: list[Entry] = []
    for row_id, other in sorted(found.items()):
        verdict = _verdict(entry, setting, claims, other, met[row_id])
        if verdict == "clash" or (verdict == "close" and entry.status == "proposed" and other.status == "active"):
            clashes.append(other)
        elif verdict == "close":
            (later if other.valid_from > entry.valid_from else closes).append(other)
    newest = max(later, key=lambda other: other.valid_from, default=None)
    return Settlement(tuple(closes), newest, () if newest else tuple(clashes))


def _verdict(entry: Entry, setting: Setting, claims: Sequence[Claim], other: Entry, theirs: Sequence[Claim]) -> str:
    if entry.slot and entry.slot == other.slot and entry.slot not in {claim.slot for claim in setting.claims}:
        return "close"  # a person named the slot
    if any(claim.value in setting.replaced for claim in theirs) and not _agree(claims, theirs):
        return "close" if all(claim.is_sole for claim in theirs) else "clash"
    met = [
        (mine, his)
        for mine in claims
        for his in theirs
        if mine.slot and mine.slot == his.slot and contradict(mine.value, his.value)
    ]
    if not met:
        return ""
    is_sole = all(mine.is_sole and his.is_sole for mine, his in met)
    is_sure = setting.is_change or all(mine.is_exclusive and his.is_exclusive for mine, his in met)
    return "close" if is_sole and is_sure else "clash"


def _agree(claims: Sequence[Claim], theirs: Sequence[Claim]) -> bool:
    """Tell whether two statements give a slot the same value, whatever else they name."""
    return any(mine.slot and mine == his for mine in claims for his in theirs)
