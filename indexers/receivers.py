"""References with what this file tells about their receivers."""

from __future__ import annotations

import sys
from bisect import bisect_left
from typing import TYPE_CHECKING, NamedTuple

from engrep.indexers.facts import TYPE_KINDS, Reference
from engrep.indexers.symbols import VALUE_KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from engrep.indexers.facts import Symbol
    from engrep.indexers.languages import Language
    from engrep.indexers.matched import Binding, Definition, Use
    from engrep.indexers.source import Source

_NO_CONTAINERS = frozenset({"constant", "variable", "field", "enum_member", "heading"})
MAX_STEPS = 4  # segments of `a.b.c.d` that are followed through field types


class Owners(NamedTuple):
    """Which function, method or type is the innermost, from one offset of the file to the next."""

    offsets: list[int]  # where the owner changes, from the start of the file to past any end
    symbols: list[int]  # the owner from there on, -1 for none

    def at(self, offsets: Iterable[int]) -> list[int]:
        """Give the owner at each offset; they are sorted."""
        found = []
        index = 0
        for offset in offsets:
            while self.offsets[index + 1] <= offset:
                index += 1
            found.append(self.symbols[index])
        return found


def owners(symbols: Sequence[Symbol]) -> Owners:
    """Read off where each container starts and ends, with a stack of those that are open."""
    offsets, found = [0], [-1]
    stack: list[tuple[int, int]] = []  # (end, index)
    for index, symbol in enumerate(symbols):
        if symbol.kind in _NO_CONTAINERS:
            continue
        start = symbol.start_byte
        while stack and stack[-1][0] <= start:
            offsets.append(max(stack.pop()[0], offsets[-1]))
            found.append(stack[-1][1] if stack else -1)
        stack.append((symbol.end_byte, index))
        offsets.append(start)
        found.append(index)
    while stack:
        offsets.append(max(stack.pop()[0], offsets[-1]))
        found.append(stack[-1][1] if stack else -1)
    offsets.append(sys.maxsize)
    return Owners(offsets, found)


class Scopes:
    """What names hold, by the symbol they are bound in; -1 is the file."""

    def __init__(
        self, symbols: Sequence[Symbol], bindings: Sequence[Binding], around: Owners, language: Language
    ) -> None:
        self.symbols = symbols
        self.selves = language.selves
        self.implicit_self = language.implicit_self
        self.types: dict[str, int] = {}
        for index, symbol in enumerate(symbols):
            if symbol.kind in TYPE_KINDS:
                self.types.setdefault(symbol.name, index)
        self.held: dict[tuple[int, str], list[tuple[int, str]]] = {}
        self.names: set[str] = set()
        for binding, owner in zip(bindings, around.at([each.start for each in bindings]), strict=True):
            self._bind(binding, owner)

    def _bind(self, binding: Binding, owner: int) -> None:
        name = binding.name
        head, dot, field = name.replace("->", ".").partition(".")
        held = binding.type or (
            f"{binding.call}()" if binding.call else self.named(binding.value, owner, binding.start)
        )
        if binding.is_field:
            owner = self.type_around(owner)
        elif dot:
            if head not in self.selves or "." in field:
                return
            name, owner = field, self.type_around(owner)
        if held and (owner >= 0 or not (dot or binding.is_field)):
            self.names.add(name)
            self.held.setdefault((owner, name), []).append((binding.start, held))

    def type_around(self, owner: int) -> int:
        """Give the index of the nearest type that contains a symbol, or -1."""
        while owner >= 0 and self.symbols[owner].kind not in TYPE_KINDS:
            owner = self.symbols[owner].parent
        return owner

    def named(self, name: str, owner: int, offset: int) -> str:
        """Say what a bare name holds at an offset: in its function, the functions around it, the file."""
        if name not in self.names:
            return ""
        at = owner
        while True:
            entries = self.held.get((at, name))
            if entries and (at == owner or self.implicit_self or at < 0 or self.symbols[at].kind not in TYPE_KINDS):
                return _last_before(entries, offset)
            if at < 0:
                return ""
            at = self.symbols[at].parent

    def receiver(self, receiver: str, owner: int, offset: int) -> str:
        """Say the type of a receiver text, following fields of types that this file defines."""
        if "." not in receiver:
            return "" if receiver in self.selves else self.named(receiver, owner, offset)
        head, _, rest = receiver.partition(".")
        steps = rest.split(".")
        if len(steps) > MAX_STEPS:
            return ""
        at = self.type_around(owner) if head in self.selves else self._type_index(self.named(head, owner, offset))
        held = ""
        for step in steps:
            entries = self.held.get((at, step)) if at >= 0 else None
            if not entries:
                return ""
            held = entries[0][1]
            at = self._type_index(held)
        return held

    def _type_index(self, held: str) -> int:
        return self.types.get(held.removesuffix("()").rpartition(".")[2], -1) if held else -1


