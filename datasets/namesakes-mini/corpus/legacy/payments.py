"""The first version of billing; do not build on it."""

from __future__ import annotations


def backoff(attempt: int) -> float:
    """Seconds to wait before charging again, always ten minutes."""
    return 600.0


def validate(amount: int) -> bool:
    """Tell whether an amount can be charged."""
    return amount > 0


class Client:
    """Charge cards over the old batch interface."""

    def charge(self, amount: int) -> str:
        """Queue a charge for the nightly batch."""
        if not validate(amount):
            raise ValueError("nothing to charge")
        return f"batch-{amount}"
