"""One question put to a model: it answers, or asks for tools and is asked again, within limits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic

from engrep.agents.assembling import tokens_of
from engrep.agents.chat_types import Heard, Noted, Piece, Use
from engrep.agents.model_types import ASSISTANT, LENGTH, NO_USAGE, USER, Answer, Delta, Message, Usage
from engrep.agents.models import Models
from engrep.agents.tool_use import Toolbox

ROLE = "chat"
_FULL = 0.8  # of the context: the rest is for the answer
LAST = "(You have used up your tools for this question: answer now with what you have, and say what you could not look up.)"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one question may take."""

    rounds: int = 12  # requests that may ask for tools
    calls: int = 40  # uses of tools
    tokens: int = 200_000
    context: int = 1_000_000  # tokens that the model can be told at once
    seconds: float = 300.0  # after which no further tool is used


@dataclass(slots=True)
class Asked:
    """One question as far as it has come: an interrupt leaves it as it is then."""

    messages: list[Message]  # the question, and all that was said since
    text: str = ""  # of the answer so far
    uses: list[Use] = field(default_factory=list)
    usage: Usage = NO_USAGE
    model: str = ""
    first: float | None = None  # when the first piece came, by the monotonic clock
    notes: list[str] = field(default_factory=list)


OnUse = Callable[[Use], None]


def put(
    asked: Asked, before: list[Message], models: Models, toolbox: Toolbox, heard: Heard, limits: Limits, kept: OnUse
) -> None:
    """Ask until there is an answer; what comes of it is written into `asked` as it comes.

    Raises:
        ModelError: there is none.

    """
    begun = monotonic()
    for number in range(limits.rounds + 1):
        held = tokens_of([*before, *asked.messages], ())
        over = _over(number, len(asked.uses), asked.usage.total + held, monotonic() - begun, limits)
        if number and held > limits.context * _FULL:
            over = over or "what the model can be told at once is nearly used up"
        if over:
            asked.messages.append(Message(USER, LAST))
            _note(asked, heard, f"stopped looking further: {over}")
        answer = _once(asked, before, models, toolbox, heard, tools=not over)
        if over or not answer.calls:
            asked.messages.append(Message(ASSISTANT, answer.text))
            if answer.finish == LENGTH:
                _note(asked, heard, "the answer ends where the model's limit cut it")
            return
        asked.messages.append(answer.as_message())
        for call in answer.calls:
            result, use = toolbox.use(call, heard)
            asked.messages.append(result)
            asked.uses.append(use)
            kept(use)


def _once(
    asked: Asked, before: list[Message], models: Models, toolbox: Toolbox, heard: Heard, *, tools: bool
) -> Answer:
    begins = asked.text  # what was said beside earlier calls stays

    def hear(delta: Delta) -> None:
        if delta.is_restart:
            asked.text = begins
            heard(Piece(is_restart=True))
        if delta.text:
            asked.first = asked.first or monotonic()
            asked.text += delta.text
            heard(Piece(delta.text))

    specs = [tool.spec for tool in toolbox.tools.values()] if tools else []
    answer = models.ask([*before, *asked.messages], role=ROLE, tools=specs, on_delta=hear)
    asked.usage += answer.usage
    asked.model = answer.name
    if answer.calls and answer.text and not answer.text.endswith("\n"):
        asked.text += "\n\n"
        heard(Piece("\n\n"))
    return answer


def _note(asked: Asked, heard: Heard, text: str) -> None:
    asked.notes.append(text)
    heard(Noted(text))


def _over(number: int, uses: int, tokens: int, seconds: float, limits: Limits) -> str:
    if number >= limits.rounds:
        return f"{limits.rounds} rounds of tools are the most"
    if uses >= limits.calls:
        return f"{limits.calls} uses of tools are the most"
    if number and tokens >= limits.tokens:
        return f"{limits.tokens:,} tokens are the most"
    return f"{limits.seconds:g} seconds are the most" if seconds >= limits.seconds else ""
