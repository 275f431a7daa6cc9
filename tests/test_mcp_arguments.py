"""Arguments as models send them."""

from __future__ import annotations

from typing import Any

import pytest

from engrep.engine.errors import UsageError
from engrep.mcp_arguments import ALIASES, read
from engrep.mcp_pages import fill, read_cursor, write_cursor
from engrep.mcp_tools import BY_NAME, TOOLS


@pytest.mark.parametrize(("tool", "given", "expected"), [
    ("search", {"Query": "x", "topK": 3.0}, {"query": "x", "limit": 3}),
    ("search", {"q": "x", "query": "y"}, {"query": "y"}),
    ("search", {"query": "y", "Query": "x"}, {"query": "y"}),
    ("search", {"query": "x", "limit": None, "path": ["a/*"]}, {"limit": 8, "path": "a/*"}),
    ("symbol", {"query": "Client", "file": "a.py"}, {"name": "Client", "from_file": "a.py"}),
    ("search", {"query": "x", "file": "a.py"}, {"path": "a.py", "from_file": None}),
    ("callers", {"function_name": "f", "direction": "CALLEES"}, {"name": "f", "direction": "callees"}),
    ("remember", {"content": "x", "about": '["a.py", "b.c"]', "pinned": "yes"}, {"about": ["a.py", "b.c"], "pinned": True}),
    ("remember", {"fact": "x", "files": "a.py"}, {"text": "x", "about": ["a.py"]}),
    ("recall", {"question": "x", "types": "memory", "include_stale": 0}, {"types": ["memory"], "include_stale": False}),
    ("forget", {"memory_id": "m1", "because": "wrong"}, {"id": "m1", "why": "wrong", "action": "forget"}),
    ("impact", {"since": "HEAD~1"}, {"diff": "HEAD~1", "name": None}),
])  # fmt: skip
def test_spellings_are_understood(tool: str, given: dict[str, Any], expected: dict[str, Any]) -> None:
    """Another name, another case, a number as text, one value for a list: what is meant is clear."""
    asked = read(BY_NAME[tool], given)
    assert {name: asked[name] for name in expected} == expected


@pytest.mark.parametrize("value", [True, "many", 1.5, [], {}, float("inf")])
def test_what_is_no_number_is_refused(value: object) -> None:
    """The message names the argument and shows what came."""
    with pytest.raises(UsageError, match="`limit` must be a whole number, not "):
        read(BY_NAME["search"], {"query": "x", "limit": value})


def test_what_no_parameter_goes_by_is_named() -> None:
    """It is ignored, and neither lost in silence nor taken for something else."""
    asked = read(BY_NAME["forget"], {"id": "m1", "colour": 1, "shape": 2})
    assert asked.notes == ("ignored colour, shape: forget takes id, action, why",)


def test_every_alias_is_of_some_parameter() -> None:
    """The table names no parameter that no tool has."""
    assert set(ALIASES) <= {parameter.name for tool in TOOLS for parameter in tool.parameters}


def test_a_cursor_leads_back_and_belongs_to_its_question() -> None:
    """A cursor of another tool or other arguments, or one that was bent, is refused."""
    cursor = write_cursor("search", ("x",), 7)
    assert read_cursor("search", ("x",), cursor) == 7
    assert read_cursor("search", ("x",), None) == 0
    for tool, asked, given in (
        ("search", ("y",), cursor),
        ("symbol", ("x",), cursor),
        ("search", ("x",), cursor[:-4]),
        ("search", ("x",), "é"),
        ("search", ("x",), "W1tb" * 40_000),  # nested lists without an end
        ("search", ("x",), write_cursor("search", ("x",), True)),
    ):
        with pytest.raises(UsageError, match="`cursor`"):
            read_cursor(tool, asked, given)


def test_a_page_is_filled_to_its_budget_and_never_empty() -> None:
    """Entries that fit go in; one that is larger than the page loses the end of its text."""
    entries = [{"text": "word " * 40} for _ in range(20)]
    assert 3 <= len(fill(entries, lambda entry: str(entry["text"]), 400)) <= 6
    (only,) = fill([{"text": "word\n" * 4000}], lambda entry: str(entry["text"]), 400)
    assert only["text"].endswith("\n…")
    assert 100 < len(only["text"]) < 2000


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("name", "a/" * 200_000, "may have 4,096 characters, not 400,000"),
        ("from_file", "a/" * 200_000, "may have 4,096 characters, not 400,000"),
        ("name", "a\0b", "a character that no name has"),
        ("name", "\ud800", "a character that no name has"),
    ],
)
def test_what_no_name_can_be_is_refused(name: str, value: str, told: str) -> None:
    """A file to ask from of 400,000 characters held a thread for over a minute, and 2 MB of a name were told back."""
    with pytest.raises(UsageError, match=told):
        read(BY_NAME["callers"], {"name": "x", name: value})


def test_a_list_has_an_end_and_may_be_no_list_at_all() -> None:
    """Brackets without an end are one odd name, not a fault of ours; nothing is about 50,000 things."""
    assert read(BY_NAME["remember"], {"text": "x", "about": "[" * 4000})["about"] == ["[" * 4000]
    with pytest.raises(UsageError, match="`about` may hold 100, not 50,000"):
        read(BY_NAME["remember"], {"text": "x", "about": ["y"] * 50_000})
    assert len(read(BY_NAME["search"], {"query": "word " * 10_000})["query"]) == 50_000
