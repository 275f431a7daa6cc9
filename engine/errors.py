"""The errors a caller can meet.

    EngrepError
    ├── UsageError        the question or an argument cannot be understood
    ├── NotIndexedError   there is no index here yet, or only one that an older engrep made
    ├── NotFoundError     a name or path that is not in the index; carries near names
    ├── StateError        a database cannot be used: unreadable, full, locked for too long
    │   └── SchemaError   a database from a newer engrep
    └── MissingExtraError an optional dependency is not installed

A file that does not parse is no error: see `indexers.facts.Problem`.
"""

from __future__ import annotations


class EngrepError(Exception):
    """Anything engrep raises on purpose; the message says what, where and what to do."""


class UsageError(EngrepError):
    """The question or an argument cannot be understood."""


class NotIndexedError(EngrepError):
    """There is no index for this root yet, or only one that an older engrep made."""


class NotFoundError(EngrepError):
    """A name or path that the index does not have; `near` holds the nearest ones."""

    def __init__(self, message: str, near: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.near = near


class StateError(EngrepError):
    """A database cannot be used."""


class SchemaError(StateError):
    """A database was written by a newer engrep."""


class MissingExtraError(EngrepError):
    """An optional dependency is not installed."""
