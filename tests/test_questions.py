"""Any text is a question: it is answered, with hits that exist, or with none, but never with an error."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import write_files
from hypothesis import given, settings
from hypothesis import strategies as st

from engrep.engine.errors import UsageError
from engrep.engine.memory import Memory
from engrep.engine.query import parse
from engrep.engine.types import Search
from engrep.indexers.facts import KINDS
from engrep.indexers.languages import LANGUAGES, Language

FILES = '''
    #- billing/retry.py
    """When a payment is tried again."""
    def backoff(n):
        """Wait a day for each failed payment; select or drop nothing."""
        return n * 86400
    #- net/retry.py
    class Client:
        """Send requests until they succeed."""
        def backoff(self, n):
            return 0.1 * 2 ** n
        def send(self, request):
            return self.backoff(len(request))
    #- web/app.js
    // 死锁检测 of permissions
    export function near(a, b) { return a NOT b }
    #- README.md
    # Retries
    The payment and the network AND their OR and NOT.
    #- bin/run.sh
    table() { echo "select"; }
'''


@pytest.fixture(scope="module")
def memory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Memory]:
    """Index a few files for all questions."""
    with Memory.open(write_files(tmp_path_factory.mktemp("asked"), FILES)) as opened:
        opened.index()
        yield opened


def check_answer(memory: Memory, found: Search) -> None:
    """Hold every hit against the files, and its parts against its score."""
    seen = set()
    is_issue = parse(found.query).shape == "issue"  # there functions compete, and the parts are those of their file
    for hit in found.hits:
        lines = (memory.root / hit.path).read_text(encoding="utf-8").splitlines()
        assert 1 <= hit.start_line <= hit.end_line <= len(lines)
        assert hit.text == "\n".join(lines[hit.start_line - 1 : hit.end_line])
        assert is_issue or sum(part.value for part in hit.why) == pytest.approx(hit.score, abs=1e-3)
        assert (hit.path, hit.start_line, hit.end_line, hit.qualified_name) not in seen
        seen.add((hit.path, hit.start_line, hit.end_line, hit.qualified_name))


ODD_QUESTIONS = (
    "", " ", "\n\n\t", "?", "...", "()[]{}", '"', '""', '"unclosed', "'", "`", "```", "*", "back*", "^back", "-backoff", "+", "a OR", "NOT",
    "AND OR NOT *", "NEAR(backoff retry, 2)", "name:backoff", "body : (a OR b)", "{name body}: x", "the of and to is", "is the", "a", "1", "0x",
    "'; DROP TABLE symbol; --", "select * from file where path = 'a'", "%", "_", "%_\\", "\\", "\0", "a\0b", "backoff\0", "\x1b[2J", "\x7f",
    "\ud800", "back\udcffoff", "\udc80.py", "🔒", "死", "死锁", "我们修复了权限死锁问题", "e\u0301", "\u202ebackoff", "\ufeff", "back\u200boff", "ﬁ", "İ",
    "/", "//", "a//b", "../..", "~", "C:\\x\\y.py", "billing/retry.py", "billing/retry.py:3", "billing/retry.py:99999999999999999999999",
    "billing/retry.py:0", "billing/retry.py:-1", "net/retry.py:Client.send", "Client::send", "Client#send", "Client->send", ".", "::", "#",
    "..retry..backoff..", "backoff()", "backoff(", "x.y" * 90, "a" * 299, "a" * 100_000, "a " * 50_000, "(" * 100_000, "backoff\n" * 12_500,
    'Traceback (most recent call last):\n  File "billing/retry.py", line 3, in backoff\nValueError: \ud800\n', "```\nbackoff\n```\n\n```",
    "<!-- " * 10_000, "http://" + "a/" * 20_000, "`" * 10_001, "[ ]" * 5000,
)  # fmt: skip


@pytest.mark.parametrize("text", ODD_QUESTIONS, ids=lambda text: ascii(text)[:30])
def test_an_odd_question_is_answered(text: str, memory: Memory) -> None:
    """Operators of the search engine, of SQL and of terminals, and text of any length are only text."""
    check_answer(memory, memory.search(text))
    check_answer(memory, memory.symbol(text))


def test_operators_are_words(memory: Memory) -> None:
    """What looks like a query of the full-text engine finds what its words find."""
    assert memory.search('backoff AND NOT "payment').hits[0].path == "billing/retry.py"
    assert memory.search("死锁").hits[0].path == "web/app.js"


PIECES = st.one_of(
    st.text(max_size=30),
    st.text(st.characters(), max_size=8),
    st.sampled_from(
        [
            "backoff",
            "net.retry",
            "Client",
            "send",
            '"',
            "*",
            " OR ",
            "(",
            ")",
            "NOT ",
            "name:",
            ".py",
            "/",
            "::",
            ":",
            "7",
            "`",
            "\n",
            "the ",
        ]
    ),
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.lists(PIECES, max_size=8).map("".join))
def test_any_text_is_answered(memory: Memory, text: str) -> None:
    """Any text gives hits that exist, each once, whose parts add up to their score."""
    check_answer(memory, memory.search(text))
    check_answer(memory, memory.symbol(text))


@settings(max_examples=50, deadline=None, derandomize=True)
@given(PIECES, st.sampled_from(LANGUAGES), st.sampled_from(KINDS), PIECES, st.integers(1, 50))
def test_any_filter_is_answered(
    memory: Memory, path: str, language: Language, kind: str, asker: str, limit: int
) -> None:
    """Any filter and any asker's file, there or not, narrows the answer or empties it."""
    found = memory.search(
        "backoff payment", limit=limit, path=path, language=language.name, kind=kind, from_file=asker, may_be_new=True
    )
    check_answer(memory, found)
    assert len(found.hits) <= limit


