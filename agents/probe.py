"""What a configured model can do, found out by asking it: four small requests at most, one where it is not reached."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from engrep.agents.config_types import ModelSettings
from engrep.agents.endpoint import Endpoint
from engrep.agents.model_types import SYSTEM, USER, Answer, Delta, Message, ToolSpec
from engrep.agents.structured import read_as, schema_of
from engrep.agents.wire import Wanted
from engrep.engine.errors import ModelError

_MOST = 400  # tokens of an answer; a model that reasons first needs some
_TOOL = ToolSpec(
    "add",
    "Add two whole numbers.",
    {
        "type": "object",
        "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
        "required": ["a", "b"],
        "additionalProperties": False,
    },
)


@dataclass(frozen=True, slots=True)
class Probed:
    """What was found out of one model; None where nothing was asked because it is not reached."""

    name: str
    model: str
    where: str
    tier: str
    is_local: bool
    has_key: bool
    roles: tuple[str, ...]
    context: int | None
    reachable: bool | None = None
    streaming: bool | None = None
    tools: bool | None = None
    structured: str | None = None  # json_schema, json_object or prompt; "" for not at all
    usage: bool | None = None  # the server says how many tokens it took
    first_seconds: float | None = None
    problem: str = ""


def probe(endpoint: Endpoint, has_key: bool, roles: tuple[str, ...]) -> Probed:
    """Ask a model for a word, a tool call and an object."""
    found = listed(endpoint.settings, has_key, roles)
    cancel = threading.Event()
    pieces: list[Delta] = []
    said = Message(USER, "Reply with the one word: ready")
    try:
        plain = endpoint.ask(Wanted((said,), most=_MOST), pieces.append, cancel)
    except ModelError as exc:
        return _with(found, reachable=False, problem=str(exc))
    answered = _with(
        found, reachable=True, streaming=plain.is_streamed, usage=not plain.usage.is_estimated,
        first_seconds=plain.first_seconds,
    )  # fmt: skip
    tools, first = _tried(lambda: _calls(endpoint, cancel))
    shaped, second = _tried(lambda: _objects(endpoint, cancel))
    structured = endpoint.structured if shaped else ""
    return _with(answered, tools=tools, structured=structured, problem=first or second)


def listed(model: ModelSettings, has_key: bool, roles: tuple[str, ...]) -> Probed:
    """Return a model without asking it anything."""
    return Probed(model.name, model.model, model.where, model.tier, model.is_local, has_key, roles, model.context)


def _calls(endpoint: Endpoint, cancel: threading.Event) -> bool:
    asked = (
        Message(SYSTEM, "Use the tool; do not answer yourself."),
        Message(USER, "Add 19 and 23."),
    )
    answer = endpoint.ask(Wanted(asked, (_TOOL,), most=_MOST), lambda _: None, cancel)
    return any(each.name == _TOOL.name for each in answer.calls)


def _objects(endpoint: Endpoint, cancel: threading.Event) -> bool:
    from pydantic import BaseModel

    class Sum(BaseModel):
        total: int

    asked = Message(USER, "What is 19 plus 23? Reply as JSON with the field total.")
    answer: Answer = endpoint.ask(Wanted((asked,), schema=schema_of(Sum), most=_MOST), lambda _: None, cancel)
    read_as(answer, Sum)
    return True


def _tried(ask: Callable[[], bool]) -> tuple[bool, str]:
    try:
        return ask(), ""
    except ModelError as exc:
        return False, "" if exc.kind in {"refused", "schema"} else str(exc)


def _with(found: Probed, **more: Any) -> Probed:
    from dataclasses import replace

    return replace(found, **more)
