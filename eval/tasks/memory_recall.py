"""Memory recall: questions about earlier sessions of a developer with an assistant, as DevMemBench has them.

Every message is a record. An answer counts as the sessions of its records, each at the first place where it turns up.
Questions that no session answers measure only whether a system keeps silent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engrep.eval.cases import Case, Corpus, Outcome
from engrep.eval.datasets import Places
from engrep.eval.systems.records import Question, Record, RecordIndex
from engrep.eval.tasks.in_records import (
    Ask,
    OverRecords,
    Texts,
    gold_held,
    level_values,
    recalled,
    silence,
    texts_of,
    token_values,
)

ENTRIES = 50  # that a system is asked for: several turns of one session are one place
EVERY_PROJECT = "both"  # the set's own word for a session about all of its projects
RANKED = ("R@5", "All@5", "RR@10", "nDCG@10", "R@1", "R@3", "R@10")
READ = ("R@500t", "R@2000t", "tokens")


class MemoryRecall(OverRecords):
    """DevMemBench's development part: 25 sessions, 200 questions."""

    name = "memory-recall"
    data = "devmembench"
    title = "questions about earlier sessions → the sessions that answer them, or silence (DevMemBench)"
    measures: tuple[str, ...] = (*RANKED, *READ, "abstained")
    baselines: tuple[str, ...] = ("bm25", "keywords", "recent")

    def corpora(self, places: Places) -> Sequence[Corpus]:
        """Return the one set of sessions."""
        data = self.dataset(places)
        cases = [
            Case(row["questionId"], row["question"], row["questionType"], tuple(row["haystackSessionIds"]))
            for row in data.json("questions.json")
        ]
        return (Corpus(data.name, "English", tuple(cases), session_records(data.json("sessions.json"))),)

    def asking(self, records: Sequence[Record]) -> Ask:
        """Return what asks about the sessions."""
        sessions, texts = {each.record_id: each.session for each in records}, texts_of(records)
        return lambda index, case: ask(index, case, sessions, texts)


def session_records(sessions: Sequence[Mapping[str, Any]]) -> tuple[Record, ...]:
    """Return a record for each message; a session's project is the scope in which it holds."""
    records = []
    for session in sessions:
        about = session["metadata"]
        scopes = () if about["project"] == EVERY_PROJECT else (about["project"],)
        for at, message in enumerate(session["messages"]):
            name = f"{session['sessionId']}/{at + 1}"
            records.append(
                Record(name, message["content"], session["sessionId"], about["date"], scopes, message["role"])
            )
    return tuple(records)


def ask(index: RecordIndex, case: Case, sessions: Mapping[str, str], texts: Texts) -> Outcome:
    """Ask one question and judge the answer by the sessions it leads to."""
    answer = recalled(index, Question(case.query, ENTRIES))
    held = gold_held(answer.entries, sessions, case.gold)
    values = {
        **level_values(answer.entries, sessions, case.gold, RANKED),
        **token_values(answer.entries, held, len(case.gold), READ, texts),
        **({} if case.gold else silence(answer.entries)),
    }
    return Outcome(case.case_id, values, answer.ms, texts.shown(answer.entries, held))
