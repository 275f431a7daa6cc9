"""The models of a run: who is asked for a role, again when that may help, the next one when it does not; all is accounted for.

    with Models.open(root) as models:
        answer = models.ask([Message(USER, "why?")], role="chat", on_delta=lambda piece: print(piece.text, end=""))
        plan, answer = models.ask_for(Plan, messages, role="planner")
        models.account.total.usage.total

A program of which no command needs a model never imports this file.
"""

from __future__ import annotations

import logging
import os
import random
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from engrep.agents.account import Account, Call
from engrep.agents.assembling import tokens_of
from engrep.agents.config import config_path, key_for, read_settings
from engrep.agents.config_types import ModelSettings, Settings
from engrep.agents.endpoint import Endpoint
from engrep.agents.endpoint_errors import AGAIN, cancelled
from engrep.agents.model_types import NO_USAGE, Answer, Delta, Message, ToolSpec, Usage
from engrep.agents.routing import candidates
from engrep.agents.structured import REPAIRS, read_as, repair, schema_of
from engrep.agents.wire import Wanted
from engrep.engine.errors import BudgetError, ModelError

if TYPE_CHECKING:
    from pydantic import BaseModel

Shape = TypeVar("Shape", bound="BaseModel")
OnDelta = Callable[[Delta], None]

log = logging.getLogger(__name__)

FIRST_WAIT = 0.5  # seconds; each further one is twice as long, less up to a half by chance
LONGEST_WAIT = 60.0  # seconds; a server that asks for more is not waited for


def _unheard(_: Delta) -> None:
    """Take no notice of a piece."""


