"""Questions in Chinese about short memories, with near misses and with nothing to find."""

from __future__ import annotations

from collections.abc import Sequence

from engrep.engine.errors import StateError
from engrep.eval.cases import Case, Corpus, Outcome
from engrep.eval.cjk_memories import MemoryQuestion, broken_memory_rules, memory_question, record
from engrep.eval.datasets import Places
from engrep.eval.systems.records import Question, Record, RecordIndex
from engrep.eval.tasks.in_records import (
    Ask,
    Levels,
    OverRecords,
    Texts,
    gold_held,
    level_values,
    recalled,
    silence,
    texts_of,
)

DEPTH = 10
RANKED = ("RR@10", "R@5", "Success@1")


class CjkMemory(OverRecords):
    """Memories of eight modules in Chinese, some in English among them, all in one store."""

    name = "cjk-memory"
    data = "cjk"
    title = "questions in Chinese about memories: words, paraphrases, identifiers, near misses, no answer"
    measures: tuple[str, ...] = (*RANKED, "abstained")
    baselines: tuple[str, ...] = ("bm25", "keywords")

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

    def asking(self, records: Sequence[Record]) -> Ask:
        """Return what asks about the memories."""
        levels, texts = {each.record_id: each.record_id for each in records}, texts_of(records)
        return lambda index, case: _ask(index, case, levels, texts)


def _case(asked: MemoryQuestion) -> Case:
    return Case(asked.question_id, asked.query, asked.category, asked.gold, asked)


def _ask(index: RecordIndex, case: Case, levels: Levels, texts: Texts) -> Outcome:
    answer = recalled(index, Question(case.query, DEPTH))
    held = gold_held(answer.entries, levels, case.gold)
    values = level_values(answer.entries, levels, case.gold, RANKED) if case.gold else silence(answer.entries)
    return Outcome(case.case_id, values, answer.ms, texts.shown(answer.entries, held))
