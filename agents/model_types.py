"""What is said to a language model and what comes back: plain frozen values, the same for every endpoint."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engrep.engine.errors import ModelError

SYSTEM, USER, ASSISTANT, TOOL = "system", "user", "assistant", "tool"
STOP, LENGTH, TOOL_CALLS = "stop", "length", "tool_calls"  # why an answer ended; others are passed on as they come


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A model's wish to have a tool run; the arguments are JSON as the model wrote it, which may be broken."""

    id: str
    name: str
    arguments: str = "{}"


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a conversation."""

    role: str
    text: str = ""
    calls: tuple[ToolCall, ...] = ()  # of an assistant
    call_id: str = ""  # of a tool's result: the call that it answers
    reasoning: str = ""  # of an assistant with calls: several servers want it back in the next request


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A tool that a model may ask for; `parameters` is a JSON schema of an object."""

    name: str
    description: str
    parameters: Mapping[str, Any] = field(default_factory=lambda: {"type": "object", "properties": {}})


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one call or of many; `cached` are part of `sent`, `reasoning` part of `received`."""

    sent: int = 0
    received: int = 0
    cached: int = 0
    reasoning: int = 0
    is_estimated: bool = False  # at least one part was counted here, because the server did not say

    @property
    def total(self) -> int:
        """All tokens, in both directions."""
        return self.sent + self.received

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.sent + other.sent, self.received + other.received, self.cached + other.cached,
            self.reasoning + other.reasoning, self.is_estimated or other.is_estimated,
        )  # fmt: skip


NO_USAGE = Usage()


@dataclass(frozen=True, slots=True)
class Price:
    """What a million tokens cost, in one currency, as a person wrote it into the configuration."""

    sent: float
    received: float
    cached: float | None = None  # None: the same as `sent`
    currency: str = "USD"

    def of(self, usage: Usage) -> float:
        """Return what tokens cost."""
        cached = self.sent if self.cached is None else self.cached
        return ((usage.sent - usage.cached) * self.sent + usage.cached * cached + usage.received * self.received) / 1e6


@dataclass(frozen=True, slots=True)
class Delta:
    """A piece of an answer as it comes; `is_restart` says that all pieces before it are void, since a call is made again."""

    text: str = ""
    reasoning: str = ""
    is_restart: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """One whole answer of a model."""

    text: str
    calls: tuple[ToolCall, ...] = ()
    reasoning: str = ""
    finish: str = STOP
    usage: Usage = NO_USAGE
    model: str = ""  # as the server names it
    name: str = ""  # as the configuration names it
    seconds: float = 0.0
    first_seconds: float = 0.0  # until the first piece came
    is_streamed: bool = True  # it came in pieces

    def as_message(self) -> Message:
        """Return the answer as the next request repeats it."""
        return Message(ASSISTANT, self.text, self.calls, reasoning=self.reasoning if self.calls else "")


def arguments_of(call: ToolCall) -> dict[str, Any]:
    """Return the arguments of a tool call.

    Raises:
        ModelError: they are no JSON object.

    """
    try:
        found = json.loads(call.arguments or "{}")
    except ValueError as exc:
        message = f"the arguments of {call.name} are no JSON ({exc}): call it again with a JSON object"
        raise ModelError(message, kind="malformed") from exc
    if not isinstance(found, dict):
        message = f"the arguments of {call.name} are no JSON object: call it again with one"
        raise ModelError(message, kind="malformed")
    return found
