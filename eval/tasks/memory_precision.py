"""Memory precision: which beliefs must come back, and which must not, as PrecisionMemBench has it."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from engrep.eval.cases import Case, Corpus, Outcome
from engrep.eval.datasets import Places
from engrep.eval.systems.records import Question, Record, RecordIndex
from engrep.eval.tasks.in_records import Ask, OverRecords, Texts, texts_of
from engrep.eval.tasks.sections import PRELUDE, answered_items, judge, note_of, section_of, values_of, wanted_items

ASKER = "test-user"  # whose memory is asked: the beliefs say it, the cases leave it out
UNIVERSAL = "user:universal"  # the set's own word for the scope that holds everywhere
ENTRIES = 10  # where a case names no budget


class MemoryPrecision(OverRecords):
    """PrecisionMemBench's beliefs, and the half of its retrieval cases that may be looked at."""

    name = "memory-precision"
    data = "precisionmembench"
    title = "beliefs that must come back, and that must not (PrecisionMemBench)"
    measures: tuple[str, ...] = ("passed", "precision", "recall", "returned wrongly", "relevant", "within")
    baselines: tuple[str, ...] = ("bm25", "bm25+scoped", "keywords", "keywords+scoped", "recent", "recent+scoped")

    def corpora(self, places: Places) -> Sequence[Corpus]:
        """Return the one set of beliefs."""
        data = self.dataset(places)
        cases = tuple(_case(row) for row in data.json("retrieval.cases.json"))
        records = tuple(belief(row) for row in data.json("beliefs.seed.json"))
        return (Corpus(data.name, "English", cases, records),)

    def asking(self, records: Sequence[Record]) -> Ask:
        """Return what asks about the beliefs."""
        texts = texts_of(records)
        return lambda index, case: ask(index, case, texts)


def belief(row: Mapping[str, Any]) -> Record:
    """Read a belief. How sure it is and how often it was met again are left out: no case turns on them."""
    return Record(
        row["_id"],
        row["content"],
        at=row["updated_at"],
        scopes=() if UNIVERSAL in row["scope"] else tuple(row["scope"]),
        kind=row["type"],
        names=(row["canonical_name"], *row["aliases"]),
        reason=row["why_it_matters"],
        related=tuple(row.get("participants", ())),
        owner=row["user_id"],
        status=_status(row),
        superseded_by=row["superseded_by"] or "",
        pinned=row["pinned"],
        by_hand=row["user_edited"],
    )


def _status(row: Mapping[str, Any]) -> str:
    """Return whether a belief still holds; what is explored or inferred does."""
    if row["resolved_at"]:
        return "resolved"
    return "superseded" if row["epistemic_status"] == "superseded" else "active"


def _case(row: Mapping[str, Any]) -> Case:
    gold = tuple(f"{section} {record_id}" for section, record_id in wanted_items(row["expect"]))
    return Case(row["caseId"], row["query"], row["category"], gold, row)


def ask(index: RecordIndex, case: Case, texts: Texts) -> Outcome:
    """Ask one case: what is in view anyway comes first, then what the question brings."""
    row: Mapping[str, Any] = case.detail
    budget = row.get("budget", {}).get("maxBeliefs")
    question = Question(case.query, budget or ENTRIES, tuple(row["scope"]), ASKER)
    started = time.perf_counter()
    entries = [*index.brief(question), *index.recall(question)]
    ms = 1e3 * (time.perf_counter() - started)
    read = [(entry, texts.of(entry)) for entry in entries]
    items = answered_items([each for entry in entries for each in entry.record_ids], texts.records, budget)
    prelude = "\n".join(
        text for entry, text in read if any(section_of(texts.records[each]) == PRELUDE for each in entry.record_ids)
    )
    strangers = frozenset(each.record_id for each in texts.records.values() if each.owner not in ("", ASKER))
    judged = judge(row["expect"], items, strangers, prelude)
    held = [
        [at for at, item in enumerate(case.gold) if any(item.endswith(f" {each}") for each in entry.record_ids)]
        for entry in entries
    ]
    return Outcome(case.case_id, values_of(judged, row["expect"]), ms, texts.shown(entries, held), note_of(judged))
