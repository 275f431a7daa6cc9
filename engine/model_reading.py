"""How a language model may take part in distilling: the engine asks for candidates and knows nothing of models.

What a model gives is judged by the gate of the rules, and before that by its evidence (`indexers/statement_evidence.py`);
where it fails, the rules stand alone and the report says so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from engrep.engine.memory_types import Turn
from engrep.indexers.statement import Candidate

LARGE_TOKENS = 50_000  # a run below this is not asked about


class Kept(Protocol):
    """The replies that were paid for already."""

    def get(self, key: str) -> str | None:
        """Return a reply that came before."""
        ...

    def put(self, key: str, reply: str) -> None:
        """Keep a reply."""
        ...


@dataclass(frozen=True, slots=True)
class ReadingCost:
    """What having sessions read by a model would take."""

    model: str
    where: str
    is_local: bool = False
    passages: int = 0
    kept: int = 0  # of them, answered before
    tokens: int = 0  # that would be sent, by the estimate of indexers/tokens.py, and about what comes back
    cost: float | None = None  # None: no price is configured
    currency: str = ""

    @property
    def is_large(self) -> bool:
        """Whether somebody has to agree first."""
        return not self.is_local and self.tokens > LARGE_TOKENS

    def __add__(self, other: ReadingCost) -> ReadingCost:
        cost = None if self.cost is None or other.cost is None else self.cost + other.cost
        return ReadingCost(
            self.model, self.where, self.is_local, self.passages + other.passages, self.kept + other.kept,
            self.tokens + other.tokens, cost, self.currency,
        )  # fmt: skip

    def __str__(self) -> str:
        new = self.passages - self.kept
        price = "at a price that is not configured" if self.cost is None else f"about {self.cost:.4f} {self.currency}"
        cost = "on this machine" if self.is_local else price
        known = f"; {self.kept:,} more were answered before" if self.kept else ""
        return f"{self.model} at {self.where} is asked to read {new:,} passages: about {self.tokens:,} tokens, {cost}{known}"


@dataclass(frozen=True, slots=True)
class ReadingDone:
    """What having sessions read by a model took, and what went wrong."""

    model: str
    where: str
    passages: int
    kept: int
    estimated_tokens: int
    requests: int = 0
    tokens: int = 0
    cost: float | None = None
    currency: str = ""
    refused: int = 0  # statements without the evidence that they name
    problem: str = ""  # why sessions were left to the rules
    left_to_rules: tuple[str, ...] = ()  # sessions


class ModelReader(Protocol):
    """Whoever has a model read turns; each method may be asked for many sessions in turn."""

    def cost(self, turns: Sequence[Turn], mark: int, kept: Kept) -> ReadingCost:
        """Return what reading the turns after a mark would take; nothing is sent."""
        ...

    def read(self, turns: Sequence[Turn], mark: int, kept: Kept) -> Sequence[Candidate]:
        """Return what a model finds in the turns after a mark.

        Raises:
            ModelError: it gave no usable answer.

        """
        ...

    def spent(self) -> tuple[int, int, float | None, str]:
        """Return requests, tokens, cost and currency of all that was asked so far."""
        ...


AgreeReading = Callable[[ReadingCost], bool]
"""Is told what a run would send before anything is sent, and says whether it may begin."""
