"""Charge customers and keep the ledger."""

from billing.client import Client
from billing.invoice import Invoice
from billing.retry import backoff as charge_backoff
from billing.retry import retry

__all__ = ["Client", "Invoice", "charge_backoff", "retry"]