class Models:
    """Asks the configured models; several threads may ask at once."""

    def __init__(
        self,
        settings: Settings,
        *,
        account: Account | None = None,
        environment: Mapping[str, str] | None = None,
        first_wait: float = FIRST_WAIT,
    ) -> None:
        self.settings = settings
        self.account = account or Account(settings.limits)
        self._environment = dict(os.environ if environment is None else environment)
        self._own = config_path(self._environment)
        self._first_wait = first_wait
        self._endpoints: dict[str, Endpoint] = {}
        self._lock = threading.Lock()

    @classmethod
    def open(cls, root: Path | None = None, model: str | None = None, *, account: Account | None = None) -> Models:
        """Return the models that are configured for a root, or the one that `model` names.

        Raises:
            UsageError: the configuration is not understood.

        """
        return cls(read_settings(root, model), account=account)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connections."""
        for endpoint in self._endpoints.values():
            endpoint.close()

    def candidates(self, role: str, unlike: Collection[str] = ()) -> tuple[ModelSettings, ...]:
        """Return the models for a role in the order in which they are tried.

        Raises:
            ModelError: none is configured.

        """
        return candidates(self.settings, role, self._own, unlike)

    def warm(self, role: str) -> None:
        """Prepare in the background for the first request of a role; where none is configured, nothing happens."""
        if self.settings.models:
            endpoint = self._endpoint(self.candidates(role)[0])
            threading.Thread(target=endpoint.warm, daemon=True).start()

    def is_configured(self) -> bool:
        """Tell whether there is any model to ask."""
        return bool(self.settings.models)

    def ask(
        self,
        messages: Sequence[Message],
        *,
        role: str,
        tools: Sequence[ToolSpec] = (),
        on_delta: OnDelta | None = None,
        cancel: threading.Event | None = None,
        unlike: Collection[str] = (),
        most: int | None = None,
    ) -> Answer:
        """Return a model's answer; its pieces are told to `on_delta` as they come, in this thread.

        Raises:
            BudgetError: the run has taken what it may; nothing was sent.
            ModelError: no model of the role gave an answer.

        """
        wanted = Wanted(tuple(messages), tuple(tools), most=most)
        return self._asked(
            wanted, role, self.candidates(role, unlike), on_delta or _unheard, cancel or threading.Event()
        )

    def ask_for(
        self,
        shape: type[Shape],
        messages: Sequence[Message],
        *,
        role: str,
        cancel: threading.Event | None = None,
        unlike: Collection[str] = (),
        most: int | None = None,
        repairs: int = REPAIRS,
    ) -> tuple[Shape, Answer]:
        """Return an answer that fits a shape, asking again with what does not fit; and the last answer as it came.

        Raises:
            BudgetError: the run has taken what it may; nothing was sent.
            ModelError: no model of the role gave such an answer.

        """
        schema, models = schema_of(shape), self.candidates(role, unlike)
        stop = cancel or threading.Event()
        for at, model in enumerate(models):
            try:
                return self._fitting(
                    shape, Wanted(tuple(messages), schema=schema, most=most), role, model, stop, repairs
                )
            except ModelError as exc:
                self._next_or_raise(exc, models, at)
        raise AssertionError("there is at least one model")

    def _fitting(
        self, shape: type[Shape], wanted: Wanted, role: str, model: ModelSettings, cancel: threading.Event, repairs: int
    ) -> tuple[Shape, Answer]:
        for left in range(repairs, -1, -1):
            answer = self._attempts(wanted, role, model, _unheard, cancel)
            try:
                return read_as(answer, shape), answer
            except ModelError as exc:
                if not left:
                    message = f"{model.name} gave no answer in the wanted form, {repairs + 1} times ({exc}): try another model"
                    raise ModelError(message, kind="schema") from exc
                log.info("%s: %s; asking it to mend that", model.name, exc)
                wanted = replace(wanted, messages=(*wanted.messages, *repair(answer, str(exc))))
        raise AssertionError("the last round returns or raises")

    def _asked(
        self, wanted: Wanted, role: str, models: Sequence[ModelSettings], on_delta: OnDelta, cancel: threading.Event
    ) -> Answer:
        for at, model in enumerate(models):
            try:
                return self._attempts(wanted, role, model, on_delta, cancel)
            except ModelError as exc:
                self._next_or_raise(exc, models, at)
        raise AssertionError("there is at least one model")

    def _next_or_raise(self, error: ModelError, models: Sequence[ModelSettings], at: int) -> None:
        if isinstance(error, BudgetError) or error.kind == "cancelled" or at + 1 == len(models):
            raise error
        log.warning("%s; asking %s instead", error, models[at + 1].name)

    def _attempts(
        self, wanted: Wanted, role: str, model: ModelSettings, on_delta: OnDelta, cancel: threading.Event
    ) -> Answer:
        """Ask one model until it answers or another attempt would not help."""
        heard = False

        def hear(delta: Delta) -> None:
            nonlocal heard
            heard = True
            on_delta(delta)

        for attempt in range(model.attempts):
            try:
                return self._once(wanted, role, model, hear, cancel)
            except ModelError as exc:
                wait = self._first_wait * 2**attempt * random.uniform(0.5, 1.0)  # noqa: S311 - no secret
                wait = max(wait, exc.wait)
                if exc.kind not in AGAIN or attempt + 1 == model.attempts or wait > LONGEST_WAIT:
                    if heard:
                        on_delta(Delta(is_restart=True))
                    raise
                log.info("%s; trying again in %.1f s", exc, wait)
                if cancel.wait(wait):
                    raise cancelled(model) from exc
                if heard:
                    on_delta(Delta(is_restart=True))
                    heard = False
        raise AssertionError("the last attempt returns or raises")

    def _once(
        self, wanted: Wanted, role: str, model: ModelSettings, on_delta: OnDelta, cancel: threading.Event
    ) -> Answer:
        """Make one call and write down what it took, whatever became of it."""
        sends = tokens_of(wanted.messages, wanted.tools)
        endpoint = self._endpoint(model)
        number = self.account.begin(role, sends)
        begun, error, answer = monotonic(), "interrupted", None
        try:
            answer = endpoint.ask(wanted, on_delta, cancel)
            error = ""
        except ModelError as exc:
            error = exc.kind
            raise
        finally:
            self.account.end(number, _call(role, model, answer, monotonic() - begun, error, sends))
        return answer

    def _endpoint(self, model: ModelSettings) -> Endpoint:
        with self._lock:
            if model.name not in self._endpoints:
                self._endpoints[model.name] = Endpoint(model, key_for(model, self._environment))
            return self._endpoints[model.name]

    def endpoint(self, name: str) -> Endpoint:
        """Return what speaks to a configured model, for probing it.

        Raises:
            ModelError: there is no such model.

        """
        found = self.settings.named(name)
        if found is None:
            message = f"there is no model {name}; there are {', '.join(self.settings.names()) or 'none'}"
            raise ModelError(message, kind="none")
        return self._endpoint(found)


# What was sent and answered with nothing usable may have been paid for all the same.
_MAY_BE_PAID = frozenset({"cut", "malformed", "timeout", "cancelled", "interrupted"})


def _call(role: str, model: ModelSettings, answer: Answer | None, seconds: float, error: str, sent: int) -> Call:
    unanswered = Usage(sent, is_estimated=True) if error in _MAY_BE_PAID else NO_USAGE
    usage = answer.usage if answer is not None else unanswered
    cost: float | None = None if model.price is None else model.price.of(usage)
    if cost is None and (model.is_local or not usage.total):
        cost = 0.0
    first: dict[str, Any] = {"first_seconds": answer.first_seconds} if answer else {}
    return Call(
        role, model.name, usage, cost, round(seconds, 3), error=error,
        currency=model.price.currency if model.price else "", **first,
    )  # fmt: skip
