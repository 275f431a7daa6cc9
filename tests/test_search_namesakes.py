"""Which of several namesakes comes first, and what is said where nothing decides."""

from __future__ import annotations

import pytest
from shelves import TWO_RETRIES, Shelf, candidates, check_search, together


@pytest.mark.parametrize("module", ["net", "billing"])
def test_a_module_word_picks_the_namesake(shelf: Shelf, module: str) -> None:
    """A module word in the question picks the namesake."""
    answer = check_search(shelf, TWO_RETRIES, f"backoff in {module}", first=f"{module}.retry.backoff")
    assert answer.ambiguous is None


@pytest.mark.parametrize("module", ["net", "billing"])
def test_what_the_asker_imports_picks_the_namesake(shelf: Shelf, module: str) -> None:
    """A bare name means what it means in the asker's file."""
    caller = f"""
        #- jobs.py
        from {module}.retry import backoff

        def pause():
            return backoff(3)
    """
    answer = check_search(
        shelf, together(TWO_RETRIES, caller), "backoff", first=f"{module}.retry.backoff", from_file="jobs.py"
    )
    assert answer.ambiguous is None


@pytest.mark.parametrize("module", ["net", "billing"])
def test_the_askers_own_package_picks_the_namesake(shelf: Shelf, module: str) -> None:
    """Without any use of the name, the asker's package is nearer than another."""
    fixture = together(TWO_RETRIES, f"#- {module}/client.py\ndef send():\n    return 1\n")
    check_search(shelf, fixture, "backoff", first=f"{module}.retry.backoff", from_file=f"{module}/client.py")


def test_undecided_namesakes_are_listed_with_what_sets_them_apart(shelf: Shelf) -> None:
    """A bare name that two modules bear equally is answered with both, each with module, signature and one caller."""
    callers = """
        #- billing/charge.py
        from billing.retry import backoff

        def charge():
            return backoff(1)
        #- net/dial.py
        from net.retry import backoff

        def dial():
            return backoff(1)
    """
    answer = shelf.memory(together(TWO_RETRIES, callers)).search("backoff")
    assert candidates(answer) == {"billing.retry.backoff": "billing.retry", "net.retry.backoff": "net.retry"}
    assert answer.ambiguous is not None
    assert answer.ambiguous.name == "backoff"
    assert {each.caller for each in answer.ambiguous.candidates} == {"billing.charge.charge", "net.dial.dial"}
    assert all(each.signature.startswith("def backoff(attempt)") for each in answer.ambiguous.candidates)


def test_a_name_without_namesakes_is_not_ambiguous(shelf: Shelf) -> None:
    """What only one symbol bears has no margin and no candidates."""
    answer = check_search(shelf, "#- a.py\ndef settle():\n    return 1\n", "settle", first="a.settle")
    assert answer.ambiguous is None
    assert answer.hits[0].margin is None


def test_a_call_that_may_mean_any_namesake_makes_nobody_its_caller(shelf: Shelf) -> None:
    """A call on an unknown receiver was shown as a caller of every namesake."""
    fixture = """
        #- queues.py
        class Inbox:
            def spawn(self, job):
                return [job]
        #- pools.py
        class Pool:
            def spawn(self, job):
                return [job]
        #- main.py
        def run(place, job):
            return place.spawn(job)
    """
    ambiguous = shelf.memory(fixture).symbol("spawn").ambiguous
    assert ambiguous is not None
    assert [candidate.caller for candidate in ambiguous.candidates] == [None, None]


def test_the_symbol_verb_lists_every_namesake(shelf: Shelf) -> None:
    """`symbol` gives all definitions of a name, and says that nothing sets two equal ones apart."""
    answer = shelf.memory(TWO_RETRIES).symbol("backoff")
    assert {hit.qualified_name for hit in answer.hits} == {"billing.retry.backoff", "net.retry.backoff"}
    assert set(candidates(answer)) == {"billing.retry.backoff", "net.retry.backoff"}
