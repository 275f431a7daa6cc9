"""Prose: headings as symbols, and chunks that hold every non-blank byte once."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engrep.indexers.facts import PROSE, Chunk
from engrep.indexers.languages import BY_NAME, LANGUAGES
from engrep.indexers.prose import LONGEST, prose_facts

MARKDOWN = """\
---
title: # no heading
---
Before any heading.

# Guide

How to use it.

## Install `it` ##

```sh
# no heading either
```

Setext title
============

Some [link](x).

Second level
---

- a list
---
####### seven marks
#no space
## See [the docs](http://x) <a name="x"></a>
"""

RST = """\
=====
Guide
=====

Intro.

Install
-------
text

From source
~~~~~~~~~~~
text

Use
---

.. code::

    indented
    --------
"""


def check_headings(text: str, language: str, expected: list[tuple[str, int]]) -> None:
    """Compare qualified names and start lines of the headings."""
    facts = prose_facts("docs/guide.md", text.encode(), BY_NAME[language], "docs.guide")
    assert [(symbol.qualified_name, symbol.start_line) for symbol in facts.symbols] == expected
    assert all(symbol.kind == "heading" for symbol in facts.symbols)


def check_cover(data: bytes, chunks: tuple[Chunk, ...]) -> None:
    """Demand ordered chunks that do not overlap, hold all that is not blank, and respect the limit."""
    at = 0
    for chunk in chunks:
        assert at <= chunk.start_byte < chunk.end_byte <= len(data)
        assert not data[at : chunk.start_byte].decode("utf-8", "replace").strip()
        assert len(data[chunk.start_byte : chunk.end_byte].decode("utf-8", "surrogateescape")) <= LONGEST
        assert chunk.start_line == data.count(b"\n", 0, chunk.start_byte) + 1
        at = chunk.end_byte
    assert not data[at:].decode("utf-8", "replace").strip()


def test_markdown_headings_are_symbols() -> None:
    """ATX and setext headings count; fences, front matter, lists and seven marks do not."""
    check_headings(
        MARKDOWN,
        "markdown",
        [
            ("docs.guide.guide", 6),
            ("docs.guide.guide.install-it", 10),
            ("docs.guide.setext-title", 16),
            ("docs.guide.setext-title.second-level", 21),
            ("docs.guide.setext-title.see-the-docs", 28),
        ],
    )


def test_rst_headings_are_symbols() -> None:
    """Levels follow the order in which the marks turn up; an indented title is none."""
    check_headings(
        RST,
        "rst",
        [
            ("docs.guide.guide", 1),
            ("docs.guide.guide.install", 7),
            ("docs.guide.guide.install.from-source", 11),
            ("docs.guide.guide.use", 15),
        ],
    )


def test_a_heading_spans_its_section() -> None:
    """A heading reaches to the next one of its level, and knows its parent and first paragraph."""
    facts = prose_facts("a.md", b"# A\n\none\n\n## B\n\ntwo\nmore\n\n# C\n", BY_NAME["markdown"], "a")
    assert [(s.name, s.start_line, s.end_line, s.parent, s.doc) for s in facts.symbols] == [
        ("A", 1, 8, -1, "one"),
        ("B", 5, 8, 0, "two more"),
        ("C", 10, 10, -1, ""),
    ]


def test_a_chunk_is_named_by_its_heading() -> None:
    """Each section long enough for a chunk of its own gives its heading as the chunk's name and symbol."""
    body = ("words " * 60).encode()
    chunks = prose_facts("docs/setup.md", b"# Top\n" + body + b"\n## Inner\n" + body, BY_NAME["markdown"], "").chunks
    assert [chunk.name for chunk in chunks] == ["Top", "Inner"]
    assert [chunk.symbol for chunk in chunks] == [0, 1]


def test_short_sections_share_a_chunk() -> None:
    """Sections of a line each do not become chunks of a line each."""
    text = "".join(f"## Part {n}\n\nA line.\n\n" for n in range(10))
    chunks = prose_facts("a.md", text.encode(), BY_NAME["markdown"], "").chunks
    assert len(chunks) == 1
    assert "Part 3" in chunks[0].name


def test_windows_break_at_blank_lines() -> None:
    """A text without headings is cut between paragraphs."""
    paragraph = "line of text\n" * 30
    data = f"{paragraph}\n{paragraph}\n{paragraph}\n{paragraph}".encode()
    chunks = prose_facts("notes.txt", data, BY_NAME["text"], "").chunks
    assert len(chunks) == 2
    assert data[chunks[0].start_byte : chunks[0].end_byte].decode() == f"{paragraph}\n{paragraph}\n{paragraph}"


@given(
    st.one_of(
        st.binary(max_size=6_000),
        st.text("a# =-`\n\r\té锁.", max_size=6_000).map(str.encode),
        st.lists(st.text("ab #=\n", max_size=900), max_size=12).map(lambda parts: "x".join(parts).encode()),
    ),
    st.sampled_from(["markdown", "rst", "text"]),
)
@example(b"a" * 4_000 + b"\n" + "锁".encode() * 2_000, "text")
@example(b"\xff\xfe" * 2_000, "markdown")
def test_chunks_cover_every_byte_once(data: bytes, language: str) -> None:
    """Whatever the bytes, the chunks are in order, apart, short, and leave nothing out."""
    check_cover(data, prose_facts("a/b.md", data, BY_NAME[language], "").chunks)


@pytest.mark.parametrize("unit", [b"x", b"\n", b"# a\n", b"[", b"a\n=\n\n", b"```\n", b"<", b"#", b"=\n"])
@pytest.mark.parametrize("language", ["markdown", "rst", "text"])
def test_hostile_text_ends(unit: bytes, language: str) -> None:
    """Repetition that makes naive scanners quadratic gives chunks like any other text."""
    data = unit * (200_000 // len(unit))
    check_cover(data, prose_facts("a.md", data, BY_NAME[language], "a").chunks)


def test_prose_is_what_has_no_grammar() -> None:
    """A language that is added without a grammar is weighed as prose too."""
    assert {language.name for language in LANGUAGES if not language.grammar} == PROSE
