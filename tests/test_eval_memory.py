"""Memories are judged by what they bring back, by what they keep to themselves, and by their silence."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from conftest import Cli, write_model
from scripted_recall import Said

from engrep.engine.errors import StateError, UsageError
from engrep.eval.cases import Case
from engrep.eval.datasets import places
from engrep.eval.runs import read_run
from engrep.eval.systems.record_baselines import holds
from engrep.eval.systems.records import Question, Recalled, Record
from engrep.eval.systems.registry import make
from engrep.eval.tasks import memory_precision, memory_recall
from engrep.eval.tasks.in_records import Texts, level_values, texts_of
from engrep.eval.tasks.sections import answered_items, judge, note_of, values_of

NOTES = (
    Record("old", "We retry three times with a fixed pause.", at="2024-01-01", scopes=("billing",), superseded_by="new"),
    Record("new", "We retry with a growing pause.", at="2024-02-01", scopes=("billing",), names=("backoff",), pinned=True),
    Record("net", "The pool retries a lost connection once.", at="2024-03-01", scopes=("net",)),
    Record("mine", "Answers should be short.", at="2023-01-01", pinned=True, owner="ann"),
    Record("hers", "Retries are a nuisance, says somebody else.", at="2024-01-01", pinned=True, owner="eve"),
    Record("open", "Shall invoices be retried by hand?", at="2024-01-05", scopes=("billing",), kind="open_question"),
    Record("tls", "Invoices go over TLS only.", at="2024-01-06", scopes=("billing",)),
)  # fmt: skip


def said(system: str, question: Question, records: Sequence[Record] = NOTES) -> list[str]:
    """Ask a system for records."""
    with make(system, "records").open(records, Path()) as index:
        return ["+".join(each.record_ids) for each in index.recall(question)]


@pytest.mark.parametrize(
    ("system", "question", "expected"),
    [
        ("bm25", Question("when do we retry a pause?", 5), ["new", "old"]),
        ("bm25", Question("when do we retry a pause?", 1), ["new"]),
        ("bm25", Question("backoff?", 5), ["new"]),
        ("bm25", Question('what of it, then? "', 5), []),
        ("keywords", Question("a growing pause", 5), ["new", "old"]),
        ("keywords", Question("submarines", 5), []),
        ("recent", Question("submarines", 3), ["net", "new", "tls"]),
        ("bm25+scoped", Question("retry pause", 5), ["new"]),
        ("bm25+scoped", Question("invoices retried", 5, scopes=("net",)), []),
        ("recent+scoped", Question("", 9, scopes=("billing",), owner="ann"), ["new", "tls", "open", "mine"]),
        ("recent+scoped", Question("", 9, at="2024-01-31"), ["tls", "open"]),
    ],
)
def test_what_a_baseline_brings(system: str, question: Question, expected: list[str]) -> None:
    """Words decide, or time; stop words never do; the filter goes by what the records say of themselves."""
    assert said(system, question) == expected


def test_a_filtered_baseline_has_what_is_pinned_in_view() -> None:
    """What is pinned and holds here comes without a question, what the question speaks of first; plain ones know no pins."""
    here = Question("a growing pause", 5, ("billing",), "ann")
    for system, expected in {"bm25+scoped": [("new",), ("mine",)], "bm25": []}.items():
        with make(system, "records").open(tuple(reversed(NOTES)), Path()) as index:
            assert [each.record_ids for each in index.brief(here)] == expected


def test_the_same_words_embed_nearest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The dense baseline ranks by the model, and is silent on words that the model does not know."""
    monkeypatch.setenv("ENGREP_EMBEDDER", str(write_model(tmp_path / "model.npz")))
    records = (Record("a", "server list length"), Record("b", "payment card"), Record("c", "zzz"))
    assert said("dense", Question("card payment", 1), records) == ["b"]
    assert said("dense", Question("qqq", 5), records) == []


