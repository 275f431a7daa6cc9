"""Score the candidate files and choose the place to show in each.

Every signal is an array over the files, scaled to 0 … 1 by its best; a file's score is the weighted sum, and the parts
of the sum are its `why`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from engrep.engine.identity import Asker, Named, path_match
from engrep.engine.pool import Pool
from engrep.engine.prepare import naming_part
from engrep.engine.query import TITLE, Query
from engrep.engine.signals import Corpus, Dense, Lexical, above_floor, bm25, dense, idf, lexical, scaled, spread
from engrep.engine.store_search import BlobRow, SymbolRow
from engrep.engine.wording import likeness
from engrep.indexers.text import fold, split_identifier, stem, word_terms

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
    "dense_mean": (1.0, 0.2),
    "central": (1.0, 0.1),
    "test": (2.0, 5.0),
    "prose": (2.0, 5.0),
    "depth": (1.5, 0.0),
}
WORDING = 1.5
DOC = 2.0
DOCS_READ = 16  # namesakes whose documentation is compared with a question that opens with their name
# Where an issue wants the function, not the file: what a function's name, its vector and its file add to its words.
PLACE_NAME, PLACE_DENSE, PLACE_FILE = 0.4, 0.35, 0.9
W_SYMBOL_SHAPED = 2.0  # for a question that is one name, what bears the name decides


def rank(
    query: Query,
    pool: Pool,
    named: Sequence[Named],
    asker: Asker,
    frequencies: dict[str, int],
    corpus: Corpus,
    vector: Floats | None,
    lanes: Collection[str],
    *,
    doc_of: Callable[[SymbolRow], str],
    per_symbol: bool,
    limit: int,
) -> list[Ranked]:
    """Return the places to show, best first: one a file, or several.

    Past `limit` the entries only say which symbols follow with which score; no place is chosen for them.
    """
    import numpy as np

    if not pool.rows:
        return []
    term_idf = idf(np.array([frequencies.get(term, 0) for term in pool.terms], np.float32), corpus)
    weights = np.array([query.terms[term] for term in pool.terms], np.float32)
    words = lexical(pool, term_idf, weights, corpus, by_function=per_symbol or query.shape == "issue")
    cosines = dense(pool, vector) if vector is not None and query.shape != "symbol" else None
    by_file = _best_named(pool, _heard(query, pool, named, term_idf * weights, corpus, doc_of))
    signals = [
        signal
        for signal in _signals(query, pool, words, cosines, by_file, asker, term_idf * weights)
        if signal.lane in lanes or signal.lane == "prior"
    ]
    scores = np.sum([signal.weight * signal.values for signal in signals], axis=0)
    if per_symbol:
        return _places(pool, words, cosines, scores, signals)
    order = np.lexsort(([row.path for row in pool.rows], -scores))
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
    stems = _stem_signals(query, pool, term_weights)
    test = np.array([-1.0 if row.is_test or _is_aside(row.path) else 0.0 for row in pool.rows], np.float32)
    prose = np.array([-1.0 if row.language in ("text", "markdown", "rst") else 0.0 for row in pool.rows], np.float32)
    found = [
        ("best_chunk", "lexical", scaled(words.best)),
        ("all_chunks", "lexical", scaled(words.together)),
        ("whole_file", "lexical", scaled(words.whole)),
        ("comments", "lexical", scaled(words.comments)),
        ("best_comments", "lexical", scaled(words.best_comments)),
        ("folders", "lexical", scaled(words.folders)),
        ("symbol_names", "lexical", scaled(words.names)),
        ("best_name", "lexical", words.best_name),
        ("stem", "identity", stems[0]),
        ("stem_cover", "identity", stems[1]),
        ("stem_is_name", "identity", stems[2]),
        ("named", "identity", _named_strengths(by_file, n)),
        ("path", "identity", _paths(query, pool)),
        ("traceback", "identity", _frames(query, pool)),
        ("near_asker", "identity", _near(asker, pool)),
        ("central", "graph", np.minimum(spread(np.array([row.centrality for row in pool.rows]), 6.0), 1.0)),
        ("test", "prior", test * (0.0 if query.asks_for_tests else 1.0)),
        ("prose", "prior", prose * (0.0 if query.asks_for_prose else 1.0)),
        ("depth", "prior", np.array([-row.path.count("/") / 6.0 for row in pool.rows], np.float32)),
    ]
    if query.shape == "issue":
        found.append(("best_function", "lexical", scaled(_group_best(pool, words.group))))
        found.append(("top_functions", "lexical", scaled(_decayed(pool, words.group))))
    if cosines is not None:
        found.append(("dense_best", "dense", above_floor(cosines.best)))
        found.append(("dense_mean", "dense", above_floor(cosines.mean)))
    weighted = [Signal(name, lane, _WEIGHTS[name][column], values) for name, lane, values in found]
    if query.shape == "symbol" or is_led(query, by_file.values()):
        # Where more than the name is said, that decides: the file's words speak for the file, not for the namesake in it.
        rest = 0.05 if query.shape == "symbol" and asker.path else 0.25 if query.leading else 1.0
        return [
            Signal(s.name, s.lane, W_SYMBOL_SHAPED if s.name == "named" else rest * s.weight, s.values)
            for s in weighted
        ]
    return [signal for signal in weighted if signal.weight]


def is_led(query: Query, named: Iterable[Named]) -> bool:
    """Tell whether the question opens with the name of a symbol that is there."""
    return bool(query.leading) and any(entry.symbol.name == query.leading for entry in named)


def _heard(
    query: Query,
    pool: Pool,
    named: Sequence[Named],
    term_weights: Floats,
    corpus: Corpus,
    doc_of: Callable[[SymbolRow], str],
) -> list[Named]:
    """Keep the symbols that a question opens with, and add how well what they say fits the rest of it.

    Other names in such a question only describe the one that it is about.
    """
    import numpy as np

    if not is_led(query, named):
        return list(named)
    file_of = {row.blob_id: at for at, row in enumerate(pool.rows)}
    own = [entry for entry in named if entry.symbol.name == query.leading and entry.symbol.blob_id in file_of]
    units = np.array([_unit_of(pool, file_of[entry.symbol.blob_id], entry) for entry in own], np.int64)
    of_name = word_terms(query.leading)
    asked = np.where([term in of_name for term in pool.terms], 0.0, term_weights).astype(np.float32)
    mean = corpus.comment_terms / max(corpus.n_chunks, 1.0), corpus.code_terms / max(corpus.n_chunks, 1.0)
    comments = scaled(bm25(pool.comments[units], pool.comment_lengths[units], mean[0], asked, k1=1.2, b=0.6))
    code = scaled(bm25(pool.code[units], pool.code_lengths[units], mean[1], asked, k1=2.0, b=0.85))
    heard = [
        replace(entry, parts=(*entry.parts, ("wording", WORDING * float(0.7 * comment + 0.3 * text))))
        for entry, comment, text in zip(own, comments, code, strict=True)
    ]
    heard.sort(key=lambda entry: -entry.strength)
    if query.leads_to_place:
        return heard
    said = query.text.partition(":")[2]
    told = [
        replace(entry, parts=(*entry.parts, ("doc", DOC * likeness(said, doc_of(entry.symbol)))))
        for entry in heard[:DOCS_READ]
    ]
    return sorted((*told, *heard[DOCS_READ:]), key=lambda entry: -entry.strength)


_ASIDE = frozenset(
    {
        "doc",
        "docs",
        "example",
        "examples",
        "tutorial",
        "tutorials",
        "benchmark",
        "benchmarks",
        "asv_bench",
        "bench",
        "testing",
        "t",
    }
)


def _is_aside(path: str) -> bool:
    """Tell whether a file lies in a folder, at the top, that only shows or measures the code."""
    return path.split("/", 1)[0] in _ASIDE


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


def _stem_signals(query: Query, pool: Pool, term_weights: Floats) -> tuple[Floats, Floats, Floats]:
    """Return how much of each file's name the question has, how much of the question its name has, and equality."""
    import numpy as np

    asked = {term: float(weight) for term, weight in zip(pool.terms, term_weights, strict=True)}
    parts = {part: term for term in asked for part in (term, *split_identifier(term))}
    total = sum(asked.values()) or 1.0
    folded = {fold(name.parts[-1]) for name in query.names if name.parts and (name.is_code or query.shape == "symbol")}
    result = np.zeros((3, len(pool.rows)), np.float32)
    for at, row in enumerate(pool.rows):
        own = naming_part(row.path)
        own_words = [word for word in split_identifier(own) if len(word) > 1]
        matched = [_matching(word, parts) for word in own_words]
        result[0, at] = sum(term is not None for term in matched) / max(len(own_words), 1)
        result[1, at] = sum(asked[term] for term in set(matched) if term is not None) / total
        result[2, at] = _singular(fold(own)) in {_singular(name) for name in folded}
    return result[0], result[1], result[2]


