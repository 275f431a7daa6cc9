"""Answers that fit a pydantic model: its schema as servers want it, the JSON in what came, and what to say when it is wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, TypeVar

from engrep.agents.model_types import USER, Answer, Message
from engrep.engine.errors import ModelError

if TYPE_CHECKING:
    from pydantic import BaseModel

Shape = TypeVar("Shape", bound="BaseModel")

REPAIRS = 2  # further requests for an answer that does not fit
_MOST_ERRORS = 8
_MOST_STARTS = 24  # braces of a reply at which an object may begin
_FENCE = "```"


def schema_of(shape: type[BaseModel]) -> dict[str, Any]:
    """Return the JSON schema of a shape in which every object says all its fields and no other: strict servers want that."""
    found = shape.model_json_schema()
    _strict(found)
    return found


def read_as(answer: Answer, shape: type[Shape]) -> Shape:
    """Return what an answer says.

    Raises:
        ModelError: it holds no JSON of this shape; the message lists what does not fit, for the model to mend.

    """
    from pydantic import ValidationError

    problem = "there is no JSON object in the reply"
    for text in _objects(answer.text):
        try:
            return shape.model_validate_json(text)
        except ValidationError as exc:
            told = exc.errors(include_url=False, include_context=False, include_input=False)[:_MOST_ERRORS]
            lines = [f"{'.'.join(map(str, each['loc'])) or 'the object'}: {each['msg']}" for each in told]
            problem = "; ".join(lines)
    raise ModelError(problem, kind="schema")


def repair(answer: Answer, problem: str) -> tuple[Message, ...]:
    """Return what to say to a model whose answer does not fit."""
    asked = (
        f"That reply does not fit the schema: {problem}. Reply with the whole corrected JSON object and nothing else."
    )
    return Message("assistant", answer.text), Message(USER, asked)


def _strict(schema: object) -> None:
    if isinstance(schema, list):
        for each in schema:
            _strict(each)
    if not isinstance(schema, dict):
        return
    if isinstance(schema.get("properties"), dict):
        schema["additionalProperties"] = False
        schema["required"] = list(schema["properties"])
        for each in schema["properties"].values():
            if isinstance(each, dict):
                each.pop("default", None)
    for each in schema.values():
        _strict(each)


def _objects(text: str) -> Iterator[str]:
    """Give the texts in a reply that may be the object: all of it, what stands in fences, what begins with a brace."""
    whole = text.strip()
    yield whole
    for part in whole.split(_FENCE)[1::2]:
        yield part.partition("\n")[2].strip()
    decoder = json.JSONDecoder()
    at = whole.find("{")
    for _ in range(_MOST_STARTS):
        if at < 0:
            break
        try:
            found, end = decoder.raw_decode(whole, at)
        except (ValueError, RecursionError):
            at = whole.find("{", at + 1)
            continue
        if isinstance(found, dict) and (at, end) != (0, len(whole)):
            yield whole[at:end]
        at = whole.find("{", end)
