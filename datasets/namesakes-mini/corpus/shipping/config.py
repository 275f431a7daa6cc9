"""Settings of the shipping side."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Config:
    """Which carrier is asked first, and the sender's country."""

    carrier: str
    origin: str

    @classmethod
    def load(cls, path: Path) -> Config:
        """Read the preferred carrier from a TOML file."""
        values = tomllib.loads(path.read_text())["shipping"]
        return cls(values["carrier"], values.get("origin", "DE"))
