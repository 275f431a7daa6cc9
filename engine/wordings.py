"""What stands for the words of a question where texts say them otherwise, as the embedding model learned it from code.

`env` for environment, `refund` for 退款: words whose vectors lie side by side. training/wordings.py writes the file from the
model; the lexicon that is written by hand (indexers/lexicon.py) says what no package taught, such as which tool is of which kind.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import lru_cache
from pathlib import Path

from engrep.indexers.lexicon import Phrase
from engrep.indexers.text import CJK, split_identifier, stem, words

LEARNED = 0.5  # how much of a word one that the model places beside it is worth; on its own it tells nothing
TRANSLATED = 0.6  # the same of one in the other script, which no two words have beside each other by chance


def learned(question: str, terms: Collection[str]) -> Mapping[str, Mapping[Phrase, float]]:
    """Return for those terms of a question that have some what may stand for each, and how well."""
    parts = {part for word in words(question) for part in split_identifier(word)}
    pairs = {term for term in terms if CJK.fullmatch(term)}
    found = dict[str, dict[Phrase, float]]()
    for word in sorted(parts | pairs):
        if (others := _beside(word)) and stem(word) in terms:
            found.setdefault(stem(word), {}).update(others)
    return found


@lru_cache(maxsize=1 << 12)
def _beside(word: str) -> Mapping[Phrase, float]:
    held, line = _held(), f"\n{word}\t".encode()
    at = held.find(line)
    if at < 0:
        return {}
    begin = at + len(line)
    others = held[begin : held.index(b"\n", begin)].decode().split(" ")
    return {(stem(each),): LEARNED if each.isascii() == word.isascii() else TRANSLATED for each in others}


@lru_cache(maxsize=1)
def _held() -> bytes:
    return b"\n" + Path(__file__).with_name("wordings.tsv").read_bytes()
