"""A file's references in two compact values: what is written, made once by a worker, and what it means, by the resolver.

References that look up alike, the same name after the same receiver in the same symbol, are one use with several lines:
a fourth fewer to resolve. Both values are deflated JSON, column after column, since a database may come from anywhere
and must not be able to run code:

    uses      [strings, names, receivers, receiver types, symbols, kinds, lines]; the first four as positions in `strings`
    meanings  [outcomes, uses, symbols, rungs, confidences]; a digit for each use, then one column entry for each edge

As rows they took 18.7 of 93.6 MB at a million lines; so they take 4.1 MB.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from engrep.engine.packed import PackedError, deflate, inflate
from engrep.indexers.facts import REFERENCE_KINDS, Reference
from engrep.indexers.text import term_hash

_KIND = {kind: number for number, kind in enumerate(REFERENCE_KINDS)}


class Use(NamedTuple):
    """A name as one symbol of a file uses it."""

    name: str
    receiver: str
    receiver_type: str
    symbol: int  # position of the enclosing symbol in the file, or -1
    kind: int  # position in REFERENCE_KINDS
    lines: tuple[int, ...]


class EdgeTo(NamedTuple):
    """A symbol that a use may mean."""

    symbol_id: int
    rung: int  # position in RUNGS
    confidence: int  # per mille


class Meaning(NamedTuple):
    """What became of a use."""

    outcome: int  # position in OUTCOMES
    edges: tuple[EdgeTo, ...]


def pack_uses(references: Iterable[Reference]) -> bytes:
    """Pack what a file's references are written as."""
    lines: dict[tuple[str, str, str, int, str], list[int]] = {}
    for name, receiver, receiver_type, symbol, line, kind in references:
        lines.setdefault((name, receiver, receiver_type, symbol, kind), []).append(line)
    numbers: dict[str, int] = {}
    number = numbers.setdefault
    rows = [
        (number(name, len(numbers)), number(receiver, len(numbers)), number(type_, len(numbers)), symbol, _KIND[kind])
        for name, receiver, type_, symbol, kind in lines
    ]
    return _deflated([list(numbers), *_columns(rows, 5), list(lines.values())])


def unpack_uses(packed: bytes) -> list[Use]:
    """Read what `pack_uses` wrote."""
    strings, names, receivers, types, symbols, kinds, lines = _inflated(packed)
    text = strings.__getitem__
    columns = (map(text, names), map(text, receivers), map(text, types), symbols, kinds, map(tuple, lines))
    return list(map(Use._make, zip(*columns, strict=True)))


def pack_meanings(meanings: Sequence[Meaning]) -> bytes:
    """Pack what uses mean, in their order."""
    rows = [(at, *edge) for at, meaning in enumerate(meanings) for edge in meaning.edges]
    return _deflated(["".join(str(meaning.outcome) for meaning in meanings), *_columns(rows, 4)])


def unpack_meanings(packed: bytes) -> list[Meaning]:
    """Read what `pack_meanings` wrote."""
    outcomes, *columns = _inflated(packed)
    edges: dict[int, tuple[EdgeTo, ...]] = {}
    for at, *edge in zip(*columns, strict=True):
        edges[at] = (*edges.get(at, ()), EdgeTo(*edge))
    return [Meaning(int(outcome), edges.get(at, ())) for at, outcome in enumerate(outcomes)]


def edges_in(packed: bytes) -> Iterator[tuple[int, EdgeTo]]:
    """Yield the edges in packed meanings, each with the position of its use; for who needs no more of most files."""
    _, uses, *columns = _inflated(packed)
    yield from zip(uses, map(EdgeTo, *columns), strict=True)


class Places(NamedTuple):
    """Where the uses of a file stand, a column each."""

    symbols: list[int]
    kinds: list[int]
    lines: list[list[int]]


def places_in(packed: bytes) -> Places:
    """Read where packed uses stand."""
    return Places(*_inflated(packed)[4:])


def outcomes_of(names: Collection[str], packed: bytes, meanings: bytes) -> Counter[int]:
    """Count the references with any of some names by what became of them."""
    strings, numbers, _, _, _, _, lines = _inflated(packed)
    wanted = {at for at, text in enumerate(strings) if text in names}
    found = [at for at, number in enumerate(numbers) if number in wanted]
    counts: Counter[int] = Counter()
    if found:  # another identifier may share the number that the file was found by
        outcomes = _inflated(meanings)[0]
        for at in found:
            counts[int(outcomes[at])] += len(lines[at])
    return counts


def identifiers(name: str, receiver: str, receiver_type: str) -> set[str]:
    """Return all identifiers that a reference is spelled with."""
    if not receiver and not receiver_type:
        return {name}
    return {name, *_identifier().findall(f"{receiver} {receiver_type}")}


def identifiers_in(text: str) -> list[str]:
    """Return the identifiers in a text such as a module path, a base class or a type."""
    return _identifier().findall(text)


def mentions(references: Iterable[Reference]) -> str:
    """Return the numbers of the identifiers that references are spelled with, as `mention_fts` takes them."""
    found: set[str] = set()
    for spelled in {each[:3] for each in references}:
        found |= identifiers(*spelled)
    return " ".join(map(mention, sorted(found)))


def mention(identifier: str) -> str:
    """Return the token that stands for an identifier; another one may share it."""
    return f"{term_hash(identifier):x}"


def _columns(rows: Sequence[tuple[int, ...]], width: int) -> list[tuple[int, ...]]:
    return list(zip(*rows, strict=True)) if rows else [()] * width


def _deflated(value: object) -> bytes:
    return deflate(json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass"))


def _inflated(packed: bytes) -> list[Any]:
    try:
        found: list[Any] = json.loads(inflate(packed).decode("utf-8", "surrogatepass"))
    except (ValueError, RecursionError) as exc:  # sound to its checksum, so not written by us
        message = f"a packed value: {exc}"
        raise PackedError(message) from exc
    return found


@lru_cache(maxsize=1)
def _identifier() -> re.Pattern[str]:
    r"""Match a name; compiled when it is first used, which takes as long as everything else here.

    All that is not ASCII belongs to identifiers: \w leaves out the vowel signs of some scripts, and emoji.
    """
    return re.compile(r"[A-Za-z_\x80-\U0010ffff][\w$\x80-\U0010ffff]*")
