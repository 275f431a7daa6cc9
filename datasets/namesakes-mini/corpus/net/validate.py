"""Checks before a request leaves."""

from __future__ import annotations

LONGEST_TARGET = 2048


def validate(target: str) -> None:
    """Refuse a request target that is relative, too long or holds control characters."""
    if not target.startswith("/"):
        raise ValueError(f"{target!r} is relative")
    if len(target) > LONGEST_TARGET:
        raise ValueError("the request target is too long")
    if any(ord(character) < 32 for character in target):
        raise ValueError("the request target holds control characters")
