"""What every payment gateway can do."""

from __future__ import annotations

from abc import ABC, abstractmethod


class Gateway(ABC):
    """A way to take money."""

    account: str | None = None

    def connect(self, account: str) -> None:
        """Remember whose account is credited."""
        self.account = account

    @abstractmethod
    def charge(self, cents: int, currency: str) -> str:
        """Take money and return the receipt's number."""

    @abstractmethod
    def refund(self, receipt: str) -> None:
        """Give the money of a receipt back."""

    def close(self) -> None:
        """Forget the account."""
        self.account = None
