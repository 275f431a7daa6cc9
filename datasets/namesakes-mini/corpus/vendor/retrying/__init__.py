"""Decorate functions so that they are called again when they fail."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from typing import Any


def backoff(attempt: int, base: float = 2.0) -> float:
    """Seconds before a decorated function is called again."""
    return float(base**attempt)


def retry(attempts: int = 3) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorate a function so that failures are repeated."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            for attempt in range(attempts - 1):
                try:
                    return function(*args, **kwargs)
                except Exception:
                    time.sleep(backoff(attempt))
            return function(*args, **kwargs)

        return call

    return decorate
