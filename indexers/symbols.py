"""Definitions nested into symbols: qualified names, parents, documentation, hashes."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from itertools import accumulate, count
from operator import add
from struct import Struct
from typing import TYPE_CHECKING

from engrep.indexers.facts import CALLABLE_KINDS, TYPE_KINDS, Problem, Symbol
from engrep.indexers.spelling import DOC_LIMIT, comment_text, dotted, without_annotations, without_brackets

if TYPE_CHECKING:
    from engrep.indexers.collect import Definition
    from engrep.indexers.languages import Language

MAX_DEPTH = 64  # deepest nesting of symbols kept: real code stays under 20, and each level hashes its text again
MAX_CLAUSE_GAP = 5_000  # bytes of comments between two clauses of one function
MAX_COMMENTS = 200  # comments above a definition that are read
MAX_INDENT = 400  # bytes of a line that are looked at before a definition; a line can be the whole file
MAX_PREFIX = 400  # characters of a qualified name before the last segment
HEADER_LINES = 5  # a licence starts within these
SIGNATURE_LIMIT = 300
VALUE_KINDS = frozenset({"constant", "variable", "field", "property", "enum_member"})

_BREAK = 0x0A
_WHITE = b" \t\r\n\f\v"
_CONSTANT = re.compile(r"^[A-Z][A-Z0-9_]*$")
_LICENCE = re.compile(rb"copyright|licen[sc]e|SPDX|\(c\) ?\d{4}", re.IGNORECASE)
_PRIVATE = frozenset({"private", "fileprivate", "static", "local", "defp", "defmacrop", "defguardp"})
_PROTECTED = frozenset({"protected", "internal", "package"})
_PUBLIC = frozenset({"public", "pub", "export", "open", "global"})
_LEVELS = (("private", _PRIVATE), ("protected", _PROTECTED), ("public", _PUBLIC))
_SIGNED = Struct("<q")
_WORD = re.compile(r"[a-z]+")
_TEST_MARK = re.compile(r"@Test\b|#\[[\w:]*test\b|^(?:@?test|describe|property|feature)$|^(?:TYPED_)?TEST(?:_[FP])?$")


_TYPES = TYPE_KINDS | {"scope"}
_NAMED_BY_PATH = TYPE_KINDS | {"module", "namespace"}
_STRING_ENDS = b"\"'`"


@dataclass(frozen=True, slots=True)
class Source:
    """A file's bytes with what symbols, references and chunks look up in them."""

    data: bytes
    blanked: bytes  # the same length, comments and docstrings are blanks
    newlines: list[int]  # offset of each line break
    comments: list[tuple[int, int]]  # sorted spans
    leads: dict[int, int]  # start of a definition -> start of the comments above it, filled as they are asked for
    own_line: dict[int, int]  # line a comment ends on -> its index, for comments with nothing before them on the line
    spoken: dict[bytes, str]  # comments -> their words, filled as they are asked for
    has_attributes: bool  # whether a Rust attribute may stand between a comment and its item

    def words(self, start: int, end: int) -> str:
        """Read a comment or docstring without its markers; the same one is asked for by symbols and by chunks."""
        raw = self.data[start:end].rstrip()
        text = self.spoken.get(raw)
        if text is None:
            text = self.spoken[raw] = comment_text(raw.decode("utf-8", "replace"))
        return text

    def line(self, offset: int) -> int:
        """Give the line of an offset."""
        return bisect_left(self.newlines, offset) + 1

    def line_end(self, offset: int) -> int:
        """Give the offset after the line that holds an offset, its break included."""
        index = bisect_left(self.newlines, offset)
        return self.newlines[index] + 1 if index < len(self.newlines) else len(self.data)

    def line_start(self, line: int) -> int:
        """Give the offset at which a line starts."""
        return self.newlines[line - 2] + 1 if line > 1 else 0

    def opens_line(self, offset: int) -> bool:
        """Tell whether nothing but blanks and comments stands before an offset on its line; false far to the right."""
        return self.with_indent(offset) < offset or not offset or self.data[offset - 1] == _BREAK

    def with_indent(self, offset: int) -> int:
        """Give the start of an offset's line where nothing but blanks and comments stands before it, else the offset."""
        index = bisect_left(self.newlines, offset)
        before = self.newlines[index - 1] + 1 if index else 0
        return before if offset - before <= MAX_INDENT and not self.blanked[before:offset].strip() else offset


