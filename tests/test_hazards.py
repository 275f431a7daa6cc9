"""Hostile and broken files: never a crash, never without end, always the text in chunks."""

from __future__ import annotations

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engrep.indexers.facts import FileFacts
from engrep.indexers.grammars import grammar_of, parse_tree
from engrep.indexers.languages import BY_NAME, LANGUAGES
from engrep.indexers.modules import NO_HINTS
from engrep.indexers.parse import code_facts

PATHS = [f"src/a.{language.extensions[0]}" for language in LANGUAGES if language.extensions]
CODE_PATHS = ("a.py", "a.js", "a.ts", "a.go", "a.java", "a.cs", "a.rb")


def check_facts(facts: FileFacts, data: bytes) -> None:
    """Check what must hold for any file: spans inside it, chunks in order that miss nothing but blanks."""
    for symbol in facts.symbols:
        assert 0 <= symbol.start_byte < symbol.end_byte <= len(data)
        assert 1 <= symbol.start_line <= symbol.end_line <= facts.lines
        assert -1 <= symbol.parent < len(facts.symbols)
        assert len(symbol.signature) <= 300
    for reference in facts.references:
        assert -1 <= reference.symbol < len(facts.symbols)
        assert 1 <= reference.line <= facts.lines
        assert len(reference.receiver) <= 80
    end = 0
    for chunk in facts.chunks:
        assert end <= chunk.start_byte < chunk.end_byte <= len(data)
        assert not data[end : chunk.start_byte].strip(b" \t\r\n\f\v\0\xef\xbb\xbf")
        assert -1 <= chunk.symbol < len(facts.symbols)
        end = chunk.end_byte
    assert not data[end:].strip(b" \t\r\n\f\v\0\xef\xbb\xbf")


@pytest.mark.parametrize("path", PATHS)
def test_an_empty_file_says_nothing(path: str) -> None:
    """An empty file has no symbols, no chunks and no problems."""
    facts = code_facts(path, b"", NO_HINTS)
    assert (facts.symbols, facts.references, facts.chunks, facts.problems, facts.lines) == ((), (), (), (), 0)


@pytest.mark.parametrize("path", ["a.py", "a.js", "a.go", "a.java"])
def test_a_megabyte_of_braces_ends(path: str) -> None:
    """A megabyte of opening braces, on which tree-sitter queries never end, gives chunks and a syntax problem."""
    data = b"{" * 1_000_000
    facts = code_facts(path, data, NO_HINTS)
    check_facts(facts, data)
    assert {"syntax"} <= {problem.kind for problem in facts.problems}


@pytest.mark.parametrize(
    "data",
    [
        b"x = " + b"[" * 50_000 + b"]" * 50_000 + b"\n",
        b"(" * 50_000,
        b"a" + b".b()" * 20_000,
        b"[" + b"," * 200_000 + b"]",
        b"def f(): pass; " * 5_000,
        b"\0" * 50_000 + b"def f(): pass",
        b'"' * 50_001,
    ],
    ids=["nested lists", "parentheses", "a chain of calls", "commas", "one line", "NUL bytes", "quotes"],
)
@pytest.mark.parametrize("path", ["a.py", "a.js", "a.go"])
def test_deep_and_wide_files_end(path: str, data: bytes) -> None:
    """Nesting 50,000 levels deep and lines of 100,000 bytes neither overflow a stack nor take more than linear time."""
    check_facts(code_facts(path, data, NO_HINTS), data)


