"""One question, one ranked list: what comes first, what is said when nothing does, and what may be switched off."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import write_files, write_model
from shelves import TWO_RETRIES, Shelf, check_search

from engrep import Memory

TESTED = '''
    #- ledger.py
    def reconcile(entries):
        """Reconcile ledger entries with the bank."""
        return sum(entries)
    #- tests/test_ledger.py
    from ledger import reconcile

    def test_reconcile_ledger_entries():
        """Reconcile ledger entries with the bank."""
        assert reconcile([1, 2]) == 3
'''


def test_tests_come_after_the_code_they_test(shelf: Shelf) -> None:
    """A test that says the same words as the code stands below it."""
    check_search(shelf, TESTED, "reconcile ledger entries with the bank", first="ledger.py")


def test_tests_come_first_when_they_are_asked_for(shelf: Shelf) -> None:
    """A question that speaks of tests is shown the test."""
    check_search(shelf, TESTED, "test that ledger entries reconcile", first="tests/test_ledger.py")


def test_every_file_is_shown_once_before_any_is_shown_twice(shelf: Shelf) -> None:
    """A file full of matches does not crowd out the others."""
    crowd = "\n\n".join(f"def parse_price_{n}(text):\n    return float(text)" for n in range(12))
    other = "#- other.py\ndef parse_price(text):\n    return float(text)\n"
    answer = shelf.memory(f"{other}#- crowd.py\n{crowd}\n").search("how is a price parsed")
    assert [hit.path for hit in answer.hits[:2]] in (["crowd.py", "other.py"], ["other.py", "crowd.py"])


MIXED = """
    #- web/cart.ts
    export class Cart {
      total(): number { return 1; }
    }
    export function total(): number { return 2; }
    #- shop/cart.py
    class Cart:
        def total(self):
            return 1
    #- shop/sum.py
    def total(values):
        return sum(values)
