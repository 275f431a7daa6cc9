"""The lanes over memories: by words, by what they are about, by what they are called; and what speaks for and against each."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache

from engrep.engine import store_memory as memories
from engrep.engine import store_recall as asking
from engrep.engine.candidates import Candidate
from engrep.engine.db import Connection
from engrep.engine.evidence import TYPED_WRONG, Asked, Told, field, respelled, searched, share_of, told
from engrep.engine.memory_types import Entry
from engrep.engine.namesakes import Meant
from engrep.engine.score_types import Share
from engrep.engine.standing import LASTING, Standing, aware, holds, in_place
from engrep.indexers.question import COMMON_TERMS, weights

CANDIDATES = 48  # of one lane
MATCHES = 6_000  # rows that the words may bring together: the rarest words choose, the others only rank

MOST_SPELLINGS = 2000  # names that begin as a word does and are compared with it

# What the words of a field are worth: its title and what it is about, what it says, and why, often in words of other things.
ABOUT, BODY, REASON = 0.9, 0.9, 0.3

FLOOR = 0.2  # the least share of the question that a memory holds; names that the question spells out need none
NAMED_FLOOR = 0.75  # the same where another memory is called what the question names

# Parts of the score, in units of the share of the question that is held.
W_WORDS = 1.0
W_LIKE = 2.0  # of the cosine above the noise: alone it brings a memory from .35 on; with 1 11, with 2 to 4 13 of 25 paraphrases
W_NAMED = 1.0  # it is called what the question names
W_ABOUT = 1.0  # it is about the very symbol or file that the question names
W_OTHER = -2.0  # it is about a namesake of that
W_AMONG_HITS = 0.4  # it is about a place that the question's code hits show, the first of them most
W_ASKER = 0.3  # it is about the asker's file; half of it for the asker's folder
W_CITED = 0.5  # a memory that answers rests on it
W_PLACE = 0.2  # it holds for the module that the asker stands in
W_ELSEWHERE = -0.5  # it holds for another module
W_PINNED = 0.1
W_TRUST = {"verified": 0.1, "corroborated": 0.05}
W_CHANGED = -0.1  # the body of what it is about is another one now
W_AGED = -0.15  # an observation that nobody used, after a year; half of it after half a year
CITED = "memory"  # the session that evidence names where it is another memory
YEAR = 365.0

_DOTTED = re.compile(r"(?<![\w.])[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+")
_SEPARATED = re.compile(r"[,;|/、，]")


def gather(
    connection: Connection, asked: Asked, meant: Meant, standing: Standing, near: Mapping[int, float]
) -> list[Candidate]:
    """Return the memories that may answer, scored, in no order; `near` is of memory_vectors.py."""
    counts = asking.frequencies(connection, searched(asked))
    nameless = [word for word in asked.words if not set(asking.NAMING) & counts.get(word, {}).keys()]
    spellings = respelled(nameless, lambda word: asking.names_beginning(connection, word[:2], MOST_SPELLINGS))
    counts |= asking.frequencies(connection, set(spellings.values()) - counts.keys())
    most = {word: max(columns.values()) for word, columns in counts.items()}
    rows = asking.best_rows(connection, _chosen(most), CANDIDATES)
    rows += asking.rows_about(connection, meant.names, meant.paths, CANDIDATES)
    total = asking.last_row(connection)
    rows += near
    by_row = memories.entries_by_row(connection, dict.fromkeys(rows))
    like = {(entry.id, entry.body): near.get(row, 0.0) for row, entry in by_row.items()}
    weighed = told(asked, most, total, spellings)
    found = []
    for entry in _holding(connection, by_row.values(), standing):
        candidate = scored(entry, weighed, meant, standing)
        candidate.add("like", W_LIKE * like.get((entry.id, entry.body), 0.0))
        found.append(candidate)
    return found


def _holding(connection: Connection, entries: Iterable[Entry], standing: Standing) -> Iterator[Entry]:
    """Yield the memories that hold, in the words that they had at the time that the asker speaks of."""
    for entry in entries:
        if not holds(entry, standing):
            continue
        if standing.as_of and entry.changed_at > standing.as_of:
            changes = [each for each in memories.changes(connection, entry.id) if each.at <= standing.as_of]
            then = changes[-1].after if changes else None
            if then is not None and not holds(then, standing):
                continue  # forgotten or only proposed at the time
            entry = entry if then is None else replace(then, anchors=entry.anchors, subject=entry.subject)  # noqa: PLW2901
        yield entry


def _chosen(counts: Mapping[str, int]) -> list[str]:
    """Return the rarest terms that bring no more rows together than one question may cost."""
    chosen: list[str] = []
    left = MATCHES
    for word, count in sorted(counts.items(), key=lambda item: (item[1], item[0])):
        if chosen and count > left:
            break
        chosen.append(word)
        left -= count
    return chosen


def scored(entry: Entry, weighed: Told, meant: Meant, standing: Standing) -> Candidate:
    """Weigh what a memory says of itself for a question."""
    found = Candidate("memory", entry)
    share = share_of(weighed, fields_of(entry))
    found.add("words", W_WORDS * share.value)
    found.add("named", W_NAMED * _named(names_of(entry), weighed))
    found.share = share
    _add_place(found, entry, meant, standing)
    found.add("pinned", W_PINNED * entry.pinned)
    found.add("trust", W_TRUST.get(entry.trust, 0.0))
    found.add("unused", W_AGED * _age(entry, standing))
    return found


def weigh_change(candidate: Candidate) -> None:
    """Weigh that the code which a memory is about has changed since."""
    entry: Entry = candidate.payload
    candidate.add("changed", W_CHANGED * any(anchor.state == "body_changed" for anchor in entry.anchors))


def fields_of(entry: Entry) -> list[tuple[frozenset[str], float]]:
    """Return the words of a memory, field by field."""
    about = " ".join([entry.subject, entry.slot, entry.place, *(f"{a.qualified_name} {a.path}" for a in entry.anchors)])
    titled = entry.title if has_own_title(entry) else ""
    return [field(f"{titled} {about}", ABOUT), field(entry.body, BODY), field(entry.reason, REASON)]


def has_own_title(entry: Entry) -> bool:
    """Tell whether a memory was given a title: one made from its body says nothing of its own."""
    return not " ".join(entry.body.split()).startswith(entry.title.removesuffix("…"))


def names_of(entry: Entry) -> list[str]:
    """Return what a memory is called: its slot, what its title lists, and the names of what it is about."""
    titled = _SEPARATED.split(entry.title) if has_own_title(entry) else []
    last = [anchor.qualified_name.rsplit(".", 1)[-1] for anchor in entry.anchors if anchor.kind == "symbol"]
    return [name for name in (entry.slot, entry.subject, *titled, *last) if name.strip()]


def _named(names: Iterable[str], weighed: Told) -> float:
    """Return 1 when the question spells out one of the names whole, less when it stands there otherwise spelled."""
    best = 0.0
    for name in names:
        phrase = _phrase(name)
        spelled = weighed.whole if len(phrase) == 1 else weighed.worth.keys()
        if phrase and not COMMON_TERMS.issuperset(phrase):
            best = max(best, min(_spelled(term, spelled, weighed) for term in phrase))
    return best


@lru_cache(maxsize=1 << 14)
def _phrase(name: str) -> frozenset[str]:
    return frozenset(weights(name))


def _spelled(term: str, spelled: Collection[str], weighed: Told) -> float:
    if term in spelled:
        return 1.0
    return TYPED_WRONG if term in weighed.spellings.values() else 0.0


def _add_place(found: Candidate, entry: Entry, meant: Meant, standing: Standing) -> None:
    about = [meant.about(anchor.qualified_name, anchor.path) for anchor in entry.anchors]
    said = [meant.about(name, "") for name in _DOTTED.findall(f"{entry.subject} {entry.body}")]
    best = max((*about, *(each for each in said if each)), default=0.0, key=lambda each: (each > 0, abs(each)))
    found.add("about", W_ABOUT * max(best, 0.0))
    found.add("other_namesake", -W_OTHER * min(best, 0.0))
    paths = [anchor.path for anchor in entry.anchors if anchor.path]
    if standing.file:
        folder = standing.file.rpartition("/")[0]
        near = max(
            (1.0 if path == standing.file else 0.5 * (path.rpartition("/")[0] == folder) for path in paths), default=0.0
        )
        found.add("asker", W_ASKER * near)
    if entry.scope == "module":
        here = in_place(entry.place, standing)
        found.add("place", 0.0 if here is None else W_PLACE if here else W_ELSEWHERE)


def order(entry: Entry) -> tuple[str, str]:
    """Return what orders memories that are equally good: the day, and what they say; ids are drawn by lot."""
    return entry.valid_from[: len("2026-01-31")], entry.body


def _age(entry: Entry, standing: Standing) -> float:
    """Return how far an observation has faded: what was decided, and what was used or confirmed, never does."""
    if entry.kind in LASTING or entry.uses or entry.pinned or entry.trust != "proposed":
        return 0.0
    try:
        then = datetime.fromisoformat(entry.valid_from or entry.created_at)
        now = datetime.fromisoformat(standing.as_of or standing.now)
    except ValueError:
        return 0.0
    return min(1.0, max(0, (aware(now) - aware(then)).days) / YEAR)  # whole days: an answer is the same all day


def above_floor(found: Sequence[Candidate]) -> list[Candidate]:
    """Keep what holds enough of the question; where one is called what the question names, words alone need to hold more."""
    is_named = any(candidate.part("named") > 0 and candidate.part("other_namesake") == 0 for candidate in found)
    return [candidate for candidate in found if _fits(candidate, is_named=is_named)]


def _fits(candidate: Candidate, *, is_named: bool) -> bool:
    if candidate.part("other_namesake") <= W_OTHER or candidate.part("place") < 0:
        return False  # the question says that it is about something else
    share: Share = candidate.share
    if candidate.part("named") > 0 or candidate.part("about") > 0:
        return True
    if is_named:
        return share.is_telling and share.value >= NAMED_FLOOR
    like = candidate.part("like")
    return (share.is_telling or like > 0) and share.value + like >= FLOOR


def cited(connection: Connection, found: Sequence[Candidate], standing: Standing) -> list[Candidate]:
    """Return the memories that these rest on and that are not among them."""
    own = {candidate.payload.id for candidate in found}
    resting = {
        each.turn: parent for parent in reversed(found) for each in parent.payload.evidence if each.session == CITED
    }
    rows = asking.rows_of(connection, sorted(resting.keys() - own))
    brought = []
    for entry in _holding(connection, memories.entries_by_row(connection, rows).values(), standing):
        candidate = Candidate("memory", entry)
        candidate.add("cited", W_CITED * resting[entry.id].score)
        brought.append(candidate)
    return brought
