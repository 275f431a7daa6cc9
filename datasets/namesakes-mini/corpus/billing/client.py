"""The client of the payment processor."""

from __future__ import annotations

from billing.config import Config
from billing.gateways.base import Gateway
from billing.invoice import Invoice
from billing.retry import retry
from billing.validate import validate


class Client:
    """Charge invoices through a payment gateway."""

    def __init__(self, gateway: Gateway, config: Config) -> None:
        self.gateway = gateway
        self.config = config

    def connect(self) -> None:
        """Open the gateway with the merchant's account."""
        self.gateway.connect(self.config.merchant)

    def charge(self, invoice: Invoice) -> str:
        """Validate an invoice and charge it, again after soft declines."""
        validate(invoice)
        return retry(lambda: self.gateway.charge(invoice.total(), self.config.currency))

    def close(self) -> None:
        """Hang up on the payment gateway."""
        self.gateway.close()
