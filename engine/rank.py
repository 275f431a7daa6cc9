"""Score the candidate files and choose the place to show in each.

Every signal is an array over the files, scaled to 0 … 1 by its best; a file's score is the weighted sum, and the parts
of the sum are its `why`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engrep.engine.heard import heard, is_led, unit_of
from engrep.engine.identity import Asker, Named
from engrep.engine.path_signals import is_aside, named_paths, near_asker, stem_signals, traceback_frames
from engrep.engine.pool import Pool
from engrep.engine.query import Query
from engrep.engine.signals import Corpus, Dense, Lexical, above_floor, dense, idf, lexical, scaled, silent, spread
from engrep.engine.store_search import BlobRow, SymbolRow
from engrep.indexers.facts import PROSE

if TYPE_CHECKING:
    from engrep.engine.pool import Floats


@dataclass(frozen=True, slots=True)
class Signal:
    """One thing that speaks for files: its lane, its weight, and a value for each file."""

    name: str
    lane: str
    weight: float
    values: Floats


@dataclass(frozen=True, slots=True)
class Ranked:
    """A place to show: a chunk, perhaps a symbol that the question named."""

    file: BlobRow
    chunk_id: int
    named: Named | None
    score: float
    why: tuple[tuple[str, float], ...]


# Weights by kind of question. 1.0 where nothing else was measured: equal weights generalised better than fitted ones.
_WEIGHTS: dict[str, tuple[float, float]] = {
    # signal: (short question, issue)
    "best_chunk": (1.0, 0.0),
    "all_chunks": (1.0, 0.0),
    "best_function": (0.0, 1.0),
    "whole_file": (0.0, 0.6),
    "top_functions": (0.0, 0.7),
    "comments": (1.0, 0.1),
    "best_comments": (0.5, 0.0),
    "quoted": (1.0, 0.0),
    "folders": (0.5, 0.15),
    "symbol_names": (1.0, 0.1),
    "best_name": (1.0, 0.1),
    "stem": (1.0, 0.15),
    "stem_cover": (1.0, 0.1),
    "stem_is_name": (1.0, 0.1),
    "named": (1.0, 0.3),
    "path": (1.0, 1.0),
    "traceback": (0.0, 0.4),
    "near_asker": (0.3, 0.1),
    "dense_best": (1.5, 0.6),
    "dense_mean": (0.5, 0.2),
    "central": (1.0, 0.1),
    "test": (2.0, 5.0),
    "prose": (2.0, 5.0),
    "depth": (1.5, 0.0),
}
# Where an issue wants the function, not the file: what a function's name, its vector and its file add to its words.
PLACE_NAME, PLACE_DENSE, PLACE_FILE = 0.4, 0.35, 0.9
_UNASKED = frozenset({"near_asker", "central", "test", "prose", "depth"})  # alike whatever the question is
W_SYMBOL_SHAPED = 2.0  # for a question that is one name, what bears the name decides


def rank(
    query: Query,
    pool: Pool,
    named: Sequence[Named],
    asker: Asker,
    frequencies: dict[str, int],
    corpus: Corpus,
    without: Collection[str],
    *,
    doc_of: Callable[[SymbolRow], str],
    per_symbol: bool,
    limit: int,
    trust: float = 1.0,
) -> list[Ranked]:
    """Return the places to show, best first: one a file, or several.

    `trust` in the model multiplies what the vectors add, to files and to places. Past `limit` the entries only say which
    symbols follow with which score; no place is chosen for them.
    """
    import numpy as np

    if not pool.rows:
        return []
    term_idf = idf(np.array([frequencies.get(term, 0) for term in pool.terms], np.float32), corpus)
    weights = np.array([query.terms[term] for term in pool.terms], np.float32)
    words = lexical(pool, term_idf, weights, corpus, by_function=per_symbol or query.shape == "issue")
    cosines = dense(pool, trust) if query.shape != "symbol" else None
    by_file = _best_named(pool, heard(query, pool, named, term_idf * weights, corpus, doc_of, without))
    signals = [
        signal
        for signal in _signals(query, pool, words, cosines, by_file, asker, term_idf * weights)
        if signal.lane not in without and signal.name not in without
    ]
    weighted = [signal.weight * signal.values for signal in signals] or [np.zeros(len(pool.rows), np.float32)]
    scores = np.sum(weighted, axis=0)
    if "lexical" in without:
        words = silent(words)
    if per_symbol:
        return _places(pool, words, cosines, scores, signals)
    order = np.lexsort(([row.path for row in pool.rows], -scores))
    # The nearest vectors bring files along that the question says nothing of: they go where it says something of others.
    spoken_for = np.sum([signal.values > 0 for signal in signals if signal.name not in _UNASKED], axis=0)
    order = order[spoken_for[order] > 0] if np.any(spoken_for) else order
    result = []
    for place, file in enumerate(map(int, order)):
        entry, score = by_file.get(file), float(scores[file])
        if place < limit:
            unit = _unit(query, pool, file, words, cosines, by_file)
            result.append(_ranked(pool, file, unit, entry, score, _why(signals, file)))
        elif entry is not None:
            result.append(_ranked(pool, file, int(pool.unit_starts[file]), entry, score, ()))
    return result


def _signals(
    query: Query,
    pool: Pool,
    words: Lexical,
    cosines: Dense | None,
    by_file: dict[int, Named],
    asker: Asker,
    term_weights: Floats,
) -> list[Signal]:
    import numpy as np

    column = 1 if query.shape == "issue" else 0
    n = len(pool.rows)
    stems = stem_signals(query, pool, term_weights)
    test = np.array([-1.0 if row.is_test or is_aside(row.path) else 0.0 for row in pool.rows], np.float32)
    prose = np.array([-1.0 if row.language in PROSE else 0.0 for row in pool.rows], np.float32)
    found = [
        ("best_chunk", "lexical", scaled(words.best)),
        ("all_chunks", "lexical", scaled(words.together)),
        ("whole_file", "lexical", scaled(words.whole)),
        ("comments", "lexical", scaled(words.comments)),
        ("best_comments", "lexical", scaled(words.best_comments)),
        ("quoted", "lexical", words.quoted),
        ("folders", "lexical", scaled(words.folders)),
        ("symbol_names", "lexical", scaled(words.names)),
        ("best_name", "lexical", words.best_name),
        ("stem", "identity", stems[0]),
        ("stem_cover", "identity", stems[1]),
        ("stem_is_name", "identity", stems[2]),
        ("named", "identity", _named_strengths(by_file, n)),
        ("path", "identity", named_paths(query, pool)),
        ("traceback", "identity", traceback_frames(query, pool)),
        ("near_asker", "identity", near_asker(asker, pool)),
        ("central", "graph", np.minimum(spread(np.array([row.centrality for row in pool.rows]), 6.0), 1.0)),
        ("test", "prior", test * (0.0 if query.asks_for_tests else 1.0)),
        ("prose", "prior", prose * (0.0 if query.asks_for_prose else 1.0)),
        ("depth", "prior", np.array([-row.path.count("/") / 6.0 for row in pool.rows], np.float32)),
    ]
    if query.shape == "issue":
        found.append(("best_function", "lexical", scaled(_group_best(pool, words.group))))
        found.append(("top_functions", "lexical", scaled(_decayed(pool, words.group))))
    if cosines is not None:
        found.append(("dense_best", "dense", cosines.trust * above_floor(cosines.best)))
        found.append(("dense_mean", "dense", cosines.trust * above_floor(cosines.mean)))
    weighted = [Signal(name, lane, _WEIGHTS[name][column], values) for name, lane, values in found]
    if query.shape == "symbol" or is_led(query, by_file.values()):
        # Where more than the name is said, that decides: the file's words speak for the file, not for the namesake in it.
        rest = 0.05 if query.shape == "symbol" and asker.path else 0.25 if query.leading else 1.0
        return [
            Signal(s.name, s.lane, W_SYMBOL_SHAPED if s.name == "named" else rest * s.weight, s.values)
            for s in weighted
        ]
    return [signal for signal in weighted if signal.weight]


def _group_best(pool: Pool, group: Floats) -> Floats:
    import numpy as np

    best = np.zeros(len(pool.rows), np.float32)
    np.maximum.at(best, pool.group_file, group)
    return best


def _decayed(pool: Pool, group: Floats) -> Floats:
    """Add up each file's five best groups, each worth 0.6 of the one before."""
    import numpy as np

    total = np.zeros(len(pool.rows), np.float32)
    order = np.lexsort((-group, pool.group_file))
    files = pool.group_file[order]
    first = np.searchsorted(files, np.arange(len(pool.rows)))
    rank = np.arange(len(order)) - first[files]
    kept = rank < 5
    np.add.at(total, files[kept], group[order][kept] * 0.6 ** rank[kept])
    return total


