"""What calls took: tokens, money and time, of each call, each role and the run; and what a run may take."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from engrep.agents.config_types import Limits
from engrep.agents.model_types import NO_USAGE, Usage
from engrep.engine.errors import BudgetError


@dataclass(frozen=True, slots=True)
class Call:
    """One request that a server answered, or did not."""

    role: str
    name: str  # of the model
    usage: Usage
    cost: float | None  # None: no price is configured
    seconds: float
    first_seconds: float = 0.0
    error: str = ""  # the kind of a `ModelError`
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Sum:
    """What several calls took together."""

    calls: int = 0
    failed: int = 0
    usage: Usage = NO_USAGE
    costs: Mapping[str, float] = field(default_factory=dict)  # currency → amount
    unpriced: int = 0  # answered calls to models without a configured price that are not on this machine
    seconds: float = 0.0


def summed(calls: Iterable[Call]) -> Sum:
    """Add calls up."""
    number = failed = unpriced = 0
    usage, costs, seconds = Usage(), dict[str, float](), 0.0
    for each in calls:
        number += 1
        failed += bool(each.error)
        unpriced += not each.error and each.cost is None
        usage += each.usage
        seconds += each.seconds
        if each.cost:
            costs[each.currency] = costs.get(each.currency, 0.0) + each.cost
    return Sum(number, failed, usage, costs, unpriced, seconds)


class Account:
    """The calls of one run; several threads may call at once. A run that is resumed gives the calls it made before."""

    def __init__(self, limits: Limits | None = None, calls: Iterable[Call] = ()) -> None:
        self.limits = limits or Limits()
        self._calls = list(calls)
        self._promised: dict[int, int] = {}  # calls under way → the tokens that they send
        self._next = 0
        self._lock = threading.Lock()

    @property
    def calls(self) -> tuple[Call, ...]:
        """Every call so far, in order."""
        with self._lock:
            return tuple(self._calls)

    @property
    def total(self) -> Sum:
        """What the run took."""
        return summed(self.calls)

    def by_role(self) -> dict[str, Sum]:
        """Return what each role took."""
        calls = self.calls
        return {
            role: summed(each for each in calls if each.role == role) for role in dict.fromkeys(c.role for c in calls)
        }

    def begin(self, role: str, tokens: int) -> int:
        """Reserve a call that sends about so many tokens; return a number to `end` it with.

        Raises:
            BudgetError: the run has taken what it may, or would with what this call sends.

        """
        with self._lock:
            spent, limits = summed(self._calls), self.limits
            promised = sum(self._promised.values())
            _stop(role, "calls", spent.calls + len(self._promised) + 1, limits.calls, spent.calls)
            _stop(role, "tokens", spent.usage.total + promised + tokens, limits.tokens, spent.usage.total)
            cost = sum(spent.costs.values())
            if limits.cost is not None and cost >= limits.cost:
                _stop(role, "cost", cost + 1, limits.cost, round(cost, 6))
            self._next += 1
            self._promised[self._next] = tokens
            return self._next

    def end(self, number: int, call: Call) -> None:
        """Write down what became of a call."""
        with self._lock:
            self._promised.pop(number, None)
            self._calls.append(call)


def _stop(role: str, what: str, would: float, limit: float | None, spent: float) -> None:
    if limit is not None and would > limit:
        message = f"the run may take {limit:g} {what} and has taken {spent:g}: no further call for {role}; raise the limit to go on"
        raise BudgetError(message)