def _matching(word: str, parts: dict[str, str]) -> str | None:
    """Return the query term that a word of a file's name matches: the same, the same stem, or one a prefix of the other."""
    stemmed = stem(word)
    if stemmed in parts:
        return parts[stemmed]
    for part, term in parts.items():
        if len(part) > 2 and len(word) > 2 and (part.startswith(stemmed) or word.startswith(part)):
            return term
    return None


def _singular(name: str) -> str:
    return name.removesuffix("s")


def _paths(query: Query, pool: Pool) -> Floats:
    """Return 1 for a file that the question names by its path, shared among those that the path fits."""
    import numpy as np

    values = np.zeros(len(pool.rows), np.float32)
    asked = [(path, weight / TITLE) for path, weight in query.paths]
    asked += [("/".join(name.parts), 0.4 * name.weight / TITLE) for name in query.names if len(name.parts) > 1]
    for path, weight in asked:
        parts = PurePosixPath(path.replace("\\", "/")).parts
        for start in range(max(len(parts) - 4, 0), len(parts)):
            tail = "/".join(parts[start:])
            fitting = [at for at, row in enumerate(pool.rows) if path_match(tail, row.path)]
            if fitting:
                for at in fitting:
                    values[at] = max(values[at], max(weight, 0.5) / len(fitting))
                break
    return values


