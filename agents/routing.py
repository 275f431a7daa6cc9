"""Which models a role may use, in the order in which they are tried."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from engrep.agents.config_types import AUTO, TIERS, ModelSettings, Settings
from engrep.engine.errors import ModelError

DEFAULT = "default"  # the role whose models are those of every role that has none
# How much a role asks of its model: who plans, writes and judges gets the largest, who shortens texts the smallest.
ROLE_TIERS = {
    "planner": "large",
    "coder": "large",
    "reviewer": "large",
    "verifier": "medium",
    "tester": "medium",
    "chat": "medium",
    "distiller": "small",
    "compactor": "small",
    "probe": "small",
}


def candidates(settings: Settings, role: str, own: Path, unlike: Collection[str] = ()) -> tuple[ModelSettings, ...]:
    """Return the models for a role, best first; those named in `unlike` come last, so that a reviewer is no author.

    A model that was asked for by name is the only one. One that a role names is tried alone, several in their order; `auto`
    tries all, nearest tier first and of two as near the larger, so that one that fails has a stand-in.

    Raises:
        ModelError: none is configured.

    """
    if not settings.models:
        message = (
            "no language model is configured: set ENGREP_MODEL to PROVIDER:MODEL (ollama:qwen3, deepseek:deepseek-chat) "
            f"or MODEL@URL, or describe models in {own}; `engrep models` shows what there is"
        )
        raise ModelError(message, kind="none")
    if settings.chosen:
        return tuple(each for each in settings.models if each.name == settings.chosen)
    names = settings.roles.get(role) or settings.roles.get(DEFAULT) or (AUTO,)
    found: dict[str, ModelSettings] = {}
    for name in names:
        named = _by_tier(settings, role) if name == AUTO else [each for each in settings.models if each.name == name]
        for each in named:
            found.setdefault(each.name, each)
    return tuple(sorted(found.values(), key=lambda each: each.name in unlike))


def _by_tier(settings: Settings, role: str) -> list[ModelSettings]:
    wanted = TIERS.index(ROLE_TIERS.get(role, "medium"))

    def distance(model: ModelSettings) -> tuple[int, int]:
        tier = TIERS.index(model.tier)
        return abs(tier - wanted), -tier

    return sorted(settings.models, key=distance)
