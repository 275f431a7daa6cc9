"""From the pieces of a streamed reply to one answer; servers leave out fields, and some send a whole reply at once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from engrep.agents.model_types import STOP, TOOL_CALLS, Answer, Delta, Message, ToolCall, ToolSpec, Usage
from engrep.engine.errors import ModelError
from engrep.indexers.tokens import count_tokens

_OPEN, _CLOSE = "<think>", "</think>"
_MARK = "[key]"
PER_MESSAGE = 4  # tokens that the frame of a message takes, about


class Assembly:
    """Takes in pieces of a reply one by one, and says what of each is new."""

    def __init__(self, secret: str = "") -> None:
        self.is_done = False  # the server said that this was all
        self._secret = secret
        self._said_without, self._thought_without = Without(secret), Without(secret)
        self.finish = ""
        self.model = ""
        self._text: list[str] = []
        self._reasoning: list[str] = []
        self._calls: list[_Call] = []
        self._usage: Mapping[str, Any] = {}
        self._thinking = _Thinking()

    def take(self, piece: object) -> Iterator[Delta]:
        """Take in one piece as the server sent it.

        Raises:
            ModelError: it is no piece of a reply, or an error that came in the middle of one.

        """
        if not isinstance(piece, dict):
            raise ModelError("a piece of the reply is no JSON object", kind="malformed")
        if piece.get("error"):
            said = piece["error"].get("message") if isinstance(piece["error"], dict) else piece["error"]
            raise ModelError(f"it broke off: {said}", kind="server")
        self.model = str(piece.get("model") or self.model)
        if isinstance(piece.get("usage"), dict):
            self._usage = piece["usage"]
        for choice in _list(piece.get("choices"))[:1]:
            self.finish = str(choice.get("finish_reason") or self.finish)
            said = choice.get("delta") or choice.get("message") or {}
            if isinstance(said, dict):
                yield from self._said(said)

    def _said(self, said: Mapping[str, Any]) -> Iterator[Delta]:
        thought = _text(said.get("reasoning_content")) or _text(said.get("reasoning"))
        text, inside = self._thinking.split(_text(said.get("content")))
        text, inside = self._said_without.take(text), self._thought_without.take(thought + inside)
        yield from self._kept(text, inside)
        for call in _list(said.get("tool_calls")):
            self._call(call)

    def rest(self) -> Iterator[Delta]:
        """Say what was held back until more came, now that nothing more does."""
        text, inside = self._thinking.rest()
        text = self._said_without.take(text) + self._said_without.rest()
        yield from self._kept(text, self._thought_without.take(inside) + self._thought_without.rest())

    def _kept(self, text: str, thought: str) -> Iterator[Delta]:
        if thought:
            self._reasoning.append(thought)
        if text:
            self._text.append(text)
        if text or thought:
            yield Delta(text, thought)

    def _call(self, piece: Mapping[str, Any]) -> None:
        function = piece.get("function")
        function = function if isinstance(function, dict) else {}
        index, id_ = piece.get("index"), str(piece.get("id") or "")
        known = next((each for each in reversed(self._calls) if each.index == index), None)
        if index is None and not id_ and self._calls:
            known = self._calls[-1]
        # Several servers count every call as number 0: another id begins another call.
        if known is None or (id_ and known.id and id_ != known.id):
            known = _Call(index)
            self._calls.append(known)
        known.id = known.id or id_
        known.name += str(function.get("name") or "") if not known.name else ""
        arguments = function.get("arguments")
        known.arguments += arguments if isinstance(arguments, str) else json.dumps(arguments) if arguments else ""

    def answer(self, sent: int) -> Answer:
        """Return the whole answer; `sent` tokens count where the server does not say how many it was sent.

        Raises:
            ModelError: the reply has neither text nor a call.

        """
        list(self.rest())
        text, reasoning = "".join(self._text), "".join(self._reasoning)
        calls = tuple(
            ToolCall(
                *(without(part, self._secret) for part in (each.id or f"call_{at}", each.name, each.arguments or "{}"))
            )
            for at, each in enumerate(self._calls)
            if each.name
        )
        if not text.strip() and not calls and not reasoning:
            raise ModelError("the reply is empty", kind="malformed")
        finish = without(self.finish, self._secret) or (TOOL_CALLS if calls else STOP)
        return Answer(
            text, calls, reasoning, finish, self._used(sent, text + reasoning, calls), without(self.model, self._secret)
        )

    def _used(self, sent: int, said: str, calls: Iterable[ToolCall]) -> Usage:
        received = count_tokens(said) + sum(count_tokens(each.name + each.arguments) for each in calls)
        given = self._usage
        asked, answered = _count(given.get("prompt_tokens")), _count(given.get("completion_tokens"))
        cached = _count(_part(given, "prompt_tokens_details").get("cached_tokens")) or _count(
            given.get("prompt_cache_hit_tokens")
        )
        thought = _count(_part(given, "completion_tokens_details").get("reasoning_tokens"))
        return Usage(
            sent if asked is None else asked, received if answered is None else answered,
            min(cached or 0, sent if asked is None else asked), thought or 0, asked is None or answered is None,
        )  # fmt: skip


def without(text: str, secret: str) -> str:
    """Return a text with a mark in the place of a secret, as it is or as JSON writes it; a server may repeat its key."""
    if not secret:
        return text
    return text.replace(secret, _MARK).replace(json.dumps(secret)[1:-1], _MARK)


class Without:
    """Takes a secret out of a text that comes in pieces; what may be its beginning is held back."""

    def __init__(self, secret: str) -> None:
        self._secret, self._held = secret, ""

    def take(self, text: str) -> str:
        """Return what of the text so far is none of the secret."""
        if not self._secret:
            return text
        text = without(self._held + text, self._secret)
        most = min(len(self._secret) - 1, len(text))
        kept = next((n for n in range(most, 0, -1) if text.endswith(self._secret[:n])), 0)
        text, self._held = text[: len(text) - kept], text[len(text) - kept :]
        return text

    def rest(self) -> str:
        """Return what was held back."""
        held, self._held = self._held, ""
        return held


class _Call:
    def __init__(self, index: object) -> None:
        self.index, self.id, self.name, self.arguments = index, "", "", ""


class _Thinking:
    """Tells what a model thinks from what it says, where a server sends both as text between marks at the beginning."""

    def __init__(self) -> None:
        self._held, self._state = "", "start"

    def split(self, text: str) -> tuple[str, str]:
        """Return what of the next piece is said and what is thought; an unfinished mark is held back."""
        if self._state == "said":
            return text, ""
        self._held += text
        if self._state == "start":
            begun = self._held.lstrip()
            if _OPEN.startswith(begun[: len(_OPEN)]) and len(begun) < len(_OPEN):
                return "", ""
            self._state = "thought" if begun.startswith(_OPEN) else "said"
            if self._state == "said":
                return self.rest()
            self._held = begun[len(_OPEN) :]
        thought, mark, said = self._held.partition(_CLOSE)
        if mark:
            self._held, self._state = "", "said"
            return said.lstrip(), thought
        kept = next((n for n in range(len(_CLOSE) - 1, 0, -1) if self._held.endswith(_CLOSE[:n])), 0)
        thought, self._held = self._held[: len(self._held) - kept], self._held[len(self._held) - kept :]
        return "", thought

    def rest(self) -> tuple[str, str]:
        """Return what was held back."""
        held, self._held = self._held, ""
        return ("", held) if self._state == "thought" else (held, "")


def tokens_of(messages: Sequence[Message], tools: Sequence[ToolSpec] = ()) -> int:
    """Estimate what a request takes, on the safe side."""
    said = sum(
        _counted(each.text) + PER_MESSAGE + sum(count_tokens(call.name + call.arguments) for call in each.calls)
        for each in messages
    )
    return said + sum(count_tokens(each.name + each.description + json.dumps(dict(each.parameters))) for each in tools)


@lru_cache(maxsize=1024)  # a conversation is counted at each request, and only its end is new
def _counted(text: str) -> int:
    return count_tokens(text)


def _list(value: object) -> list[Mapping[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _text(value: object) -> str:
    if isinstance(value, list):  # parts, as some servers send them
        return "".join(str(each.get("text") or "") for each in _list(value))
    return value if isinstance(value, str) else ""


def _part(table: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = table.get(name)
    return value if isinstance(value, dict) else {}


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
