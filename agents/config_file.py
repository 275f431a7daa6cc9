"""One configuration file: TOML in, frozen values out; whatever is not understood is an error that names it.

A file that comes with a project is a stranger's: it may choose among the models that the person has, and lower what a run may
take. It may not say where requests go, nor which key they carry.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from engrep.agents.config_types import AUTO, TIERS, Limits, ModelSettings, Timeouts
from engrep.agents.model_types import Price
from engrep.agents.presets import PRESETS, key_variables
from engrep.engine.errors import UsageError

MAX_BYTES = 256 << 10
_MODEL_KEYS = ("provider", "url", "model", "tier", "key_env", "context", "price", "timeouts", "attempts", "extra")
_LITERAL_KEYS = frozenset({"key", "api_key", "token", "apikey", "secret", "password"})


def read_file(path: Path) -> dict[str, Any]:
    """Return the tables of a file, nothing when there is none.

    Raises:
        UsageError: it is no TOML, too large, or has tables that are not known.

    """
    try:
        data = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as exc:
        message = f"{path} cannot be read: {exc.strerror or exc}"
        raise UsageError(message) from exc
    if len(data) > MAX_BYTES:
        message = f"{path} has more than {MAX_BYTES >> 10} KB: that is no configuration of engrep"
        raise UsageError(message)
    try:
        found = tomllib.loads(data.decode("utf-8-sig"))
    except ValueError as exc:  # no TOML, or no UTF-8
        message = f"{path} is no TOML: {exc}"
        raise UsageError(message) from exc
    known_only(found, ("models", "roles", "limits", "permissions"), str(path))
    return found


def known_only(table: object, known: tuple[str, ...], where: str) -> dict[str, Any]:
    """Return a table whose keys are all known.

    Raises:
        UsageError: it is no table, or has another key.

    """
    if not isinstance(table, dict):
        message = f"{where} is no table: write it as [name] with lines key = value"
        raise UsageError(message)
    for key in table:
        if key not in known:
            near = get_close_matches(key, known, 1)
            hint = f"; did you mean {near[0]}?" if near else f"; there are {', '.join(known)}"
            if key.lower() in _LITERAL_KEYS:
                hint = (
                    "; a key stands in no file: set its variable and name that with key_env, or put it into the keyring"
                )
            message = f"{where} has {key}, which engrep does not know{hint}"
            raise UsageError(message)
    return table


def models_of(tables: Mapping[str, Any], path: Path) -> tuple[ModelSettings, ...]:
    """Return the models of a person's own file."""
    found = tables.get("models", {})
    if not isinstance(found, dict):
        message = f"{path}: models is no table: write [models.NAME]"
        raise UsageError(message)
    return tuple(_model(name, table, f"{path}: [models.{name}]") for name, table in found.items())


def roles_of(tables: Mapping[str, Any], path: Path) -> dict[str, tuple[str, ...]]:
    """Return which models each role has, in the order in which they are tried."""
    found = tables.get("roles", {})
    if not isinstance(found, dict):
        message = f'{path}: roles is no table: write [roles] and lines like planner = "NAME"'
        raise UsageError(message)
    roles: dict[str, tuple[str, ...]] = {}
    for role, value in found.items():
        names = [value] if isinstance(value, str) else value
        if not isinstance(names, list) or not names or not all(isinstance(each, str) and each for each in names):
            message = f"{path}: roles.{role} is neither the name of a model nor a list of them"
            raise UsageError(message)
        roles[role] = tuple(names)
    return roles


def limits_of(tables: Mapping[str, Any], path: Path) -> Limits:
    """Return what a run may take."""
    where = f"{path}: [limits]"
    table = known_only(tables.get("limits", {}), ("tokens", "cost", "calls"), where)
    tokens, cost, calls = (_number(table, name, where) for name in ("tokens", "cost", "calls"))
    return Limits(None if tokens is None else int(tokens), cost, None if calls is None else int(calls))


