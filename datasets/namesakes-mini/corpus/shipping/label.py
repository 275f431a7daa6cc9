"""What is glued onto a parcel."""

from __future__ import annotations

from dataclasses import dataclass

from shipping.address import Address

LINE_WIDTH = 48


@dataclass(frozen=True)
class Label:
    """A tracking number and the address to print."""

    tracking: str
    address: Address

    def to_dict(self) -> dict[str, object]:
        """Give the label for the print queue."""
        return {"tracking": self.tracking, "address": self.address.to_dict()}


def render(label: Label) -> str:
    """Lay a shipping label out for the thermal printer."""
    # 热敏打印机每行最多打印四十八个字符
    lines = [label.tracking, *label.address.to_dict().values()]
    return "\n".join(line[:LINE_WIDTH].center(LINE_WIDTH) for line in lines)
