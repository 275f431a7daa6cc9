"""Charge cards."""

from billing.retry import backoff


class Declined(Exception):
    """The bank said no."""


def charge(card: str, cents: int, attempt: int = 1) -> int:
    """Charge a card; when the bank declines, return the seconds until the next attempt."""
    try:
        send_to_bank(card, cents)
    except Declined:
        return backoff(attempt)
    return 0


def send_to_bank(card: str, cents: int) -> None:
    """Ask the bank for money."""
    if not card.startswith("4"):
        raise Declined(f"{card}: {cents}")
