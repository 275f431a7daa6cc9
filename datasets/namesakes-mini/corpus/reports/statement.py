"""The monthly statement."""

from __future__ import annotations

from billing.invoice import Invoice
from reports import table


class Statement:
    """All invoices of a month."""

    def __init__(self, month: str, invoices: list[Invoice]) -> None:
        self.month = month
        self.invoices = invoices

    def render(self) -> str:
        """Write the monthly statement with one row for each invoice."""
        rows = [("invoice", "cents"), *((each.number, str(each.total())) for each in self.invoices)]
        return f"{self.month}\n{table.render(rows)}"

    def to_dict(self) -> dict[str, object]:
        """Give the month's invoices for the archive."""
        return {"month": self.month, "invoices": [each.to_dict() for each in self.invoices]}
