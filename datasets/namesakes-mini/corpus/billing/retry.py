"""Try soft-declined charges again."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

FIRST_WAIT = 60.0
LONGEST_WAIT = 6 * 3600.0


class SoftDecline(Exception):
    """The issuer said no for now."""


@dataclass
class RetryPolicy:
    """How often a soft-declined charge is attempted."""

    attempts: int = 4

    def should_retry(self, error: Exception, attempt: int) -> bool:
        """Only soft declines are worth another attempt."""
        return isinstance(error, SoftDecline) and attempt < self.attempts


def backoff(attempt: int) -> float:
    """Seconds to wait before charging a declined card again, without jitter."""
    return min(FIRST_WAIT * 4**attempt, LONGEST_WAIT)


def retry(charge: Callable[[], str], policy: RetryPolicy | None = None) -> str:
    """Run a charge until the issuer accepts it or the policy gives up."""
    policy = policy or RetryPolicy()
    attempt = 0
    while True:
        try:
            return charge()
        except SoftDecline as error:
            if not policy.should_retry(error, attempt):
                raise
            time.sleep(backoff(attempt))
            attempt += 1