@pytest.mark.parametrize("path", ["a.js", "a.sh", "a.py"])
def test_parsing_stops_at_its_deadline(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is not parsed in time is text in chunks, with the reason."""
    monkeypatch.setattr("engrep.indexers.grammars.PARSE_SECONDS", -1.0)
    data = b"/* " * 1_000
    facts = code_facts(path, data, NO_HINTS)
    check_facts(facts, data)
    assert [problem.kind for problem in facts.problems] == ["timeout"]


def test_the_text_of_nodes_can_be_read_after_the_deadline() -> None:
    """A process that is held up between parsing and the query still reads the words that predicates ask for.

    The tree asked its file for them without end once the time for parsing had passed.
    """
    data = b"const name = require('%s');" % (b"long" * 200)
    with pytest.MonkeyPatch.context() as late:
        tree = parse_tree(grammar_of(BY_NAME["javascript"]).parser, data)
        late.setattr("engrep.indexers.grammars.time.monotonic", lambda: time.perf_counter() + 1e9)
        assert tree.root_node.text == data


def test_functions_nested_too_deep_are_left_out_and_reported() -> None:
    """Symbols nested over the limit are dropped with a problem, the outer ones stay."""
    data = b"function f(){" * 2_000 + b"}" * 2_000
    facts = code_facts("a.js", data, NO_HINTS)
    check_facts(facts, data)
    assert 50 <= len(facts.symbols) <= 100
    assert "too_deep" in {problem.kind for problem in facts.problems}


def test_a_file_that_breaks_off_gives_what_parses() -> None:
    """The functions before a syntax error are found, and the error is recorded with its line."""
    facts = code_facts("a.py", b"def whole():\n    return call()\n\ndef broken(:\n", NO_HINTS)
    assert "a.whole" in [symbol.qualified_name for symbol in facts.symbols]
    assert [problem.kind for problem in facts.problems] == ["syntax"]
    assert facts.problems[0].line == 4


def test_latin_1_is_read_with_replacement_and_reported() -> None:
    """A Latin-1 file keeps its symbols and offsets and says where it is no UTF-8."""
    data = "# caf\xe9\ndef g():\n    return '\xfc'\n".encode("latin-1")
    facts = code_facts("a.py", data, NO_HINTS)
    assert [(symbol.name, data[symbol.start_byte : symbol.start_byte + 3]) for symbol in facts.symbols] == [
        ("g", b"def")
    ]
    assert [(problem.kind, problem.line) for problem in facts.problems] == [("encoding", 1)]


@pytest.mark.parametrize("path", PATHS)
def test_a_byte_that_is_no_utf_8_is_no_crash(path: str) -> None:
    """Query predicates used to raise on the bytes of a name that is no UTF-8."""
    data = b"\x80\nf\xff = require('x')\n"
    check_facts(code_facts(path, data, NO_HINTS), data)


def test_a_byte_order_mark_and_crlf_keep_offsets() -> None:
    """Offsets count the byte order mark and both bytes of a line break."""
    data = b"\xef\xbb\xbfimport os\r\n\r\ndef f():\r\n    return os.getcwd()\r\n"
    facts = code_facts("a.py", data, NO_HINTS)
    (symbol,) = facts.symbols
    assert data[symbol.start_byte : symbol.end_byte] == b"def f():\r\n    return os.getcwd()"
    assert (symbol.start_line, symbol.end_line) == (3, 4)
    check_facts(facts, data)


def test_names_in_any_script_are_names() -> None:
    """Identifiers in Chinese and strings with emoji are read by bytes, not by characters."""
    data = 'def 死锁(锁):\n    """修复 🎉"""\n    return 锁.释放("🎉")\n'.encode()
    facts = code_facts("a.py", data, NO_HINTS)
    assert [(symbol.qualified_name, symbol.doc) for symbol in facts.symbols] == [("a.死锁", "修复 🎉")]
    assert [(use.name, use.receiver) for use in facts.references] == [("释放", "锁")]


def test_a_language_without_its_grammar_is_still_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a grammar is not installed, its files are chunked as text and say so."""
    import sys

    from engrep.indexers.grammars import grammar_of

    grammar_of.cache_clear()
    monkeypatch.setitem(sys.modules, "tree_sitter_lua", None)
    facts = code_facts("a.lua", b"function f() end\n", NO_HINTS)
    grammar_of.cache_clear()
    assert [problem.kind for problem in facts.problems] == ["no_grammar"]
    assert len(facts.chunks) == 1


PIECES = st.sampled_from(
    [b"def f(self, x: T = 1):\n    ", b"class A(B):\n", b"function g(a) {", b"}", b"{", b"(", b")", b"\n", b"\r\n", b'"""', b"'",
     b"/* c */", b"// c\n", b"# c\n", b"x.y(1).z", b"import a.b\n", b" return ", b";", b"<T>", b"\xff", b"\0", "名".encode(),
     b"public class C { int m() { return n(); } }\n", b"func (r *T) M() {}\n", b"#include <a.h>\n", b"@d\n", b"  "]
)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(PATHS), st.one_of(st.binary(max_size=300), st.lists(PIECES, max_size=40).map(b"".join)))
def test_any_bytes_give_facts_that_hold(path: str, data: bytes) -> None:
    """Whatever stands in a file of whatever language, spans lie inside it and chunks cover it in order."""
    check_facts(code_facts(path, data, NO_HINTS), data)