def read_source(data: bytes, comments: list[tuple[int, int]], docs: list[tuple[int, int]]) -> Source:
    """Index lines and comments once a file."""
    blanked = bytearray(data)
    for start, end in (*comments, *docs):
        blanked[start:end] = b" " * (end - start)
    newlines = list(map(add, accumulate(map(len, data.split(b"\n"))), count()))
    newlines.pop()  # the end of the file is no line break
    source = Source(data, bytes(blanked), newlines, comments, {}, {}, {}, b"#[" in data)
    for index, (start, end) in enumerate(comments):
        if source.opens_line(start):
            # Some grammars count the line break as part of the comment.
            last = end - (2 if data[end - 1 : end] == b"\n" else 1)
            source.own_line[bisect_left(newlines, max(start, last)) + 1] = index
    return source


def leading_comment(source: Source, start: int) -> int:
    """Give the offset where the comments that end right above a definition start, or the definition's own start."""
    known = source.leads.get(start)
    if known is None:
        known = source.leads[start] = _leading_comment(source, start)
    return known


def _leading_comment(source: Source, start: int) -> int:
    line = bisect_left(source.newlines, start) + 1
    first = start
    if (line - 1 not in source.own_line and not source.has_attributes) or not source.opens_line(start):
        return first
    for _ in range(MAX_COMMENTS):
        index = source.own_line.get(line - 1)
        if index is not None:
            at, end = source.comments[index]
            line = source.line(at)
            if line <= HEADER_LINES and _LICENCE.search(source.data, at, end):
                break
            first = at
        elif line > 1 and source.has_attributes and _is_attribute(source, line - 1, start):
            line -= 1  # a Rust attribute between the comment and the item
        else:
            break
    return first


def _is_attribute(source: Source, line: int, end: int) -> bool:
    return source.blanked[source.line_start(line) : end].lstrip().startswith(b"#[")


def nest(
    definitions: list[Definition], source: Source, language: Language, prefix: str, file_is_test: bool
) -> tuple[list[Symbol], list[Problem]]:
    """Turn definitions into symbols, sorted by start; nesting is found with a stack, so depth costs nothing."""
    symbols: list[Symbol] = []
    problems: list[Problem] = []
    out_of_line: list[tuple[int, str]] = []
    last = (-1, -1)
    stack: list[tuple[int, str, str, int]] = []  # (end, kind, qualified prefix, symbol index or the one around a scope)
    ordered = sorted(definitions, key=lambda each: (each.start, -each.end))
    for found in _merged_clauses(ordered, source) if language.clauses else ordered:
        while stack and (stack[-1][0] <= found.start or stack[-1][0] < found.end):
            stack.pop()
        if stack and last == (found.start, found.end):
            stack.pop()  # `int a, *b;` defines two names in one statement: neither lies in the other
        _, around, before, parent = stack[-1] if stack else (0, "", prefix, -1)
        if found.kind in VALUE_KINDS and around in CALLABLE_KINDS:
            if found.kind != "field" or len(stack) < 2 or stack[-2][1] not in _TYPES:
                continue
            _, around, before, parent = stack[-2]  # a field that the constructor declares
        if len(stack) >= MAX_DEPTH:
            if not problems:
                problems.append(Problem("too_deep", source.line(found.start), f"symbols nested over {MAX_DEPTH} deep"))
            continue
        if found.parent:
            before = f"{before}.{found.parent}" if before else found.parent
            around = "class"
        name = dotted(found.name) if found.name[:1].isalpha() else found.name  # an operator may hold "->" or "::"
        qualified = f"{before[:MAX_PREFIX]}.{name}" if before else name
        last = found.start, found.end
        if found.kind.startswith("scope"):
            stack.append((found.end, found.kind, qualified, parent))
            continue
        in_test = file_is_test or (parent >= 0 and symbols[parent].is_test)
        kind = _kind(found, around, symbols[parent] if parent >= 0 else None, before, language)
        if found.parent or around == "scope":
            out_of_line.append((len(symbols), found.parent or before))
        stack.append((found.end, kind, qualified, len(symbols)))
        symbols.append(_symbol(found, kind, qualified, parent, around, source, language, in_test))
    _link_out_of_line(symbols, out_of_line)
    return symbols, problems


def _merged_clauses(definitions: list[Definition], source: Source) -> list[Definition]:
    """Make one definition of the clauses of a function: same name and kind, nothing but comments between them."""
    merged: list[Definition] = []
    last: dict[tuple[str, str], int] = {}
    for found in definitions:
        at = last.get((found.kind, found.name), -1)
        before = merged[at] if at >= 0 else found
        gap = found.start - before.end
        if 0 <= gap < MAX_CLAUSE_GAP and not source.blanked[before.end : found.start].strip():
            body = (before.body or (before.end, 0))[0], found.end
            merged[at] = before._replace(end=found.end, body=body)
        else:
            last[found.kind, found.name] = len(merged)
            merged.append(found)
    return merged


