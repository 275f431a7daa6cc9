"""Grammars, parsers and compiled queries: made once a process and language, loaded when a file of it turns up."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from functools import cache
from importlib import import_module, resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Parser, Query, Tree

    from engrep.indexers.languages import Language

PARSE_SECONDS = 5.0  # the slowest real file measured took 0.08 s; past this a file is an attack or an accident
READ_BYTES = 16_384  # the parser reads anew after each NUL byte: larger pieces make a file of them quadratic
WORD_BYTES = 128  # of a node that a predicate reads first: names are shorter

_CAPTURE = re.compile(r"@([\w.]+)")
_COMMENT = re.compile(r"^\s*;.*$", re.MULTILINE)
_ROLES = ("definition", "reference", "binding", "import", "comment", "scope", "package", "wrapper", "form")


@dataclass(frozen=True, slots=True)
class Grammar:
    """A parser, its query, and what each pattern of the query says: `("reference", "call", "reference.call")`."""

    parser: Parser
    query: Query
    roles: tuple[tuple[str, str, str] | None, ...]  # None where a pattern may say several things


class ParseTimeoutError(Exception):
    """Parsing took longer than the deadline."""


@cache
def grammar_of(language: Language) -> Grammar:
    """Load the grammar and query of a language; raise ImportError where its wheel is missing."""
    from tree_sitter import Language as TreeSitterLanguage
    from tree_sitter import Parser, Query

    module = import_module(language.grammar)
    grammar = TreeSitterLanguage(getattr(module, language.function)())
    folder = resources.files("engrep.indexers") / "queries"
    source = "\n".join((folder / f"{name}.scm").read_text(encoding="utf-8") for name in language.queries)
    query = Query(grammar, source)
    text = source.encode()
    roles = tuple(
        _role(text[query.start_byte_for_pattern(i) : query.end_byte_for_pattern(i)].decode())
        for i in range(query.pattern_count)
    )
    return Grammar(Parser(grammar), query, roles)


def _role(pattern: str) -> tuple[str, str, str] | None:
    found = {role_of(capture) for capture in _CAPTURE.findall(_COMMENT.sub("", pattern))} - {None}
    return found.pop() if len(found) == 1 else None


@cache
def role_of(capture: str) -> tuple[str, str, str] | None:
    """Split a capture that names a fact into (role, kind, capture); None for the captures that only add to one."""
    role, _, kind = capture.partition(".")
    if role not in _ROLES or (role == "import" and kind) or (role == "binding" and kind != "name"):
        return None
    return role, kind, capture


class _Pieces:
    """Hands a file out in pieces: large ones to the parser, afterwards small ones to the predicates of queries.

    A tree keeps what it was parsed from and asks it for the text of each node that a predicate looks at, from the
    offset of the node on; it copies and scans all that it is given, so a large piece costs 10 µs, a small one 1.5.
    It asks until it has the whole node, for ever if nothing comes: so the deadline is the parser's alone.
    """

    def __init__(self, data: bytes, deadline: float) -> None:
        self.data = data
        self.deadline = deadline
        self.is_parsed = False
        self.size = READ_BYTES
        self.following = 0  # where the next piece starts when one text is read on

    def __call__(self, offset: int, _point: object) -> bytes:
        if self.is_parsed:
            self.size = min(2 * self.size, READ_BYTES) if offset == self.following else WORD_BYTES
        elif time.monotonic() > self.deadline:
            return b""  # the parser asks for progress only between tokens, and one token can be the whole file
        self.following = offset + self.size
        return self.data[offset : self.following]


def parse_tree(parser: Parser, data: bytes) -> Tree:
    """Parse a file; raise ParseTimeoutError past the deadline."""
    deadline = time.monotonic() + PARSE_SECONDS
    pieces = _Pieces(data, deadline)

    def is_over(_offset: int, _has_error: bool) -> bool:
        return time.monotonic() > deadline

    try:
        tree = parser.parse(pieces, progress_callback=is_over)
    except ValueError as error:
        parser.reset()
        raise ParseTimeoutError(str(error)) from error
    if time.monotonic() > deadline:
        raise ParseTimeoutError(f"over {PARSE_SECONDS} seconds")
    pieces.is_parsed = True
    return tree
