"""One connection a thread: a driver's connection must not be used by two threads at once, nor closed under one of them."""

from __future__ import annotations

import contextlib
import threading
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engrep.engine.db import Connection
    from engrep.engine.db_files import DiskState


@dataclass(slots=True, eq=False)
class Held:
    """The connection of one thread."""

    connection: Connection
    unlocked: DiskState | None  # how the file stood when it was opened without locks
    owner: weakref.ref[threading.Thread] = field(default_factory=lambda: weakref.ref(threading.current_thread()))
    uses: int = 0  # how many of its thread's blocks are inside it
    is_given_up: bool = False

    def give_up(self) -> None:
        """Close it, or have it closed as soon as its thread is done with it."""
        self.is_given_up = True
        if not self.uses:
            self.connection.close()


class ThreadConnections:
    """Opens a connection for each thread that asks, and closes those of threads that have ended."""

    def __init__(self, open_one: Callable[[], Held], is_current: Callable[[Held], bool]) -> None:
        self._open_one, self._is_current = open_one, is_current
        self._local = threading.local()
        self._open: list[Held] = []
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._open)

    @contextlib.contextmanager
    def using(self) -> Iterator[Held]:
        """Give this thread's connection, which nobody closes until the block ends."""
        held = self._take()
        try:
            yield held
        finally:
            with self._lock:
                held.uses -= 1
                if held.is_given_up:
                    held.give_up()

    def close(self) -> None:
        """Close all connections; one that is in use closes when its thread is done with it."""
        with self._lock:
            for held in self._open:
                held.give_up()
            self._open.clear()

    def _take(self) -> Held:
        held: Held | None = getattr(self._local, "held", None)
        with self._lock:
            if held is not None and not held.is_given_up:
                if held.uses or self._is_current(held):
                    held.uses += 1
                    return held
                held.give_up()
        held = self._local.held = self._open_one()
        held.uses = 1
        with self._lock:
            self._open = [each for each in self._open if not each.is_given_up and not _closed_of_dead_thread(each)]
            self._open.append(held)
        return held


def _closed_of_dead_thread(held: Held) -> bool:
    thread = held.owner()
    if thread is not None and thread.is_alive():
        return False
    held.connection.close()
    return True
