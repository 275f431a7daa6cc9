"""Card payments."""

from __future__ import annotations

from billing.retry import SoftDecline

from .base import Gateway


class CardGateway(Gateway):
    """Charge credit cards through the acquirer."""

    def __init__(self, limit: int = 1_000_00) -> None:
        self.limit = limit
        self.receipts: dict[str, int] = {}

    def charge(self, cents: int, currency: str) -> str:
        """Authorise and capture an amount on the card."""
        if cents > self.limit:
            raise SoftDecline(f"{cents} {currency} is above the card's limit")
        receipt = f"card-{len(self.receipts) + 1}"
        self.receipts[receipt] = cents
        return receipt

    def refund(self, receipt: str) -> None:
        """Reverse the capture of a card payment."""
        del self.receipts[receipt]
