"""Try refused connections again."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
FIRST_WAIT = 0.05
LONGEST_WAIT = 5.0


class RetryPolicy:
    """How often a refused connection is attempted, and for how long altogether."""

    def __init__(self, attempts: int = 6, deadline: float = 10.0) -> None:
        self.attempts = attempts
        self.deadline = deadline

    def should_retry(self, error: OSError, elapsed: float) -> bool:
        """Retry refused and reset connections until the deadline."""
        return isinstance(error, ConnectionError) and elapsed < self.deadline


def backoff(attempt: int) -> float:
    """Seconds to wait before dialling again: doubling, spread at random so that clients do not return together."""
    ceiling = min(FIRST_WAIT * 2**attempt, LONGEST_WAIT)
    return random.uniform(0, ceiling)


def retry(dial: Callable[[], T], policy: RetryPolicy) -> T:
    """Dial until somebody answers or the deadline passes."""
    started = time.monotonic()
    for attempt in range(policy.attempts):
        try:
            return dial()
        except OSError as error:
            if not policy.should_retry(error, time.monotonic() - started):
                raise
            time.sleep(backoff(attempt))
    raise TimeoutError("nobody answered")
