"""The loop that runs tasks."""

from __future__ import annotations

import time
from collections.abc import Callable

from tasks import backoff as waiting
from tasks.lock import LockTable, hold
from tasks.outbox import Outbox

Handler = Callable[[dict[str, object]], None]


class Worker:
    """Run due tasks, one at a time."""

    def __init__(self, outbox: Outbox, handlers: dict[str, Handler]) -> None:
        self.outbox = outbox
        self.handlers = handlers
        self.locks = LockTable()

    def run_once(self) -> None:
        """Take one task, run its handler and put it back when that fails."""
        task = self.outbox.take(time.time())
        if task is None:
            return
        with hold(self.locks, str(task["kind"])):
            try:
                self.handlers[str(task["kind"])](task)
            except RuntimeError:
                self.outbox.put(waiting.retry(task, time.time()))

    def close(self) -> None:
        """Stop the worker after writing out its outbox."""
        self.outbox.flush()
