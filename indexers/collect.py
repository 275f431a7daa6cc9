"""Run a language's query over a tree and sort the matches by what they say."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from engrep.indexers.grammars import role_of
from engrep.indexers.spelling import base_names, dotted, receiver_name, type_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tree_sitter import Node

    from engrep.indexers.grammars import Grammar

Captures = dict[str, "list[Node]"]
Fact = TypeVar("Fact")
MAX_NAME = 200  # characters of a name or a type that are kept
_IMPORT_KEYS = ("import.name", "import.default", "import.path", "import.wildcard", "import.module")
MAX_HEADER = 2_000  # characters of a base list that are read
RECEIVER_TAIL = 400  # bytes of a receiver that are read: a chain of 10,000 calls must not be read 10,000 times
_MARK = re.compile(rb"::|\\|/|\.")  # what stands between the segments of a module


_QUOTES = "\"'`: "  # around a name: strings, and the symbols and keywords of Ruby and Elixir


class Definition(NamedTuple):
    """A definition as matched; offsets are bytes, texts as written."""

    start: int  # with decorators
    end: int
    header: int  # where the definition itself starts
    kind: str  # "scope" or "scope.namespace" for a part of names that is no symbol
    name: str
    name_end: int
    body: tuple[int, int] | None
    doc: tuple[int, int] | None
    bases: tuple[str, ...]
    returns: str
    modifiers: str
    parent: str


Use = tuple[int, int, str, str, str]  # a reference as matched: start, pattern, name, receiver, kind


class Binding(NamedTuple):
    """What a name holds: a type, the callee it was assigned from, or the name of another binding."""

    start: int
    end: int
    name: str
    type: str
    call: str
    value: str
    is_field: bool  # of the type around, wherever it is written


class Imported(NamedTuple):
    """An import as matched."""

    start: int
    module: str
    name: str
    alias: str


@dataclass(slots=True)
class Matches:
    """Everything the query said about one file."""

    definitions: list[Definition] = field(default_factory=list)
    uses: list[Use] = field(default_factory=list)
    bindings: list[Binding] = field(default_factory=list)
    imports: list[Imported] = field(default_factory=list)
    comments: list[tuple[int, int]] = field(default_factory=list)
    packages: list[str] = field(default_factory=list)


def collect(
    grammar: Grammar, matches: Iterable[tuple[int, Captures]], data: bytes, builtins: frozenset[str]
) -> Matches:
    """Sort matches into facts, each list by position."""
    found = Matches()
    text = _Texts(data)
    known, receiver = text.known, text.receiver
    uses: list[Use] = []
    definitions: list[tuple[int, int, Definition]] = []
    bindings: list[tuple[int, int, Binding]] = []
    imports: list[tuple[int, int, Imported]] = []
    wrappers: dict[tuple[int, int], tuple[int, int]] = {}
    roles = grammar.roles
    for pattern, captures in matches:
        role = roles[pattern] or _role_in(captures)
        if role is None:
            continue
        group, kind, capture = role
        if group == "reference":
            node = captures[capture][0]
            start = node.start_byte
            name = known[data[start : node.end_byte]]
            uses.append((start, pattern, name, receiver(captures["receiver"]) if "receiver" in captures else "", kind))
        elif group == "comment":
            node = captures[capture][0]
            found.comments.append((node.start_byte, node.end_byte))
        elif group == "binding":
            binding = _binding(captures, text)
            bindings.append((binding.start, pattern, binding))
        elif group == "import":
            at, imported = _import(captures, text)
            imports.append((at, pattern, imported))
        elif group == "package":
            found.packages.append(text(captures[capture][0]))
        elif group == "wrapper":
            inner, outer = captures["wrapped"][0], captures[capture][0]
            wrappers[inner.start_byte, inner.end_byte] = outer.start_byte, outer.end_byte
        elif "name" in captures:
            at, definition = _definition(
                captures, kind if group == "definition" else capture, captures[capture][0], text
            )
            definitions.append((at, pattern, definition))
    found.definitions = _widened(_first_patterns(_with_all_bases(definitions)), wrappers)
    defined = {start for start, _, _ in definitions}
    found.uses = _first_uses(uses, defined, builtins)
    found.bindings = _first_patterns(bindings)
    found.imports = _first_patterns(imports)
    found.definitions = _without_imported(found.definitions, {each.alias for each in found.imports})
    found.comments.sort()
    return found


class _Decoded(dict[bytes, str]):
    """Texts by their bytes, each distinct one decoded once: `known[raw]` runs no Python for what was seen before."""

    def __missing__(self, raw: bytes) -> str:
        text = self[raw] = raw.decode("utf-8", "replace")
        return text


class _Receivers(dict[bytes, str]):
    """Folded receivers by their bytes."""

    def __missing__(self, raw: bytes) -> str:
        name = self[raw] = receiver_name(raw.decode("utf-8", "replace").rstrip(".")) if raw else ""
        return name


class _Texts:
    """The text of nodes."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.known = _Decoded()
        self.receivers = _Receivers()

    def __call__(self, node: Node) -> str:
        return self.known[self.data[node.start_byte : node.end_byte]]

    def receiver(self, nodes: list[Node]) -> str:
        """Read what the nodes span together: `a::b` of `a::b::c()` is two nodes."""
        start, end = nodes[0].start_byte, nodes[-1].end_byte
        return self.receivers[self.data[start if end - start < RECEIVER_TAIL else end - RECEIVER_TAIL : end]]

    def between(self, start: int, end: int) -> str:
        return self.data[start : min(end, start + MAX_NAME)].decode("utf-8", "replace")


