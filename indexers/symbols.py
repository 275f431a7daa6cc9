"""Definitions nested into symbols: qualified names, parents, documentation, hashes."""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import lru_cache
from operator import itemgetter
from typing import TYPE_CHECKING

from engrep.indexers.facts import CALLABLE_KINDS, TYPE_KINDS, Problem, Symbol
from engrep.indexers.plain import hash_of
from engrep.indexers.source import leading_comment
from engrep.indexers.spelling import DOC_LIMIT, dotted, without_annotations, without_brackets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engrep.indexers.languages import Language
    from engrep.indexers.matched import Definition
    from engrep.indexers.source import Source

MAX_DEPTH = 64  # deepest nesting of symbols kept: real code stays under 20, and each level hashes its text again
MAX_CLAUSE_GAP = 5_000  # bytes of comments between two clauses of one function
MAX_PREFIX = 400  # characters of a qualified name before the last segment
SIGNATURE_LIMIT = 300
VALUE_KINDS = frozenset({"constant", "variable", "field", "property", "enum_member"})

_CONSTANT = re.compile(r"^[A-Z][A-Z0-9_]*$")
_PRIVATE = frozenset({"private", "fileprivate", "static", "local", "defp", "defmacrop", "defguardp"})
_PROTECTED = frozenset({"protected", "internal", "package"})
_PUBLIC = frozenset({"public", "pub", "export", "open", "global"})
_LEVELS = (("private", _PRIVATE), ("protected", _PROTECTED), ("public", _PUBLIC))
_WORD = re.compile(r"[a-z]+")
_TEST_MARK = re.compile(r"@Test\b|#\[[\w:]*test\b|^(?:@?test|describe|property|feature)$|^(?:TYPED_)?TEST(?:_[FP])?$")


_TYPES = TYPE_KINDS | {"scope"}
_NAMED_BY_PATH = TYPE_KINDS | {"module", "namespace"}
_STRING_ENDS = b"\"'`"


def nest(
    definitions: Sequence[Definition], source: Source, language: Language, prefix: str, file_is_test: bool
) -> tuple[list[Symbol], list[Problem]]:
    """Turn definitions into symbols, sorted by start; nesting is found with a stack, so depth costs nothing."""
    symbols: list[Symbol] = []
    problems: list[Problem] = []
    out_of_line: list[tuple[int, str]] = []
    last = (-1, -1)
    stack: list[tuple[int, str, str, int]] = []  # (end, kind, qualified prefix, symbol index or the one around a scope)
    for found in _merged_clauses(_outer_first(definitions), source) if language.clauses else _outer_first(definitions):
        start, end = span = found[:2]
        while stack and (stack[-1][0] <= start or stack[-1][0] < end):
            stack.pop()
        if stack and last == span:
            stack.pop()  # `int a, *b;` defines two names in one statement: neither lies in the other
        _, around, before, parent = stack[-1] if stack else (0, "", prefix, -1)
        kind, name, outside = found.kind, found.name, found.parent
        if kind in VALUE_KINDS and around in CALLABLE_KINDS:
            if kind != "field" or len(stack) < 2 or stack[-2][1] not in _TYPES:
                continue
            _, around, before, parent = stack[-2]  # a field that the constructor declares
        if len(stack) >= MAX_DEPTH:
            if not problems:
                problems.append(Problem("too_deep", source.line(start), f"symbols nested over {MAX_DEPTH} deep"))
            continue
        if outside:
            before = f"{before}.{outside}" if before else outside
            around = "class"
        path = dotted(name) if name[:1].isalpha() else name  # an operator may hold "->" or "::"
        qualified = f"{before[:MAX_PREFIX]}.{path}" if before else path
        last = span
        if kind.startswith("scope"):
            stack.append((end, kind, qualified, parent))
            continue
        holder = symbols[parent] if parent >= 0 else None
        if outside or around == "scope":
            out_of_line.append((len(symbols), outside or before))
        kind = _kind(kind, name, around, holder, before, language)
        stack.append((end, kind, qualified, len(symbols)))
        in_test = file_is_test or (holder is not None and holder.is_test)
        symbols.append(_symbol(found, kind, qualified, parent, around, source, language, in_test))
    _link_out_of_line(symbols, out_of_line)
    return symbols, problems


