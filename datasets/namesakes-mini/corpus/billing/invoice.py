"""What a customer owes."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class LineItem:
    """One article and how many of it."""

    article: str
    cents: int
    quantity: int = 1

    def to_dict(self) -> dict[str, object]:
        """Give one line of an invoice as plain values."""
        return {"article": self.article, "cents": self.cents, "quantity": self.quantity}


@dataclass
class Invoice:
    """Lines that add up to one charge."""

    number: str
    lines: list[LineItem] = field(default_factory=list)

    def total(self) -> int:
        """Sum the lines, in cents."""
        return sum(line.cents * line.quantity for line in self.lines)

    def to_dict(self) -> dict[str, object]:
        """Give the invoice with all of its lines as plain values."""
        return {"number": self.number, "lines": [line.to_dict() for line in self.lines]}


def parse(text: str) -> Invoice:
    """Read an invoice from semicolon-separated lines: article, cents, quantity."""
    number, *rows = text.strip().splitlines()
    invoice = Invoice(number.strip())
    for row in rows:
        article, cents, quantity = row.split(";")
        invoice.lines.append(LineItem(article.strip(), int(cents), int(quantity)))
    return invoice
