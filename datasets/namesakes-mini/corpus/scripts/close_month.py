"""Charge what is open and write last month's statement."""

from __future__ import annotations

import sys
from pathlib import Path

from billing import Client, charge_backoff
from billing.config import Config
from billing.gateways import CardGateway
from billing.invoice import parse
from billing.ledger import Ledger
from reports.statement import Statement


def main(folder: Path) -> None:
    """Charge every invoice file in a folder."""
    client = Client(CardGateway(), Config.load(folder / "billing.json"))
    client.connect()
    ledger = Ledger(folder / "ledger.jsonl")
    invoices = [parse(path.read_text()) for path in sorted(folder.glob("*.invoice"))]
    for invoice in invoices:
        client.charge(invoice)
        ledger.record(invoice.number, invoice.total())
    ledger.close()
    client.close()
    print(Statement(folder.name, invoices).render())
    print(f"a declined card is tried again after {charge_backoff(0):.0f} seconds")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
