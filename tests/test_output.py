"""What is printed: text made safe, JSON that always parses, the lines of a snippet worth showing."""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.text import Text

from engrep.failures import did_you_mean
from engrep.output import json_text, safe_block, safe_line
from engrep.render import counted, question_words
from engrep.render_columns import columns
from engrep.render_index import tally
from engrep.snippet import N_LINES, chosen_lines

if TYPE_CHECKING:
    from conftest import Cli, MakeRepo

ANY_TEXT = st.text(st.characters(exclude_categories=()) | st.sampled_from("\x1b\r\n\t\x9b\u202e\u2028\ud800"))


@given(ANY_TEXT)
def test_a_safe_line_holds_nothing_a_terminal_obeys(text: str) -> None:
    """No control character, line end, reordering mark or lone surrogate is left, and printable text stays."""
    safe = safe_line(text)
    assert not [char for char in safe if unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"}]
    assert not set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069") & set(safe)
    if text.isascii() and text.isprintable():
        assert safe == text


@given(ANY_TEXT)
def test_a_safe_block_keeps_its_lines(text: str) -> None:
    """Source text keeps its line ends and nothing else that a terminal obeys."""
    safe = safe_block(text)
    assert {char for char in safe if unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"}} <= {"\n"}
    assert safe.count("\n") == text.count("\n")


@given(st.dictionaries(ANY_TEXT, ANY_TEXT))
def test_json_survives_any_text(value: dict[str, str]) -> None:
    """What is written as JSON reads back equal, encodes as UTF-8, and cannot steer a terminal."""
    written = json_text(value)
    assert json.loads(written) == value
    assert not [char for char in written.encode().decode() if unicodedata.category(char) in {"Cc", "Zl", "Zp"}]


def test_json_stays_readable() -> None:
    """CJK text and emoji are not escaped."""
    assert json_text({"a": "死锁 🔒"}) == '{"a": "死锁 🔒"}'


@pytest.mark.parametrize(
    ("near", "expected"),
    [((), ""), (("a",), "; did you mean a?"), (("a", "b"), "; did you mean a or b?")],
)
def test_near_names_are_offered(near: tuple[str, ...], expected: str) -> None:
    """Near names become a question, none becomes nothing."""
    assert did_you_mean(near) == expected


def test_the_words_of_a_question_are_marked_whole_and_in_parts() -> None:
    """Identifiers count whole and split; filler words do not."""
    assert question_words("where is parseHTTPHeader in the net_pool 死锁") == (
        "parsehttpheader", "net_pool", "header", "parse", "http", "pool", "net", "死锁",
    )  # fmt: skip


def check_chosen(lines: list[str], words: str, expected: set[int]) -> None:
    """Check which lines of a snippet are shown for some words."""
    assert chosen_lines(lines, re.compile(words)) == expected


def test_a_short_text_is_shown_whole() -> None:
    """Up to six lines there is nothing to choose."""
    check_chosen(["def a():", "    b", "    c"], "zzz", {0, 1, 2})


def test_the_first_line_and_the_matches_are_shown() -> None:
    """A long text shows its head and the window with the most different matched words."""
    lines = ["def a():", *["    filler"] * 20, "    red", "    green", "    blue", *["    red"] * 9]
    assert {0, 21, 22, 23} <= chosen_lines(lines, re.compile("red|green|blue"))
    check_chosen(lines, "nothing", {0, 1, 2, 3, 4, 5})


@given(st.lists(st.sampled_from(["", "a", "b", "a b", "c"]), min_size=1, max_size=40))
def test_the_choice_stays_small_and_inside(lines: list[str]) -> None:
    """Whatever the text, at most six lines that exist are chosen."""
    chosen = chosen_lines(lines, re.compile("a|b"))
    assert 0 < len(chosen) <= N_LINES
    assert chosen <= set(range(len(lines)))


def test_columns_line_up_by_what_is_seen() -> None:
    """A wide character takes two columns, and no line ends in blanks."""
    rows = [[Text("死锁"), Text("x")], [Text("a"), Text("")]]
    assert [line.plain for line in columns(rows)] == ["  死锁  x", "  a"]


def test_counts_read_well() -> None:
    """Numbers are grouped, nouns agree, and the largest part of a tally comes first."""
    assert [counted(1, "caller"), counted(2000, "dependency")] == ["1 caller", "2,000 dependencies"]
    assert tally({"go": 2, "python": 1000, "c": 2}) == "python 1,000 · c 2 · go 2"


def test_a_pipe_is_told_what_an_answer_lacks(repo: MakeRepo, cli: Cli, tmp_path: Path) -> None:
    """Without a terminal there is no line of figures, but what changed since and what could not be had is said."""
    folder, home = repo("#- a.py\ndef backoff(): ...\n"), {"ENGREP_HOME": str(tmp_path / "home")}
    assert cli("index", cwd=folder, **home).returncode == 0
    assert "hit" not in cli("search", "the backoff", cwd=folder, **home).stdout
    (folder / "a.py").write_text("def backoff(): return 1\n", encoding="utf-8")
    said = cli("search", "the backoff", cwd=folder, ENGREP_EMBEDDER="/no/model.npz", **home).stdout
    assert "1 file changed since" in said
    assert "without vectors: /no/model.npz" in said
