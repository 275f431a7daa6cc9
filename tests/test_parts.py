"""Parts of a search that are switched off by name: each goes alone, and nothing changes where none does."""

from __future__ import annotations

import json
import shutil
from collections.abc import Collection, Iterator
from functools import partial
from pathlib import Path

import pytest
from conftest import PROJECT, write_files, write_model

from engrep import Memory, UsageError
from engrep.engine import identity, rank
from engrep.engine.embed import load_static, no_embedder
from engrep.engine.heard import heard
from engrep.engine.parts import GROUPS, LANES, PARTS, switched_off
from engrep.engine.types import Hit

CORPUS = PROJECT / "datasets" / "namesakes-mini"
ISSUE = """Closing a month fails with a traceback

The retry of the ledger waits `backoff` seconds twice. In the billing gateway it should wait once, see billing/retry.py.

Traceback (most recent call last):
  File "scripts/close_month.py", line 3, in main
  File "billing/ledger.py", line 12, in append
ValueError: negative amount
"""
QUESTIONS: list[tuple[str, str | None]] = [
    (row["question"], row.get("from"))
    for row in json.loads((CORPUS / "questions.json").read_text(encoding="utf-8"))
    if row["kind"] != "misspelt"
][::4]
QUESTIONS += [
    ("backoff: seconds to wait before the next attempt", None),
    ("net.retry.backoff", None),
    ("validate", "net/client.py"),
    ("billing/retry.py:backoff", None),
]
EVIDENCE = {name for name, line in PARTS.items() if line.startswith("evidence: ")} | {"test", "asker"}


@pytest.fixture(scope="module")
def memory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Memory]:
    """Index the mini corpus with a small model."""
    folder = tmp_path_factory.mktemp("parts")
    root = shutil.copytree(CORPUS / "corpus", folder / "root")
    model = partial(load_static, str(write_model(folder / "model.npz")))
    with Memory.open(root, home=folder / "home", embedder=model) as found:
        found.index(jobs=1)
        yield found


def answers(memory: Memory, *without: str) -> list[dict[str, Hit]]:
    """Give the hits of every question by their path, for files and for the functions of an issue."""
    asked = [memory.search(text, from_file=asker, without=without) for text, asker in [*QUESTIONS, (ISSUE, None)]]
    return [{hit.path: hit for hit in answer.hits} for answer in asked]


@pytest.fixture(scope="module")
def whole(memory: Memory) -> list[dict[str, Hit]]:
    """Give what the mini corpus answers with everything on."""
    return answers(memory)


def parts_of(hits: Collection[Hit]) -> dict[str, float]:
    """Give the parts of the scores of some hits."""
    return {part.part: part.value for hit in hits for part in hit.why}


def test_every_part_that_a_hit_may_show_has_a_line() -> None:
    """The list names all lanes, all signals, and the groups; each group's members are in it."""
    assert set(LANES) | rank._WEIGHTS.keys() | GROUPS.keys() <= PARTS.keys()
    assert {name for members in GROUPS.values() for name in members} <= PARTS.keys()


def test_every_evidence_that_the_questions_meet_has_a_line(monkeypatch: pytest.MonkeyPatch, memory: Memory) -> None:
    """What adds to a named symbol's strength goes by a name of the list, and nearly all of the list is met here."""
    met: set[str] = set()

    def spy(*arguments: object) -> list[identity.Named]:
        found = heard(*arguments)  # type: ignore[arg-type]
        met.update(part for entry in found for part, _ in entry.parts)
        return found

    monkeypatch.setattr(rank, "heard", spy)
    answers(memory)
    assert met <= EVIDENCE
    assert len(met) > 10


@pytest.mark.parametrize("name", sorted(rank._WEIGHTS))
def test_a_signal_goes_alone(name: str, memory: Memory, whole: list[dict[str, Hit]]) -> None:
    """Without a signal it is in no score, and all other parts of the same file's score are what they were."""
    for before, after in zip(whole, answers(memory, name), strict=True):
        assert name not in parts_of(after.values())
        for path in before.keys() & after.keys():
            # The share of a test among namesakes is part of `named`, so both go by one name.
            kept = {part.part: part.value for part in before[path].why if part.part not in (name, "function")}
            left = {part.part: part.value for part in after[path].why if part.part != "function"}
            if name == "test":
                kept.pop("named", None)
                left.pop("named", None)
            assert left == kept


@pytest.mark.parametrize("name", sorted(EVIDENCE - {"asker"}))
def test_evidence_changes_the_named_symbols_alone(name: str, memory: Memory, whole: list[dict[str, Hit]]) -> None:
    """Without a kind of evidence no other signal of a file moves but how strongly its symbol is named."""
    beside = {"named", "function"} | ({"test"} if name == "test" else set())
    for before, after in zip(whole, answers(memory, name), strict=True):
        for path in before.keys() & after.keys():
            kept = {part.part: part.value for part in before[path].why if part.part not in beside}
            left = {part.part: part.value for part in after[path].why if part.part not in beside}
            assert left == kept


