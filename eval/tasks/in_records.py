"""What tasks over records share: every system takes the records in once and answers every case."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from engrep.engine.errors import StateError
from engrep.eval.cases import Case, Corpus, Outcome, Shown, Value
from engrep.eval.datasets import Places
from engrep.eval.measures import ranking_values
from engrep.eval.systems.records import Question, Recalled, Record, RecordIndex, RecordSystem
from engrep.eval.task import Event
from engrep.eval.tasks.on_data import BesideQuestions
from engrep.indexers.tokens import count_tokens

KEPT = 10  # entries of each answer that a run keeps
_SHOWN = 100  # characters of an entry's text that a run keeps

Ask = Callable[[RecordIndex, Case], Outcome]
Levels = Mapping[str, str]
"""Record → what it counts as: itself, or its session."""


class OverRecords(BesideQuestions):
    """A task whose corpora are records, in the corpus's detail."""

    kind = "records"
    average = "cases"

    def asking(self, records: Sequence[Record]) -> Ask:
        """Return what asks one case about the records."""
        raise NotImplementedError

    def answer(
        self, corpus: Corpus, systems: Mapping[str, RecordSystem], todo: Mapping[str, Sequence[Case]], places: Places
    ) -> Iterator[Event]:
        """Give the records to each system that has something to do, and ask it its cases."""
        del places
        ask = self.asking(corpus.detail)
        for name in (name for name in systems if todo[name]):
            # Always anew: a memory that was given the same records twice would be another one.
            with (
                tempfile.TemporaryDirectory(prefix="engrep-eval-") as state,
                systems[name].open(corpus.detail, Path(state)) as index,
            ):
                yield name, index.prepared
                for case in todo[name]:
                    yield name, ask(index, case)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a system said, and how long it took."""

    entries: Sequence[Recalled]
    ms: float


def recalled(index: RecordIndex, question: Question) -> Answer:
    """Ask a question."""
    started = time.perf_counter()
    entries = index.recall(question)
    return Answer(entries, 1e3 * (time.perf_counter() - started))


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of the records, as a reader of an answer gets to see them."""

    records: Mapping[str, Record]

    def of(self, entry: Recalled) -> str:
        """Return what an entry shows.

        Raises:
            StateError: it names a record that was never given.

        """
        unknown = [record_id for record_id in entry.record_ids if record_id not in self.records]
        if unknown:
            message = f"the system answers with {', '.join(unknown)}, which is none of the records"
            raise StateError(message)
        if entry.text is not None:
            return entry.text
        return "\n".join(self.records[record_id].text for record_id in entry.record_ids)

    def shown(self, entries: Sequence[Recalled], gold: Sequence[Sequence[int]]) -> tuple[Shown, ...]:
        """Return what a run keeps of an answer, given which gold items each entry holds."""
        return tuple(
            Shown(
                f"{'+'.join(entry.record_ids)} {' '.join(self.of(entry).split())[:_SHOWN]}", entry.score, tuple(held),
                entry.why,
            )
            for entry, held in zip(entries[:KEPT], gold, strict=False)
        )  # fmt: skip


def texts_of(records: Sequence[Record]) -> Texts:
    """Look records up by their ids."""
    return Texts({each.record_id: each for each in records})


def gold_held(entries: Sequence[Recalled], levels: Levels, gold: Sequence[str]) -> list[list[int]]:
    """Return for each entry which gold items its records count as."""
    places = {item: at for at, item in enumerate(gold)}
    return [
        sorted({places[levels[record]] for record in entry.record_ids if levels[record] in places}) for entry in entries
    ]


def level_values(
    entries: Sequence[Recalled], levels: Levels, gold: Sequence[str], measures: Sequence[str]
) -> dict[str, Value]:
    """Score a ranking of what the records count as, each at its first place: of sessions rather than their turns."""
    ranked = dict.fromkeys(levels[record] for entry in entries for record in entry.record_ids)
    places = {item: at for at, item in enumerate(gold)}
    return ranking_values([(places[item],) if item in places else () for item in ranked], len(gold), measures)


def token_values(
    entries: Sequence[Recalled], held: Sequence[Sequence[int]], n_gold: int, measures: Sequence[str], texts: Texts
) -> dict[str, Value]:
    """Score what a reader has found after so many tokens of the answer, entry by entry as they were given."""
    return ranking_values(held, n_gold, measures, [count_tokens(texts.of(entry)) for entry in entries])


def silence(entries: Sequence[Recalled]) -> dict[str, Value]:
    """Score a question that nothing answers: right is to say nothing."""
    return {"abstained": float(not entries)}
