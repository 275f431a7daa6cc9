"""Run a language's query over a tree and sort the matches by what they say."""

from __future__ import annotations

from dataclasses import dataclass, field
from operator import itemgetter
from typing import TYPE_CHECKING, TypeVar

from engrep.indexers.grammars import role_of
from engrep.indexers.matched import Texts, binding_in, definition_in, import_in
from engrep.indexers.receivers import open_ends

if TYPE_CHECKING:
    from engrep.indexers.grammars import Grammar
    from engrep.indexers.matched import Binding, Captures, Definition, Form, Imported, Use

Fact = TypeVar("Fact")


@dataclass(slots=True)
class Matches:
    """Everything the query said about one file."""

    definitions: list[Definition] = field(default_factory=list)
    uses: list[Use] = field(default_factory=list)
    bindings: list[Binding] = field(default_factory=list)
    imports: list[Imported] = field(default_factory=list)
    comments: list[tuple[int, int]] = field(default_factory=list)
    packages: list[str] = field(default_factory=list)
    forms: list[Form] = field(default_factory=list)


def collect(grammar: Grammar, matches: list[tuple[int, Captures]], data: bytes, builtins: frozenset[str]) -> Matches:
    """Sort matches into facts, each list by position; empties the list, which spares a second walk to free its nodes."""
    found = Matches()
    text = Texts(data)
    names, receiver = text.names, text.receiver
    uses: list[Use] = []
    definitions: list[tuple[int, int, Definition]] = []
    bindings: list[tuple[int, int, Captures]] = []
    imports: list[tuple[int, int, Imported]] = []
    wrappers: dict[tuple[int, int], tuple[int, int]] = {}
    roles = grammar.roles
    matches.reverse()
    while matches:
        pattern, captures = matches.pop()
        role = roles[pattern] or _role_in(captures)
        if role is None:
            continue
        group, kind, capture = role
        node = captures[capture][0]
        if group == "reference":
            start = node.start_byte
            name = names[data[start : node.end_byte]]
            uses.append((start, pattern, name, receiver(captures["receiver"]) if "receiver" in captures else "", kind))
        elif group == "form":
            found.forms += [(kind, each.start_byte, each.end_byte) for each in captures[capture]]
        elif group == "comment":
            found.comments.append((node.start_byte, node.end_byte))
        elif group == "binding":
            bindings.append((node.start_byte, pattern, captures))
        elif group == "import":
            at, imported = import_in(captures, text)
            imports.append((at, pattern, imported))
        elif group == "package":
            found.packages.append(data[node.start_byte : node.end_byte].decode("utf-8", "replace"))
        elif group == "wrapper":
            inner = captures["wrapped"][0]
            wrappers[inner.start_byte, inner.end_byte] = node.start_byte, node.end_byte
        elif "name" in captures:
            at, definition = definition_in(captures, kind if group == "definition" else capture, node, text)
            definitions.append((at, pattern, definition))
    found.imports = _first_patterns(imports)
    found.uses = _first_uses(uses, {start for start, _, _ in definitions}, builtins)
    whole = _widened(_first_patterns(_with_all_bases(definitions)), wrappers)
    found.definitions = _without_imported(whole, {each.alias for each in found.imports})
    found.bindings = _asked_bindings(_first_patterns(bindings), found.uses, open_ends(found.definitions), text)
    found.comments.sort()
    return found


def _asked_bindings(rows: list[Captures], uses: list[Use], ends: set[int], text: Texts) -> list[Binding]:
    """Read the bindings of names that are receivers, values of others or definitions; half the names in code are none."""
    asked = {segment for receiver in {use[3] for use in uses} for segment in receiver.split(".")}
    asked.update(text.name(captures["binding.value"][0]) for captures in rows if "binding.value" in captures)
    found = []
    for captures in rows:
        node = captures["binding.name"][0]
        start, end = node.start_byte, node.end_byte
        name = text.names[text.data[start:end]]
        if name in asked or end in ends or name.replace("->", ".").rpartition(".")[2] in asked:
            found.append(binding_in(captures, start, end, name, text))
    return found


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
