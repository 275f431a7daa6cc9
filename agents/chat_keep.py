"""A chat in the archive: each turn is on the disk before the next begins, without secrets, and the whole is distilled at its end."""

from __future__ import annotations

import logging
import uuid
from contextlib import suppress
from typing import TYPE_CHECKING

from engrep.agents.chat_types import MODEL, Reply, Use
from engrep.agents.model_types import ASSISTANT, USER, Message
from engrep.agents.outgoing import outgoing
from engrep.agents.told import unframed
from engrep.engine.errors import EngrepError, ModelError, UsageError
from engrep.engine.memory_types import Evidence, Session, Turn
from engrep.indexers.tokens import count_tokens

if TYPE_CHECKING:
    from engrep.agents.models import Models
    from engrep.engine.distil_verbs import DistilReport
    from engrep.engine.memory import Memory

STOPPED = "[stopped by the person]"
MOST_QUOTED = 300  # characters of a question that stand as evidence
_PAGE = 200

log = logging.getLogger(__name__)


class Kept:
    """One session as it is held; without `keep` nothing is written."""

    def __init__(self, memory: Memory, session: str = "", *, keep: bool = True) -> None:
        self.session = session or str(uuid.uuid4())
        self.problem = ""  # why it could not be written, once
        self.turns = 0
        self._told = False
        self._asked: tuple[Evidence, ...] = ()
        self._memory = memory
        self._keep = keep

    def question(self, text: str) -> None:
        """Keep what the person said."""
        self._add(Turn("", 0, "user", "", text))
        self._asked = (Evidence(self.session, str(self.turns), text[:MOST_QUOTED]),) if self.turns else ()

    def asked(self) -> tuple[Evidence, ...]:
        """Return where the person's last question is kept; nothing where it is not."""
        return () if self.problem else self._asked

    def use(self, use: Use) -> None:
        """Keep what a tool was used for, and what one of another program gave.

        What our own gave is in the code and the memories already: kept once more, it would come back as an answer.
        """
        path = use.subject if use.tool == "read" else ""
        turns = [Turn("", 0, "call", "", f"{use.tool}: {use.subject}", use.tool, path)]
        if use.error or use.tool.startswith("mcp__"):
            turns.append(Turn("", 0, "error" if use.error else "result", "", use.error or use.result, use.tool, path))
        self._add(*turns)

    def answer(self, reply: Reply) -> None:
        """Keep what a model answered; extracts are kept already where they were taken from."""
        if reply.mode == MODEL:
            said = [each for each in (reply.answer, STOPPED if reply.is_stopped else "") if each]
            self._add(Turn("", 0, "assistant", "", "\n\n".join(said)))

    def distil(self, models: Models | None = None) -> DistilReport | None:
        """Draw memories from what was said, by the rules and by a model where one is given.

        None where nothing was kept, or it cannot be done now. A session that is large for a model is left to the rules.
        """
        if not self.turns:
            return None
        try:
            if models is not None:
                from engrep.agents.distiller import Distiller

                with suppress(UsageError, ModelError):
                    return self._memory.distil(
                        self.session, reader=Distiller(models), agree=lambda cost: not cost.is_large
                    )
            return self._memory.distil(self.session)
        except EngrepError as error:
            self.problem = self.problem or str(error)
            return None

    def news(self) -> str:
        """Return why it is not kept any more, once: a person should know it while they can still help it."""
        problem, self._told = ("" if self._told else self.problem), bool(self.problem)
        return problem

    def _add(self, *turns: Turn) -> None:
        if not self._keep or self.problem:
            return
        try:
            self.turns = self._memory.record(self.session, turns)
        except (EngrepError, OSError) as error:  # a full disk must not end the conversation
            self.problem = f"this session is not kept from here on: {error}"
            log.info("%s", self.problem)


def newest(memory: Memory, most: int = 20) -> list[Session]:
    """Return the sessions that are kept, the newest first."""
    found = sorted(memory.sessions(), key=lambda each: each.ended_at or each.started_at, reverse=True)
    return found[:most]


def said_in(memory: Memory, session: str, tokens: int) -> tuple[Session, list[Turn], list[Message]]:
    """Return a session, what was said in it, and as much of its end as a model may be told.

    Raises:
        NotFoundError: there is none, or several begin so.

    """
    page = memory.session(session, limit=_PAGE)
    turns = list(page.turns)
    while page.next_after is not None:
        page = memory.session(page.session.id, after=page.next_after, limit=_PAGE)
        turns += page.turns
    said = [turn for turn in turns if turn.role in (USER, ASSISTANT)]
    told: list[Message] = []
    for turn in reversed(said):
        tokens -= count_tokens(turn.text)
        if tokens < 0:
            break
        told.append(Message(turn.role, unframed(outgoing(turn.text))))
    told.reverse()
    while told and told[0].role != USER:
        told.pop(0)
    return page.session, said, told
