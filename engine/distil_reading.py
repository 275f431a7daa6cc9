"""The part that a language model has in one run of distilling: what it would cost, what it found, where the rules stand alone."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence

from engrep.engine.errors import ModelError, UsageError
from engrep.engine.memory_types import Session, Turn
from engrep.engine.model_reading import AgreeReading, ModelReader, ReadingCost, ReadingDone
from engrep.engine.store_readings import Readings
from engrep.indexers.statement import Candidate
from engrep.indexers.statement_evidence import borne_out

log = logging.getLogger(__name__)

_HOPELESS = frozenset({"key", "unknown_model", "unreachable", "none", "budget", "refused", "cancelled"})


class ModelPart:
    """One run's reading by a model; a session that it fails on is left to the rules, and read again next time."""

    def __init__(self, reader: ModelReader, readings: Readings) -> None:
        self._reader, self._readings = reader, readings
        self._cost: ReadingCost | None = None
        self._refused = 0
        self._problem = ""
        self._is_hopeless = False
        self._left: list[str] = []

    def ask_first(self, sessions: Iterable[tuple[Session, Sequence[Turn]]], agree: AgreeReading | None) -> None:
        """Add up what reading the sessions would take, and have it agreed to.

        Raises:
            UsageError: nobody agreed to a large run; nothing was sent.

        """
        for session, turns in sessions:
            one = self._reader.cost(turns, self._mark(session), self._readings)
            self._cost = one if self._cost is None else self._cost + one
        cost = self._cost
        if cost is None or cost.passages == cost.kept:
            return
        if not (agree(cost) if agree is not None else not cost.is_large):
            message = (
                f"{cost}: nobody agreed to it, so nothing was sent; --yes agrees, without --model the rules do it alone"
            )
            raise UsageError(message)

    def weigh(self, sessions: Iterable[tuple[Session, Sequence[Turn]]]) -> None:
        """Add up what reading the sessions would take, for a dry run."""
        self.ask_first(sessions, lambda _: True)

    def found(self, session: Session, turns: Sequence[Turn]) -> Sequence[Candidate]:
        """Return what the model finds in what it has not read of a session; nothing where it fails."""
        if self._is_hopeless:
            self._left.append(session.id)
            return ()
        try:
            found = self._reader.read(turns, self._mark(session), self._readings)
        except ModelError as exc:
            log.warning("%s; the rules stand alone for session %s", exc, session.id)
            self._problem, self._is_hopeless = str(exc), exc.kind in _HOPELESS
            self._left.append(session.id)
            return ()
        self._refused += len(found) - len(borne_out(found, turns))
        return found

    def finish(self, session: Session, turns: Sequence[Turn]) -> None:
        """Remember that a session was read, once what it gave is kept."""
        last = turns[-1].number if turns else 0
        if session.id not in self._left and last > self._mark(session):
            self._readings.set_mark(session.id, session.rereads, last)

    def report(self) -> ReadingDone | None:
        """Return what the part took; None where there was nothing to read."""
        if self._cost is None:
            return None
        requests, tokens, cost, currency = self._reader.spent()
        return ReadingDone(
            self._cost.model, self._cost.where, self._cost.passages, self._cost.kept, self._cost.tokens, requests, tokens,
            cost, currency, self._refused, self._problem, tuple(self._left),
        )  # fmt: skip

    def _mark(self, session: Session) -> int:
        return self._readings.mark(session.id, session.rereads)