def _last_before(entries: list[tuple[int, str]], offset: int) -> str:
    best = entries[0][1]
    for start, held in entries:
        if start > offset:
            break
        best = held
    return best


def references(
    uses: Sequence[Use],
    bindings: Sequence[Binding],
    symbols: Sequence[Symbol],
    around: Owners,
    source: Source,
    language: Language,
) -> list[Reference]:
    """Place uses in their symbols and give their receivers the types that bindings tell."""
    scopes = Scopes(symbols, bindings, around, language)
    typed, names, newlines = scopes.receiver, scopes.names, source.newlines
    new = tuple.__new__  # half the cost of Reference(…), and there are more of these than of anything else
    placed: list[Reference] = []
    for (start, _, name, receiver, kind), owner in zip(uses, around.at([each[0] for each in uses]), strict=True):
        is_bound = receiver and (receiver if "." not in receiver else receiver.rpartition(".")[2]) in names
        held = typed(receiver, owner, start) if is_bound else ""
        placed.append(new(Reference, (name, receiver, held, owner, bisect_left(newlines, start) + 1, kind)))
    return placed


def open_ends(definitions: Sequence[Definition]) -> set[int]:
    """Give where the names of variables and fields without a declared type end."""
    return {each.name_end for each in definitions if each.kind in VALUE_KINDS and not each.returns}


def with_held_types(definitions: Sequence[Definition], bindings: Sequence[Binding]) -> Sequence[Definition]:
    """Give variables and fields without a declared type what their binding says they hold: `app = App()` gives "App()"."""
    ends = open_ends(definitions)
    held = {
        each.end: each.type or f"{each.call}()" for each in bindings if each.end in ends and (each.type or each.call)
    }
    if not held:
        return definitions
    return [
        each._replace(returns=held[each.name_end])
        if each.name_end in held and each.kind in VALUE_KINDS and not each.returns
        else each
        for each in definitions
    ]


def with_used_bases(symbols: Sequence[Symbol], uses: Sequence[Reference]) -> list[Symbol]:
    """Add to types the bases that stand apart from their header: embedded structs, mixed-in traits, impl blocks."""
    more: dict[int, list[str]] = {}
    for use in uses:
        if use.kind == "inherit" and use.symbol >= 0:
            more.setdefault(use.symbol, []).append(f"{use.receiver}.{use.name}" if use.receiver else use.name)
    whole = list(symbols)
    for index, bases in more.items():
        whole[index] = symbols[index]._replace(bases=tuple(dict.fromkeys((*symbols[index].bases, *bases))))
    return whole


def inherited(definitions: Sequence[Definition], symbols: Sequence[Symbol], source: Source) -> list[Reference]:
    """Give one "inherit" reference per base; for an impl block its type stands in `receiver_type`."""
    with_bases = [each for each in definitions if each.bases]
    if not with_bases:
        return []
    by_start = {symbols[index].start_byte: index for index in range(len(symbols) - 1, -1, -1)}
    types = {symbol.name: index for index, symbol in reversed(list(enumerate(symbols))) if symbol.kind in TYPE_KINDS}
    found = []
    for definition in with_bases:
        scope = definition.kind == "scope"
        name = definition.name.rpartition("::")[2].rpartition(".")[2]
        owner = types.get(name, -1) if scope else by_start.get(definition.start, -1)
        for base in definition.bases:
            before, _, last = base.rpartition(".")
            line = source.line(definition.header)
            found.append(Reference(last, before[-80:], name if scope else "", owner, line, "inherit"))
    return found
