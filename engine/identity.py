"""The identity lane: which symbols a question names, and which of the namesakes it means.

The evidence, strongest first: the qualified name as far as it is spelled out, the file it was named with, what the
asker's own file means by the name or calls it on (usage.py), words of the module path in the question, nearness to the
asker, and what tells a definition from a mention: a type or function rather than a field, public, used, no test.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import PurePosixPath

from engrep.engine import store_search as asking
from engrep.engine.db import Connection
from engrep.engine.query import TITLE, Query, Spelled
from engrep.engine.store_search import SymbolRow
from engrep.engine.usage import NO_USAGE, Lineages, Usage, Uses, is_out_of_reach, owner_of, receiver_match
from engrep.indexers.facts import CALLABLE_KINDS, TYPE_KINDS
from engrep.indexers.text import STOP_WORDS, fold, word_terms, words

MAX_NAMES = 32  # of one question that are looked up
MAX_NAMESAKES = 400  # a name with more definitions than this identifies nothing by itself
MAX_PLAIN = 60  # the same for a plain word, which may not be meant as a name at all

# Parts of the evidence, in units of one ranking signal.
DEFINITION = 1.0
QUALIFIED = 3.0
FILE = 3.0
MEANING = 3.0
MODULE_WORDS = 1.5
RECEIVER = 1.5
COMPANIONS = 1.5
OVERRIDDEN = 1.0
MENTIONED = 0.5
OUT_OF_REACH = -0.5
NEARNESS = 0.6
USED = 0.15
TEST = -0.5
PLAIN_WORD = 0.35  # how much less a plain word names than code does
OTHER_CASE = 0.6  # how much less a name in another spelling is meant
CONTRADICTED = 0.4  # how much less a symbol is meant whose qualifier is not the one asked for


@dataclass(frozen=True, slots=True)
class Named:
    """A symbol that the question names, with the evidence that it is the one meant."""

    symbol: SymbolRow
    parts: tuple[tuple[str, float], ...]
    is_exact: bool  # spelled as code, and nothing spelled contradicts it

    @property
    def strength(self) -> float:
        """The sum of the evidence."""
        return sum(value for _, value in self.parts)


@dataclass(frozen=True, slots=True)
class Asker:
    """Where the question is asked from."""

    path: str = ""
    imports: frozenset[str] = frozenset()
    aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # a name there → where it is imported from


def asker_at(connection: Connection, path: str | None) -> Asker:
    """Return what the asker's file tells."""
    if not path:
        return Asker()
    imports = asking.imports_of(connection, path)
    imported = {part for module, name, _ in imports for part in (module, f"{module}.{name}")}
    aliases = {
        alias: (*module.lstrip(".").split("."), name)
        for module, name, alias in imports
        if name and name not in ("*", alias)
    }
    return Asker(path, frozenset(imported), aliases)


def identify(connection: Connection, query: Query, asker: Asker, without: Collection[str] = ()) -> list[Named]:
    """Return the symbols that the question names, the likeliest first, going by all evidence but some."""
    spelled = sorted(query.names, key=lambda name: (-name.is_code, -name.weight))[:MAX_NAMES]
    spelled = [_unaliased(name, asker) for name in spelled]
    counts = asking.name_counts(connection, {fold(name.parts[-1]) for name in spelled if name.parts})
    uses = Uses(connection, asker.path)
    best: dict[int, Named] = {}
    for name in spelled:
        found = _at_line(connection, name) if name.line else _named(connection, name, counts)
        usage = uses.of(name.parts[-1]) if name.parts else NO_USAGE
        known_ids = {symbol.symbol_id for symbol in found}
        meant = asking.symbols_by_id(connection, usage.symbols.keys() - known_ids).values() if usage.symbols else ()
        lineages = Lineages(connection, (*found, *meant), usage) if usage.is_member and len(found) > 1 else None
        exact = any(symbol.name == name.parts[-1] for symbol in found) if name.parts else False
        for symbol in (*found, *meant):  # what is meant there may be called otherwise where it is defined
            if exact and symbol.symbol_id in known_ids and symbol.name != name.parts[-1] and query.shape == "symbol":
                continue  # another spelling is meant only where the one asked for does not exist
            named = _weighed(query, name, symbol, asker, usage, lineages, len(found), without)
            known = best.get(symbol.symbol_id)
            if known is None or named.strength > known.strength:
                best[symbol.symbol_id] = named
    return sorted(best.values(), key=lambda named: (-named.strength, named.symbol.path, named.symbol.start_line))


def _unaliased(name: Spelled, asker: Asker) -> Spelled:
    """Return a name under what it is called where it is defined, if the asker's file imports it under another."""
    origin = asker.aliases.get(name.parts[0]) if len(name.parts) == 1 else None
    return replace(name, parts=tuple(part for part in origin if part)) if origin else name


def _named(connection: Connection, name: Spelled, counts: dict[str, int]) -> list[SymbolRow]:
    if not name.parts:
        return []
    folded = fold(name.parts[-1])
    count = counts.get(folded, 0)
    qualified = len(name.parts) > 1 or bool(name.path)
    limit = MAX_NAMESAKES * 10 if qualified else MAX_NAMESAKES if name.is_code else MAX_PLAIN
    if not 0 < count <= limit:
        return []
    return asking.symbols_named(connection, folded, limit)


def _at_line(connection: Connection, name: Spelled) -> list[SymbolRow]:
    files = asking.blobs_by_path(connection, name.path, 5)
    return [symbol for blob_id, _ in files for symbol in asking.symbols_at(connection, blob_id, name.line)[:1]]


