"""One question, one ranked list of places in the code."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from engrep.engine import store_search as asking
from engrep.engine.choice import Choice, Model
from engrep.engine.db import Connection
from engrep.engine.disambiguate import ambiguity, margins, suggestions
from engrep.engine.embed import Embedder, Questions
from engrep.engine.empties import why_no_symbol, why_nothing
from engrep.engine.filters import check_asker, check_filters
from engrep.engine.globs import path_fits, relative_glob
from engrep.engine.hits import make_hit, marked_stale, named_hit
from engrep.engine.identity import Named, asker_at, identify
from engrep.engine.lanes import Nearest, candidates
from engrep.engine.pool import gather
from engrep.engine.query import Query, parse, parse_name
from engrep.engine.rank import Ranked, rank
from engrep.engine.signals import Corpus
from engrep.engine.store import read_meta
from engrep.engine.types import Hit, IndexState, Search
from engrep.engine.vectors import Asked
from engrep.indexers.text import STOP_WORDS, words

if TYPE_CHECKING:
    from engrep.engine.pool import Floats
    from engrep.engine.second_stage import SecondStage


MOST_UNEMBEDDED = 0.1  # of the chunks: with more the lane would speak for the files that happen to be done


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of the index may be shown, and how much."""

    limit: int = 10
    from_file: str | None = None
    path: str | None = None
    language: str | None = None
    kind: str | None = None
    without: Collection[str] = ()  # parts that are switched off, see parts.py
    per_symbol: bool | None = None  # several places of one file; None: only for issues
    may_be_new: bool = False  # whether one may ask from a file that is not there, as from one that is being written


def search(
    connection: Connection,
    root: Path,
    text: str,
    wanted: Wanted,
    choice: Choice,
    nearest: Nearest,
    second: SecondStage | None = None,
) -> Search:
    """Parse, gather candidates from every lane, score them, tell namesakes apart, show the best.

    Raises:
        UsageError: there is no such language, kind or file to ask from.

    """
    started = time.perf_counter()
    wanted = replace(wanted, path=relative_glob(root, wanted.path))
    check_filters(wanted.language, wanted.kind)
    if not wanted.may_be_new:
        check_asker(connection, root, wanted.from_file)
    query = parse(text)
    asker = asker_at(connection, None if "asker" in wanted.without else wanted.from_file)
    named = (
        []
        if "identity" in wanted.without
        else [entry for entry in identify(connection, query, asker, wanted.without) if _symbol_fits(entry, wanted)]
    )
    model, asked = _asked(connection, query, wanted, choice)
    found = candidates(
        connection,
        query,
        named,
        asked,
        wanted.without,
        nearest=nearest,
        admissible=_admissible(connection, wanted),
        widened=bool(wanted.kind),
    )
    rows = asking.blob_rows(connection, found.blob_ids)
    pool = gather(rows, tuple(query.terms), asked)
    per_symbol = query.shape == "issue" if wanted.per_symbol is None else wanted.per_symbol
    second = None if second is None or per_symbol or "second_stage" in wanted.without else second
    n_looked_at = second.places_for(query) if second else 0
    ranked = rank(
        query, pool, named, asker, found.frequencies, _corpus(connection), wanted.without,
        doc_of=lambda symbol: asking.details_of(connection, symbol).doc, per_symbol=per_symbol,
        limit=max(_places(wanted), n_looked_at), trust=model.trust,
    )  # fmt: skip
    missed = None
    if second and n_looked_at:
        ranked, missed = second.looked_over(connection, root, query, ranked)
    same_name = [(entry.named, entry.named.strength) for entry in ranked if entry.named is not None]
    hits = _hits(
        connection,
        root,
        ranked,
        dict(zip((entry.symbol.symbol_id for entry, _ in same_name), margins(same_name), strict=True)),
        wanted,
    )
    return Search(
        query=text,
        hits=hits,
        ambiguous=ambiguity(connection, same_name) if _is_named(query, ranked) else None,
        index=index_state(connection, hits, model.problem, missed),
        ms=round((time.perf_counter() - started) * 1000, 2),
        did_you_mean=()
        if named or query.shape != "symbol"
        else suggestions(connection, text.rsplit(".", maxsplit=1)[-1]),
        reason=None
        if hits
        else why_nothing(
            connection,
            wanted,
            has_terms=bool(query.terms),
            fits=lambda path, language: _file_fits(path, language, wanted),
        ),
    )


def symbol(connection: Connection, root: Path, name: str, from_file: str | None, limit: int) -> Search:
    """Return every symbol that a name may mean, best first, each with the evidence for it; raises as `search`."""
    started = time.perf_counter()
    check_asker(connection, root, from_file)
    query = parse_name(name)
    named = identify(connection, query, asker_at(connection, from_file)) if query.shape == "symbol" else []
    scored = [(entry, entry.strength) for entry in named]
    shown = [named_hit(root, entry, margin) for entry, margin in zip(named[:limit], margins(scored), strict=False)]
    hits = marked_stale(connection, root, shown)
    return Search(
        query=name,
        hits=hits,
        ambiguous=ambiguity(connection, scored),
        index=index_state(connection, hits),
        ms=round((time.perf_counter() - started) * 1000, 2),
        did_you_mean=() if named else suggestions(connection, name.rsplit(".", maxsplit=1)[-1]),
        reason=None if hits else why_no_symbol(connection),
    )


