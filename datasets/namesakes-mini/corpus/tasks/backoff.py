"""When a failed task is due again."""

from __future__ import annotations

STEP = 30.0


def backoff(attempt: int) -> float:
    """Seconds until a failed task leaves the queue again, thirty for each attempt."""
    return STEP * (attempt + 1)


def retry(task: dict[str, object], now: float) -> dict[str, object]:
    """Give the task's next attempt, with the time when it is due."""
    attempt = int(str(task.get("attempt", 0)))
    return {**task, "attempt": attempt + 1, "due": now + backoff(attempt)}
