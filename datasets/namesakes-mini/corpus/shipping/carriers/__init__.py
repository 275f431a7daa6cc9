"""The carriers we ship with."""

from __future__ import annotations

from .base import Carrier
from .courier import Courier
from .post import Post

CARRIERS: dict[str, type[Carrier]] = {"post": Post, "courier": Courier}


def by_name(name: str) -> Carrier:
    """Make the carrier of a name."""
    return CARRIERS[name]()
