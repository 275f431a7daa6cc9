"""What a run would send to an embedding server, told before it is sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from engrep.engine.errors import UsageError

LARGE_TOKENS = 100_000  # a run below this is not asked about: about 2,100 chunks, far more than a day's edits


@dataclass(frozen=True, slots=True)
class Cost:
    """What embedding some texts takes: `Cost("api.example.org", 5210, 312_600, 21)`."""

    where: str  # the server
    texts: int  # without those that it has embedded before
    tokens: int  # by the estimate of indexers/tokens.py, which errs on the high side
    requests: int

    @property
    def is_large(self) -> bool:
        """Whether somebody has to agree first."""
        return self.tokens > LARGE_TOKENS

    def __str__(self) -> str:
        return (
            f"{self.texts:,} texts ({self.tokens:,} tokens, {self.requests:,} requests) would be sent to {self.where}"
        )


@runtime_checkable
class Charged(Protocol):
    """An embedder that somebody may be charged for."""

    def cost(self, texts: Sequence[str]) -> Cost:
        """Return what embedding texts would take."""
        ...


Agree = Callable[[Cost], bool]
"""Asks whether a large run may begin."""


def ask_first(embedder: object, texts: Sequence[str], agree: Agree | None) -> None:
    """Have a large run agreed to, if the embedder is one that somebody is charged for.

    Raises:
        UsageError: nobody agreed.

    """
    if not isinstance(embedder, Charged):
        return
    cost = embedder.cost(texts)
    if not cost.is_large or (agree is not None and agree(cost)):
        return
    message = f"{cost}: nobody agreed to it, so nothing was sent and its vectors are missing; --yes agrees"
    raise UsageError(message)
