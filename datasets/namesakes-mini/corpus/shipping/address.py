"""Where a parcel goes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Address:
    """A recipient in one country."""

    name: str
    street: str
    postcode: str
    country: str

    def to_dict(self) -> dict[str, str]:
        """Give the four lines of a postal address by name."""
        return {"name": self.name, "street": self.street, "postcode": self.postcode, "country": self.country}


def parse(text: str) -> Address:
    """Read a postal address from four lines of text."""
    name, street, postcode, country = (line.strip() for line in text.strip().splitlines())
    return Address(name, street, postcode, country.upper())


def validate(address: Address) -> list[str]:
    """List what is wrong with a postal address: empty lines, or a postcode that its country does not have."""
    problems = [f"{field} is empty" for field, value in address.to_dict().items() if not value]
    if address.country == "DE" and not (address.postcode.isdigit() and len(address.postcode) == 5):
        problems.append(f"{address.postcode} is no German postcode")
    return problems