def lower(own: Limits, other: Limits) -> Limits:
    """Return the stricter of two, limit by limit."""

    def least(one: float | None, two: float | None) -> float | None:
        given = [each for each in (one, two) if each is not None]
        return min(given) if given else None

    tokens, calls = least(own.tokens, other.tokens), least(own.calls, other.calls)
    return Limits(
        None if tokens is None else int(tokens), least(own.cost, other.cost), None if calls is None else int(calls)
    )


def no_models(tables: Mapping[str, Any], path: Path, own: Path) -> None:
    """Refuse models in a project's file.

    Raises:
        UsageError: there are some.

    """
    if "models" in tables:
        message = (
            f"{path} describes models, which a project's file may not: it could send your code and keys elsewhere; "
            f"it may have [roles] and [limits], and models stand in {own}"
        )
        raise UsageError(message)


def checked_url(url: object, where: str) -> str:
    """Return an address without a slash at its end.

    Raises:
        UsageError: it is none, or holds a password or a key.

    """
    try:
        parts = urlsplit(url if isinstance(url, str) else "")
        is_url = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        parts, is_url = urlsplit(""), False
    if parts.username or parts.password or parts.query or parts.fragment:
        message = f"{where}: an address holds no user, key or query"
        raise UsageError(message)
    if not is_url or not isinstance(url, str):
        message = f"{where}: {url!r} is no address of a model server; it looks like http://localhost:11434/v1"
        raise UsageError(message)
    return url.rstrip("/").removesuffix("/chat/completions")


def _model(name: str, table: object, where: str) -> ModelSettings:
    known = known_only(table, _MODEL_KEYS, where)
    for text in ("provider", "model", "tier", "key_env"):
        if not isinstance(known.get(text, ""), str):
            message = f"{where}: {text} is no text"
            raise UsageError(message)
    if not known.get("model"):
        message = f'{where} has no model: write the name that its server knows, as model = "…"'
        raise UsageError(message)
    tier = known.get("tier", "medium")
    if tier not in TIERS:
        message = f"{where}: there is no tier {tier}; there are {', '.join(TIERS)}"
        raise UsageError(message)
    if name == AUTO or ":" in name or "@" in name:
        message = f"{where}: a model is not called {name}: no auto, no colon, no @"
        raise UsageError(message)
    context, attempts = _number(known, "context", where), _number(known, "attempts", where)
    extra = known.get("extra", {})
    if not isinstance(extra, dict) or {"model", "messages", "stream"} & extra.keys():
        message = f"{where}: extra is a table of further fields of a request, not model, messages or stream"
        raise UsageError(message)
    url = _address(known, where)
    return ModelSettings(
        name, known["model"], url, tier, (known["key_env"],) if known.get("key_env") else key_variables(url),
        None if context is None else int(context), _price(known.get("price"), where),
        _timeouts(known.get("timeouts", {}), where), 4 if attempts is None else max(1, int(attempts)), extra,
    )  # fmt: skip


def _address(table: Mapping[str, Any], where: str) -> str:
    if "url" in table:
        return checked_url(table["url"], where)
    provider = table.get("provider", "")
    if provider not in PRESETS:
        message = f"{where}: there is no provider {provider!r}; there are {', '.join(PRESETS)}, or give a url"
        raise UsageError(message)
    return PRESETS[provider].url


def _price(table: object, where: str) -> Price | None:
    if table is None:
        return None
    where = f"{where} price"
    known = known_only(table, ("sent", "received", "cached", "currency"), where)
    sent, received, cached = (_number(known, name, where) for name in ("sent", "received", "cached"))
    if sent is None or received is None:
        message = f"{where} needs sent and received, for a million tokens each"
        raise UsageError(message)
    return Price(sent, received, cached, str(known.get("currency", "USD")))


def _timeouts(table: object, where: str) -> Timeouts:
    where = f"{where} timeouts"
    known = known_only(table, ("connect", "first", "between", "total"), where)
    given = {name: value for name in known if (value := _number(known, name, where)) is not None}
    return Timeouts(**given)


def _number(table: Mapping[str, Any], name: str, where: str) -> float | None:
    value = table.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
        message = f"{where}: {name} is no number"
        raise UsageError(message)
    return float(value)
