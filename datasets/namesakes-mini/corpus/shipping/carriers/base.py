"""What every carrier can do."""

from __future__ import annotations

from shipping.address import Address


class Carrier:
    """Somebody who moves parcels."""

    session: str | None = None

    def connect(self) -> None:
        """Start a session."""
        self.session = type(self).__name__

    def quote(self, grams: int) -> int:
        """Say what a weight costs, in cents."""
        raise NotImplementedError

    def book(self, address: Address, grams: int) -> str:
        """Order the transport and return a tracking number."""
        raise NotImplementedError

    def close(self) -> None:
        """End the session."""
        self.session = None
