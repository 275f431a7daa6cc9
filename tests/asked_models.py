"""What tests of language models share: the models of a scripted server, made without the person's own settings."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from engrep.agents.account import Account
from engrep.agents.config import read_settings
from engrep.agents.config_types import Limits, Timeouts
from engrep.agents.model_types import Price
from engrep.agents.models import Models

if TYPE_CHECKING:
    from openai_server import ModelServer

KEY = "sk-test-0123456789abcdefghij"
QUICK = Timeouts(connect=5.0, first=20.0, between=20.0, total=30.0)


def models_of(
    server: ModelServer,
    *,
    timeouts: Timeouts = QUICK,
    limits: Limits | None = None,
    price: Price | None = None,
    attempts: int = 4,
) -> Models:
    """Make models that ask a server and hardly wait between attempts."""
    environment = server.environment(ENGREP_MODEL_KEY=KEY, ENGREP_CONFIG="none")
    settings = read_settings(None, None, environment)
    model = replace(settings.models[0], timeouts=timeouts, price=price, attempts=attempts)
    settings = replace(settings, models=(model,))
    return Models(settings, account=Account(limits), environment=environment, first_wait=0.001)


def two_models(first: ModelServer, second: ModelServer) -> Models:
    """Make two models, of which the first is asked first."""
    one, two = (read_settings(None, f"scripted@{each.url}", {"ENGREP_CONFIG": "none"}) for each in (first, second))
    models = (
        replace(one.models[0], name="one", timeouts=QUICK, attempts=2),
        replace(two.models[0], name="two", timeouts=QUICK, attempts=2),
    )
    settings = replace(one, models=models, chosen="")
    return Models(settings, environment={"ENGREP_CONFIG": "none"}, first_wait=0.001)
