"""The conversation that goes before a model, and how it is made shorter when it has grown too long.

What binds stays word for word: what the person stated as a rule, a decision or a task, found by the same rules as when a
session is distilled. What is pinned stands in the first message, which is never shortened. The rest is summed up.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from engrep.agents import told
from engrep.agents.assembling import tokens_of
from engrep.agents.model_types import ASSISTANT, SYSTEM, TOOL, USER, Message
from engrep.agents.outgoing import outgoing
from engrep.engine.memory_types import Turn
from engrep.indexers.statements import statements
from engrep.indexers.tokens import count_tokens

CONTEXT = 32_000  # tokens of a model whose configuration does not say
ANSWER_SHARE = 0.25  # of the context that is kept free: for the answer, and for what its tools bring
LATEST_SHARE = 0.3  # of the context that the latest questions and answers may take when all before is summed up
MOST_KEPT = 1500  # tokens of what is kept word for word
BINDING = frozenset({"constraint", "convention", "decision", "business_rule", "preference", "interface", "task_state"})
ASKED_TO_SUM_UP = (
    "Sum up the conversation above for whoever goes on with it, in at most 300 words: what was asked and found, with its places "
    "(path:line) and memory ids, what was tried, and what is still open. No greeting, no advice."
)

SumUp = Callable[[Sequence[Message]], str]


@dataclass(slots=True)
class Conversation:
    """What was said so far, as a model is told it."""

    system: str
    context: int = CONTEXT
    messages: list[Message] = field(default_factory=list)
    said: list[Turn] = field(default_factory=list)  # by both sides, without what was recalled
    kept: list[str] = field(default_factory=list)  # word for word, whatever is summed up

    def to_send(self, tail: Sequence[Message] = ()) -> list[Message]:
        """Return the messages of the next request."""
        return [Message(SYSTEM, self.system), *self.messages, *tail]

    @property
    def tokens(self) -> int:
        """How much of the context it takes."""
        return tokens_of(self.to_send(), ())

    @property
    def is_full(self) -> bool:
        """Tell whether it leaves too little room for a question and its answer."""
        return self.tokens > self.context * (1 - ANSWER_SHARE)

    def add(self, messages: Sequence[Message], question: str, answer: str) -> None:
        """Add a question and all that led to its answer."""
        self.messages += messages
        for role, text in ((USER, question), (ASSISTANT, answer)):
            self.said.append(Turn("", len(self.said) + 1, role, "", text))

    def compact(self, sum_up: SumUp) -> int:
        """Make it shorter, and return how many messages were summed up; those of the latest questions stay as they are."""
        at = self._latest()
        if at == 0:
            return 0
        older = self.messages[:at]
        summary = sum_up([Message(SYSTEM, self.system), *older, Message(USER, ASKED_TO_SUM_UP)])
        self.kept = binding(self.said)
        frames = [
            told.framed("kept", self.kept, "(word for word, what the person stated in this session)"),
            told.framed("summary", [summary], "(what was said before, summed up)"),
        ]
        first = Message(USER, "\n\n".join(frame for frame in frames if frame))
        self.messages = [first, Message(ASSISTANT, "I go on from there."), *self.messages[at:]]
        return len(older)

    def _latest(self) -> int:
        """Return where the latest questions begin that may stay: at least the last one, unless it is all there is."""
        starts = [at for at, message in enumerate(self.messages) if message.role == USER]
        allowed = self.context * LATEST_SHARE
        fitting = [at for at in starts if tokens_of(self.messages[at:], ()) <= allowed]
        # A single question that is longer than that is summed up too: else the next one would have no room.
        return fitting[0] if fitting else len(self.messages)


def binding(said: Sequence[Turn]) -> list[str]:
    """Return what a person stated that goes on holding, in their own words, the latest where there is too much."""
    found = [each.quote for each in statements(said) if each.is_stated and each.kind in BINDING]
    kept, room = list[str](), MOST_KEPT
    for quote in reversed(list(dict.fromkeys(found))):
        room -= count_tokens(quote)
        if room < 0:
            break
        kept.append(f"> {outgoing(quote)}")
    return kept[::-1]


def plain_summary(messages: Sequence[Message]) -> str:
    """Sum up without a model: each question and the beginning of its answer."""
    lines = []
    for message in messages:
        text = " ".join(message.text.rpartition("</engrep-recall>")[2].split())
        if message.role in (USER, ASSISTANT) and text and message.text != ASKED_TO_SUM_UP:
            lines.append(f"{'asked' if message.role == USER else 'answered'}: {text[:300]}")
    return "\n".join(lines[-30:])


def without_results(messages: Sequence[Message], most: int) -> list[Message]:
    """Return messages in which what tools gave is cut to so many characters: for a summary they need not be whole."""
    return [
        Message(TOOL, message.text[:most] + "…", call_id=message.call_id)
        if message.role == TOOL and len(message.text) > most
        else message
        for message in messages
    ]