def _first_patterns(rows: list[tuple[int, int, Fact]]) -> list[Fact]:
    """Sort by position and keep, of those that name the same node, the one whose pattern stands first in the query."""
    rows.sort(key=itemgetter(0, 1))
    last = -1
    kept = []
    for start, _, fact in rows:
        if start != last:
            kept.append(fact)
            last = start
    return kept


def _with_all_bases(rows: list[tuple[int, int, Definition]]) -> list[tuple[int, int, Definition]]:
    """Join the matches that one pattern gave for one name, each with another base: `class A: B, C` in Swift gives two."""
    if not any(definition.bases for _, _, definition in rows):
        return rows
    whole: dict[tuple[int, int], Definition] = {}
    for start, pattern, definition in rows:
        known = whole.setdefault((start, pattern), definition)
        if definition.bases != known.bases:
            bases = tuple(dict.fromkeys((*known.bases, *definition.bases)))
            whole[start, pattern] = known._replace(bases=bases)
    return [(start, pattern, definition) for (start, pattern), definition in whole.items()]


def _widened(definitions: list[Definition], wrappers: dict[tuple[int, int], tuple[int, int]]) -> list[Definition]:
    """Span the statements that only wrap a definition: decorators, `export`, `template <…>`."""
    if not wrappers:
        return definitions
    wide = []
    for each in definitions:
        start, end = wrappers.get((each.start, each.end), (each.start, each.end))
        wide.append(each._replace(start=start, end=end) if start != each.start or end != each.end else each)
    return wide


def _first_uses(rows: list[Use], defined: set[int], builtins: frozenset[str]) -> list[Use]:
    rows.sort()
    last = -1
    kept = []
    for row in rows:
        start = row[0]
        if start != last:
            last = start
            if start not in defined and (row[3] or row[2] not in builtins):
                kept.append(row)
    return kept


def _without_imported(definitions: list[Definition], aliases: set[str]) -> list[Definition]:
    """Drop variables that only hold an import: `const x = require("x")`, `except ImportError: x = None`."""
    return [each for each in definitions if each.kind not in ("variable", "constant") or each.name not in aliases]


