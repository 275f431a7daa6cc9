"""One conversation as a door holds it: a line is a command or a question; the same in a terminal and in a pipe."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from engrep.agents.chat_notes import warnings_told
from engrep.agents.chat_types import MODEL, Reply
from engrep.engine.errors import EngrepError

if TYPE_CHECKING:
    from collections.abc import Callable

    from engrep.agents.chat_open import Talk
    from engrep.chat_view import View


@dataclass(slots=True)
class Stage:
    """What a line is said to."""

    talk: Talk
    view: View
    is_over: bool = False
    choose: Callable[[list[str]], int | None] | None = None  # lets a person pick one of some lines
    replies: list[Reply] = field(default_factory=list)

    def hear(self, line: str) -> Reply | None:
        """Do what a line says: a command, one of the project's own, or a question. Give the answer, where there is one."""
        text = line.strip()
        if not text:
            return None
        try:
            if text.startswith("/"):
                from engrep.chat_slash import run

                question = run(self, text)
                return self.ask(question, said=text) if question else None
            return self.ask(text)
        except EngrepError as error:
            from engrep.failures import did_you_mean

            self.view.warn(f"{error}{did_you_mean(tuple(getattr(error, 'near', ())))}")
            self.view.line()
            return None

    def ask(self, question: str, *, said: str = "") -> Reply:
        """Put a question, and show what comes of it."""
        self.talk.wait()
        for each in self.talk.notes:
            self.view.warn(each)
        self.talk.notes.clear()
        reply = self.talk.chat.ask(question, self.view.hear, said=said)
        self.view.end(reply)
        self.replies.append(reply)
        return reply

    def finish(self) -> None:
        """Distil the conversation and say what was learned; a program at the other end does not wait for a model."""
        has_model = self.view.look.is_terminal and any(reply.mode == MODEL for reply in self.replies)
        if has_model:
            self.view.line()
            self.view.quiet("looking for what should be remembered …")
        with warnings_told(self.view.hear):
            report = self.talk.chat.end(with_model=has_model)
        if problem := self.talk.chat.kept.problem:
            self.view.warn(problem)
        if report is not None and (report.active or report.proposed):
            learned = [each for one in report.sessions for each in one.drawn if each.duplicate_of is None]
            for each in learned:
                waits = "" if each.status == "active" else "  waits in `engrep review`"
                self.view.quiet(f"learned  {each.id}  {each.text}{waits}")