"""


@pytest.mark.parametrize("question", ["total", "how is the total computed"])
def test_filters_keep_only_what_fits(shelf: Shelf, question: str) -> None:
    """A path, a language and a kind each leave only hits that fit, and leave some."""
    by_folder = shelf.memory(MIXED).search(question, path="shop/*")
    by_language = shelf.memory(MIXED).search(question, language="typescript")
    by_kind = shelf.memory(MIXED).search(question, kind="function")
    assert {hit.path for hit in by_folder.hits} == {"shop/cart.py", "shop/sum.py"}
    assert {hit.path for hit in by_language.hits} == {"web/cart.ts"}
    assert {hit.kind for hit in by_kind.hits} == {"function"}


def test_a_filter_narrows_the_candidates_too(shelf: Shelf) -> None:
    """Namesakes that a filter leaves out are not listed as undecided."""
    answer = shelf.memory(TWO_RETRIES).search("backoff", path="net/*")
    assert [hit.qualified_name for hit in answer.hits[:1]] == ["net.retry.backoff"]
    assert answer.ambiguous is None


def test_lanes_can_be_switched_off(shelf: Shelf) -> None:
    """A lane that is switched off adds nothing to any score, and the others still answer."""
    identity_parts = {"named", "stem", "stem_cover", "stem_is_name", "path", "traceback", "near_asker"}
    lexical_parts = {"best_chunk", "all_chunks", "comments", "best_comments", "folders", "symbol_names", "best_name"}
    for lanes, absent in ((["lexical"], identity_parts), (["identity"], lexical_parts)):
        answer = shelf.memory(TWO_RETRIES).search("net.retry.backoff", lanes=lanes)
        parts = {part.part for hit in answer.hits for part in hit.why}
        assert answer.hits
        assert parts.isdisjoint(absent)


@pytest.mark.parametrize("question", ["backoff", "backoff in net", "seconds before the next attempt"])
def test_the_parts_of_a_score_add_up_to_it(shelf: Shelf, question: str) -> None:
    """Every score is explained in full, up to what rounding and parts near zero leave out."""
    answer = shelf.memory(TWO_RETRIES).search(question)
    assert answer.hits
    for hit in answer.hits:
        assert hit.score == pytest.approx(sum(part.value for part in hit.why), abs=0.01)


@pytest.mark.parametrize("question", ["backof", "Backofff", "bckoff", "bakcoff"])
def test_a_misspelt_name_is_answered_with_a_suggestion(shelf: Shelf, question: str) -> None:
    """A name that nothing bears brings the names spelled nearly like it."""
    assert "backoff" in shelf.memory(TWO_RETRIES).search(question).did_you_mean


def test_a_name_that_is_there_brings_no_suggestion(shelf: Shelf) -> None:
    """Nothing is suggested for a name that exists."""
    assert shelf.memory(TWO_RETRIES).search("backoff").did_you_mean == ()


@pytest.mark.parametrize(
    ("line", "first"),
    [(1, "m.Outer"), (2, "m.Outer.Inner"), (4, "m.Outer.Inner.deep"), (6, "m.Outer.flat"), (9, "m.last")],
)
def test_a_line_gives_the_innermost_symbol(shelf: Shelf, line: int, first: str) -> None:
    """`path:line` gives the smallest definition around that line."""
    fixture = """
        #- m.py
        class Outer:
            class Inner:
                def deep(self):
                    return 4
            def flat(self):
                return 6

        def last():
            return 9
    """
    check_search(shelf, fixture, f"m.py:{line}", first=first)


def test_a_hit_spans_the_definition_it_names(shelf: Shelf) -> None:
    """The lines and the text of a hit are those of its symbol, decorators and all."""
    fixture = """
        #- m.py
        import functools


        @functools.cache
        def slow(n):
            return n * 6
    """
    hit = check_search(shelf, fixture, "slow", first="m.slow").hits[0]
    assert (hit.start_line, hit.end_line) == (4, 6)
    assert hit.text.splitlines()[0] == "@functools.cache"
    assert hit.text.splitlines()[-1] == "    return n * 6"


def test_a_hit_in_a_file_that_changed_since_is_marked(tmp_path: Path) -> None:
    """A hit in a file that changed or went after it was indexed is marked stale, and counted."""
    root = write_files(tmp_path / "root", TWO_RETRIES)
    with Memory.open(root, home=tmp_path / "home") as memory:
        memory.index(jobs=1)
        assert not any(hit.stale for hit in memory.search("backoff").hits)
        (root / "net" / "retry.py").write_text("# moved\n\ndef backoff(attempt):\n    return 1\n", encoding="utf-8")
        (root / "billing" / "retry.py").unlink()
        answer = memory.search("backoff")
        assert {hit.path for hit in answer.hits if hit.stale} == {"net/retry.py", "billing/retry.py"}
        assert answer.index.stale_files == 2


def test_vectors_of_another_model_are_not_searched(tmp_path: Path) -> None:
    """An index whose vectors come from another model than the one that is given is searched without them, and says so."""
    root = write_files(tmp_path / "root", TWO_RETRIES)
    one, two = (str(write_model(tmp_path / f"{seed}.npz", seed=seed)) for seed in (1, 2))
    with Memory.open(root, home=tmp_path / "home", embedder=one) as memory:
        memory.index(jobs=1)
        assert memory.search("seconds before the next attempt", lanes=["dense"]).hits
    with Memory.open(root, home=tmp_path / "home", embedder=two) as memory:
        assert not memory.search("seconds before the next attempt", lanes=["dense"]).hits
        answer = memory.search("seconds before the next attempt")
        assert answer.hits
        assert answer.index.without_vectors is not None
        assert "the index holds vectors of 1-" in answer.index.without_vectors


def test_a_warm_process_answers_as_a_cold_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tenth search of a process gives what its first gave, and sees an index run in between."""
    root = write_files(tmp_path / "root", TWO_RETRIES)
    monkeypatch.setenv("ENGREP_EMBEDDER", str(write_model(tmp_path / "one.npz")))
    with Memory.open(root, home=tmp_path / "home") as memory:
        memory.index(jobs=1)
        answers = [memory.search("seconds before the next payment", lanes=["dense"]).hits for _ in range(10)]
        assert answers[0]
        assert all(answer == answers[0] for answer in answers)
        (root / "card.py").write_text("def charge_card(client):\n    return client\n", encoding="utf-8")
        memory.index(jobs=1)
        for _ in range(6):
            found = memory.search("charge card client", lanes=["dense"]).hits
            assert "card.py" in {hit.path for hit in found}
