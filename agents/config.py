"""The configuration of language models: an argument, then the environment, then files; the first that says something counts.

    ENGREP_MODEL        NAME of a configured model, PROVIDER:MODEL, or MODEL@URL
    ENGREP_MODEL_URL    the address of ENGREP_MODEL
    ENGREP_MODEL_KEY    its key, sent to that address only
    ENGREP_CONFIG       the file to read in place of the person's own

A key that happens to lie in the environment chooses nothing: without a model that somebody named, nothing is sent anywhere.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from engrep.agents.config_file import checked_url, limits_of, lower, models_of, no_models, read_file, roles_of
from engrep.agents.config_types import AUTO, Key, ModelSettings, Settings
from engrep.agents.presets import PRESETS, key_variables
from engrep.engine.errors import UsageError
from engrep.engine.places import HOME_VARIABLE

MODEL_VARIABLE, URL_VARIABLE, KEY_VARIABLE = "ENGREP_MODEL", "ENGREP_MODEL_URL", "ENGREP_MODEL_KEY"
CONFIG_VARIABLE = "ENGREP_CONFIG"
CONFIG_FILE = "config.toml"
KEYRING_SERVICE = "engrep"


def config_path(environment: Mapping[str, str] | None = None) -> Path:
    """Return the person's own configuration file: ENGREP_CONFIG, in ENGREP_HOME, or in the platform's folder."""
    given = os.environ if environment is None else environment
    if given.get(CONFIG_VARIABLE):
        return Path(given[CONFIG_VARIABLE])
    if given.get(HOME_VARIABLE):
        return Path(given[HOME_VARIABLE]) / CONFIG_FILE
    from platformdirs import user_config_path

    return user_config_path("engrep") / CONFIG_FILE


def read_settings(
    root: Path | None = None, model: str | None = None, environment: Mapping[str, str] | None = None
) -> Settings:
    """Return what is configured; `model` is what was asked for by an argument, in the notation of ENGREP_MODEL.

    Raises:
        UsageError: a file or a variable says something that is not understood.

    """
    given = os.environ if environment is None else environment
    own = config_path(given)
    tables = read_file(own)
    settings = Settings(
        models_of(tables, own), roles_of(tables, own), limits_of(tables, own), sources=(str(own),) if tables else ()
    )
    if root is not None:
        settings = _of_project(settings, root / ".engrep" / CONFIG_FILE, own)
    return _checked(_chosen(settings, model, given), own)


def _of_project(settings: Settings, path: Path, own: Path) -> Settings:
    tables = read_file(path)
    if not tables:
        return settings
    no_models(tables, path, own)
    roles = {**settings.roles, **roles_of(tables, path)}
    limits = lower(settings.limits, limits_of(tables, path))
    return replace(settings, roles=roles, limits=limits, sources=(*settings.sources, str(path)))


def _chosen(settings: Settings, model: str | None, environment: Mapping[str, str]) -> Settings:
    """Put the model of the argument, or else of the environment, in front of the others."""
    variable = environment.get(MODEL_VARIABLE, "").strip()
    model = None if model == AUTO else model
    named = model or variable
    if not named or named == AUTO:
        return settings
    url = environment.get(URL_VARIABLE, "").strip()
    found = settings.named(named)
    made = found or read_spec(named, url, "--model" if model else MODEL_VARIABLE, tuple(settings.names()))
    if model is None or made.url == _address_of_key(settings, variable, url) or not (variable or url):
        made = replace(made, key_variables=(KEY_VARIABLE, *made.key_variables))
    others = tuple(each for each in settings.models if each is not found)
    sources = settings.sources if found else ("--model" if model else MODEL_VARIABLE, *settings.sources)
    return replace(settings, models=(made, *others), chosen=made.name, sources=sources)


def _address_of_key(settings: Settings, variable: str, url: str) -> str:
    """Return the address that ENGREP_MODEL_KEY was set for."""
    found = settings.named(variable)
    if found or not variable:
        return found.url if found else checked_url(url, URL_VARIABLE) if url else ""
    return read_spec(variable, url, MODEL_VARIABLE).url


def read_spec(spec: str, url: str, source: str, known: tuple[str, ...] = ()) -> ModelSettings:
    """Return the model that a text names.

    Raises:
        UsageError: it names none.

    """
    name, _, address = spec.rpartition("@")
    if name and "://" in address:
        return _named(spec, name, checked_url(address, source))
    provider, _, rest = spec.partition(":")
    if provider in PRESETS and rest:
        return _named(spec, rest, PRESETS[provider].url)
    if url:
        return _named(spec, spec, checked_url(url, URL_VARIABLE))
    models = f"there are the models {', '.join(known)}, " if known else ""
    message = (
        f"{source} names {spec}, which is no model that engrep knows: {models}"
        f"PROVIDER:MODEL with a provider of {', '.join(PRESETS)}, MODEL@URL, or set {URL_VARIABLE}"
    )
    raise UsageError(message)


def _named(spec: str, model: str, url: str) -> ModelSettings:
    return ModelSettings(spec, model, url, key_variables=key_variables(url))


def _checked(settings: Settings, own: Path) -> Settings:
    """Return settings whose roles name models that there are."""
    names = {each.name for each in settings.models}
    for role, chosen in settings.roles.items():
        for name in chosen:
            if name not in names and name != AUTO:
                there = f"there are {', '.join(sorted(names))}" if names else "there is none"
                message = f"the role {role} has the model {name}, which is not configured; {there}: add it to {own}"
                raise UsageError(message)
    return settings


def key_for(model: ModelSettings, environment: Mapping[str, str] | None = None) -> Key:
    """Return the key of a model's address, an empty one where it has none: from a variable, else from the keyring.

    A key goes to the address that its owner gave it: ENGREP_MODEL_KEY to that of ENGREP_MODEL, a provider's usual variable
    to that provider's hosts, any other to the models whose `key_env` names it.

    Raises:
        UsageError: it holds characters that no key has.

    """
    given = os.environ if environment is None else environment
    for name in model.key_variables:
        value = given.get(name, "").strip()
        if value and not (value.isascii() and value.isprintable() and " " not in value):
            message = f"{name} holds characters that no key has: set it again"
            raise UsageError(message)
        if value:
            return Key(value)
    return Key("") if model.is_local else Key(_from_keyring(model.where))


def key_hint(model: ModelSettings) -> str:
    """Say where the key of a model is looked for."""
    variables = [name for name in model.key_variables if name != KEY_VARIABLE] or [KEY_VARIABLE]
    return f"set {variables[0]}, or run `keyring set {KEYRING_SERVICE} {model.where}`"


def _from_keyring(host: str) -> str:
    """Return the password that the platform's keyring has for a host; there need be no keyring."""
    try:
        import keyring
    except ImportError:
        return ""
    from keyring.errors import KeyringError

    try:
        return (keyring.get_password(KEYRING_SERVICE, host) or "").strip()
    except (KeyringError, RuntimeError, OSError):  # locked, or there is none on this machine
        return ""