def _lies_in(symbols: list[Symbol], inner: int, outer: int) -> bool:
    """Tell whether one symbol is another or lies in it: a test may define the type that its suite is named after."""
    while inner >= 0 and inner != outer:
        inner = symbols[inner].parent
    return inner == outer


def _link_out_of_line(symbols: list[Symbol], out_of_line: list[tuple[int, str]]) -> None:
    """Give methods defined outside their type that type as parent, where this file has it."""
    types: dict[str, int] = {}
    for index, symbol in enumerate(symbols):
        if symbol.kind in TYPE_KINDS:
            types.setdefault(symbol.name, index)
    for index, parent in out_of_line:
        home = types.get(parent.rpartition(".")[2], -1)
        if home >= 0 and not _lies_in(symbols, home, index):
            symbols[index] = symbols[index]._replace(parent=home)


def _kind(found: Definition, around: str, parent: Symbol | None, before: str, language: Language) -> str:
    if found.kind in ("function", "method") and around in _TYPES:
        own_name = before.rpartition(".")[2] if "{class}" in language.constructors else None
        return "constructor" if found.name in language.constructors or found.name == own_name else "method"
    if found.kind == "variable" and _CONSTANT.match(found.name):
        return "constant"
    if found.kind == "field" and parent is not None and any(base.endswith(("Enum", "Flag")) for base in parent.bases):
        return "enum_member"
    return found.kind


def _symbol(
    found: Definition,
    kind: str,
    qualified: str,
    parent: int,
    around: str,
    source: Source,
    language: Language,
    in_test: bool,
) -> Symbol:
    start, end = found.start, found.end
    header_end = found.body[0] if found.body else end
    header = source.blanked[found.header : max(header_end, found.header)]
    body = source.blanked[header_end if found.body else found.name_end : end]
    first_line = bisect_left(source.newlines, start)
    row = (
        _last_segment(found, source),
        qualified,
        kind,
        _signature(header),
        _doc(found, source),
        start,
        end,
        first_line + 1,
        bisect_left(source.newlines, max(start, end - 1), first_line) + 1,
        parent,
        _visibility(found, around, language),
        in_test or _is_test(found, kind),
        _hash(header),
        _hash(body),
        found.bases,
        found.returns,
    )
    return tuple.__new__(Symbol, row)  # half the cost of Symbol(…)


def _last_segment(found: Definition, source: Source) -> str:
    """Give the name that a definition is looked up by: `defmodule Ecto.Query` defines `Query`; a string stays whole."""
    name = found.name
    if found.kind in _NAMED_BY_PATH and not name.isidentifier() and source.data[found.name_end - 1] not in _STRING_ENDS:
        last = dotted(name).rpartition(".")[2]
        return last if last.isidentifier() else name
    return name


def _signature(header: bytes) -> str:
    text = " ".join(header[: 8 * SIGNATURE_LIMIT].decode("utf-8", "replace").split())
    if text.startswith(("@", "[")):
        text = without_annotations(text)
    return text.rstrip("{:=;, ")[:SIGNATURE_LIMIT]


def _hash(text: bytes) -> int:
    number: int = _SIGNED.unpack(blake2b(text.translate(None, _WHITE), digest_size=8).digest())[0]
    return number


def _doc(found: Definition, source: Source) -> str:
    if found.doc is not None:
        start, end = found.doc
    else:
        start, end = leading_comment(source, found.start), found.start
    return source.words(start, min(end, start + 4 * DOC_LIMIT))[:DOC_LIMIT] if start < end else ""


@lru_cache(maxsize=4096)
def _declared_visibility(modifiers: str, is_c: bool) -> str:
    """Read the visibility that modifiers say, "" for none; `static` means private in C only."""
    words = set(_WORD.findall(without_brackets(modifiers)))
    for level, known in _LEVELS:
        if words & known and (is_c or "static" not in words or words & (known - {"static"})):
            return level
    return ""


@lru_cache(maxsize=4096)
def _marks_test(modifiers: str) -> bool:
    return _TEST_MARK.search(modifiers) is not None


def _visibility(found: Definition, around: str, language: Language) -> str:
    declared = _declared_visibility(found.modifiers, language.name == "c") if found.modifiers else ""
    if declared:
        return declared
    name = found.name
    if language.visibility == "underscore":
        return "private" if name.startswith(("_", "#")) and not name.endswith("__") else "public"
    if language.visibility == "capital":
        return "public" if name[:1].isupper() else "private"
    return "public" if around in ("interface", "trait", "protocol", "enum") else language.default_visibility


def _is_test(found: Definition, kind: str) -> bool:
    if kind in CALLABLE_KINDS:
        return found.name.startswith(("test_", "Test_")) or (found.modifiers != "" and _marks_test(found.modifiers))
    return kind in ("module", "namespace") and found.name in ("tests", "test")