def test_a_baseline_that_cannot_be_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a model, or with an addition that does not exist, it is said at once."""
    monkeypatch.setenv("ENGREP_EMBEDDER", "none")
    with pytest.raises(UsageError, match="ENGREP_EMBEDDER"):
        make("dense", "records")
    with pytest.raises(UsageError, match=r"\+scoped and nothing else"):
        make("bm25+nearby", "records")


def test_what_was_superseded_or_resolved_holds_no_more() -> None:
    """A belief's own fields tell."""
    assert holds(Record("a", ""), Question("", 1, ("x",), "ann", "2024-01-01"))
    assert not holds(Record("a", "", status="resolved"), Question("", 1))
    assert not holds(Record("a", "", superseded_by="b"), Question("", 1))
    assert not holds(Record("a", "", owner="eve"), Question("", 1))


def test_sessions_count_at_their_first_turn() -> None:
    """Several turns of a session are one place, and an entry made from several sessions leads to each."""
    sessions = {"1/1": "S1", "1/2": "S1", "2/1": "S2", "3/1": "S3"}
    entries = [Recalled(("1/1",)), Recalled(("1/2",)), Recalled(("2/1", "3/1"))]
    assert level_values(entries, sessions, ["S2", "S3"], ("RR@10", "R@2", "All@3")) == {
        "RR@10": 0.5, "R@2": 0.5, "All@3": 1.0,
    }  # fmt: skip


def test_tokens_are_those_of_the_text_that_is_shown() -> None:
    """A distilled entry is as long as its own text; a turn is read whole, however many of its session come."""
    long = "word " * 300
    texts = texts_of((Record("1/1", long, "S1"), Record("2/1", long, "S2")))
    sessions = {"1/1": "S1", "2/1": "S2"}
    case = Case("q", "?", "", ("S2",))

    def found(entries: Sequence[Recalled]) -> Any:
        return memory_recall.ask(Said(entries), case, sessions, texts).values["R@500t"]

    assert found([Recalled(("1/1",)), Recalled(("2/1",))]) == 0.0
    assert found([Recalled(("1/1",), text="short"), Recalled(("2/1",))]) == 1.0


def test_silence_is_right_where_nothing_answers() -> None:
    """A question without sessions measures abstention and nothing else."""
    case, texts = Case("q", "?", "abstention", ()), texts_of((Record("1/1", "x", "S1"),))
    quiet, loud = (
        memory_recall.ask(Said(said), case, {"1/1": "S1"}, texts).values for said in ([], [Recalled(("1/1",))])
    )
    assert (quiet, loud) == ({"abstained": 1.0}, {"abstained": 0.0})


def test_an_answer_of_nothing_that_was_given_is_an_error() -> None:
    """A system that makes records up is not scored."""
    with pytest.raises(StateError, match="nowhere"):
        texts_of(NOTES).of(Recalled(("nowhere",)))


BELIEFS = {
    each.record_id: each
    for each in (
        Record("me", "Wants direct answers.", kind="preference", pinned=True),
        Record("db", "Decided on one database.", scopes=("code",), kind="decision", pinned=True),
        Record("lint", "One linter.", scopes=("code",), pinned=True),
        Record("ci", "Pipelines build.", scopes=("code",)),
        Record("k8s", "Pods run.", scopes=("code",)),
        Record("auth", "Which tokens?", scopes=("code",), kind="open_question", pinned=True),
        Record("hers", "Secret.", scopes=("code",), pinned=True, owner="eve"),
    )
}
EXPECT: dict[str, dict[str, Any]] = {
    "personaPrelude": {"nonEmpty": True, "contains": ["Direct"]},
    "pinnedFacts": {"mustInclude": ["db"]},
    "relevantBeliefs": {"shouldOnlyInclude": ["ci", "k8s"]},
    "openQuestions": {"mustExclude": ["auth"]},
}


