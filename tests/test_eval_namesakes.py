"""The namesake questions have one right answer each, and are judged by the very definition."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from eval_sets import evaluator, results

from engrep.eval.call_sites import call_site_questions
from engrep.eval.cases import Found, Value
from engrep.eval.collisions import all_definitions, by_name, colliding, module_path
from engrep.eval.definitions import definitions
from engrep.eval.generate import generate
from engrep.eval.questions import Question, first_sentence, text_questions
from engrep.eval.tasks.namesakes import judge

if TYPE_CHECKING:
    from conftest import Cli

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


SOURCE = "\n" * 9 + "class Queue:\n\n    def load(self):\n        pass\n\ndef load():\n    pass\n"


def judged(*found: Found) -> tuple[Value, Value, Value]:
    """Judge an answer against GOLD: whether it is right, whether it drifts, and the reciprocal rank."""
    values = judge(GOLD, found, {"a/q.py": definitions(SOURCE)}.__getitem__)
    return values["right@1"], values["drift"], values["RR@10"]


def a_hit(path: str, qualified_name: str, module: str, start_line: int = 1) -> Found:
    """Make a hit for a definition."""
    symbol = qualified_name.rpartition(".")[2]
    return Found(path, start_line, start_line + 5, symbol, qualified_name, module, "method")


def test_right_is_the_very_definition() -> None:
    """Another `load` of the same file is drift; the gold below it has rank two."""
    other = a_hit("a/q.py", "a.q.load", "a.q", 40)
    gold = a_hit("a/q.py", "a.q.Queue.load", "a.q", 11)
    assert judged(gold, other) == (1, 0, 1)
    assert judged(other, gold) == (0, 1, 0.5)


def test_a_miss_of_another_name_is_no_drift() -> None:
    """A first answer that is no namesake at all is wrong, and not drift; no answer is neither."""
    assert judged(a_hit("a/q.py", "a.q.Queue.save", "a.q")) == (0, 0, 0)
    assert judged() == (0, 0, 0)


def test_lines_are_right_where_they_show_one_namesake() -> None:
    """Of a system without symbols, lines that show the gold are right, and drift where they show a namesake too."""
    assert judged(Found("a/q.py", 12, 13)) == (1, 0, 1)
    assert judged(Found("a/q.py", 13, 13)) == (1, 0, 1)
    assert judged(Found("a/q.py", 15, 16)) == (0, 1, 0)
    assert judged(Found("a/q.py", 1, 16)) == (0, 1, 0)


def test_a_set_is_generated_and_asked(shop: Path, tmp_path: Path, cli: Cli) -> None:
    """What `generate` writes can be run at once, and what spells a symbol is looked up too."""
    evaluate = evaluator(cli, tmp_path)
    made = cli("eval", "generate", str(shop), str(tmp_path / "data" / "mine"), "--per-kind", "5", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    done = evaluate("run", "namesakes:mine", "--system", "engrep", "--system", "floor", "--out", "runs")
    assert done.returncode == 0, done.stderr
    found = results(tmp_path)
    spelled = [row["values"] for row in found["engrep"].cases if row["category"] == "qualified"]
    assert [values["right@1"] for values in spelled] == [1] * 2
    assert [values["by symbol right@1"] for values in spelled] == [1] * 2
    assert all("by symbol right@1" not in row["values"] for row in found["floor"].cases)
    assert {row["id"] for row in found["floor"].cases} == {row["id"] for row in found["engrep"].cases}


def test_a_set_for_others_names_the_commit(shop: Path, tmp_path: Path, cli: Cli) -> None:
    """A tree that git does not know cannot be fetched, so that no such set is made of it."""
    done = cli("eval", "generate", str(shop), str(tmp_path / "mine"), "--repository", "a/b", cwd=tmp_path)
    assert done.returncode == 2
    assert "leave --repository out" in done.stderr
    assert not (tmp_path / "mine").exists()
