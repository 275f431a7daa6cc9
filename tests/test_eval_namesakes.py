"""The namesake questions have one right answer each, and are judged by the very definition."""

from __future__ import annotations

from pathlib import Path

import pytest

from engrep.engine.memory import Memory
from engrep.engine.types import Hit, IndexState, Search
from engrep.eval.call_sites import call_site_questions
from engrep.eval.collisions import all_definitions, by_name, colliding, module_path
from engrep.eval.namesakes import generate, judge, report, score
from engrep.eval.questions import Question, first_sentence, text_questions

FILES = {
    "src/shop/__init__.py": "",
    "src/shop/billing/__init__.py": "",
    "src/shop/billing/retry.py": 'def backoff(n):\n    """Wait longer after each failed payment attempt."""\n',
    "src/shop/net/__init__.py": "",
    "src/shop/net/retry.py": 'def backoff(n):\n    """Wait longer after each lost network packet."""\n',
    "src/shop/jobs/__init__.py": "",
    "src/shop/jobs/queue.py": "class Queue:\n    def backoff(self):\n        pass\n",
    "src/shop/jobs/worker.py": "from shop.net.retry import backoff\n\ndef work():\n    return backoff(1)\n",
    "src/shop/jobs/both.py": (
        "from shop.net import retry\nfrom shop.billing import retry as other\n\n"
        "def run():\n    return retry.backoff(1), other.backoff(2)\n"
    ),
    "tests/test_retry.py": "def backoff():\n    pass\n",
}


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """Write the little project."""
    for path, text in FILES.items():
        target = tmp_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    return tmp_path


def asked(root: Path, kind: str) -> dict[str, str]:
    """Return question → qualified name of its gold, of one kind."""
    questions = text_questions(all_definitions(root), seed=0, per_kind=50)
    return {each.question: each.qualified_name for each in questions if each.kind == kind}


def test_a_module_path_starts_at_the_topmost_package(shop: Path) -> None:
    """A source folder without `__init__.py` is no part of the module path; outside packages the path is dotted."""
    assert module_path(shop, shop / "src/shop/net/retry.py") == ("shop.net.retry", True)
    assert module_path(shop, shop / "src/shop/net/__init__.py") == ("shop.net", True)
    assert module_path(shop, shop / "tests/test_retry.py") == ("tests.test_retry", False)


def test_only_source_definitions_are_asked_for(shop: Path) -> None:
    """A test's namesake counts as a rival and is never the answer."""
    groups = by_name(all_definitions(shop))
    assert len(groups["backoff"]) == 4
    assert {each.module for each in colliding(groups)} == {"shop.billing.retry", "shop.net.retry", "shop.jobs.queue"}


def test_two_modules_are_no_collision(tmp_path: Path) -> None:
    """A name in fewer than three modules gives no questions."""
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("def same(): ...\n", encoding="utf-8")
    assert list(text_questions(all_definitions(tmp_path), 0, 10)) == []


def test_every_spelling_names_one_definition(shop: Path) -> None:
    """Suffixes stop where they become unique, and paths only name a file that defines the name once."""
    suffixes = asked(shop, "suffix")
    assert "Queue" in "".join(suffixes)
    assert {"billing.retry.backoff", "net.retry.backoff"} & set(suffixes)
    assert "retry.backoff" not in suffixes
    paths = asked(shop, "path")
    assert paths
    assert "retry.py::backoff" not in paths


def test_module_words_are_the_golds_alone(shop: Path) -> None:
    """A word that a rival's path has too, as "retry", never stands alone; a name is asked for at most twice."""
    words = asked(shop, "module words")
    assert len(words) == 2
    for question, gold in words.items():
        alone = set(question.removeprefix("backoff in ").split()) - {"retry"}
        assert alone
        assert alone <= set(gold.split("."))


def test_docstring_questions_keep_the_name(shop: Path) -> None:
    """The first sentence follows the bare name; a definition without one is not asked for so."""
    assert asked(shop, "docstring") == {
        "backoff: Wait longer after each failed payment attempt": "shop.billing.retry.backoff",
        "backoff: Wait longer after each lost network packet": "shop.net.retry.backoff",
    }
    assert first_sentence("Open it\n   now. Then wait.\n\nMore.") == "Open it now"


def test_a_call_site_means_what_jedi_says(shop: Path) -> None:
    """A file whose calls all mean one definition asks for it; one that calls two namesakes is left out."""
    questions = list(call_site_questions(shop, all_definitions(shop), 0, 10))
    assert [(each.from_file, each.qualified_name) for each in questions] == [
        ("src/shop/jobs/worker.py", "shop.net.retry.backoff"),
    ]


def test_the_same_seed_gives_the_same_set(shop: Path) -> None:
    """Sets can be made again from the same sources."""
    assert generate(shop, 3, 20) == generate(shop, 3, 20)


GOLD = Question("suffix", "Queue.load", None, "load", "a/q.py", 12, "Queue.load", "a.q.Queue.load", 3)


def judged(*hits: Hit) -> tuple[int | None, bool]:
    """Judge a list of hits against GOLD."""
    row = judge(GOLD, "search", Search("q", hits, None, IndexState(None, 0, 1), 0.0))
    return row.rank, row.drifted


def a_hit(path: str, qualified_name: str, module: str, start_line: int = 1) -> Hit:
    """Make a hit for a definition."""
    symbol = qualified_name.rpartition(".")[2]
    return Hit(path, start_line, start_line + 5, symbol, qualified_name, module, "method", 1.0, (), "")


def test_right_is_the_very_definition() -> None:
    """Another `load` of the same file is drift; the gold below it has rank two."""
    other = a_hit("a/q.py", "a.q.load", "a.q", 40)
    gold = a_hit("a/q.py", "a.q.Queue.load", "a.q", 11)
    assert judged(gold, other) == (1, False)
    assert judged(other, gold) == (2, True)


def test_a_miss_of_another_name_is_no_drift() -> None:
    """A first answer that is no namesake at all is wrong, and not drift; no answer is neither."""
    assert judged(a_hit("a/q.py", "a.q.Queue.save", "a.q")) == (None, False)
    assert judged() == (None, False)


def test_the_engine_is_asked_by_both_verbs(shop: Path) -> None:
    """Qualified names are asked by search and by symbol, and the table counts them apart."""
    questions = [each for each in generate(shop, 0, 5) if each.kind == "qualified"]
    with Memory.open(shop) as memory:
        memory.index()
        answered = score(memory, questions)
    assert [row.rank for row in answered] == [1] * len(answered)
    assert {row.verb for row in answered} == {"search", "symbol"}
    assert "| qualified | search | 2 | 100.0 [34.2, 100.0] |" in report(answered)