def _best_named(pool: Pool, named: Sequence[Named]) -> dict[int, Named]:
    """Return for each file the symbol of it that comes first among those the question named."""
    file_of = {row.blob_id: at for at, row in enumerate(pool.rows)}
    best: dict[int, Named] = {}
    for entry in named:
        at = file_of.get(entry.symbol.blob_id)
        if at is not None:
            best.setdefault(at, entry)
    return best


def _named_strengths(by_file: dict[int, Named], n_files: int) -> Floats:
    import numpy as np

    strengths = np.zeros(n_files, np.float32)
    for file, entry in by_file.items():
        strengths[file] = entry.strength
    return strengths


def _unit(query: Query, pool: Pool, file: int, words: Lexical, cosines: Dense | None, by_file: dict[int, Named]) -> int:
    """Return the chunk to show of a file: the named symbol's, else the one that answers best."""
    import numpy as np

    entry = by_file.get(file)
    if entry is not None and (entry.is_exact or query.shape == "symbol"):
        return unit_of(pool, file, entry)
    start = int(pool.unit_starts[file])
    end = int(pool.unit_starts[file + 1]) if file + 1 < len(pool.rows) else len(pool.unit_file)
    cover = np.zeros(end - start, np.float32)
    own = pool.symbol_file == file
    np.maximum.at(cover, pool.symbol_unit[own] - start, words.symbol_cover[own])
    worth = 0.5 * scaled(words.chunk[start:end]) + 0.3 * scaled(words.chunk_comments[start:end]) + 0.2 * cover
    if cosines is not None:
        worth = worth + 0.5 * cosines.trust * above_floor(cosines.chunk[start:end])
    return start + int(np.argmax(worth))


