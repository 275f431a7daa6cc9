"""How a file of code is cut: one chunk a symbol, long ones split, small ones merged."""

from __future__ import annotations

from textwrap import dedent

from engrep.indexers.facts import FileFacts
from engrep.indexers.modules import NO_HINTS
from engrep.indexers.parse import code_facts


def chunked(text: str, path: str = "shop/cart.py") -> tuple[FileFacts, list[tuple[str, int, int]]]:
    """Cut a snippet; give its facts and (name, first line, last line) of its chunks."""
    facts = code_facts(path, dedent(text).lstrip("\n").encode(), NO_HINTS)
    return facts, [(chunk.name, chunk.start_line, chunk.end_line) for chunk in facts.chunks]


def test_small_things_merge_and_functions_stand_alone() -> None:
    """Imports and constants share a chunk; a function has its own with its comment and decorator."""
    facts, found = chunked("""
        import os

        A = 1
        B = 2

        # Why it is here.
        @cached
        def total():
            return os.getcwd()

        C = 3
    """)
    assert found == [("A B", 1, 4), ("total", 6, 9), ("C", 11, 11)]
    assert facts.chunks[1].comments == "Why it is here."


def test_a_class_that_fits_is_one_chunk() -> None:
    """A class under the limit is one chunk, its methods inside."""
    _, found = chunked("class A:\n    def f(self): ...\n\n    def g(self): ...\n")
    assert found == [("A", 1, 4)]


def test_a_long_class_gives_its_header_and_its_methods() -> None:
    """Over the limit, fields stay with the header and each method has its own chunk."""
    body = "\n".join(f"        self.step_{number}(1, 2, 3)" for number in range(40))
    text = f"class A(Base):\n    x = 1\n    y = 2\n\n    def f(self):\n{body}\n\n    def g(self):\n{body}\n"
    _, found = chunked(text)
    assert found == [("A x y", 1, 3), ("f", 5, 45), ("g", 47, 87)]


def test_a_long_function_is_cut_into_windows_of_its_own() -> None:
    """Windows of a long function stay under the limit, break at blank lines and all show the function."""
    block = "    first = compute(1)\n    second = compute(2)\n    third = compute(3)\n\n"
    facts, _ = chunked("def long():\n" + block * 60)
    assert len(facts.chunks) > 3
    assert {(chunk.symbol, chunk.name) for chunk in facts.chunks} == {(0, "long")}
    assert max(chunk.end_byte - chunk.start_byte for chunk in facts.chunks) <= 1500
    starts = {chunk.start_line for chunk in facts.chunks[1:]}
    assert all((line - 2) % 4 == 0 for line in starts), starts


def test_a_closing_brace_stays_with_what_it_closes() -> None:
    """No chunk holds only the brace that ends a class."""
    method = "  run%d() {\n" + "    this.step(1, 2, 3, 4, 5, 6);\n" * 20 + "  }\n"
    _, found = chunked("class A {\n" + method % 1 + method % 2 + method % 3 + "}\n", "a.js")
    assert found == [("A", 1, 1), ("run1", 2, 23), ("run2", 24, 45), ("run3", 46, 68)]


def test_a_function_handed_over_starts_with_its_statement() -> None:
    """What stands before a function on its line, and the comment above that, are in its chunk."""
    body = "  return read(this);\n" * 30
    text = f"// Say which host was asked for.\ndefine(request, 'host', function host() {{\n{body}}});\n"
    facts, found = chunked("start();\n\n" + text, "a.js")
    assert found == [("", 1, 1), ("host", 3, 35)]
    assert facts.chunks[1].comments == "Say which host was asked for."


def test_the_docstrings_inside_a_chunk_are_its_comments() -> None:
    """A chunk holds the words of every docstring in it, without quotes and indents."""
    facts, _ = chunked('''
        import json
        from decimal import Decimal, getcontext
        class Cart(Basket):
            """All items."""
            def total(self) -> Decimal:
                """Add it up.

                Slowly.
                """
                return Decimal(json.loads(self.text))
    ''')
    assert facts.chunks[1].comments == "All items.\nAdd it up.\n\nSlowly."
