"""What may answer a question, and the parts of its score: the score and the reasons for it grow in one call."""

from __future__ import annotations

from typing import Any

from engrep.engine.score_types import NOTHING, Share, Why


class Candidate:
    """A memory, a turn or a place in the code, with what speaks for and against it."""

    __slots__ = ("_parts", "payload", "share", "type")

    def __init__(self, type_: str, payload: Any) -> None:
        self.type, self.payload = type_, payload
        self.share: Share = NOTHING
        self._parts: dict[str, float] = {}

    def add(self, part: str, value: float) -> None:
        """Add a part to the score; nothing is no part."""
        if value:
            self._parts[part] = self._parts.get(part, 0.0) + value

    def part(self, name: str) -> float:
        """Return what a part has brought."""
        return self._parts.get(name, 0.0)

    @property
    def score(self) -> float:
        """The sum of the parts."""
        return sum(self._parts.values())

    @property
    def why(self) -> tuple[Why, ...]:
        """The parts, the weightiest first."""
        return tuple(
            Why(name, round(value, 4))
            for name, value in sorted(self._parts.items(), key=lambda part: (-abs(part[1]), part[0]))
        )