@pytest.mark.parametrize("name", ["definition", "qualified_name", "module_words", "used", "wording", "doc", "asker"])
def test_evidence_is_felt(name: str, memory: Memory, whole: list[dict[str, Hit]]) -> None:
    """Some question is answered with other strengths where a kind of evidence is off."""
    assert answers(memory, name) != whole


@pytest.mark.parametrize("lane", LANES)
def test_a_lane_goes_with_its_signals(lane: str, memory: Memory) -> None:
    """Switching a lane off is what leaving it out of the lanes is."""
    others = [each for each in LANES if each != lane]
    for text, asker in [*QUESTIONS, (ISSUE, None)]:
        without = memory.search(text, from_file=asker, without=[lane])
        assert without.hits == memory.search(text, from_file=asker, lanes=others).hits


def test_groups_are_their_members(memory: Memory) -> None:
    """A group switches off what its members do."""
    for name, members in GROUPS.items():
        assert answers(memory, name) == answers(memory, *members)


def test_without_an_asker_is_as_if_nobody_asked(memory: Memory) -> None:
    """The asker's file is as good as not given."""
    for text, asker in QUESTIONS:
        assert memory.search(text, from_file=asker, without=["asker"]).hits == memory.search(text).hits


def test_without_evidence_a_qualified_name_is_a_bare_one(tmp_path: Path) -> None:
    """What was spelled out speaks neither for the one namesake nor against the other."""
    root = write_files(
        tmp_path / "root", "#- billing/retry.py\ndef backoff(): ...\n#- net/retry.py\ndef backoff(): ...\n"
    )
    with Memory.open(root, home=tmp_path / "home") as memory:
        memory.index(jobs=1)
        both = [memory.search("net.retry.backoff", without=without) for without in ([], ["namesakes"])]
    strengths = [[part.value for hit in found.hits for part in hit.why if part.part == "named"] for found in both]
    assert strengths[0][0] > strengths[0][1]
    assert strengths[1][0] == strengths[1][1]


def test_everything_off_is_no_error(memory: Memory) -> None:
    """A search with all signals off answers in the order of the paths."""
    found = memory.search("backoff of a payment", without=[name for name in PARTS if name not in LANES])
    assert [hit.path for hit in found.hits] == sorted(hit.path for hit in found.hits)
    assert not memory.search("backoff of a payment", without=list(PARTS)).hits


def test_without_words_the_place_is_chosen_by_the_vectors(tmp_path: Path) -> None:
    """With the lane of words off, the words of the question choose no chunk either."""
    padding = "\n".join(f"            filler_{n} = {n}" for n in range(120))
    root = write_files(
        tmp_path / "root", f"#- a.py\ndef charge():\n    x = 1\n{padding}\ndef zebra_giraffe():\n    return 2\n"
    )
    model = partial(load_static, str(write_model(tmp_path / "model.npz")))
    with Memory.open(root, home=tmp_path / "home", embedder=model) as memory:
        memory.index(jobs=1)
        found = [
            memory.search("where is the zebra giraffe charge", lanes=lanes)
            for lanes in (["lexical", "dense"], ["dense"])
        ]
    assert [answer.hits[0].symbol for answer in found] == ["zebra_giraffe", "charge"]


def test_an_unknown_part_is_refused(memory: Memory) -> None:
    """A typing mistake is answered with all the names."""
    with pytest.raises(UsageError, match=r"nothing called tset can be switched off; these can: lexical, .*namesakes"):
        memory.search("backoff", without=["tset"])


def test_lanes_and_parts_come_together() -> None:
    """What is not among the lanes is off, besides what is named, groups by their members."""
    assert switched_off(["lexical", "identity"], ["priors"]) == {"dense", "graph", "priors", "test", "prose", "depth"}
    assert switched_off(None, ()) == frozenset()


def test_a_memory_is_handed_its_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model that is given is used, in this process and in workers, whatever is configured; none is none."""
    files = "".join(f"#- m{n}.py\ndef charge_{n}(card):\n    return {n}\n" for n in range(4))
    root = write_files(tmp_path / "root", files)
    monkeypatch.setenv("ENGREP_EMBEDDER", str(write_model(tmp_path / "configured.npz", seed=1)))
    model = partial(load_static, str(write_model(tmp_path / "given.npz", seed=2)))
    monkeypatch.setattr("engrep.engine.ingest.WORKERS_FROM", 0)
    for jobs in (1, 2):
        with Memory.open(root, home=tmp_path / f"given{jobs}", embedder=model) as memory:
            memory.index(jobs=jobs)
            assert memory.search("where is the card charged", lanes=["dense"]).hits
            named = next(check.detail for check in memory.doctor() if check.name == "model")
        assert named.startswith(f"{model().identity}, trusted 0.3")
        with Memory.open(root, home=tmp_path / f"given{jobs}") as memory:  # the configured one finds another's vectors
            assert not memory.search("where is the card charged", lanes=["dense"]).hits
    with Memory.open(root, home=tmp_path / "none", embedder=no_embedder) as memory:
        memory.index(jobs=1)
        assert not memory.search("where is the card charged", lanes=["dense"]).hits
