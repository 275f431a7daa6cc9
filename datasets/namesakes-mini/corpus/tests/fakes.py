"""Stand-ins for the outside world."""

from __future__ import annotations


class Client:
    """A client that remembers what it was asked."""

    def __init__(self) -> None:
        self.requests: list[str] = []

    def request(self, method: str, target: str) -> int:
        """Record a request and say that all is well."""
        self.requests.append(f"{method} {target}")
        return 200

    def close(self) -> None:
        """Drop the record."""
        self.requests.clear()
