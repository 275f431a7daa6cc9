"""The errors a caller can meet.

    EngrepError
    ├── UsageError        the question or an argument cannot be understood
    ├── NotIndexedError   there is no index here yet, or only one that an older engrep made
    ├── NotFoundError     a name or path that is not in the index; carries near names
    ├── StateError        a database cannot be used: unreadable, full, locked for too long
    │   └── SchemaError   a database from a newer engrep
    ├── MissingExtraError an optional dependency is not installed
    └── ModelError        a language model gives no usable answer, or none is configured
        └── BudgetError   the tokens, the money or the calls that a run may take are used up

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


class ModelError(EngrepError):
    """A language model gives no usable answer.

    `kind` says why: none, key, unknown_model, refused, rate, server, unreachable, timeout, cut, malformed, schema, cancelled
    or budget. `wait` is what the server asks to wait before another attempt, in seconds, 0 when it does not say.
    """

    def __init__(self, message: str, *, kind: str, wait: float = 0.0) -> None:
        super().__init__(message)
        self.kind = kind
        self.wait = wait


class BudgetError(ModelError):
    """What a run may take is used up; nothing was sent."""

    def __init__(self, message: str) -> None:
        super().__init__(message, kind="budget")
