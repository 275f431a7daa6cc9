"""When a failed request is sent again."""

import random

LONGEST = 30.0


def backoff(attempt: int, base: float = 0.1) -> float:
    """Return the seconds to wait after a failed request: doubling, capped, with jitter."""
    delay = min(base * 2**attempt, LONGEST)
    return delay * random.uniform(0.5, 1.0)
