"""What a chat shows around its answers: what was recalled, which tools were used, what it took."""

from __future__ import annotations

import sys
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, TextIO

from engrep.agents.chat_types import EXTRACTS, Event, Noted, Piece, Recalled, Reply, Used, Using
from engrep.chat_writer import CITED, DIM, INDENT, WARN, Look, Writer
from engrep.output import note, safe_line

if TYPE_CHECKING:
    from engrep.agents.citations import Citations
    from engrep.engine.recall_types import Item

MOST_RECALLED = 6  # lines
_CITE = 26  # columns of what was recalled, before what it says


class View:
    """Draws what a chat tells, as it comes."""

    def __init__(self, root: Path, citations: Citations, out: TextIO | None = None) -> None:
        self._root, self._citations = root, citations
        self.out = out or sys.stdout
        self.look = Look(self.out)
        self._writer: Writer | None = None

    def hear(self, event: Event) -> None:
        """Draw one event."""
        if isinstance(event, Piece):
            self.piece(event)
            return
        self.close()
        if isinstance(event, Recalled):
            self._recalled(event)
        elif isinstance(event, Using):
            self.quiet(f"→ {event.tool}  {event.subject}")
        elif isinstance(event, Used):
            if event.use.error:
                self.warn(f"→ {event.use.tool}  {event.use.subject}  {event.use.error}")
        elif isinstance(event, Noted):
            self.warn(event.text)
        self.out.flush()

    def quiet(self, text: str) -> None:
        """Write a line that may be overlooked, as much of it as there is room for; in a pipe all of it."""
        shown = safe_line(text)
        self.line(self.look.styled(_cut(shown, self.look.width - 2) if self.look.is_terminal else shown, DIM))

    def warn(self, text: str) -> None:
        """Write a line that should not be overlooked; in a pipe it is no part of the answer."""
        if not self.look.is_terminal:
            note(text)
            return
        for line in wrap(safe_line(text), self.look.width - 2):
            self.line(self.look.styled(line, WARN))

    def line(self, shown: str = "") -> None:
        """Write a line that is drawn already."""
        self.out.write(f"{INDENT}{shown}\n" if shown else "\n")
        self.out.flush()

    def end(self, reply: Reply) -> None:
        """End an answer: what is not verified, and what it took."""
        self.close()
        if reply.is_stopped:
            self.quiet("stopped")
        elif not reply.answer:
            self.quiet("nothing known about it" if reply.mode == EXTRACTS else "the model said nothing")
        if footer := _footer(reply):
            self.line()
            self.quiet(footer)
        self.line()

    def piece(self, event: Piece) -> None:
        """Write a piece of an answer."""
        if event.is_extract:
            self.close()
        if self._writer is None:
            if self.look.is_terminal:
                self.line()
            self._writer = Writer(self.out, self.look, self._citations, self._root, markdown=not event.is_extract)
        if event.is_restart:
            self._writer.restart()
        self._writer.take(event.text)

    def close(self) -> None:
        """End the answer that is being written."""
        if self._writer is not None:
            self._writer.end()
            self._writer = None

    def _recalled(self, event: Recalled) -> None:
        if not event.items:
            return
        self.line()
        for item in event.items[:MOST_RECALLED]:
            self.line(self._item(item))
        left = len(event.items) - MOST_RECALLED
        more = [f"and {left} more"] if left > 0 else []
        more += [f"{event.withheld} withheld, for their code changed"] if event.withheld else []
        if more:
            self.quiet(", ".join(more))

    def _item(self, item: Item) -> str:
        from engrep.agents.extracts import cite

        name = f"session {item.session[:8]} turn {item.number}" if item.type == "turn" else cite(item)
        name = safe_line(name)
        shown = name if len(name) <= _CITE else f"…{name[-_CITE + 1 :]}"
        linked = self.look.styled(shown, CITED, DIM)
        if item.path and item.type in ("code", "instruction"):
            linked = self.look.linked(linked, self._root / item.path, item.start_line)
        said = item.qualified_name if item.type == "code" else " ".join((item.title or item.text).split())
        room = self.look.width - _CITE - 6
        return f"{self.look.styled('·', DIM)} {linked}{' ' * (_CITE - len(shown) + 2)}{self.look.styled(_cut(safe_line(said), room), DIM)}"


def _footer(reply: Reply) -> str:
    if reply.mode == EXTRACTS or reply.is_stopped:
        return ""
    about = "about " if reply.usage.is_estimated else ""
    costs = [f"{amount:.4f} {currency}" for currency, amount in reply.costs.items()]
    return " · ".join([f"{reply.seconds:.1f} s", f"{about}{reply.usage.total:,} tokens", *costs, reply.model])


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: max(width - 1, 1)]}…"
