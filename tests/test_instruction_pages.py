"""One page of instructions: statements with their lines, imports outside of code, and how the server's clients see a line."""

from __future__ import annotations

import pytest

from engrep.engine.candidates import Candidate
from engrep.engine.memory_types import Entry
from engrep.engine.pack import instruction_item
from engrep.indexers.instructions import page_of
from engrep.mcp_shapes import item
from engrep.mcp_texts import item as item_text


@pytest.mark.parametrize(("text", "expected"), [
    ("# A\n\n- one\n  goes on\n- two\n", [("one goes on", 3, "A"), ("two", 5, "A")]),
    ("plain text\nover two lines\n\nnext", [("plain text over two lines", 1, ""), ("next", 4, "")]),
    ("## T\n```sh\nmake test\nmake check\n```\nafter", [("make test\nmake check", 2, "T"), ("after", 6, "T")]),
    ("a\n<!-- hidden\nstill -->\nb", [("a", 1, ""), ("b", 4, "")]),
    ("a\n<!-- engrep:begin -->\n- ours\n<!-- engrep:end -->\nb", [("a", 1, ""), ("b", 5, "")]),
    ("---\ndescription: d\n---\nrule", [("rule", 4, "")]),
    ("1. first\n2) second\n---\n* * *", [("first", 1, ""), ("second", 2, "")]),
    ("```\nnever closed", [("never closed", 1, "")]),
    ("", []),
])  # fmt: skip
def test_a_page_is_read_statement_by_statement(text: str, expected: list[tuple[str, int, str]]) -> None:
    """Items, paragraphs and listings are statements with their line and heading; comments and our own block are none."""
    assert [(each.text, each.line, each.heading) for each in page_of(text).statements] == expected


@pytest.mark.parametrize(("text", "expected"), [
    ("see @docs/a.md and @~/b.md, @/c.md", ("docs/a.md", "~/b.md,", "/c.md")),
    ("not `@in/span.md`, not ``a ` @b``, not me@example.org", ()),
    ("```\n@in/fence.md\n```\n@out.md", ("out.md",)),
    ("~~~\n```\n@in/fence.md\n~~~\n@out.md", ("out.md",)),
    ("text\n\n    @in/code.md\n", ()),
    ("- item\n    - @nested.md\n", ("nested.md",)),
    ("@with\\ blank.md", ("with blank.md",)),
])  # fmt: skip
def test_imports_are_read_outside_of_code(text: str, expected: tuple[str, ...]) -> None:
    """What stands in a fence, a span or an indented listing imports nothing."""
    assert page_of(text).imports == expected


def test_a_client_of_the_server_sees_the_place() -> None:
    """An instruction that recall brings is told with its file and line, not as code."""
    found = instruction_item(
        Entry("CLAUDE.md:7", "constraint", "Rules", "Never charge twice."), Candidate("instruction", None)
    )
    shown = item(found, ())
    assert (shown["type"], shown["path"], shown["start_line"]) == ("instruction", "CLAUDE.md", 7)
    told = item_text({name: value for name, value in shown.items() if value})
    assert "[CLAUDE.md:7] constraint" in told
    assert "Never charge twice." in told
