"""Direct debit."""

from __future__ import annotations

from .base import Gateway


class BankGateway(Gateway):
    """Collect money from bank accounts by mandate."""

    def __init__(self, mandate: str) -> None:
        self.mandate = mandate
        self.collected = 0

    def connect(self, account: str) -> None:
        """Check the creditor's account number before it is credited."""
        if not account.startswith("DE"):
            raise ValueError(f"{account} is no domestic account")
        super().connect(account)

    def charge(self, cents: int, currency: str) -> str:
        """Send a direct debit to the clearing house."""
        self.collected += cents
        return f"debit-{self.mandate}-{self.collected}"

    def refund(self, receipt: str) -> None:
        """Return a direct debit to the debtor."""
        self.collected = 0
