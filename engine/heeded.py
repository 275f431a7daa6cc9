"""Which of the memories that a session was told it went by, as far as its own words and calls show it.

A memory that was put before a model counts as used when the model afterwards names its id, or says or calls something that
holds half of its telling words: as much as a short prompt has to hold of it before it is told.
"""

from __future__ import annotations

from collections.abc import Sequence

from engrep.engine import store_recall as asking
from engrep.engine.db import Database
from engrep.engine.memory_types import Turn
from engrep.indexers.question import TELLING, weights
from engrep.indexers.text import terms

HELD = 0.5
_OWN = frozenset({"assistant", "call"})  # what a tool gave back is not the model's word
_SECOND = len("2026-01-31T12:00:00")


def learn(project: Database, user: Database, session: str, turns: Sequence[Turn]) -> frozenset[str]:
    """Write into the ledger which memories a session went by, and return those that are new among them."""
    if not project.path.exists():
        return frozenset()
    with project.reading() as connection:
        told = asking.not_known_used(connection, session)
    if not told:
        return frozenset()
    stores = [database for database in (project, user) if database.path.exists()]
    bodies: dict[str, str] = {}
    for database in stores:
        with database.reading() as connection:
            bodies |= asking.bodies(connection, sorted(told))
    said = [(turn.at[:_SECOND], turn.text) for turn in turns if turn.role in _OWN]
    used: dict[str, bool] = {}
    for memory_id, body in bodies.items():
        after = [text for at, text in said if not at or at >= told[memory_id][:_SECOND]]
        if after:
            used[memory_id] = any(is_held(memory_id, body, text) for text in after)
    with project.writing() as connection:
        new = asking.set_used(connection, session, used)
    for database in stores if new else ():
        with database.writing() as connection:
            asking.count_uses(connection, {each: told[each] for each in new})
    return new


def is_held(memory_id: str, body: str, text: str) -> bool:
    """Tell whether a text names a memory or holds half of what tells it apart."""
    if memory_id in text:
        return True
    telling = frozenset(word for word, worth in weights(body).items() if worth == TELLING)
    return bool(telling) and len(telling & frozenset(terms(text))) >= HELD * len(telling)
