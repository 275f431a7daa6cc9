"""Short memories in Chinese with questions about them, and the rules that the questions keep.

A memory is `{"id": "billing-02", "kind": "constraint", "module": "billing", "text": "支付回调必须幂等…"}`, a question
`{"id": "near_miss-01", "category": "near_miss", "query": "…", "gold": ["billing-10"], "decoys": ["auth-01"]}`.

    word         a word: right is every memory that holds it
    english      English memories among the Chinese ones, inflected or spelled apart
    direct       asks in the memory's words
    paraphrase   asks in other words
    mixed        names an identifier
    near_miss    asks about one module in words that a memory of another module has too: its decoy
    no_answer    nothing answers it; decoys are near in words
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engrep.eval.cjk_comments import HAN
from engrep.eval.cjk_questions import shared_run
from engrep.eval.systems.records import Record

CATEGORIES = ("word", "english", "direct", "paraphrase", "mixed", "near_miss", "no_answer")
_IDENTIFIER = re.compile(r"[A-Za-z_][\w]{3,}", re.ASCII)
_RUN = re.compile(rf"{HAN.pattern}+")


@dataclass(frozen=True, slots=True)
class MemoryQuestion:
    """A question about memories."""

    question_id: str
    category: str
    query: str
    gold: tuple[str, ...]  # ids of memories, all equally right
    decoys: tuple[str, ...]  # ids of memories that are near and wrong


def record(row: Mapping[str, Any]) -> Record:
    """Read a memory."""
    return Record(row["id"], row["text"], scopes=(row["module"],), kind=row["kind"])


def memory_question(row: Mapping[str, Any]) -> MemoryQuestion:
    """Read a question."""
    return MemoryQuestion(row["id"], row["category"], row["query"], tuple(row["gold"]), tuple(row.get("decoys", ())))


def broken_memory_rules(records: Sequence[Record], questions: Sequence[MemoryQuestion]) -> list[str]:
    """Return what is wrong with memories and questions."""
    named = [*(each.record_id for each in records), *(each.question_id for each in questions)]
    said = [*(each.text for each in records), *(each.query for each in questions)]
    wrong = [f"{name} stands twice" for name, n in (Counter(named) + Counter(said)).items() if n > 1]
    known = {each.record_id: each for each in records}
    return wrong + [f"{each.question_id}: {problem}" for each in questions for problem in _problems(each, known)]


def _problems(asked: MemoryQuestion, known: Mapping[str, Record]) -> Iterator[str]:
    absent = [name for name in (*asked.gold, *asked.decoys) if name not in known]
    if absent or asked.category not in CATEGORIES:
        yield f"there is no {' '.join(absent) or asked.category}"
        return
    gold, decoys = ([known[name] for name in names] for names in (asked.gold, asked.decoys))
    if bool(gold) == (asked.category == "no_answer"):
        yield "it must have an answer, unless it is asked for silence"
    if asked.category == "word" and {each.record_id for each in known.values() if asked.query in each.text} != {
        *asked.gold
    }:
        yield "its gold is not all that holds the word"
    if asked.category == "paraphrase":
        yield from (f"it repeats the memory: {run}" for each in gold if (run := shared_run(asked.query, each.text)))
    if asked.category == "mixed" and not any(
        name in each.text for each in gold for name in _IDENTIFIER.findall(asked.query)
    ):
        yield "it names no identifier of its memory"
    if asked.category == "near_miss":
        yield from _not_near(asked, gold, decoys)
    if asked.category != "english" and not HAN.search(asked.query):
        yield "it is not in Chinese"


def _not_near(asked: MemoryQuestion, gold: Sequence[Record], decoys: Sequence[Record]) -> Iterator[str]:
    if not decoys or {each.scopes for each in gold} & {each.scopes for each in decoys}:
        yield "it has no decoy of another module"
    asked_pairs = _pairs(asked.query)
    yield from (f"it has no words of {each.record_id}" for each in decoys if not asked_pairs & _pairs(each.text))


def _pairs(text: str) -> set[str]:
    return {run[at : at + 2] for run in _RUN.findall(text) for at in range(len(run) - 1)}