def _role_in(captures: Captures) -> tuple[str, str, str] | None:
    return next((role for role in map(role_of, captures) if role is not None), None)


def _definition(captures: Captures, kind: str, node: Node, text: _Texts) -> tuple[int, Definition]:
    """Read a definition and the offset of its name."""
    name = captures["name"][0]
    at, name_end = name.start_byte, name.end_byte
    start, end = header, _ = node.start_byte, node.end_byte
    if "outer" in captures:
        outer = captures["outer"][0]
        start, end = min(outer.start_byte, start), max(outer.end_byte, end)
    bases: tuple[str, ...] = ()
    if "bases" in captures:
        bases = tuple(dict.fromkeys(base for part in captures["bases"] for base in base_names(text(part)[:MAX_HEADER])))
    modifiers = parent = ""
    if "modifiers" in captures:
        modifiers = " ".join([text(part)[:MAX_NAME] for part in captures["modifiers"]])
    if "parent" in captures:
        parent = ".".join([type_name(text(part)[:MAX_NAME]) for part in captures["parent"]])
    row = (
        start,
        end,
        header,
        kind,
        text.known[text.data[at:name_end]][:MAX_NAME].strip(_QUOTES),
        name_end,
        _span(captures["body"]) if "body" in captures else None,
        _span(captures["doc"]) if "doc" in captures else None,
        bases,
        type_name(text(captures["returns"][0])[:MAX_NAME]) if "returns" in captures else "",
        modifiers,
        parent,
    )
    return at, tuple.__new__(Definition, row)


def _span(nodes: list[Node]) -> tuple[int, int]:
    return nodes[0].start_byte, nodes[-1].end_byte


def _binding(captures: Captures, text: _Texts) -> Binding:
    name = captures["binding.name"][0]
    start = name.start_byte
    held = type_name(text(captures["binding.type"][0])[:MAX_NAME]) if "binding.type" in captures else ""
    call = text.receiver(captures["binding.call"]) if "binding.call" in captures else ""
    value = text(captures["binding.value"][0])[:MAX_NAME] if "binding.value" in captures else ""
    end = name.end_byte
    row = start, end, text.known[text.data[start:end]][:MAX_NAME], held, call, value, "binding.field" in captures
    return tuple.__new__(Binding, row)


def _import(captures: Captures, text: _Texts) -> tuple[int, Imported]:
    """Read one import and the offset of the node that makes it one; without an alias it is bound under its own name."""
    start = captures["import"][0].start_byte
    module = _module(captures, text)
    name, alias = _piece(captures, "import.name", text), _piece(captures, "import.alias", text)
    key = next((captures[each][0].start_byte for each in _IMPORT_KEYS if each in captures), start)
    if "import.wildcard" in captures:
        name, alias = "*", alias or "*"
    elif "import.path" in captures:
        module, _, name = dotted(_piece(captures, "import.path", text)).rpartition(".")
    elif "import.default" in captures:
        name, alias = "default", _piece(captures, "import.default", text)
    return key, Imported(start, module, name, alias or name or module)


def _module(captures: Captures, text: _Texts) -> str:
    nodes = captures.get("import.module")
    if not nodes:
        return ""
    end = captures["import.until"][0].start_byte if "import.until" in captures else nodes[-1].end_byte
    written = "".join(text.between(nodes[0].start_byte, end).split()).strip("\"'`<>")
    if len(nodes) > 1 and "{" in written:  # `a::{b::{c}}` means `a::b` for c
        mark = _MARK.match(text.data, nodes[0].end_byte)
        return (mark.group().decode() if mark else ".").join(text(node)[:MAX_NAME] for node in nodes)
    return written.rstrip(".") or written  # Python's `from .. import x` names nothing but dots


def _piece(captures: Captures, name: str, text: _Texts) -> str:
    nodes = captures.get(name)
    return text(nodes[0])[:MAX_NAME].strip(_QUOTES) if nodes else ""
