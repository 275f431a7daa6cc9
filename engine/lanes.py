"""Candidate files from every lane; the scorer decides among them.

Eighty files lose nothing against scoring them all (the best possible order of the pool is .998 NDCG@10).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from engrep.engine import store_search as asking
from engrep.engine.db import Connection
from engrep.engine.identity import Named
from engrep.engine.query import Query
from engrep.engine.vectors import Asked
from engrep.indexers.text import split_identifier, stem

Nearest = Callable[[Connection, Asked, int], list[tuple[int, float]]]
"""Finds the chunks nearest to a question by the cosines of their vectors."""

MAX_FILES = 96
MATCH_TERMS = 24  # of a question, the rarest; common words decide the order, not who is in
COMMON_SHARE = 0.1  # a term in more of the chunks than this gathers nobody when rarer ones fill the list
FILTERED = 200  # times as many chunks are looked through when a filter on files may drop nearly all of them
LEXICAL_CHUNKS, NAME_CHUNKS, DENSE_CHUNKS = 480, 100, 200
_SHORTEST_PREFIX = 3


@dataclass(frozen=True, slots=True)
class Candidates:
    """The files to score, and the question's terms with the number of chunks that hold each."""

    blob_ids: tuple[int, ...]
    frequencies: dict[str, int]


def candidates(
    connection: Connection,
    query: Query,
    named: Sequence[Named],
    asked: Asked | None,
    without: Collection[str],
    *,
    nearest: Nearest,
    admissible: Collection[int] | None,
    widened: bool,
) -> Candidates:
    """Gather files by words, by vectors, by names and by paths, the lanes taking turns.

    `admissible` holds the files that may be gathered, None for all; `widened` asks for more because some will be dropped.
    """
    is_issue = query.shape == "issue"
    # What may be dropped thins the lists: a filter, or the tests that an issue does not ask for.
    factor = FILTERED if admissible is not None else 4 if widened else 2 if is_issue else 1
    frequencies = asking.term_frequencies(connection, query.terms)
    ranked: list[list[int]] = []
    if "lexical" not in without:
        chosen = _match_terms(connection, query, frequencies)
        ranked.append(_files(connection, asking.lexical_chunks(connection, chosen, LEXICAL_CHUNKS * factor), is_issue))
        ranked.append(_files(connection, asking.named_chunks(connection, chosen, NAME_CHUNKS * factor), is_issue))
    if "dense" not in without and asked is not None:
        ranked.append(_files(connection, nearest(connection, asked, min(DENSE_CHUNKS * factor, 1000)), is_issue))
    if "identity" not in without:
        ranked.append(list(dict.fromkeys(entry.symbol.blob_id for entry in named)))
        ranked.append(_by_stem(connection, query))
        ranked.append(_by_path(connection, query))
    if admissible is not None:
        ranked = [[blob for blob in blobs if blob in admissible] for blobs in ranked]
    return Candidates(tuple(_in_turns(ranked, MAX_FILES * (6 if widened else 1))), frequencies)


def _match_terms(connection: Connection, query: Query, frequencies: dict[str, int]) -> dict[str, float]:
    """Return the terms to gather candidates by with their weights; very common ones only where the others leave room."""
    total = float(asking.chunk_count(connection))
    present = sorted(
        (term for term in query.terms if term in frequencies), key=lambda term: frequencies[term] / query.terms[term]
    )
    kept: list[str] = []
    held, enough = 0, 0 if query.shape == "issue" else LEXICAL_CHUNKS
    for term in present:
        if held < enough or len(kept) < 2 or frequencies[term] <= COMMON_SHARE * total:
            kept.append(term)
            held += frequencies[term]
    chosen = kept[: MATCH_TERMS * (2 if query.shape == "issue" else 1)]
    return {term: query.terms[term] * math.log1p(total / (frequencies[term] + 0.5)) for term in chosen}


def _files(connection: Connection, chunks: Sequence[tuple[int, float]], only_code: bool) -> list[int]:
    """Return the files of ranked chunks, by their best chunk and how many more they have."""
    blobs = asking.blobs_of_chunks(connection, [chunk_id for chunk_id, _ in chunks])
    worth: dict[int, float] = {}
    for chunk_id, score in chunks:
        blob, is_beside = blobs[chunk_id]
        if not (only_code and is_beside):
            worth[blob] = worth[blob] + 0.2 * score if blob in worth else score
    return sorted(worth, key=lambda blob: -worth[blob])


def _by_stem(connection: Connection, query: Query) -> list[int]:
    stems: set[str] = set()
    for term in query.terms:
        for part in split_identifier(term):
            stems.add(stem(part))
            stems.update(part[:end] for end in range(_SHORTEST_PREFIX, len(part)))
    return asking.blobs_by_stem(connection, sorted(stems)[:400], 40)


def _by_path(connection: Connection, query: Query) -> list[int]:
    asked = [path for path, _ in query.paths] + [path for path, _ in query.frames]
    asked += ["/".join(name.parts) for name in query.names if len(name.parts) > 1]
    found: list[int] = []
    for path in asked[:24]:
        parts = PurePosixPath(path.replace("\\", "/")).parts
        for start in range(max(len(parts) - 4, 0), len(parts)):
            rows = asking.blobs_by_path(connection, "/".join(parts[start:]), 8)
            if rows:
                found += [blob_id for blob_id, _ in rows]
                break
    return list(dict.fromkeys(found))


def _in_turns(ranked: Iterable[Sequence[int]], limit: int) -> list[int]:
    """Take one from each list in turn until there are enough, each once."""
    queues = [iter(entries) for entries in ranked]
    taken: dict[int, None] = {}
    while queues and len(taken) < limit:
        for entries in list(queues):
            blob = next(entries, None)
            if blob is None:
                queues.remove(entries)
            else:
                taken.setdefault(blob)
    return list(taken)[:limit]
