"""Questions in Chinese about short memories, with near misses and with nothing to find."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence

from engrep.engine.errors import StateError
from engrep.eval.cases import Case, Corpus, Outcome, Shown, Value
from engrep.eval.cjk_memories import MemoryQuestion, broken_memory_rules, memory_question, record
from engrep.eval.datasets import Dataset, Places, dataset
from engrep.eval.measures import ranking_values
from engrep.eval.systems.records import Recalled, Record, RecordIndex, RecordSystem
from engrep.eval.task import Event

DEPTH = 10
_FROM_LIBRARY = ("RR@10", "R@5", "Success@1")


class CjkMemory:
    """Memories of eight modules in Chinese, some in English among them, all in one store."""

    name = "cjk-memory"
    title = "questions in Chinese about memories: words, paraphrases, identifiers, near misses, no answer"
    kind = "records"
    measures: tuple[str, ...] = (*_FROM_LIBRARY, "abstained")
    average = "cases"
    baselines: tuple[str, ...] = ("bm25",)

    def dataset(self, places: Places) -> Dataset:
        """Return the data set."""
        return dataset("cjk", places.data)

    def corpora(self, places: Places) -> Sequence[Corpus]:
        """Return the one corpus.

        Raises:
            StateError: a question breaks a rule, as where its gold is no memory.

        """
        data = self.dataset(places)
        records = tuple(record(row) for row in data.lines("memories.jsonl"))
        questions = [memory_question(row) for row in data.lines("memory_questions.jsonl")]
        wrong = broken_memory_rules(records, questions)
        if wrong:
            message = f"{data.folder} breaks its rules: {wrong[0]}"
            raise StateError(message)
        return (Corpus("memories", "chinese", tuple(map(_case, questions)), records),)

    def missing(self, corpus: Corpus, places: Places) -> str | None:
        """Nothing is ever missing: the memories lie beside the questions."""
        del corpus, places
        return None

    def fetch(self, corpus: Corpus, places: Places, remote: str) -> None:
        """Do nothing."""

    def answer(
        self, corpus: Corpus, systems: Mapping[str, RecordSystem], todo: Mapping[str, Sequence[Case]], places: Places
    ) -> Iterator[Event]:
        """Ask each system about the memories."""
        records: Sequence[Record] = corpus.detail
        texts = {each.record_id: each.text for each in records}
        for name, system in systems.items():
            if not todo[name]:
                continue
            with system.open(records, places.work / self.name) as index:
                yield name, index.prepared
                for case in todo[name]:
                    yield name, _ask(index, case, texts)


def _case(asked: MemoryQuestion) -> Case:
    return Case(asked.question_id, asked.query, asked.category, asked.gold, asked)


def _ask(index: RecordIndex, case: Case, texts: Mapping[str, str]) -> Outcome:
    started = time.perf_counter()
    found = index.recall(case.query, limit=DEPTH, scopes=())
    ms = 1e3 * (time.perf_counter() - started)
    held = [_gold(case, each) for each in found]
    shown = [
        Shown(f"{each.record_id} {texts[each.record_id]}", each.score, gold, each.why)
        for each, gold in zip(found, held, strict=True)
    ]
    return Outcome(case.case_id, _values(case, held), ms, tuple(shown))


def _gold(case: Case, found: Recalled) -> tuple[int, ...]:
    return (case.gold.index(found.record_id),) if found.record_id in case.gold else ()


def _values(case: Case, held: Sequence[tuple[int, ...]]) -> dict[str, Value]:
    """Score an answer; where nothing is right, only whether nothing was said."""
    if not case.gold:
        return {"abstained": float(not held)}
    return ranking_values(held, len(case.gold), _FROM_LIBRARY)
