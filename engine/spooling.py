"""What an event leaves to the background: a transcript to read, or the note that files were changed."""

from __future__ import annotations

import contextlib
from pathlib import Path

from engrep.engine import hook_event as events
from engrep.engine import lease, spool
from engrep.engine.hook_event import Event

START_SECONDS = 15.0  # that whoever starts a drainer holds the lease for it
TRANSCRIBED = frozenset({events.COMPACT, events.REST, events.END})
STARTS = TRANSCRIBED | {events.BEGIN}  # a session that begins sees to what the last one left


def leave(event: Event, folder: Path) -> str:
    """Leave work, and return the name under which a process is to be started that does it; '' for none.

    That files changed waits until the turn ends: one index run then is for all of them.

    Raises:
        StateError: the folder cannot be made.
        OSError: it cannot be written.

    """
    if event.kind in TRANSCRIBED and event.transcript:
        spool.put(folder, event.transcript)
    elif event.kind == events.CHANGE:
        spool.put(folder, spool.CHANGED_FILES)
    owner = lease.new_owner()
    return owner if event.kind in STARTS and _wants_drainer(folder, owner) else ""


def _wants_drainer(folder: Path, owner: str) -> bool:
    """Take the lease for a process that is about to be started, unless nothing waits or one is at work."""
    if spool.is_empty(folder):
        return False
    with contextlib.suppress(OSError):
        return not lease.holder(spool.lease_in(folder)) and lease.take(spool.lease_in(folder), owner, START_SECONDS)
    return False
