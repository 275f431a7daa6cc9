"""Settings of the payment side."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Config:
    """Merchant account and currency."""

    merchant: str
    currency: str = "EUR"
    statement_day: int = 1

    @classmethod
    def load(cls, path: Path) -> Config:
        """Read the merchant account from a JSON file."""
        values = json.loads(path.read_text())
        return cls(values["merchant"], values.get("currency", "EUR"), values.get("statement_day", 1))

    def to_dict(self) -> dict[str, object]:
        """Give the settings as they were loaded."""
        return {"merchant": self.merchant, "currency": self.currency, "statement_day": self.statement_day}