def _weighed(
    query: Query,
    name: Spelled,
    symbol: SymbolRow,
    asker: Asker,
    usage: Usage,
    lineages: Lineages | None,
    n_namesakes: int,
    without: Collection[str],
) -> Named:
    # What is switched off speaks neither for a symbol nor against it.
    is_qualified = len(name.parts) > 1 and "qualified_name" not in without
    has_file = bool(name.path) and "file" not in without
    suffix = qualified_match(name.parts[:-1], symbol) if is_qualified else 0.0
    in_file = 1.0 if has_file and path_match(name.path, symbol.path) else 0.0
    contradicted = (is_qualified and suffix == 0.0) or (has_file and not in_file)
    scale = name.weight / TITLE * (1.0 if name.is_code else PLAIN_WORD)
    if query.shape == "issue" and not suffix:
        scale /= n_namesakes**0.7
    if contradicted:
        scale *= CONTRADICTED
    if name.parts and name.parts[-1] != symbol.name and symbol.symbol_id not in usage.symbols:
        scale *= OTHER_CASE
    parts = (
        ("definition", DEFINITION * definition_worth(symbol)),
        ("qualified_name", QUALIFIED * suffix),
        ("file", FILE * in_file),
        ("asker", MEANING * usage.symbols.get(symbol.symbol_id, 0.0) + NEARNESS * nearness(asker, symbol)),
        ("receiver", RECEIVER * receiver_match(usage, symbol)),
        ("companions", COMPANIONS * lineages.fit(symbol) if lineages else 0.0),
        ("overridden", OVERRIDDEN * lineages.overridden(symbol) if lineages else 0.0),
        ("mentioned", MENTIONED * (owner_of(symbol) in usage.mentioned)),
        ("out_of_reach", OUT_OF_REACH * is_out_of_reach(usage, symbol)),
        ("module_words", MODULE_WORDS * _weight_of_place(query) * module_words(query, name, symbol)),
        ("used", USED * min(symbol.uses, 50) / 50),
        ("test", TEST if symbol.is_test and not query.asks_for_tests else 0.0),
    )
    return Named(
        symbol,
        tuple((part, value * scale) for part, value in parts if value and part not in without),
        is_exact=name.is_code and not contradicted,
    )


def _weight_of_place(query: Query) -> float:
    """Return how much the other words of a question tell the place: all of "backoff in net", little of "backoff: wait …"."""
    if query.leads_to_place:
        return 2.0
    return 0.5 if query.leading else 1.0


def definition_worth(symbol: SymbolRow) -> float:
    """Return how much of a definition a symbol is: a long top-level class 1, a field 0.3."""
    is_type = symbol.kind in TYPE_KINDS or symbol.kind == "module"
    if not is_type and symbol.kind not in CALLABLE_KINDS:
        return 0.2 if symbol.parent_id is not None else 0.4
    lines = symbol.end_line - symbol.start_line + 1
    worth = 0.5 + 0.25 * is_type + 0.15 * (symbol.parent_id is None) + 0.1 * min(1.0, lines / 30)
    return worth * (0.7 if lines == 1 else 1.0)


def qualified_match(parts: Sequence[str], symbol: SymbolRow) -> float:
    """Return 1 when the parts before the name end the symbol's qualifier, less when only some fit, 0 when none."""
    own = [fold(part) for part in symbol.qualified_name.split(".")[:-1]]
    asked = [fold(part) for part in parts]
    if own[-len(asked) :] == asked:
        return 1.0 if len(asked) < len(own) else 1.05  # the whole qualified name beats a longer one that ends like it
    trail = [fold(part) for part in PurePosixPath(symbol.path).with_suffix("").parts] + own
    fitting = sum(part in trail for part in asked)
    last = bool(own) and own[-1] == asked[-1]
    return (0.6 if last else 0.3) * fitting / len(asked)


def path_match(asked: str, path: str) -> bool:
    """Tell whether a path ends with the asked one, its extension optional."""
    asked = asked.replace("\\", "/").removeprefix("./").strip("/")
    return any(f"/{candidate}".endswith(f"/{asked}") for candidate in (path, str(PurePosixPath(path).with_suffix(""))))


def nearness(asker: Asker, symbol: SymbolRow) -> float:
    """Return how near a symbol is to the asker: 1 in its file, less by folders, more when its module is imported."""
    if not asker.path:
        return 0.0
    if symbol.path == asker.path:
        return 1.0
    mine, its = asker.path.split("/")[:-1], symbol.path.split("/")[:-1]
    shared = 0
    for here, there in zip(mine, its, strict=False):
        if here != there:
            break
        shared += 1
    by_folder = shared / max(len(mine), len(its), 1)
    imported = any(
        module.lstrip(".") and symbol.qualified_name.startswith(module.lstrip(".")) for module in asker.imports
    )
    return 0.6 * by_folder + (0.3 if imported else 0.0)


def module_words(query: Query, name: Spelled, symbol: SymbolRow) -> float:
    """Return the share of the question's other words that the symbol's module path and class have."""
    own = set(word_terms(name.parts[-1])) if name.parts else set()
    asked = [term for term in _question_terms(query.text[:400]) if term not in own]
    if not asked:
        return 0.0
    has = _place_terms(symbol.qualified_name.rpartition(".")[0] + " " + symbol.path)
    return sum(term in has for term in asked) / len(asked)


@lru_cache(maxsize=64)
def _question_terms(text: str) -> tuple[str, ...]:
    kept = (word for word in words(text) if word.lower() not in STOP_WORDS)
    return tuple(dict.fromkeys(term for word in kept for term in word_terms(word)))


@lru_cache(maxsize=4096)
def _place_terms(place: str) -> frozenset[str]:
    return frozenset(_terms_of(words(place)))


def _terms_of(found: Iterable[str]) -> Iterable[str]:
    for word in found:
        yield from word_terms(word)
