"""What went wrong at an endpoint, in one line that names it and says what to do."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from engrep.agents.assembling import without
from engrep.agents.config import key_hint
from engrep.agents.config_types import Key, ModelSettings
from engrep.agents.presets import advice_for
from engrep.engine.errors import ModelError
from engrep.indexers.redact import redact

AGAIN = frozenset(
    {"rate", "server", "unreachable", "timeout", "cut", "malformed"}
)  # kinds that another attempt may mend
_BUSY = frozenset({408, 409, 425, 500, 502, 503, 504, 520, 522, 524, 529})
_LONGEST = 300  # characters of what a server says


def status_error(status: int, said: str, headers: Mapping[str, str], model: ModelSettings, key: Key) -> ModelError:
    """Return the error for a reply with a status that is none of success."""
    told = f"HTTP {status} {cleaned(said, key)}".strip()
    if status in (401, 403):
        lacks = "refuses its key" if key else "wants a key"
        return ModelError(f"{_who(model)} {lacks} ({told}): {key_hint(model)}", kind="key")
    if status == 404:
        message = (
            f"{_who(model)} knows no model {model.model}, or no chat completions ({told}): check its name and address"
        )
        return ModelError(message, kind="unknown_model")
    if status == 429:
        wait = asked_wait(headers)
        more = f" and asks to wait {wait:.0f} s" if wait else ""
        message = f"{_who(model)} takes no more requests for now ({told}){more}: wait, or see what is left of its quota"
        return ModelError(message, kind="rate", wait=wait)
    if status in _BUSY:
        return ModelError(f"{_who(model)} failed ({told}): try again later", kind="server", wait=asked_wait(headers))
    if 300 <= status < 400:
        message = f"{_who(model)} sends elsewhere ({told}), where no key is taken: set the address that it names"
        return ModelError(message, kind="unknown_model")
    if status == 413 or "context" in said.lower():
        message = f"{_who(model)} finds the request too long ({told}): use a model with a larger context"
        return ModelError(message, kind="refused")
    return ModelError(f"{_who(model)} refuses the request ({told})", kind="refused")


def unreachable(problem: str, model: ModelSettings, key: Key) -> ModelError:
    """Return the error for a server that no connection led to."""
    told = cleaned(problem, key)
    return ModelError(f"{_who(model)} cannot be reached ({told}): {advice_for(model.url)}", kind="unreachable")


def timed_out(what: str, seconds: float, model: ModelSettings) -> ModelError:
    """Return the error for a server that keeps silent."""
    message = f"{_who(model)} {what} within {seconds:g} s: see that it runs, or raise its timeouts"
    return ModelError(message, kind="timeout")


def broken(problem: str, kind: str, model: ModelSettings, key: Key) -> ModelError:
    """Return the error for a reply that cannot be read to its end."""
    told = cleaned(problem, key)
    what = "stopped in the middle of its reply" if kind == "cut" else "gave no readable reply"
    return ModelError(f"{_who(model)} {what} ({told}): try again, or see that it serves chat completions", kind=kind)


def cancelled(model: ModelSettings) -> ModelError:
    """Return the error for a call that nobody waits for any more."""
    return ModelError(f"the call of {_who(model)} was cancelled", kind="cancelled")


def cleaned(text: str, key: Key) -> str:
    """Return what a server says on one short line, without the key and whatever else looks like a secret."""
    shown = without(text, key.reveal())
    return redact(" ".join(shown.split())[: 4 * _LONGEST]).text[:_LONGEST]


def asked_wait(headers: Mapping[str, str]) -> float:
    """Return the seconds that a server asks to wait, 0 when it does not say: `Retry-After: 2` or a date."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            seconds = float(headers.get(name, "")) * unit
        except ValueError:
            continue
        if math.isfinite(seconds) and seconds >= 0:
            return seconds
    try:
        at = parsedate_to_datetime(headers.get("retry-after", ""))
    except (TypeError, ValueError):
        return 0.0
    return max((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() - datetime.now(UTC).timestamp(), 0.0)


def _who(model: ModelSettings) -> str:
    return f"{model.name} at {model.where}" if model.where not in model.name else model.name
