"""A chat: recall before every question, a model's answer with tools where there is one, extracts where there is none.

with Memory.open(root) as memory:
    chat = Chat(memory, Models.open(root), Toolbox(toolset(memory), permissions))
    chat.ask("why does the backoff wait a day?").answer
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING

from engrep.agents import extracts, told
from engrep.agents.chat_context import CONTEXT, Conversation, plain_summary, without_results
from engrep.agents.chat_files import AgentFile
from engrep.agents.chat_keep import Kept, said_in
from engrep.agents.chat_notes import warnings_told
from engrep.agents.chat_prompt import asked_text, system_text
from engrep.agents.chat_turn import Asked, Limits, put
from engrep.agents.chat_types import EXTRACTS, MODEL, Heard, Noted, Piece, Recalled, Reply, unheard
from engrep.agents.citations import Citations
from engrep.agents.model_types import ASSISTANT, NO_USAGE, USER, Message
from engrep.agents.tool_use import Toolbox
from engrep.engine.errors import EngrepError, ModelError, NotFoundError
from engrep.indexers.text import STOP_WORDS, terms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engrep.agents.account import Call
    from engrep.agents.models import Models
    from engrep.engine.distil_verbs import DistilReport
    from engrep.engine.memory import Memory
    from engrep.engine.memory_types import Session
    from engrep.engine.recall_types import Item

RECALL_BUDGET = 1500  # tokens before a question


class Chat:
    """One session."""

    def __init__(
        self,
        memory: Memory,
        models: Models | None,
        toolbox: Toolbox,
        *,
        agent: AgentFile | None = None,
        keep: bool = True,
        limits: Limits | None = None,
    ) -> None:
        self.memory, self.models, self.toolbox, self.agent = memory, models, toolbox, agent
        self.kept = Kept(memory, keep=keep)
        self.citations = Citations(memory.root, self._is_memory)
        self._limits = limits or Limits()
        self._keep = keep
        self._conversation: Conversation | None = None
        self._shown: set[str] = set()  # what was recalled already, and stands in the conversation

    @property
    def model(self) -> str:
        """The name of the model that is asked first, '' for none."""
        return self.models.candidates("chat")[0].name if self.models is not None else ""

    @property
    def conversation(self) -> Conversation:
        """What a model is told; it begins when it is first needed."""
        if self._conversation is None:
            self._conversation = Conversation(self._system(), self._context())
        return self._conversation

    def warm(self) -> None:
        """Load in the background what the first question needs."""

        def load() -> None:
            with suppress(EngrepError, OSError):
                self.memory.recall("warm")
                _ = self.conversation

        threading.Thread(target=load, daemon=True).start()
        if self.models is not None:
            self.models.warm("chat")

    def ask(self, question: str, heard: Heard = unheard, *, said: str = "") -> Reply:
        """Answer a question; `said` is what the person wrote where that is not the question itself.

        An interrupt while a model answers leaves what came until then.
        """
        begun = monotonic()
        self.citations.renew()
        self.kept.question(said or question)
        items, withheld, problem = self._recalled(question)
        notes = [problem] if problem else []
        if self.models is None:
            notes += self._unkept(heard)
            return self._extracts(question, items, heard, begun, notes)
        new = [each for each in items if extracts.cite(each) not in self._shown]
        heard(Recalled(tuple(new), sum(each.tokens for each in new), withheld))
        try:
            reply = self._answered(question, new, heard, begun, said)
        except ModelError as error:
            heard(Noted(str(error)))
            notes += self._unkept(heard)
            return replace(self._extracts(question, items, heard, begun, notes), problem=str(error))
        self._shown.update(map(extracts.cite, new))
        self.kept.answer(reply)
        return replace(reply, notes=(*notes, *reply.notes, *self._unkept(heard)))

    def _unkept(self, heard: Heard) -> list[str]:
        """Say once that the session is not kept any more."""
        problem = self.kept.news()
        if problem:
            heard(Noted(problem))
        return [problem] if problem else []

    def _recalled(self, question: str) -> tuple[list[Item], int, str]:
        """Return what is known about a question, but for what may not be shown and what was said in this very session."""
        try:
            found = self.memory.recall(question, budget=RECALL_BUDGET)
        except EngrepError as error:
            return [], 0, f"nothing was recalled: {error}"
        may = self.toolbox.permissions
        items = [
            each
            for each in found.items
            if self._tells(each, frozenset(terms(question))) and may.may_show(each.path, self.memory.root)
        ]
        return items, found.stale_withheld, ""

    def _tells(self, item: Item, asked: frozenset[str]) -> bool:
        """Tell whether something was not said in this very session, and is not just the same question, asked before."""
        said = item.text.partition(": ")[2] if item.role == "call" else item.text
        is_echo = item.type == "turn" and item.role in (USER, "call") and asked.issuperset(terms(said))
        return not is_echo and (not item.session or item.session != self.kept.session)

    def _answered(self, question: str, items: Sequence[Item], heard: Heard, begun: float, said: str) -> Reply:
        if self.models is None:
            raise AssertionError("there is a model")
        conversation = self.conversation
        if conversation.is_full:
            heard(Noted(f"the conversation was long: {self.compact()} messages are summed up"))
        calls = len(self.models.account.calls)
        asked = Asked([Message(USER, asked_text(question, items))])
        stopped = False
        limits = replace(self._limits, context=min(self._limits.context, conversation.context))
        with warnings_told(heard):
            try:
                put(asked, conversation.to_send(), self.models, self.toolbox, heard, limits, self.kept.use)
            except KeyboardInterrupt:
                stopped = True
                # Calls without their results are no conversation: what was said stays, what was looked up does not.
                asked.messages[1:] = [Message(ASSISTANT, f"{asked.text}\n[stopped by the person]")]
        text = asked.text.strip()
        conversation.add(asked.messages, said or question, text)
        return Reply(
            question, text, MODEL, asked.model, self.citations.of(text), tuple(items), (), tuple(asked.uses),
            tuple(asked.notes), "", self.kept.session, asked.usage, _costs(self.models.account.calls[calls:]),
            round(monotonic() - begun, 3), None if asked.first is None else round(asked.first - begun, 3), stopped,
        )  # fmt: skip

    def _extracts(
        self, question: str, items: Sequence[Item], heard: Heard, begun: float, notes: Sequence[str]
    ) -> Reply:
        found = extracts.extracts(question, items)
        walk = self._walk(question)
        text = extracts.written(found, walk)
        if text:
            heard(Piece(text, is_extract=True))
        cited = (*self.citations.of(walk), *map(self.citations.checked, extracts.citations(found)))
        return Reply(
            question, text, EXTRACTS, citations=tuple(dict.fromkeys(cited)), recalled=tuple(items), extracts=found,
            notes=tuple(notes), session=self.kept.session if self.kept.turns else "", usage=NO_USAGE,
            seconds=round(monotonic() - begun, 3),
        )  # fmt: skip

    def _walk(self, question: str) -> str:
        """Answer who calls something, or what it calls, where a question asks just that."""
        wanted = extracts.walk_asked(question)
        if wanted is None:
            return ""
        verb, name = wanted
        try:
            found = getattr(self.memory, verb)(name, limit=20)
        except NotFoundError as error:
            if name.lower() in STOP_WORDS:  # "who calls it a day?"
                return ""
            near = f"; did you mean {', '.join(error.near[:3])}?" if error.near else ""
            return f"{error}{near}"
        except EngrepError:
            return ""
        return told.edges(found, verb.removesuffix("s")) if found.total or found.reason else ""

    def compact(self) -> int:
        """Sum up what was said long ago; what binds stays word for word. Returns how many messages that took."""
        done = self.conversation.compact(self._sum_up)
        if done:
            self._shown.clear()
        return done

    def _sum_up(self, messages: Sequence[Message]) -> str:
        if self.models is not None:
            with suppress(ModelError):
                summary = self.models.ask(without_results(messages, 1500), role="compactor", most=1200).text.strip()
                if summary:
                    return summary
        return plain_summary(messages)

    def resume(self, session: str) -> Session:
        """Go on with a session that is kept; one of another program is gone on with in a new one.

        Raises:
            NotFoundError: there is none, or several begin so.

        """
        found, said, messages = said_in(self.memory, session, self._context() // 2)
        self.kept = Kept(self.memory, found.id if found.program == "engrep" else "", keep=self._keep)
        self._conversation = Conversation(self._system(), self._context(), messages, said)
        self._shown.clear()
        return found

    def use_model(self, models: Models | None) -> None:
        """Ask another model from now on, None for none; the conversation stays."""
        self.models = models
        if self._conversation is not None:
            self._conversation.context = self._context()

    def use_agent(self, agent: AgentFile | None, toolbox: Toolbox) -> None:
        """Follow the instructions of an agent file from now on, with the tools that it names."""
        self.agent, self.toolbox = agent, toolbox
        if self._conversation is not None:
            self._conversation.system = self._system()

    def end(self, *, with_model: bool = False) -> DistilReport | None:
        """Distil the session, with the model too where that is wished; None where nothing was kept."""
        return self.kept.distil(self.models if with_model else None) if self._keep else None

    def _system(self) -> str:
        standing: tuple[Item, ...] = ()
        with suppress(EngrepError):
            standing = self.memory.brief().items
        agent = self.agent.text if self.agent else ""
        return system_text(self.memory.root, standing, agent, list(self.toolbox.tools))

    def _context(self) -> int:
        if self.models is None:
            return CONTEXT
        return self.models.candidates("chat")[0].context or CONTEXT

    def _is_memory(self, memory_id: str) -> bool:
        try:
            found = self.memory.memory(memory_id)
        except NotFoundError:
            return False
        return found.id == memory_id and found.status not in ("forgotten", "rejected")


def _costs(calls: Sequence[Call]) -> Mapping[str, float]:
    from engrep.agents.account import summed

    return dict(summed(calls).costs)
