"""The client of the carriers."""

from __future__ import annotations

from shipping.address import Address, validate
from shipping.carriers import by_name
from shipping.config import Config
from shipping.label import Label


class Client:
    """Buy postage from the preferred carrier."""

    def __init__(self, config: Config) -> None:
        self.carrier = by_name(config.carrier)

    def connect(self) -> None:
        """Log in at the carrier."""
        self.carrier.connect()

    def buy(self, address: Address, grams: int) -> Label:
        """Validate the address and buy a label for a weight."""
        problems = validate(address)
        if problems:
            raise ValueError("; ".join(problems))
        return Label(self.carrier.book(address, grams), address)

    def close(self) -> None:
        """Log out at the carrier."""
        self.carrier.close()
