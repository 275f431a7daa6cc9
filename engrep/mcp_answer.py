"""What a tool answers with, before the state of the index and the notes are added to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from engrep.mcp_arguments import Arguments
from engrep.mcp_shapes import Data, clean
from engrep.mcp_texts import page

_OF_THE_PAGE = frozenset({"cursor", "limit", "budget"})


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer, as JSON and as text."""

    data: Data
    heading: str
    entries: Sequence[str]
    is_stale: bool = False  # it shows code of files that changed since they were indexed
    notes: tuple[str, ...] = ()

    def with_state(self, state: str) -> Answer:
        """Return it with the state of the index as something that was asked for."""
        return replace(self, data={**self.data, "state": state}, heading=f"{self.heading}\nindex: {state}")

    def finished(self, index: Data | None, notes: Sequence[str]) -> tuple[Data, str]:
        """Return it as JSON and as text, with what it lacks."""
        extra = clean({"index": index, "notes": [*self.notes, *notes]})
        data = {**self.data, **extra}
        reason = [data["reason"]] if data.get("reason") else []
        return data, page(self.heading, [*self.entries, *reason], data)


def asked_for(asked: Arguments) -> tuple[tuple[str, Any], ...]:
    """Return what makes a question: its arguments without those that only choose a page."""
    return tuple(sorted((name, str(value)) for name, value in asked.values.items() if name not in _OF_THE_PAGE))