def _outer_first(definitions: Sequence[Definition]) -> list[Definition]:
    """Sort by start, the longer one first where two start together."""
    return sorted(sorted(definitions, key=itemgetter(1), reverse=True), key=itemgetter(0))


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


def _kind(kind: str, name: str, around: str, holder: Symbol | None, before: str, language: Language) -> str:
    if kind in ("method", "function"):
        if around not in _TYPES:
            return kind
        own_name = before.rpartition(".")[2] if "{class}" in language.constructors else None
        return "constructor" if name in language.constructors or name == own_name else "method"
    if kind == "variable" and _CONSTANT.match(name):
        return "constant"
    if kind == "field" and holder is not None and any(base.endswith(("Enum", "Flag")) for base in holder.bases):
        return "enum_member"
    return kind


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
    start, end, header_start, _, name, name_end, inside, doc, bases, returns, modifiers, _ = found
    blanked, newlines = source.blanked, source.newlines
    header_end = inside[0] if inside else end
    header = blanked[header_start : max(header_end, header_start)]
    first_line = bisect_left(newlines, start)
    row = (
        name if name.isidentifier() else _last_segment(found, source),
        qualified,
        kind,
        _signature(header),
        _doc(start, doc, source),
        start,
        end,
        first_line + 1,
        bisect_left(newlines, max(start, end - 1), first_line) + 1,
        parent,
        (_declared_visibility(modifiers, language.name == "c") if modifiers else "")
        or _visibility(name, around, language),
        in_test or _is_test(name, kind, modifiers),
        hash_of(_nameless(source.plain, header_start, max(header_end, header_start), name, name_end)),
        hash_of(source.plain[header_end if inside else name_end : end]),
        bases,
        returns,
    )
    return tuple.__new__(Symbol, row)  # half the cost of Symbol(…)


def _last_segment(found: Definition, source: Source) -> str:
    """Give the name that a definition is looked up by: `defmodule Ecto.Query` defines `Query`; a string stays whole."""
    name = found.name
    if found.kind in _NAMED_BY_PATH and source.data[found.name_end - 1] not in _STRING_ENDS:
        last = dotted(name).rpartition(".")[2]
        return last if last.isidentifier() else name
    return name


def _signature(header: bytes) -> str:
    text = " ".join(header[: 8 * SIGNATURE_LIMIT].decode("utf-8", "replace").split())
    if text.startswith(("@", "[")):
        text = without_annotations(text)
    return text.rstrip("{:=;, ")[:SIGNATURE_LIMIT]


def _nameless(plain: bytes, start: int, end: int, name: str, name_end: int) -> bytes:
    """Return a header without the name that it defines: what was only renamed is to be known again."""
    written = name.encode("utf-8", "surrogatepass")
    name_start = name_end - len(written)
    if start <= name_start and plain[name_start:name_end] == written:
        return plain[start:name_start] + b"\0" + plain[name_end : max(end, name_end)]
    return plain[start:end]


def _doc(start: int, doc: tuple[int, int] | None, source: Source) -> str:
    first, end = doc if doc is not None else (leading_comment(source, start), start)
    return source.words(first, min(end, first + 4 * DOC_LIMIT))[:DOC_LIMIT] if first < end else ""


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


def _visibility(name: str, around: str, language: Language) -> str:
    """Give the visibility of a name where no modifier says it."""
    if language.visibility == "underscore":
        return "private" if name.startswith(("_", "#")) and not name.endswith("__") else "public"
    if language.visibility == "capital":
        return "public" if name[:1].isupper() else "private"
    return "public" if around in ("interface", "trait", "protocol", "enum") else language.default_visibility


def _is_test(name: str, kind: str, modifiers: str) -> bool:
    if kind in CALLABLE_KINDS:
        return name.startswith(("test_", "Test_")) or (modifiers != "" and _marks_test(modifiers))
    return kind in ("module", "namespace") and name in ("tests", "test")
