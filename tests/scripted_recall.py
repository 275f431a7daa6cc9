"""A system of memories whose answer a test has written."""

from __future__ import annotations

from collections.abc import Sequence

from engrep.eval.cases import Prepared
from engrep.eval.systems.records import Question, Recalled


class Said:
    """A system that gives the same answer whatever is asked."""

    prepared = Prepared(0.0)

    def __init__(self, recalled: Sequence[Recalled], in_view: Sequence[Recalled] = ()) -> None:
        self.recalled, self.in_view = recalled, in_view

    def recall(self, question: Question) -> Sequence[Recalled]:
        return self.recalled[: question.limit]

    def brief(self, question: Question) -> Sequence[Recalled]:
        del question
        return self.in_view
