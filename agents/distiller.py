"""Distilling with a language model: what it finds in a session, each with the turns and words that it rests on.

The model is asked passage by passage; every reply is kept as soon as it came, so that a run that is killed, or one that is
made again, pays for nothing twice. What it says is judged elsewhere (`indexers/statement_evidence.py`, the gate).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING

from engrep.agents.model_types import SYSTEM, USER, Message
from engrep.agents.passages import MOST_TOKENS, Passage, passages
from engrep.engine.memory_types import Turn
from engrep.engine.model_reading import Kept, ReadingCost
from engrep.indexers.statement import Candidate
from engrep.indexers.tokens import count_tokens

if TYPE_CHECKING:
    from engrep.agents.config_types import ModelSettings
    from engrep.agents.models import Models

ROLE = "distiller"
_REPLY = 700  # tokens of a reply, about, for the estimate
_MOST_REPLY = 4000  # tokens; a model that reasons first needs most of them
_MOST_MEMORIES = 12  # of one passage; a reply with more is no judgement


class Distiller:
    """Reads sessions with the models of a role; see `engrep.engine.model_reading.ModelReader`."""

    def __init__(self, models: Models) -> None:
        self._models = models
        self._candidates = models.candidates(ROLE)
        contexts = [each.context for each in self._candidates if each.context]
        self._most = min([MOST_TOKENS, *(each // 2 for each in contexts)])

    def cost(self, turns: Sequence[Turn], mark: int, kept: Kept) -> ReadingCost:
        """Return what reading the turns after a mark would take; nothing is sent."""
        model = self._candidates[0]
        chosen = self._chosen(turns, mark)
        new = [each for each in chosen if self._known(each, kept) is None]
        sent = sum(each.tokens + count_tokens(prompt()) for each in new)
        received = _REPLY * len(new)
        price = 0.0 if model.is_local and model.price is None else None
        if model.price is not None:
            price = (sent * model.price.sent + received * model.price.received) / 1e6
        return ReadingCost(
            model.name, model.where, model.is_local, len(chosen), len(chosen) - len(new), sent + received, price,
            model.price.currency if model.price else "",
        )  # fmt: skip

    def read(self, turns: Sequence[Turn], mark: int, kept: Kept) -> list[Candidate]:
        """Return what a model finds in the turns after a mark.

        Raises:
            ModelError: it gave no usable answer.

        """
        found: list[Candidate] = []
        for passage in self._chosen(turns, mark):
            reply = self._known(passage, kept) or self._asked(passage, kept)
            found += [each for each in candidates_in(reply) if max(each.turns, default=0) > mark]
        return found

    def spent(self) -> tuple[int, int, float | None, str]:
        """Return requests, tokens, cost and currency of all that was asked so far."""
        total = self._models.account.total
        currency, cost = next(iter(total.costs.items()), ("", 0.0))
        return total.calls, total.usage.total, None if total.unpriced else cost, currency

    def _chosen(self, turns: Sequence[Turn], mark: int) -> list[Passage]:
        if not turns or turns[-1].number <= mark:
            return []
        return [each for each in passages(turns, self._most) if each.last > mark]

    def _known(self, passage: Passage, kept: Kept) -> str | None:
        found = (kept.get(key_of(passage, each)) for each in self._candidates)
        return next((reply for reply in found if reply is not None and _is_readable(reply)), None)

    def _asked(self, passage: Passage, kept: Kept) -> str:
        from engrep.agents.extraction import Extraction

        said = (Message(SYSTEM, prompt()), Message(USER, f"<passage>\n{passage.text}\n</passage>"))
        extraction, answer = self._models.ask_for(Extraction, said, role=ROLE, most=_MOST_REPLY)
        reply = extraction.model_dump_json()
        model = next(each for each in self._candidates if each.name == answer.name)
        kept.put(key_of(passage, model), reply)
        return reply


def candidates_in(reply: str) -> list[Candidate]:
    """Return what a kept reply says; all of it is inferred until its evidence says otherwise."""
    found = json.loads(reply)["memories"][:_MOST_MEMORIES]
    return [
        Candidate(
            kind=each["kind"], body=" ".join(each["statement"].split()), turns=tuple(sorted(set(each["turns"]))),
            quote=each["quote"].strip(), reason=" ".join(each["reason"].split()), hints=tuple(each["names"]),
        )
        for each in found
    ]  # fmt: skip


def _is_readable(reply: str) -> bool:
    """Tell whether a kept reply can be read: the file may come from elsewhere, or be damaged."""
    from pydantic import ValidationError

    from engrep.agents.extraction import Extraction

    try:
        Extraction.model_validate_json(reply)
    except ValidationError:
        return False
    return True


def key_of(passage: Passage, model: ModelSettings) -> str:
    """Return what a reply is known by: the passage as it was sent, the prompt, the shape and the model."""
    told = json.dumps([prompt(), _shape(), model.model, model.url, passage.text])
    return hashlib.sha256(told.encode()).hexdigest()


@lru_cache(maxsize=1)
def prompt() -> str:
    """Return what the model is told to do."""
    return resources.files("engrep.agents").joinpath("prompts/distil.md").read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def _shape() -> str:
    from engrep.agents.extraction import Extraction

    return json.dumps(Extraction.model_json_schema(), sort_keys=True)
