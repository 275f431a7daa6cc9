"""What one match of a language's query says: a definition, a binding or an import, read from its captures."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from engrep.indexers.spelling import base_names, dotted, receiver_name, type_name

if TYPE_CHECKING:
    from tree_sitter import Node

Captures = dict[str, "list[Node]"]
MAX_NAME = 200  # characters of a name or a type that are kept
MAX_HEADER = 2_000  # characters of a base list that are read
RECEIVER_TAIL = 400  # bytes of a receiver that are read: a chain of 10,000 calls must not be read 10,000 times

_IMPORT_KEYS = ("import.name", "import.default", "import.path", "import.wildcard", "import.module")
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


Form = tuple[str, int, int]
"""What only the form of the code asks for, as matched: what it is (see plain.py), start, end."""


class Imported(NamedTuple):
    """An import as matched."""

    start: int
    module: str
    name: str
    alias: str


class _Names(dict[bytes, str]):
    """Texts by their bytes, each distinct one decoded once: `names[raw]` runs no Python for what was seen before."""

    def __missing__(self, raw: bytes) -> str:
        text = self[raw] = raw.decode("utf-8", "replace")[:MAX_NAME]
        return text


class _Types(dict[bytes, str]):
    """The one type that an annotation names, by its bytes."""

    def __missing__(self, raw: bytes) -> str:
        text = self[raw] = type_name(raw.decode("utf-8", "replace")[:MAX_NAME])
        return text


class _Receivers(dict[bytes, str]):
    """Folded receivers by their bytes."""

    def __missing__(self, raw: bytes) -> str:
        name = self[raw] = receiver_name(raw.decode("utf-8", "replace").rstrip(".")) if raw else ""
        return name


class Texts:
    """The texts of nodes in one file."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.names = _Names()
        self.types = _Types()
        self.receivers = _Receivers()

    def name(self, node: Node) -> str:
        """Read a node, at most as much of it as a name has."""
        return self.names[self.data[node.start_byte : node.end_byte]]

    def type(self, node: Node) -> str:
        """Read the type in an annotation."""
        return self.types[self.data[node.start_byte : node.end_byte]]

    def receiver(self, nodes: list[Node]) -> str:
        """Read what the nodes span together: `a::b` of `a::b::c()` is two nodes."""
        start, end = nodes[0].start_byte, nodes[-1].end_byte
        return self.receivers[self.data[start if end - start < RECEIVER_TAIL else end - RECEIVER_TAIL : end]]

    def between(self, start: int, end: int) -> str:
        """Read the start of a stretch of the file."""
        return self.data[start : min(end, start + MAX_NAME)].decode("utf-8", "replace")


def definition_in(captures: Captures, kind: str, node: Node, text: Texts) -> tuple[int, Definition]:
    """Read a definition and the offset of its name."""
    name = captures["name"][0]
    at, name_end = name.start_byte, name.end_byte
    start, end = header, _ = node.start_byte, node.end_byte
    if "outer" in captures:
        outer = captures["outer"][0]
        start, end = min(outer.start_byte, start), max(outer.end_byte, end)
    modifiers = parent = ""
    if "modifiers" in captures:
        modifiers = " ".join(map(text.name, captures["modifiers"]))
    if "parent" in captures:
        parent = ".".join(map(text.type, captures["parent"]))
    row = (
        start,
        end,
        header,
        kind,
        text.names[text.data[at:name_end]].strip(_QUOTES),
        name_end,
        _span(captures["body"]) if "body" in captures else None,
        _span(captures["doc"]) if "doc" in captures else None,
        _bases(captures["bases"], text) if "bases" in captures else (),
        text.type(captures["returns"][0]) if "returns" in captures else "",
        modifiers,
        parent,
    )
    return at, tuple.__new__(Definition, row)


def _span(nodes: list[Node]) -> tuple[int, int]:
    return nodes[0].start_byte, nodes[-1].end_byte


def _bases(nodes: list[Node], text: Texts) -> tuple[str, ...]:
    headers = [text.data[node.start_byte : node.end_byte].decode("utf-8", "replace")[:MAX_HEADER] for node in nodes]
    return tuple(dict.fromkeys(base for header in headers for base in base_names(header)))


def binding_in(captures: Captures, start: int, end: int, name: str, text: Texts) -> Binding:
    """Read what the name that stands from `start` to `end` holds."""
    held = text.type(captures["binding.type"][0]) if "binding.type" in captures else ""
    call = text.receiver(captures["binding.call"]) if "binding.call" in captures else ""
    value = text.name(captures["binding.value"][0]) if "binding.value" in captures else ""
    return tuple.__new__(Binding, (start, end, name, held, call, value, "binding.field" in captures))


def import_in(captures: Captures, text: Texts) -> tuple[int, Imported]:
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


def _module(captures: Captures, text: Texts) -> str:
    nodes = captures.get("import.module")
    if not nodes:
        return ""
    end = captures["import.until"][0].start_byte if "import.until" in captures else nodes[-1].end_byte
    written = "".join(text.between(nodes[0].start_byte, end).split()).strip("\"'`<>")
    if len(nodes) > 1 and "{" in written:  # `a::{b::{c}}` means `a::b` for c
        mark = _MARK.match(text.data, nodes[0].end_byte)
        return (mark.group().decode() if mark else ".").join(map(text.name, nodes))
    return written.rstrip(".") or written  # Python's `from .. import x` names nothing but dots


def _piece(captures: Captures, name: str, text: Texts) -> str:
    nodes = captures.get(name)
    return text.name(nodes[0]).strip(_QUOTES) if nodes else ""
