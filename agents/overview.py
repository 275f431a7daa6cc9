"""What `engrep models` says: every configured model, whether it answers and what it can do, or what to configure."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from engrep.agents.config import config_path, key_for, read_settings
from engrep.agents.config_types import ModelSettings, Settings, Timeouts
from engrep.agents.endpoint import Endpoint
from engrep.agents.presets import PRESETS
from engrep.agents.probe import Probed, listed, probe
from engrep.engine import places

_PATIENCE = Timeouts(connect=5.0, first=60.0, between=20.0, total=90.0)
_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Overview:
    """All configured models."""

    models: tuple[Probed, ...]
    sources: tuple[str, ...]  # where they were read
    config: str  # the person's own file, whether there is one or not
    providers: tuple[str, ...]  # that are known by name


def overview(root: Path | None = None, model: str | None = None, *, ask: bool = True) -> Overview:
    """Return the models that are configured for a root, each asked what it can do unless `ask` says no.

    Raises:
        UsageError: the configuration is not understood.

    """
    settings = read_settings(places.find_root(root), model)
    chosen = [each for each in settings.models if model is None or each.name == settings.chosen]
    found = _probed(settings, chosen) if ask and chosen else _listed(settings, chosen)
    return Overview(tuple(found), settings.sources, str(config_path()), tuple(PRESETS))


def _listed(settings: Settings, models: Iterable[ModelSettings]) -> Iterable[Probed]:
    return [listed(each, bool(key_for(each)), _roles(settings, each)) for each in models]


def _probed(settings: Settings, models: list[ModelSettings]) -> Iterable[Probed]:
    def one(model: ModelSettings) -> Probed:
        times = model.timeouts
        brief = Timeouts(*(min(getattr(times, each), getattr(_PATIENCE, each)) for each in Timeouts.__slots__))
        key = key_for(model)
        endpoint = Endpoint(replace(model, timeouts=brief), key)
        try:
            return probe(endpoint, bool(key), _roles(settings, model))
        finally:
            endpoint.close()

    with ThreadPoolExecutor(min(_AT_ONCE, len(models))) as pool:
        return list(pool.map(one, models))


def _roles(settings: Settings, model: ModelSettings) -> tuple[str, ...]:
    return tuple(role for role, names in settings.roles.items() if model.name in names)