@settings(max_examples=50, deadline=None, derandomize=True)
@given(PIECES, PIECES, PIECES)
def test_any_mistyped_filter_is_refused_or_answered(memory: Memory, language: str, kind: str, asker: str) -> None:
    """Whatever stands in a filter that names something, it is taken or it is a usage error."""
    with contextlib.suppress(UsageError):
        check_answer(memory, memory.search("backoff payment", language=language, kind=kind, from_file=asker))


@pytest.mark.parametrize("lanes", [["psychic"], ["lexical", "psychic"], ["Lexical"], [""]])
def test_an_unknown_lane_is_refused(lanes: list[str], memory: Memory) -> None:
    """A lane that does not exist is a mistake, and the message names those that do."""
    with pytest.raises(UsageError, match="lexical, dense, identity, graph"):
        memory.search("backoff", lanes=lanes)


@pytest.mark.parametrize("lane", ["lexical", "dense", "identity", "graph"])
def test_each_lane_answers_alone(lane: str, memory: Memory) -> None:
    """Any subset of the lanes gives an answer."""
    check_answer(memory, memory.search("backoff", lanes=[lane]))
    check_answer(memory, memory.search("when is a payment tried again", lanes=[lane]))


def test_a_file_that_changed_since_does_not_break_the_answer(tmp_path: Path) -> None:
    """Hits in files that were deleted or cut since the index run are shown as far as there is text."""
    root = write_files(tmp_path, FILES)
    with Memory.open(root) as memory:
        memory.index()
        (root / "billing/retry.py").unlink()
        (root / "net/retry.py").write_text("", encoding="utf-8")
        for question in ("backoff", "wait a day for each failed payment", "send requests"):
            hits = [hit for hit in memory.search(question).hits if hit.path.endswith("retry.py")]
            assert hits
            assert all(hit.text == "" for hit in hits)


def test_a_run_of_chinese_is_a_question() -> None:
    """Without blanks between words nothing tells a saying from a name, and hardly any name is Chinese."""
    assert parse("任务失败后重试").shape == "question"
    assert parse("retry_任务").shape == "symbol"
