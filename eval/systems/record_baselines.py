"""Plain ways to recall records, each with and without a filter by what the records say of themselves.

`bm25`, `keywords`, `recent` and `dense` see texts and names only. With `+scoped` a record must besides hold where the asker
stands, belong to them, be neither superseded nor resolved, and be no newer than the question; and what is pinned is in
view whatever is asked. So the two rows of one baseline tell what filtering alone is worth.

When nothing fits, nothing is answered: `bm25` and `keywords` want one word in common with the question that is no stop
word, `dense` a similarity above zero. `recent` never keeps silent.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from engrep.engine.embed import Embedder
from engrep.engine.embedders import EMBEDDER_VARIABLE, default_embedder
from engrep.engine.errors import UsageError
from engrep.eval.cases import Prepared
from engrep.eval.systems.records import Question, Recalled, Record

Rank = Callable[[str], list[tuple[int, float]]]
"""Gives place and score of every record that fits a question at all, best first."""

SCOPED = "+scoped"
WORD = re.compile(r"[^\W_]+")
STOP_WORDS = frozenset(
    "a about after again all also am an and any are as at be because been before being but by can could did do does doing "
    "don down during each few for from further get got had has have having he her here hers him his how i if in into is "
    "it its just like ll me more most my no nor not now of off on once only or other our ours out over own re s same she "
    "should so some such t than that the their theirs them then there these they this those through to too under until "
    "up us ve very was we were what when where which while who whom whose why will with would you your yours".split()
)  # words that say how something is asked, and nothing of what


def content_words(text: str) -> list[str]:
    """Return the distinct words of a text that are no stop words, in lower case."""
    words = dict.fromkeys(word.lower() for word in WORD.findall(text))
    return [word for word in words if word not in STOP_WORDS]


def bm25(records: Sequence[Record]) -> Rank:
    """Rank by FTS5."""
    from engrep.eval.systems.record_fts import Bm25

    table = Bm25(records)
    return lambda question: table.rank(content_words(question))


def keywords(records: Sequence[Record]) -> Rank:
    """Rank by how many of the question's words occur, as a search with grep would."""
    held = [set(content_words(searched(each))) for each in records]

    def rank(question: str) -> list[tuple[int, float]]:
        asked = set(content_words(question))
        counted = [(at, float(len(asked & words))) for at, words in enumerate(held)]
        return sorted((each for each in counted if each[1]), key=lambda each: -each[1])

    return rank


def recent(records: Sequence[Record]) -> Rank:
    """Rank by time alone, newest first, and what has no time by its place."""
    newest = sorted(range(len(records)), key=lambda at: (records[at].at, at), reverse=True)
    return lambda _question: [(at, float(-place)) for place, at in enumerate(newest)]


def dense(records: Sequence[Record]) -> Rank:
    """Rank by the cosine of the embeddings."""
    import numpy as np

    embedder = configured()
    vectors = embedder.embed([searched(each) for each in records])

    def rank(question: str) -> list[tuple[int, float]]:
        similarities = vectors @ embedder.embed([question])[0]
        order = np.argsort(-similarities, kind="stable")
        return [(int(at), float(similarities[at])) for at in order if similarities[at] > 0]

    return rank


def configured() -> Embedder:
    """Return the embedding model.

    Raises:
        UsageError: none is configured.

    """
    embedder = default_embedder()
    if embedder is None:
        message = f"dense needs an embedding model: name one in {EMBEDDER_VARIABLE}"
        raise UsageError(message)
    return embedder


def searched(record: Record) -> str:
    """Return what the baselines look at."""
    return "\n".join((record.text, *record.names))


@dataclass(frozen=True, slots=True)
class Baseline:
    """One way to rank, with the filter or without."""

    name: str
    ranked: Callable[[Sequence[Record]], Rank]
    is_scoped: bool

    @contextmanager
    def open(self, records: Sequence[Record], state: Path) -> Iterator[BaselineIndex]:
        """Take the records in; nothing is stored."""
        del state
        started = time.perf_counter()
        rank = self.ranked(records)
        yield BaselineIndex(records, rank, self.is_scoped, Prepared(time.perf_counter() - started))


@dataclass(frozen=True, slots=True)
class BaselineIndex:
    """A ranking over some records."""

    records: Sequence[Record]
    rank: Rank
    is_scoped: bool
    prepared: Prepared

    def recall(self, question: Question) -> Sequence[Recalled]:
        """Return the best that fit."""
        found = [(at, score) for at, score in self.rank(question.text) if self._fits(self.records[at], question)]
        return [Recalled((self.records[at].record_id,), score) for at, score in found[: question.limit]]

    def brief(self, question: Question) -> Sequence[Recalled]:
        """Return what is pinned, that which the question speaks of first; without the filter nothing is known of pins."""
        if not self.is_scoped:
            return []
        places = dict.fromkeys([*(at for at, _ in self.rank(question.text)), *range(len(self.records))])
        pinned = (self.records[at] for at in places if self.records[at].pinned)
        return [Recalled((each.record_id,)) for each in pinned if self._fits(each, question)]

    def _fits(self, record: Record, question: Question) -> bool:
        return not self.is_scoped or holds(record, question)


def holds(record: Record, question: Question) -> bool:
    """Tell from what a record says of itself whether it may answer at all."""
    return (
        record.status == "active"
        and not record.superseded_by
        and (not record.scopes or not question.scopes or not set(record.scopes).isdisjoint(question.scopes))
        and record.owner in ("", question.owner)
        and (not question.at or record.at <= question.at)
    )


def plain(name: str, ranked: Callable[[Sequence[Record]], Rank]) -> Callable[[str], Baseline]:
    """Return what makes a baseline from what follows its name; a UsageError where that is not `+scoped`."""

    def make(rest: str) -> Baseline:
        if rest not in ("", SCOPED):
            message = f"{name}{rest}: a baseline over records takes {SCOPED} and nothing else"
            raise UsageError(message)
        return Baseline(name + rest, ranked, bool(rest))

    return make


def dense_baseline(rest: str) -> Baseline:
    """Make the baseline that embeds, and say at once when there is no model."""
    configured()
    return plain("dense", dense)(rest)


RECORD_BASELINES = {
    "bm25": (plain("bm25", bm25), "SQLite's full-text search; +scoped filters by scope, owner, status and time first"),
    "keywords": (plain("keywords", keywords), "how many of the question's words occur, as with grep; +scoped"),
    "recent": (plain("recent", recent), "the newest first, whatever is asked; +scoped"),
    "dense": (dense_baseline, "the embedding model that ENGREP_EMBEDDER names, nothing else; +scoped"),
}
"""Name → what makes the system, and one line about it."""