@pytest.mark.parametrize(
    ("answer", "scores", "note"),
    [
        (["me", "db", "ci", "k8s"], (1, 1, 1, 0), ""),
        (["me", "db", "lint", "ci", "k8s"], (1, 1, 1, 0), ""),  # other pinned facts may be there
        (["me", "db", "ci"], (0, 0, 1, 0), "missing: k8s"),
        (["me", "ci", "k8s"], (0, 1, 0, 0), "missing: db"),
        (["db", "ci", "k8s"], (0, 1, 0, 0), "prelude lacks: nonEmpty, Direct"),
        (["me", "db", "ci", "k8s", "auth"], (0, 1, 0, 1), "wrong: auth"),
        (["me", "db", "ci", "k8s", "hers"], (0, 1, 0, 1), "wrong: hers"),
        ([], (0, 0, 0, 0), "missing: db, ci, k8s; prelude lacks: nonEmpty, Direct"),
    ],
)
def test_a_case_passes_as_a_whole(answer: list[str], scores: tuple[int, ...], note: str) -> None:
    """Exactly the relevant beliefs, the pinned ones named, the prelude's words, and nothing that is kept out."""
    items = answered_items(answer, BELIEFS, None)
    prelude = BELIEFS["me"].text if "me" in answer else ""
    judged = judge(EXPECT, items, frozenset({"hers"}), prelude)
    values = values_of(judged, EXPECT)
    assert tuple(values[name] for name in ("passed", "relevant", "within", "returned wrongly")) == scores
    assert note_of(judged) == note


def test_precision_and_recall_are_parts_of_wholes() -> None:
    """Only what a case speaks of counts: a pinned fact beside the one named is neither right nor wrong."""
    judged = judge(EXPECT, answered_items(["db", "lint", "ci", "auth"], BELIEFS, None), frozenset(), "")
    values = values_of(judged, EXPECT)
    assert (values["precision"], values["recall"]) == ((2.0, 3.0), (2.0, 3.0))
    nothing: dict[str, Any] = {"relevantBeliefs": {"shouldOnlyInclude": []}}
    silent = values_of(judge(nothing, [], frozenset(), ""), nothing)
    assert silent == {"passed": 1.0, "relevant": 1.0, "within": 1.0, "returned wrongly": 0.0}


def test_a_budget_bounds_facts_and_beliefs() -> None:
    """The prelude and the open questions are not counted, the rest is cut in the order of the answer."""
    items = answered_items(["me", "lint", "auth", "lint", "ci"], BELIEFS, 1)
    assert items == [("personaPrelude", "me"), ("pinnedFacts", "lint"), ("openQuestions", "auth")]


def test_an_unknown_condition_is_noted() -> None:
    """What cannot be judged is said, and the rest is judged."""
    expect = {"relevantBeliefs": {"orderedBefore": [["ci", "k8s"]], "shouldOnlyInclude": []}}
    judged = judge(expect, [("relevantBeliefs", "ci")], frozenset(), "")
    assert note_of(judged) == "wrong: ci; not judged: relevantBeliefs.orderedBefore"


def test_every_condition_of_the_case_file_is_known() -> None:
    """The cases as they are use no condition that would go unjudged."""
    (corpus,) = memory_precision.MemoryPrecision().corpora(places())
    notes = [note_of(judge(case.detail["expect"], [], frozenset(), "")) for case in corpus.cases]
    assert len(notes) == 39
    assert not any("not judged" in note for note in notes)


def test_what_is_in_view_comes_before_what_the_question_brings() -> None:
    """With room for one belief, the pinned one has it."""
    row = {
        "scope": ["code"], "budget": {"maxBeliefs": 1},
        "expect": {"pinnedFacts": {"mustInclude": ["db"]}, "relevantBeliefs": {"shouldOnlyInclude": []}},
    }  # fmt: skip
    system = Said([Recalled(("ci",)), Recalled(("db",))], in_view=[Recalled(("db",))])
    outcome = memory_precision.ask(system, Case("c", "?", "", ("pinnedFacts db",), row), Texts(BELIEFS))
    assert outcome.values["passed"] == 1.0
    assert [(each.item, each.gold) for each in outcome.top[:2]] == [
        ("db Decided on one database.", (0,)), ("ci Pipelines build.", ()),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("task", "measure", "floor"), [("memory-recall", "R@5", 0.85), ("memory-precision", "passed", 0.45)]
)
def test_the_committed_memories_are_run(cli: Cli, tmp_path: Path, task: str, measure: str, floor: float) -> None:
    """The plain floor answers every case of the sets that come with the project, as well as it did when they came."""
    done = cli("eval", "run", task, "--system", "bm25", "--cache", "c", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    cases = read_run(tmp_path / "runs" / f"{task}.bm25.jsonl").cases
    values = [case["values"][measure] for case in cases if measure in case["values"]]
    assert len(cases) == {"memory-recall": 200, "memory-precision": 39}[task]
    assert sum(values) / len(values) > floor
