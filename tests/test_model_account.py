"""What calls took, and what a run may take."""

from __future__ import annotations

import pytest
from asked_models import models_of
from openai_server import ModelServer, Say

from engrep.agents.account import Account, Call
from engrep.agents.config_types import Limits
from engrep.agents.model_types import USER, Message, Price, Usage
from engrep.engine.errors import BudgetError

HI = (Message(USER, "hi"),)


def test_calls_are_counted_by_role_and_priced(server: ModelServer) -> None:
    """Tokens, cost and time of a call, a role, the run; a model on this machine without a price costs nothing."""
    server.answer = lambda _: Say("x", usage=(1_000_000, 500_000))
    models = models_of(server, price=Price(1.0, 4.0, currency="CNY"))
    models.ask(HI, role="planner")
    models.ask(HI, role="coder")
    assert models.account.total.costs == {"CNY": 6.0}
    assert models.account.by_role()["coder"].costs == {"CNY": 3.0}
    assert models.account.by_role()["coder"].usage == Usage(1_000_000, 500_000)
    free = models_of(server)
    free.ask(HI, role="planner")
    assert (free.account.total.costs, free.account.total.unpriced) == ({}, 0)


def test_cached_tokens_have_their_own_price() -> None:
    """What a server read before is part of what was sent."""
    assert Price(2.0, 8.0, 0.5).of(Usage(1_000_000, 0, cached=400_000)) == pytest.approx(1.2 + 0.2)
    assert Price(2.0, 8.0).of(Usage(1_000_000, 0, cached=400_000)) == pytest.approx(2.0)


@pytest.mark.parametrize(("limits", "made"), [
    (Limits(calls=2), 2), (Limits(tokens=34), 2), (Limits(cost=0.00002), 2), (Limits(tokens=3), 0),
])  # fmt: skip
def test_a_limit_stops_before_the_next_call(limits: Limits, made: int, server: ModelServer) -> None:
    """A run that has taken what it may sends nothing more, whichever role asks."""
    models = models_of(server, limits=limits, price=Price(1.0, 1.0))
    for _ in range(made):
        models.ask(HI, role="coder")
    with pytest.raises(BudgetError, match="no further call for coder; raise the limit"):
        models.ask(HI, role="coder")
    assert len(server.asked) == made


def test_an_account_goes_on_where_a_run_stopped(server: ModelServer) -> None:
    """What was paid before a run was resumed counts."""
    before = Call("planner", "m", Usage(900, 100), 0.5, 1.0, currency="USD")
    account = Account(Limits(tokens=1000), [before])
    with pytest.raises(BudgetError):
        account.begin("coder", 1)
    assert account.total.usage.total == 1000
    assert server.asked == []


def test_what_is_under_way_counts_against_the_limit() -> None:
    """Two calls at once do not both take the last tokens."""
    account = Account(Limits(tokens=100))
    number = account.begin("coder", 60)
    with pytest.raises(BudgetError):
        account.begin("coder", 60)
    account.end(number, Call("coder", "m", Usage(10, 10), 0.0, 0.1))
    account.begin("coder", 60)
