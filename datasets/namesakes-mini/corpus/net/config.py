"""Settings of the network side."""

from __future__ import annotations

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Config:
    """Where to connect and how patient to be."""

    host: str
    port: int
    timeout: float

    @classmethod
    def load(cls) -> Config:
        """Read host, port and timeout from the environment."""
        return cls(
            os.environ.get("PARCEL_HOST", "127.0.0.1"),
            int(os.environ.get("PARCEL_PORT", "7070")),
            float(os.environ.get("PARCEL_TIMEOUT", "3")),
        )

    def to_dict(self) -> dict[str, object]:
        """Give host, port and timeout."""
        return {"host": self.host, "port": self.port, "timeout": self.timeout}
