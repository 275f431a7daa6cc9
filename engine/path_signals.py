"""What a file's path says: its name and folders against the question, paths spelled out, the asker's own place."""

from __future__ import annotations

from functools import lru_cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from engrep.engine.identity import Asker, path_match
from engrep.engine.pool import Pool
from engrep.engine.prepare import naming_part
from engrep.engine.query import TITLE, Query
from engrep.engine.signals import scaled
from engrep.indexers.text import fold, split_identifier, stem

if TYPE_CHECKING:
    from engrep.engine.pool import Floats

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


def is_aside(path: str) -> bool:
    """Tell whether a file lies in a folder, at the top, that only shows or measures the code."""
    return path.split("/", 1)[0] in _ASIDE


def stem_signals(query: Query, pool: Pool, term_weights: Floats) -> tuple[Floats, Floats, Floats]:
    """Return how much of each file's name the question has, how much of the question its name has, and equality."""
    import numpy as np

    asked = {term: float(weight) for term, weight in zip(pool.terms, term_weights, strict=True)}
    parts = {part: term for term in asked for part in (term, *split_identifier(term))}
    total = sum(asked.values()) or 1.0
    folded = {
        fold(name.parts[-1]).removesuffix("s")
        for name in query.names
        if name.parts and (name.is_code or query.shape == "symbol")
    }
    result = np.zeros((3, len(pool.rows)), np.float32)
    for at, row in enumerate(pool.rows):
        singular, own_words = _own_words(row.path)
        matched = [_matching(word, stemmed, parts) for word, stemmed in own_words]
        result[0, at] = sum(term is not None for term in matched) / max(len(own_words), 1)
        result[1, at] = sum(asked[term] for term in set(matched) if term is not None) / total
        result[2, at] = singular in folded
    return result[0], result[1], result[2]


@lru_cache(maxsize=8192)
def _own_words(path: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return the name of a file, folded and in the singular, and its words with their stems."""
    own = naming_part(path)
    return fold(own).removesuffix("s"), tuple((word, stem(word)) for word in split_identifier(own) if len(word) > 1)


def _matching(word: str, stemmed: str, parts: dict[str, str]) -> str | None:
    """Return the query term that a word of a file's name matches: the same, the same stem, or one a prefix of the other."""
    if stemmed in parts:
        return parts[stemmed]
    for part, term in parts.items():
        if len(part) > 2 and len(word) > 2 and (part.startswith(stemmed) or word.startswith(part)):
            return term
    return None


def named_paths(query: Query, pool: Pool) -> Floats:
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


def traceback_frames(query: Query, pool: Pool) -> Floats:
    """Return how near the end of a traceback each file stands: the last frame 1.2, halved for each frame before."""
    import numpy as np

    values = np.zeros(len(pool.rows), np.float32)
    for distance, (path, _) in enumerate(reversed(query.frames)):
        tail = "/".join(PurePosixPath(path.replace("\\", "/")).parts[-3:])
        for at, row in enumerate(pool.rows):
            if path_match(tail, row.path) or f"/{tail}".endswith(f"/{row.path}"):
                values[at] = max(values[at], 0.2 + 0.5**distance)
    return scaled(values)


def near_asker(asker: Asker, pool: Pool) -> Floats:
    """Return how much of their folders each file and the asker's share."""
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
