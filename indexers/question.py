"""What a question says: its telling words apart from the words that only ask, in English and Chinese.

`weights` gives each search term of a question its worth. A word that stands in any English text says little, and so does a
pair of Chinese characters that holds a function word; what the words of a question have in common with a memory is then a
share of what the question says, not of how it is put.
"""

from __future__ import annotations

import re
from functools import lru_cache

from engrep.indexers.text import CJK, STOP_WORDS, split_identifier, stem, word_terms, words

TELLING, COMMON, GLUED = 1.0, 0.25, 0.3
_COMMON_WORDS = frozenset(
    "able about above according across actual actually add after again against agree ago all allow almost along already "
    "also although always am among another any anyone anything anyway apart around ask asked away back bad basically "
    "because become before begin behind being below best better between big bit both bring came "
    "certain circling come complete completely consider continue correct could couple current currently decide "
    "despite differ different during each early easy either else enough entire especially even ever every everyone "
    "everything exact exactly example exist expect explain fact far feel few final find fine first follow full further "
    "gave general get give given go going gone good got great guess had happen hardly help hence here hey honest "
    "honestly however idea important indeed initial inside instead issue itself just keep kind knew know known large last "
    "late later latest least leave less let level like likely little live long look lot made main make many may "
    "maybe mean meant meanwhile might mind more most mostly much must near necessary need never new next nice "
    "no none nor not nothing now obvious off often oh ok okay old once one only onto open original originally other "
    "otherwise ought out over overall own part particular people perhaps place please point possible prefer previous "
    "probably problem properly purpose put question quick quite rather real really reason recent recently regarding "
    "related remain remember right said same saw say see seem seen self send several shall show similar simple "
    "simply since situation small some someone something sometimes soon sorry sort specific specifically still "
    "stop stuff such suggest sure take tell thank thanks thing think third those though thought through throughout time "
    "today together told too took toward tried true try turn two ugh under understand unless until up upon us use "
    "used useful using usual usually various versus very via view wait want way week well went were whatever "
    "whenever whether whichever while whole whose wonder wondering word work worked working worry would write writing written wrong yes yet "
    "wrote".split()
)  # fmt: skip
# How Chinese asks: cut out before characters are paired.
_ASKING = re.compile(
    "请问|請問|为什么|為什麼|为何|為何|什么时候|什么样|什么|甚麼|什麼|怎么样|怎么办|怎么|怎麼|怎样|怎樣|如何|是否|能不能|可不可以|会不会|"
    "要不要|是不是|有没有|哪一个|哪一种|哪家|哪个|哪種|哪种|哪些|哪里|哪裡|哪儿|哪|多少|多久|几个|正常吗|了吗|吗|嗎|呢|吧|啊"
)
_GLUE = frozenset(
    "的了是在有和与與就也都把被会會能要对對从從到给給让讓这這那个個们們我你他它之所以而且但或及其于於后後前时時不没沒还還再又很"
)


def weights(text: str) -> dict[str, float]:
    """Return the terms of a question with what each is worth; characters go in pairs.

    The parts of a name stand for it, unless one is a single character: that is no term, and what it tells apart is not lost.
    """
    found: dict[str, float] = {}
    for word in words(_ASKING.sub(" ", text)):
        for term, worth in _worth(word):
            found[term] = max(found.get(term, 0.0), worth)
    return found


def whole_words(text: str) -> frozenset[str]:
    """Return the terms that stand for whole words: `TSLint` gives `tslint`, not the `ts` in it; CJK gives what `weights` does."""
    found: set[str] = set()
    for word in words(_ASKING.sub(" ", text)):
        found.update((term for term, _ in _worth(word)) if CJK.search(word) else word_terms(word)[:1])
    return frozenset(found)


@lru_cache(maxsize=1 << 14)
def _worth(word: str) -> tuple[tuple[str, float], ...]:
    runs = CJK.findall(word)
    if runs:
        rest = [each for part in CJK.split(word) if part for each in _worth(part)]
        return (*(pair for run in runs for pair in _pairs(run)), *rest)
    lower = word.lower()
    if lower in STOP_WORDS:
        return ()
    terms = word_terms(word)
    worth = COMMON if lower in _COMMON_WORDS or lower.removesuffix("s") in _COMMON_WORDS else TELLING
    parts = terms[1:] if all(len(part) > 1 for part in split_identifier(word)) else ()  # ipv4 is not ipv6
    return tuple((term, worth) for term in (parts or terms) if term not in STOP_WORDS)


def _pairs(run: str) -> list[tuple[str, float]]:
    if len(run) == 1:
        return [] if run in _GLUE else [(run, TELLING)]
    pairs = [run[at : at + 2] for at in range(len(run) - 1)]
    return [(pair, GLUED if _GLUE.intersection(pair) else TELLING) for pair in pairs]


COMMON_TERMS = frozenset(stem(word) for word in (*_COMMON_WORDS, *STOP_WORDS))
"""The stems of such words."""
