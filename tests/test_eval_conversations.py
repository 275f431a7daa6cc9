"""Conversations in LoCoMo's format: read in order, asked by turn and by session, run from one's own folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from scripted_recall import Said

from engrep.engine.errors import StateError
from engrep.eval.cases import Outcome
from engrep.eval.datasets import seal
from engrep.eval.runs import read_run
from engrep.eval.systems.records import Recalled
from engrep.eval.tasks import conversations
from engrep.eval.tasks.in_records import texts_of

if TYPE_CHECKING:
    from conftest import Cli

CONVERSATION = {
    "sample_id": "two friends",
    "conversation": {
        "speaker_a": "Mo", "speaker_b": "Lin",
        "session_1_date_time": "1:56 pm on 8 May, 2023",
        "session_1": [
            {"speaker": "Mo", "dia_id": "D1:1", "text": "I planted tomatoes on the balcony."},
            {"speaker": "Lin", "dia_id": "D1:2", "text": "My cello teacher moved away.", "blip_caption": "an empty room"},
        ],
        "session_10_date_time": "2023-07-01T09:00",
        "session_10": [{"speaker": "Mo", "dia_id": "D10:1", "text": "The tomatoes froze, so I bought a greenhouse."}],
        "session_2_date_time": "some day",
        "session_2": [{"speaker": "Lin", "dia_id": "D2:1", "text": "A pianist teaches me now."}],
    },
    "qa": [
        {"question": "What happened to the tomatoes?", "answer": "They froze.", "evidence": ["D1:01; D10:1"], "category": 1},
        {"question": "Who teaches Lin?", "answer": "A pianist", "evidence": ["D2:1", "D2:9"], "category": 4},
        {"question": "Which submarine?", "category": 5},
        {"question": "What about tomatoes then?", "evidence": ["D1:1"], "category": 2, "at": "2023-06-01", "from_file": "a.md"},
    ],
}  # fmt: skip


def test_a_conversation_is_read_in_order() -> None:
    """Sessions follow their numbers, turns bear their speaker, pictures their caption, times are ISO where readable."""
    corpus = conversations.conversation(CONVERSATION, "other")
    assert corpus.name == "two friends"
    assert [(each.record_id, each.session, each.at) for each in corpus.detail] == [
        ("D1:1", "session_1", "2023-05-08T13:56:00"), ("D1:2", "session_1", "2023-05-08T13:56:00"),
        ("D2:1", "session_2", ""), ("D10:1", "session_10", "2023-07-01T09:00:00"),
    ]  # fmt: skip
    assert corpus.detail[1].text == "Lin: My cello teacher moved away. [picture: an empty room]"
    assert [(case.gold, case.category) for case in corpus.cases] == [
        (("D1:1", "D10:1"), "1"), (("D2:1", "D2:9"), "4"), ((), "5"), (("D1:1",), "2"),
    ]  # fmt: skip


def test_evidence_is_judged_by_turn_and_by_session() -> None:
    """Another turn of the right session finds the session only; evidence that does not exist is never found."""
    corpus = conversations.conversation(CONVERSATION, "other")
    texts, turn_of = texts_of(corpus.detail), {each.record_id: each.record_id for each in corpus.detail}
    session_of = {each.record_id: each.session for each in corpus.detail}

    def outcome(case: int, *found: str) -> Outcome:
        system = Said([Recalled((each,)) for each in found])
        return conversations.ask(system, corpus.cases[case], texts, turn_of, session_of)

    tomatoes = outcome(0, "D1:2", "D10:1").values
    assert (tomatoes["R@5"], tomatoes["RR@10"], tomatoes["session All@5"]) == (0.5, 0.5, 1.0)
    broken = outcome(1, "D2:1")
    assert (broken.values["R@5"], broken.values["session R@5"], broken.note) == (0.5, 0.5, "no such turn: D2:9")
    assert outcome(2).values == {"abstained": 1.0}


def test_a_file_that_is_no_conversation_is_named() -> None:
    """The message tells which, and what is missing."""
    with pytest.raises(StateError, match="conversation odd is not in LoCoMo's format: KeyError 'speaker'"):
        conversations.conversation({"conversation": {"session_1": [{"text": "x"}]}, "qa": []}, "odd")


def test_ones_own_conversations_are_run(cli: Cli, tmp_path: Path) -> None:
    """Without data it is said what to put where; with it every question is answered, as of its time."""
    bare = cli("eval", "run", "conversations", "--data", ".", "--cache", "c", cwd=tmp_path)
    assert bare.returncode == 3
    assert "put conversations in LoCoMo's format" in " ".join(bare.stderr.split())
    folder = tmp_path / "conversations"
    folder.mkdir()
    manifest = {"name": "conversations", "title": "t", "origin": "written for this test", "licence": "CC0-1.0"}
    (folder / "dataset.json").write_text(json.dumps(manifest), encoding="utf-8")
    (folder / "two.json").write_text(json.dumps([CONVERSATION]), encoding="utf-8")
    seal(folder)
    system = ("--system", "keywords+scoped")
    done = cli("eval", "run", "conversations", *system, "--data", ".", "--cache", "c", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    cases = {case["id"]: case for case in read_run(tmp_path / "runs" / "conversations.keywords+scoped.jsonl").cases}
    assert cases["0"]["values"]["R@5"] == 1.0
    assert [each["item"].split()[0] for each in cases["3"]["top"]] == ["D1:1"]  # the greenhouse came later
    assert cases["3"]["from"] == "a.md"
    assert cases["2"]["values"] == {"abstained": 1.0}
