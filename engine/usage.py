"""What the asker's file tells about a name: what its uses there mean, and what they are called on.

Where no type is stated, the receivers still speak: by their names, by what else is called on them, and by what kind of
symbol can stand behind a dot at all.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

from engrep.engine import store_usage as asking
from engrep.engine.db import Connection
from engrep.engine.references import EdgeTo, Meaning, Use
from engrep.engine.store_search import SymbolRow
from engrep.indexers.text import fold, split_identifier, words

MAX_OWNERS = 120  # namesakes whose types are looked at
MAX_ROUNDS = 6  # levels of base types that are climbed


@dataclass(frozen=True, slots=True)
class Usage:
    """What one file tells about one name."""

    symbols: Mapping[int, float]  # symbol → confidence that a use of the name there means it
    receivers: tuple[str, ...]  # the last part of what stands before its uses there
    is_member: bool  # every use stands behind a receiver
    companions: frozenset[str]  # what else is called on the same receivers
    mentioned: Collection[str]  # every name that the file uses


NO_USAGE = Usage({}, (), is_member=False, companions=frozenset(), mentioned=frozenset())


class Uses:
    """Every use of every name in one file, read once for all the names of a question."""

    def __init__(self, connection: Connection, path: str) -> None:
        """Read the uses of a file; of no file there are none."""
        self._by_name: dict[str, list[tuple[Use, Meaning]]] = defaultdict(list)
        self._on: dict[str, set[str]] = defaultdict(set)
        for use, meaning in asking.uses_in(connection, path) if path else ():
            self._by_name[use.name].append((use, meaning))
            self._on[use.receiver].add(use.name)

    def of(self, name: str) -> Usage:
        """Return what the file tells about a name."""
        uses = self._by_name.get(name)
        if not uses:
            return NO_USAGE
        texts = dict.fromkeys(text for use, _ in uses for text in (use.receiver, use.receiver_type))
        last = dict.fromkeys(found[-1] for text in texts if (found := words(text)))
        companions = frozenset[str]().union(*(self._on[use.receiver] for use, _ in uses if use.receiver))
        return Usage(
            symbols=_best(edge for _, meaning in uses for edge in meaning.edges),
            receivers=tuple(last),
            is_member=all(use.receiver for use, _ in uses),
            companions=companions - {name},
            mentioned=self._by_name.keys(),
        )


def _best(edges: Iterable[EdgeTo]) -> dict[int, float]:
    """Return the best confidence for each symbol."""
    best: dict[int, float] = {}
    for symbol_id, _, confidence in edges:
        best[symbol_id] = max(best.get(symbol_id, 0.0), confidence / 1000)
    return best


def owner_of(symbol: SymbolRow) -> str:
    """Return the name of the type, or module, that a symbol lies in."""
    return symbol.qualified_name.rpartition(".")[0].rpartition(".")[2]


def receiver_match(usage: Usage, symbol: SymbolRow) -> float:
    """Return how alike the name of a symbol's type and a receiver are: `root_queryset.filter()` may be `QuerySet.filter`."""
    owner = owner_of(symbol)
    if not owner:
        return 0.0
    own, joined = frozenset(split_identifier(owner)), fold(owner)
    if symbol.kind == "function":  # what stands before a function is its module, in full
        return float(symbol.parent_id is None and joined in map(fold, usage.receivers))
    best = 0.0
    for receiver in usage.receivers:
        spelled = fold(receiver)
        if joined and joined in spelled:
            best = max(best, 0.5 + 0.5 * len(joined) / len(spelled))
        parts = frozenset(split_identifier(receiver))
        best = max(best, 2 * len(own & parts) / max(len(own) + len(parts), 1))
    return best


def is_out_of_reach(usage: Usage, symbol: SymbolRow) -> bool:
    """Tell whether uses behind receivers can hardly mean a symbol: a function that is no member, in no such module."""
    if not usage.is_member or symbol.kind != "function" or symbol.symbol_id in usage.symbols:
        return False
    return not receiver_match(usage, symbol)


class Lineages:
    """The types that bear a name's definitions, with their bases by name and what they define."""

    def __init__(self, connection: Connection, namesakes: Sequence[SymbolRow], usage: Usage) -> None:
        """Read the types of some namesakes and of all that they derive from."""
        owners = {row.parent_id for row in namesakes[:MAX_OWNERS] if row.parent_id is not None}
        self._bases = _bases(connection, owners)
        self._ancestors = {owner: _ancestors(self._bases, owner) for owner in owners}
        self._derived = Counter(base for owner in owners for base in self._ancestors[owner] & owners)
        self._n_owners = len(owners)
        self._defined = _defined(connection, usage.companions)
        self._worth = {name: 1.0 / (1.0 + math.log(len(types))) for name, types in self._defined.items()}

    def overridden(self, symbol: SymbolRow) -> float:
        """Return how many of the namesakes override a symbol: 1 all of them, 0 none."""
        count = self._derived[symbol.parent_id] if symbol.parent_id is not None else 0
        return math.log1p(count) / math.log1p(max(self._n_owners - 1, 1))

    def fit(self, symbol: SymbolRow) -> float:
        """Return the share of what else is called on the receivers that a symbol's type has, rare names counting more."""
        if symbol.parent_id is None or not self._defined:
            return 0.0
        family = {symbol.parent_id, *self._ancestors.get(symbol.parent_id, ())}
        known = sum(self._worth[name] for name, types in self._defined.items() if types & family)
        return known / sum(self._worth.values())


def _defined(connection: Connection, names: Collection[str]) -> dict[str, set[int]]:
    found: dict[str, set[int]] = defaultdict(set)
    for name, owner in asking.owners_of(connection, names):
        found[name].add(owner)
    return found


def _bases(connection: Connection, owners: Collection[int]) -> dict[int, tuple[int, ...]]:
    """Return the bases of types, and of those in turn; of several types that bear a base's name the nearest."""
    known: dict[int, tuple[int, ...]] = {}
    pending = list(owners)
    for _ in range(MAX_ROUNDS):
        if not pending:
            break
        written = asking.types_by_id(connection, pending)
        named: dict[str, list[tuple[int, str]]] = defaultdict(list)
        for name, type_id, place in asking.types_named(connection, {base for _, _, bases in written for base in bases}):
            named[name].append((type_id, place))
        for type_id, place, bases in written:
            known[type_id] = tuple(_nearest(named[base], place) for base in bases if named.get(base))
        pending = sorted({base for type_id, _, _ in written for base in known[type_id]} - known.keys())
    return known


def _nearest(types: Iterable[tuple[int, str]], place: str) -> int:
    """Return the type whose qualified name shares most leading parts with a place, of several the first."""
    parts = place.split(".")

    def shared(qualified_name: str) -> int:
        return sum(
            1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(parts, qualified_name.split("."), strict=False))
        )

    return max(types, key=lambda each: (shared(each[1]), -each[0]))[0]


def _ancestors(bases: Mapping[int, tuple[int, ...]], owner: int) -> set[int]:
    found: set[int] = set()
    pending = [owner]
    while pending:
        for base in bases.get(pending.pop(), ()):
            if base not in found and base != owner:
                found.add(base)
                pending.append(base)
    return found
