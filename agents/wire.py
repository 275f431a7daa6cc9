"""What a request looks like to a server: the body in OpenAI's notation, with what this server is known not to take left out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engrep.agents.model_types import ASSISTANT, SYSTEM, TOOL, Message, ToolSpec
from engrep.engine.errors import ModelError

MAX_REPLY = 32 << 20  # bytes of one reply
USAGE, SCHEMA, JSON_MODE, MAX_TOKENS = "stream_options", "json_schema", "json_object", "max_tokens"


@dataclass(frozen=True, slots=True)
class Wanted:
    """One request, whoever answers it."""

    messages: tuple[Message, ...]
    tools: tuple[ToolSpec, ...] = ()
    schema: Mapping[str, Any] | None = None  # JSON schema that the text of the answer has to fit
    most: int | None = None  # tokens of the answer


def body_of(wanted: Wanted, model: str, without: frozenset[str], extra: Mapping[str, object]) -> dict[str, Any]:
    """Return the body of a request; `without` are the features that the server has refused."""
    body: dict[str, Any] = {"model": model, "messages": messages_of(wanted, without), "stream": True}
    if USAGE not in without:
        body["stream_options"] = {"include_usage": True}
    if wanted.tools:
        body["tools"] = [_tool(each) for each in wanted.tools]
    if wanted.schema is not None and SCHEMA not in without:
        described = {"name": "reply", "strict": True, "schema": wanted.schema}
        body["response_format"] = {"type": "json_schema", "json_schema": described}
    elif wanted.schema is not None and JSON_MODE not in without:
        body["response_format"] = {"type": "json_object"}
    if wanted.most is not None:
        body["max_completion_tokens" if MAX_TOKENS in without else "max_tokens"] = wanted.most
    return {**body, **extra}


def messages_of(wanted: Wanted, without: frozenset[str]) -> list[dict[str, Any]]:
    """Return the messages of a request; a server that takes no schema is told it in words."""
    messages = [_message(each) for each in wanted.messages]
    if wanted.schema is not None and SCHEMA in without:
        told = f"Reply with one JSON object and nothing else. It has to fit this JSON schema:\n{json.dumps(wanted.schema, ensure_ascii=False)}"
        if messages and messages[0]["role"] == SYSTEM:
            messages[0] = {**messages[0], "content": f"{messages[0]['content']}\n\n{told}"}
        else:
            messages.insert(0, {"role": SYSTEM, "content": told})
    return messages


def refused_feature(body: Mapping[str, Any], said: str) -> str | None:
    """Return the feature that a server most likely refused a request for, None when it can be none of them."""
    form = body.get("response_format", {}).get("type")
    if "max_tokens" in body and "max_completion_tokens" in said:
        return MAX_TOKENS
    if "stream_options" in body and ("stream_options" in said or "include_usage" in said):
        return USAGE
    if form:
        return SCHEMA if form == "json_schema" else JSON_MODE
    return USAGE if "stream_options" in body and "stream" in said else None


def events(chunks: Iterable[bytes]) -> Iterator[str | None]:
    """Give the data of each server-sent event, and None for a sign of life that carries none.

    Lines end at line feeds only: JSON may hold the characters that Unicode calls line ends too.

    Raises:
        ModelError: the reply is larger than any.

    """
    held, size, data = b"", 0, list[str]()
    for chunk in chunks:
        size += len(chunk)
        if size > MAX_REPLY:
            raise ModelError(f"the reply has more than {MAX_REPLY >> 20} MB", kind="malformed")
        *lines, held = (held + chunk).split(b"\n")
        for line in lines:
            text = line.rstrip(b"\r").decode("utf-8", "replace")
            if text.startswith("data:"):
                data.append(text[5:].removeprefix(" "))
            elif not text and data:
                yield "\n".join(data)
                data = []
            elif text.startswith(":"):
                yield None
    if held.startswith(b"data:"):
        data.append(held[5:].decode("utf-8", "replace").strip())
    if data:
        yield "\n".join(data)


def _message(message: Message) -> dict[str, Any]:
    if message.role == TOOL:
        return {"role": TOOL, "tool_call_id": message.call_id, "content": message.text}
    if message.role != ASSISTANT or not message.calls:
        return {"role": message.role, "content": message.text}
    calls = [
        {"id": each.id, "type": "function", "function": {"name": each.name, "arguments": each.arguments}}
        for each in message.calls
    ]
    # DeepSeek, MiMo and Kimi want their reasoning back with the calls it led to; nobody else gives any.
    thought = {"reasoning_content": message.reasoning} if message.reasoning else {}
    return {"role": ASSISTANT, "content": message.text or None, "tool_calls": calls, **thought}


def _tool(tool: ToolSpec) -> dict[str, Any]:
    described = {"name": tool.name, "description": tool.description, "parameters": dict(tool.parameters)}
    return {"type": "function", "function": described}