def _places(
    pool: Pool,
    words: Lexical,
    cosines: Dense | None,
    scores: Floats,
    signals: Sequence[Signal],
) -> list[Ranked]:
    """Return the best functions of all files together, each carried by its file.

    The order of the files by their first place is the order of their scores, as far as a list of places can keep it.
    """
    import numpy as np

    group = scaled(words.group)
    cover = np.zeros(len(pool.group_file), np.float32)
    has_symbol = pool.group_symbol >= 0
    cover[has_symbol] = words.symbol_cover[pool.group_symbol[has_symbol]]
    worth = group + PLACE_NAME * cover
    if cosines is not None:
        best = np.full(len(pool.group_file), -1.0, np.float32)
        np.maximum.at(best, pool.unit_group, cosines.chunk)
        worth = worth + PLACE_DENSE * cosines.trust * above_floor(best)
    worth = worth + PLACE_FILE * scaled(np.maximum(scores, 0.0))[pool.group_file]
    order = np.argsort(-worth, kind="stable")[:400]
    unit_worth = words.chunk
    result = []
    for at in map(int, order):
        file = int(pool.group_file[at])
        units = np.flatnonzero(pool.unit_group == at)
        unit = int(units[np.argmax(unit_worth[units])])
        why = (("function", float(worth[at])), *_why(signals, file))
        result.append(_ranked(pool, file, unit, None, float(worth[at]), why))
    return result


def _ranked(
    pool: Pool, file: int, unit: int, named: Named | None, score: float, why: tuple[tuple[str, float], ...]
) -> Ranked:
    row = pool.rows[file]
    return Ranked(row, row.chunk_id + unit - int(pool.unit_starts[file]), named, score, why)


def _why(signals: Sequence[Signal], file: int) -> tuple[tuple[str, float], ...]:
    parts = ((signal.name, signal.weight * float(signal.values[file])) for signal in signals)
    return tuple(
        sorted(((name, value) for name, value in parts if abs(value) > 0.0005), key=lambda part: -abs(part[1]))
    )