def _frames(query: Query, pool: Pool) -> Floats:
    """Return how near the end of a traceback each file stands: the last frame 1.2, halved for each frame before."""
    import numpy as np

    values = np.zeros(len(pool.rows), np.float32)
    for distance, (path, _) in enumerate(reversed(query.frames)):
        tail = "/".join(PurePosixPath(path.replace("\\", "/")).parts[-3:])
        for at, row in enumerate(pool.rows):
            if path_match(tail, row.path) or f"/{tail}".endswith(f"/{row.path}"):
                values[at] = max(values[at], 0.2 + 0.5**distance)
    return scaled(values)


def _near(asker: Asker, pool: Pool) -> Floats:
    import numpy as np

    values = np.zeros(len(pool.rows), np.float32)
    if asker.path:
        mine = asker.path.split("/")[:-1]
        for at, row in enumerate(pool.rows):
            its = row.path.split("/")[:-1]
            shared = next(
                (i for i, (a, b) in enumerate(zip(mine, its, strict=False)) if a != b), min(len(mine), len(its))
            )
            values[at] = shared / max(len(mine), len(its), 1)
    return values


def _unit(
    query: Query,
    pool: Pool,
    file: int,
    words: Lexical,
    cosines: Dense | None,
    by_file: dict[int, Named],
) -> int:
    """Return the chunk to show of a file: the named symbol's, else the one that answers best."""
    import numpy as np

    entry = by_file.get(file)
    if entry is not None and (entry.is_exact or query.shape == "symbol"):
        return _unit_of(pool, file, entry)
    start = int(pool.unit_starts[file])
    end = int(pool.unit_starts[file + 1]) if file + 1 < len(pool.rows) else len(pool.unit_file)
    cover = np.zeros(end - start, np.float32)
    own = pool.symbol_file == file
    np.maximum.at(cover, pool.symbol_unit[own] - start, words.symbol_cover[own])
    worth = 0.5 * scaled(words.chunk[start:end]) + 0.3 * scaled(words.chunk_comments[start:end]) + 0.4 * scaled(cover)
    if cosines is not None:
        worth = worth + 0.5 * above_floor(cosines.chunk[start:end])
    return start + int(np.argmax(worth))


def _unit_of(pool: Pool, file: int, entry: Named) -> int:
    at = int(pool.symbol_starts[file]) + entry.symbol.symbol_id - pool.rows[file].symbol_id
    return int(pool.symbol_unit[at]) if 0 <= at < len(pool.symbol_unit) else int(pool.unit_starts[file])


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
        worth = worth + PLACE_DENSE * above_floor(best)
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
    pool: Pool,
    file: int,
    unit: int,
    named: Named | None,
    score: float,
    why: tuple[tuple[str, float], ...],
) -> Ranked:
    row = pool.rows[file]
    return Ranked(row, row.chunk_id + unit - int(pool.unit_starts[file]), named, score, why)


def _why(signals: Sequence[Signal], file: int) -> tuple[tuple[str, float], ...]:
    parts = ((signal.name, signal.weight * float(signal.values[file])) for signal in signals)
    return tuple(
        sorted(((name, value) for name, value in parts if abs(value) > 0.0005), key=lambda part: -abs(part[1]))
    )
