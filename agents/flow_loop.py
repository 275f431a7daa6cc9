"""One role at work: a conversation of requests and tools that ends with a hand-over that fits its shape."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, TypeVar

from engrep.agents.assembling import tokens_of
from engrep.agents.flow_tools import Toolbox
from engrep.agents.model_types import SYSTEM, TOOL, USER, Answer, Message, ToolCall, ToolSpec, arguments_of
from engrep.agents.roles import SUBMIT, Role
from engrep.agents.structured import read_as, schema_of
from engrep.agents.workspace_paths import RefusedError
from engrep.engine.errors import ModelError

if TYPE_CHECKING:
    from pydantic import BaseModel

    from engrep.agents.flow_run import Run

Handed = TypeVar("Handed", bound="BaseModel")

MOST_TOKENS = 90_000  # of a conversation: what older tools told is left out beyond that
_LEFT_OUT = "[left out to save room; ask again where it is needed]"
_KEPT_WHOLE = 6  # messages at the end that are never shortened
MENDS = 3  # hand-overs that do not fit before a role has failed


def hand_over(
    run: Run,
    key: str,
    role: Role,
    asked: str,
    shape: type[Handed],
    *,
    box: Toolbox,
    check: Callable[[Handed], None] = lambda _: None,
    unlike: Collection[str] = (),
) -> tuple[Handed, Answer]:
    """Have a role work until it hands over what fits, and return that with its last answer.

    `check` looks at a hand-over that fits its shape and raises RefusedError where it cannot be taken.

    Raises:
        BudgetError: the run has taken what it may.
        ModelError: no model answered, or nothing that fits came in as many requests as the role has.

    """
    submit = ToolSpec(SUBMIT, "Hand over your result; this ends your work.", schema_of(shape))
    tools = [*box.specs(), submit]
    messages = [Message(SYSTEM, role.prompt()), Message(USER, asked)]
    misfits = 0
    for turn in range(1, role.turns + 1):
        answer = run.ask(f"{key}/{turn}", role.name, shortened(messages), tools, unlike)
        messages.append(answer.as_message())
        given, answered = _results(f"{key}/{turn}", answer, shape, box, check)
        if given is not None:
            return given, answer
        misfits += any(each.is_misfit for each in answered)
        if misfits >= MENDS:
            why = next(each.text for each in answered if each.is_misfit)
            message = f"the {role.name} handed over nothing that can be taken, {MENDS} times ({why}): try another model"
            raise ModelError(message, kind="schema")
        messages += [each.message for each in answered]
    message = f"the {role.name} did not come to an end in {role.turns} requests: try another model, or a smaller task"
    raise ModelError(message, kind="schema")


class _Result:
    """What one call, or a reply without one, is answered with."""

    def __init__(self, text: str, call: ToolCall | None = None, *, is_misfit: bool = False) -> None:
        self.text, self.is_misfit = text, is_misfit
        self.message = Message(TOOL, text, call_id=call.id) if call else Message(USER, text)


def _results(
    key: str, answer: Answer, shape: type[Handed], box: Toolbox, check: Callable[[Handed], None]
) -> tuple[Handed | None, list[_Result]]:
    """Do what an answer asks for; a hand-over that can be taken ends the work, after the calls before it."""
    results: list[_Result] = []
    if not answer.calls:
        return _submitted(lambda: read_as(answer, shape), check, None, results), results
    for at, call in enumerate(answer.calls):
        if call.name != SUBMIT:
            results.append(_Result(box.use(f"{key}/{at}", call).text, call))
            continue
        given = _submitted(lambda call=call: _shaped(call, shape), check, call, results)  # type: ignore[misc]
        if given is not None:
            return given, results
    return None, results


def _submitted(
    read: Callable[[], Handed], check: Callable[[Handed], None], call: ToolCall | None, results: list[_Result]
) -> Handed | None:
    try:
        given = read()
        check(given)
    except ModelError as exc:
        hint = "" if call else " Call a tool, or submit."
        results.append(_Result(f"error: {exc}.{hint}", call, is_misfit=True))
    except RefusedError as exc:
        results.append(_Result(f"refused: {exc}", call, is_misfit=True))
    else:
        return given
    return None


def _shaped(call: ToolCall, shape: type[Handed]) -> Handed:
    return read_as(Answer(call.arguments if arguments_of(call) else "{}"), shape)


def shortened(messages: Sequence[Message], most: int = MOST_TOKENS) -> list[Message]:
    """Return a conversation in which what the oldest tools told is left out, as far as it is too long."""
    kept, size = list(messages), tokens_of(messages)
    for at, message in enumerate(kept[: max(len(kept) - _KEPT_WHOLE, 0)]):
        if size <= most:
            break
        if message.role == TOOL and len(message.text) > len(_LEFT_OUT):
            size -= tokens_of([message])
            kept[at] = Message(TOOL, _LEFT_OUT, call_id=message.call_id)
    return kept