def unembedded_too_many(connection: Connection) -> str | None:
    """Say that too few chunks have vectors to search them, None where enough have."""
    total, missing = asking.chunk_count(connection), int(read_meta(connection, "unembedded") or 0)
    if missing > MOST_UNEMBEDDED * total:
        return f"only {total - missing:,} of {total:,} chunks have vectors: run `engrep index`"
    return None


def index_state(
    connection: Connection, hits: Sequence[Hit], missing: str | None = None, missed: str | None = None
) -> IndexState:
    """Return which state of the code an answer speaks of."""
    commit = read_meta(connection, "commit")
    return IndexState(
        commit=str(commit) if commit else None,
        stale_files=len({hit.path for hit in hits if hit.stale}),
        files=int(read_meta(connection, "blobs") or 0),
        without_vectors=missing,
        without_second_stage=missed,
    )


def _is_named(query: Query, ranked: Sequence[Ranked]) -> bool:
    """Tell whether the first answer is a symbol that the question is about by name."""
    first = ranked[0].named if ranked else None
    return first is not None and first.is_exact and (query.shape == "symbol" or first.symbol.name == query.leading)


def _asked(connection: Connection, query: Query, wanted: Wanted, choice: Choice) -> tuple[Model, Asked | None]:
    """Embed a question that has more than a name; whatever fails at that, the search goes on without its vector."""
    if "dense" in wanted.without or query.shape == "symbol":
        return Model(), None
    model = choice.to_search(connection)
    missing = unembedded_too_many(connection)
    if model.embedder is None or missing:
        return model if missing is None else Model(problem=missing), None
    try:
        vector = vector_of(query.title, model.embedder)  # a page of details means everything and nothing
    except Exception as exc:  # noqa: BLE001 - a server, a foreign library: words, names and the graph do without
        return choice.failed(str(exc) or type(exc).__name__), None
    if vector is not None and len(vector) != read_meta(connection, "dimensions"):
        return choice.failed(f"{model.embedder.identity} gives vectors of another length than the index holds"), None
    return model, None if vector is None else Asked(vector, model.embedder)


def vector_of(question: str, embedder: Embedder) -> Floats | None:
    """Return the vector of a question, for most models of its telling words; None where the model knows none of them."""
    vector: Floats
    if isinstance(embedder, Questions):
        vector = embedder.embed_question(question[:2000])
    else:
        said = words(question[:2000])
        telling = [word for word in said if word.lower() not in STOP_WORDS]
        vector = embedder.embed([" ".join(telling or said)])[0]
    return vector if vector.any() else None


def _corpus(connection: Connection) -> Corpus:
    numbers = [float(read_meta(connection, key) or 0) for key in ("chunks", "blobs", "code_terms", "comment_terms")]
    return Corpus(*numbers)


def _admissible(connection: Connection, wanted: Wanted) -> set[int] | None:
    """Return the files that the filters let through, None when there is no filter on files."""
    if not (wanted.path or wanted.language):
        return None
    return {blob for blob, path, language in asking.all_files(connection) if _file_fits(path, language, wanted)}


def _file_fits(path: str, language: str, wanted: Wanted) -> bool:
    if wanted.language and language != wanted.language.lower():
        return False
    return not wanted.path or path_fits(path, wanted.path)


def _symbol_fits(entry: Named, wanted: Wanted) -> bool:
    symbol = entry.symbol
    return _file_fits(symbol.path, symbol.language, wanted) and (not wanted.kind or symbol.kind == wanted.kind.lower())


def _places(wanted: Wanted) -> int:
    """Return how many places to choose: more than are shown where a filter will drop some."""
    return wanted.limit * (8 if wanted.kind else 1)


def _hits(
    connection: Connection,
    root: Path,
    ranked: Sequence[Ranked],
    margin_of: dict[int, float | None],
    wanted: Wanted,
) -> tuple[Hit, ...]:
    taken = ranked[: _places(wanted)]
    chunks = asking.chunk_rows(connection, [entry.chunk_id for entry in taken])
    symbol_ids = {chunk.symbol_id for chunk in chunks.values() if chunk.symbol_id is not None}
    symbols = asking.symbols_by_id(connection, symbol_ids)
    hits: list[Hit] = []
    for entry in taken:
        chunk = chunks[entry.chunk_id]
        shown = entry.named if entry.named is not None and entry.named.is_exact else None
        symbol = shown.symbol if shown else symbols.get(chunk.symbol_id) if chunk.symbol_id is not None else None
        if wanted.kind and (symbol is None or symbol.kind != wanted.kind.lower()):
            continue
        hits.append(make_hit(root, entry, chunk, symbol, margin_of.get(symbol.symbol_id) if symbol else None))
    return marked_stale(connection, root, hits[: wanted.limit])
