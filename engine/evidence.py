"""How much of a question a text holds: the one measure by which memories, turns and code are compared with each other."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from engrep.engine.query import Query, parse
from engrep.engine.score_types import NOTHING, Share
from engrep.engine.wordings import LEARNED, learned
from engrep.indexers.lexicon import Phrase, related
from engrep.indexers.question import TELLING, weights, whole_words
from engrep.indexers.text import terms

MOST_TOLD = 6  # a text need not hold more of the telling words of a long question than this to hold all of it
LEAST_WORTH = 0.5  # of a word that every text holds, where a word that none holds is worth 1
TYPED_WRONG = 0.8  # how much less a word is held that is there in another spelling


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, read once for all lanes."""

    query: Query
    words: Mapping[str, float]  # term → how telling it is
    whole: frozenset[str]  # of them and others, what stands for whole words
    others: Mapping[str, Mapping[Phrase, float]]  # term → what may stand for it


@dataclass(frozen=True, slots=True)
class Told:
    """What each word of a question is worth in one body of texts, and how it may be spelled there."""

    worth: Mapping[str, float]
    total: float  # of the words that a text has to hold
    telling: frozenset[str]
    whole: frozenset[str]
    others: Mapping[str, Mapping[Phrase, float]]
    spellings: Mapping[str, str]  # a word that no name holds → one that a name holds and that is spelled nearly so


def ask(text: str) -> Asked:
    """Read a question."""
    words = weights(text)
    others = {word: dict(named) for word, named in learned(text, words).items()}
    for word, named in related(words).items():
        others.setdefault(word, {}).update(named)  # what was written by hand is the surer
    return Asked(parse(text), words, whole_words(text), others)


def told(asked: Asked, counts: Mapping[str, int], total: int, spellings: Mapping[str, str]) -> Told:
    """Weigh the words of a question by how rare they are among `total` texts, `counts` of which hold each."""
    most = math.log1p((total + 0.5) / 0.5)
    worth = {}
    for word, telling in asked.words.items():
        held = min(counts.get(word, 0), total)
        rarity = math.log1p((total - held + 0.5) / (held + 0.5)) / most
        worth[word] = telling * (LEAST_WORTH + (1.0 - LEAST_WORTH) * rarity)
    heaviest = sorted(worth.values(), reverse=True)[:MOST_TOLD]
    telling_words = frozenset(word for word, telling in asked.words.items() if telling == TELLING)
    return Told(worth, sum(heaviest), telling_words, asked.whole, asked.others, spellings)


def share_of(asked: Told, fields: Sequence[tuple[Collection[str], float]]) -> Share:
    """Return how much of a question a text holds, given its terms field by field with what a field is worth."""
    if not asked.total:
        return NOTHING
    value, held, is_telling = 0.0, set(), False
    for word, worth in asked.worth.items():
        degrees = [(_held(asked, word, field), weight) for field, weight in fields]
        best = max((degree * weight for degree, weight in degrees), default=0.0)
        if best:
            value += best * worth
            held.add(word)
            is_telling |= word in asked.telling and max(degrees)[0] > LEARNED
    return Share(min(1.0, value / asked.total), is_telling, frozenset(held))


def _held(asked: Told, word: str, field: Collection[str]) -> float:
    if word in field:
        return 1.0
    spelling = asked.spellings.get(word)
    if spelling is not None and spelling in field:
        return TYPED_WRONG
    others = asked.others.get(word)
    if not others:
        return 0.0
    return max((weight for phrase, weight in others.items() if all(term in field for term in phrase)), default=0.0)


def field(text: str, weight: float) -> tuple[frozenset[str], float]:
    """Return a text as `share_of` takes it."""
    return frozenset(terms(text)), weight


def searched(asked: Asked) -> set[str]:
    """Return every term that may bring a text: the question's own, and what may stand for them."""
    stand_ins = {phrase[0] for others in asked.others.values() for phrase in others if phrase}
    return {*asked.words, *stand_ins}


def respelled(words: Iterable[str], near: Callable[[str], Sequence[str]]) -> dict[str, str]:
    """Return for words that no name holds the name that differs by one slip of the fingers, where there is one.

    A slip leaves out, adds or swaps a letter; in words of six letters it may also put another one. It is never among the
    first two letters: `mango` is not `mongo`.
    """
    found = {}
    for word in words:
        if len(word) >= _SHORTEST and word.isascii() and word.isalpha():
            slips = [name for name in near(word) if name != word and is_slip(word, name)]
            if slips:
                found[word] = min(slips, key=lambda name: (abs(len(name) - len(word)), name))
    return found


_SHORTEST, _LONG = 4, 6


def is_slip(word: str, name: str) -> bool:
    """Tell whether two words differ by one slip after their first two letters."""
    if word[:2] != name[:2] or abs(len(word) - len(name)) > 1:
        return False
    at = next((at for at, (one, other) in enumerate(zip(word, name, strict=False)) if one != other), None)
    if at is None:
        return len(word) != len(name) and min(len(word), len(name)) >= _SHORTEST
    if len(word) > len(name):
        return word[at + 1 :] == name[at:]
    if len(word) < len(name):
        return word[at:] == name[at + 1 :]
    swapped = word[at : at + 2] == name[at : at + 2][::-1] and word[at + 2 :] == name[at + 2 :]
    return swapped or (len(word) >= _LONG and word[at + 1 :] == name[at + 1 :])
