"""When a failed payment is tried again."""

DAY = 86_400


def backoff(attempt: int) -> int:
    """Return the seconds to wait before a card is charged again: one day, then two, then three."""
    return attempt * DAY
