"""Recall of evidence from long conversations, in the format of LoCoMo: for one's own data, none comes with engrep.

The data set is a folder `conversations` with a `dataset.json` and JSON files, each a conversation or a list of them:

    {"sample_id": "1", "conversation": {"session_1_date_time": "1:56 pm on 8 May, 2023", "session_1": [
         {"speaker": "…", "dia_id": "D1:1", "text": "…", "blip_caption": "what a picture shows"}, …], "session_2": …},
     "qa": [{"question": "…", "answer": "…", "evidence": ["D1:1"], "category": 1}]}

A question may besides say from when it is asked ("at") and with which file open ("from_file").
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engrep.engine.errors import StateError
from engrep.eval.cases import Case, Corpus, Outcome
from engrep.eval.datasets import MANIFEST, Dataset, MissingDataError, Places
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
    token_values,
)

ENTRIES = 50
RANKED = ("R@5", "R@10", "All@10", "RR@10", "nDCG@10")
READ = ("R@500t", "R@2000t", "tokens")
BY_SESSION = ("R@1", "R@5", "All@5")
_SESSION = re.compile(r"session_(\d+)")
_TURN = re.compile(r"D(\d+):(\d+)")
_WRITTEN_TIME = "%I:%M %p on %d %B, %Y"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What else is known of a question."""

    sessions: tuple[str, ...]
    at: str
    note: str


class Conversations(OverRecords):
    """Questions whose evidence is single turns."""

    name = data = "conversations"
    title = "questions about long conversations → the turns and sessions that are evidence (data in LoCoMo's format)"
    measures: tuple[str, ...] = (*RANKED, *READ, *(f"session {name}" for name in BY_SESSION), "abstained")
    baselines: tuple[str, ...] = ("bm25", "keywords", "recent")

    def dataset(self, places: Places) -> Dataset:
        """Return the data set."""
        if not (places.data / self.data / MANIFEST).is_file():
            message = (
                f"put conversations in LoCoMo's format and a {MANIFEST} (name, title, origin, licence) into "
                f"{places.data / self.data}, then `engrep eval seal` that folder"
            )
            raise MissingDataError(message)
        return super().dataset(places)

    def corpora(self, places: Places) -> Sequence[Corpus]:
        """Return a corpus for each conversation."""
        data = self.dataset(places)
        samples = [sample for file in data.matching("*.json") for sample in _samples(data, file)]
        return tuple(conversation(sample, f"conversation-{at + 1}") for at, sample in enumerate(samples))

    def asking(self, records: Sequence[Record]) -> Ask:
        """Return what asks about one conversation."""
        texts, turn_of = texts_of(records), {each.record_id: each.record_id for each in records}
        session_of = {each.record_id: each.session for each in records}
        return lambda index, case: ask(index, case, texts, turn_of, session_of)


def _samples(data: Dataset, file: str) -> Iterable[Mapping[str, Any]]:
    held = data.json(file)
    return held if isinstance(held, list) else [held]


def conversation(sample: Mapping[str, Any], otherwise: str) -> Corpus:
    """Read one conversation with its questions; `otherwise` is its name when it has none.

    Raises:
        StateError: it is not in LoCoMo's format.

    """
    name = str(sample.get("sample_id", otherwise))
    try:
        records = tuple(turns(sample["conversation"]))
        known = {each.record_id: each.session for each in records}
        cases = tuple(_case(str(at), row, known) for at, row in enumerate(sample["qa"]))
    except (KeyError, TypeError, AttributeError) as exc:
        message = f"conversation {name} is not in LoCoMo's format: {type(exc).__name__} {exc}"
        raise StateError(message) from exc
    return Corpus(name, "", cases, records)


def turns(sessions: Mapping[str, Any]) -> Iterator[Record]:
    """Yield the turns of all sessions in order; the speaker stands in the text, as in what a reader sees."""
    numbers = sorted(int(found[1]) for key in sessions if (found := _SESSION.fullmatch(key)))
    for number in numbers:
        at = _iso(sessions.get(f"session_{number}_date_time", ""))
        for turn in sessions[f"session_{number}"]:
            caption = f" [picture: {turn['blip_caption']}]" if turn.get("blip_caption") else ""
            text = f"{turn['speaker']}: {turn['text']}{caption}"
            yield Record(_turn_ids([turn["dia_id"]])[0], text, f"session_{number}", at, kind=turn["speaker"])


def _case(case_id: str, row: Mapping[str, Any], known: Mapping[str, str]) -> Case:
    """Read a question. Evidence that names no turn stays in the gold, where nothing can find it, and is noted."""
    gold = _turn_ids(row.get("evidence") or ())
    absent = [turn for turn in gold if turn not in known]
    sessions = tuple(dict.fromkeys(known.get(turn, f"session of {turn}") for turn in gold))
    note = f"no such turn: {', '.join(absent)}" if absent else ""
    detail = Evidence(sessions, row.get("at", ""), note)
    return Case(case_id, row["question"], str(row.get("category", "")), gold, detail, row.get("from_file"))


def _turn_ids(written: Iterable[str]) -> tuple[str, ...]:
    """Read "D8:06; D9:17" as D8:6 and D9:17; what names no turn at all is kept as it is."""
    return tuple(
        dict.fromkeys(
            turn
            for each in written
            for turn in ([f"D{int(one)}:{int(two)}" for one, two in _TURN.findall(each)] or [each])
        )
    )


def _iso(written: str) -> str:
    """Return a time as ISO 8601, nothing of one that cannot be read."""
    for read in (datetime.fromisoformat, lambda text: datetime.strptime(text, _WRITTEN_TIME)):  # noqa: DTZ007 - no zone is given
        try:
            return read(written).isoformat()
        except ValueError:
            continue
    return ""


def ask(index: RecordIndex, case: Case, texts: Texts, turn_of: Levels, session_of: Levels) -> Outcome:
    """Ask one question and judge the answer by its turns and by their sessions."""
    evidence: Evidence = case.detail
    answer = recalled(index, Question(case.query, ENTRIES, at=evidence.at, from_file=case.from_file))
    held = gold_held(answer.entries, turn_of, case.gold)
    by_session = level_values(answer.entries, session_of, evidence.sessions, BY_SESSION)
    values = {
        **level_values(answer.entries, turn_of, case.gold, RANKED),
        **token_values(answer.entries, held, len(case.gold), READ, texts),
        **{f"session {name}": value for name, value in by_session.items()},
        **({} if case.gold else silence(answer.entries)),
    }
    return Outcome(case.case_id, values, answer.ms, texts.shown(answer.entries, held), evidence.note)
