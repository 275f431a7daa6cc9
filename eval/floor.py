"""The floor under every localisation figure: BM25 over whole files or functions, with nothing clever in it."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Hashable, Mapping
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)

K1 = 1.2  # the textbook values, not fitted
B = 0.75
WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|[0-9]+")
PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
DEMOTED = re.compile(r"(^|/)(tests?|t|testing|docs?|examples?|benchmarks?)/|(^|/)(test_[^/]*|[^/]*_test|conftest)\.py$")


def tokens(text: str) -> Counter[str]:
    """Count the words of a text in lower case: identifiers split at underscores and capitals, and compounds whole."""
    counts: Counter[str] = Counter()
    for word, count in Counter(WORD.findall(text)).items():
        parts = PART.findall(word)
        for part in parts if len(parts) == 1 else [*parts, word]:
            counts[part.lower()] += count
    return counts


def is_demoted(path: str) -> bool:
    """Tell whether a path looks like a test, an example or documentation."""
    return DEMOTED.search(path) is not None


def rank_files(documents: Mapping[str, Counter[str]], query: str) -> list[str]:
    """Return every path, best first, demoted ones last."""
    scores = bm25(documents, query)
    return sorted(documents, key=lambda path: (is_demoted(path), -scores[path], path))


def bm25(documents: Mapping[Key, Counter[str]], query: str) -> dict[Key, float]:
    """Score documents by BM25, each distinct word of the query counted once."""
    lengths = {key: counts.total() for key, counts in documents.items()}
    average = sum(lengths.values()) / max(1, len(lengths)) or 1.0
    scores = dict.fromkeys(documents, 0.0)
    for term in sorted(tokens(query)):
        holders = [(key, counts[term]) for key, counts in documents.items() if term in counts]
        idf = math.log(1 + (len(documents) - len(holders) + 0.5) / (len(holders) + 0.5))
        for key, count in holders:
            norm = K1 * (1 - B + B * lengths[key] / average)
            scores[key] += idf * count * (K1 + 1) / (count + norm)
    return scores
