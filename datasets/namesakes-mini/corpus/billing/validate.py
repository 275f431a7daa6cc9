"""Checks before money moves."""

from __future__ import annotations

from billing.invoice import Invoice

LARGEST_CHARGE = 5_000_00


class InvalidInvoice(ValueError):
    """The invoice must not be charged."""


def validate(invoice: Invoice) -> None:
    """Refuse an invoice that is empty, negative or above the limit for one charge."""
    if not invoice.lines:
        raise InvalidInvoice(f"invoice {invoice.number} has no lines")
    if any(line.cents < 0 for line in invoice.lines):
        raise InvalidInvoice(f"invoice {invoice.number} has a negative amount")
    if invoice.total() > LARGEST_CHARGE:
        raise InvalidInvoice(f"invoice {invoice.number} is above the limit")
