"""A question that opens with a name: which of the symbols that bear it the rest of the question is about."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from engrep.engine.identity import Named
from engrep.engine.pool import Pool
from engrep.engine.query import Query
from engrep.engine.signals import Corpus, bm25, scaled
from engrep.engine.store_search import SymbolRow
from engrep.engine.wording import likeness
from engrep.indexers.text import word_terms

if TYPE_CHECKING:
    from engrep.engine.pool import Floats

WORDING = 1.5
DOC = 2.0
DOCS_READ = 16  # namesakes whose documentation is compared with a question that opens with their name


def is_led(query: Query, named: Iterable[Named]) -> bool:
    """Tell whether the question opens with the name of a symbol that is there."""
    return bool(query.leading) and any(entry.symbol.name == query.leading for entry in named)


def heard(
    query: Query,
    pool: Pool,
    named: Sequence[Named],
    term_weights: Floats,
    corpus: Corpus,
    doc_of: Callable[[SymbolRow], str],
    without: Collection[str],
) -> list[Named]:
    """Keep the symbols that a question opens with, and add how well what they say fits the rest of it.

    Other names in such a question only describe the one that it is about.
    """
    import numpy as np

    if not is_led(query, named):
        return list(named)
    file_of = {row.blob_id: at for at, row in enumerate(pool.rows)}
    own = [entry for entry in named if entry.symbol.name == query.leading and entry.symbol.blob_id in file_of]
    units = np.array([unit_of(pool, file_of[entry.symbol.blob_id], entry) for entry in own], np.int64)
    of_name = word_terms(query.leading)
    asked = np.where([term in of_name for term in pool.terms], 0.0, term_weights).astype(np.float32)
    mean = corpus.comment_terms / max(corpus.n_chunks, 1.0), corpus.code_terms / max(corpus.n_chunks, 1.0)
    comments = scaled(bm25(pool.comments[units], pool.comment_lengths[units], mean[0], asked, k1=1.2, b=0.6))
    code = scaled(bm25(pool.code[units], pool.code_lengths[units], mean[1], asked, k1=2.0, b=0.85))
    weighed = [
        replace(entry, parts=(*entry.parts, ("wording", WORDING * float(0.7 * comment + 0.3 * text))))
        for entry, comment, text in zip(own, comments, code, strict=True)
    ]
    if "wording" in without:
        weighed = own
    weighed.sort(key=lambda entry: -entry.strength)
    if query.leads_to_place or "doc" in without:
        return weighed
    said = query.text.partition(":")[2]
    told = [
        replace(entry, parts=(*entry.parts, ("doc", DOC * likeness(said, doc_of(entry.symbol)))))
        for entry in weighed[:DOCS_READ]
    ]
    return sorted((*told, *weighed[DOCS_READ:]), key=lambda entry: -entry.strength)


def unit_of(pool: Pool, file: int, entry: Named) -> int:
    """Return the chunk of a file that shows a symbol."""
    at = int(pool.symbol_starts[file]) + entry.symbol.symbol_id - pool.rows[file].symbol_id
    return int(pool.symbol_unit[at]) if 0 <= at < len(pool.symbol_unit) else int(pool.unit_starts[file])
