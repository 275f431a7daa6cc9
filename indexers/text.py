"""Turn code, comments and questions into the same search terms.

One function, `terms`, serves the index and the question, so the two can never disagree. A word gives its parts
(camelCase, snake_case and digits split, lower case, stemmed) and, when it has several parts, the whole word too:
`getUserName` is `getusername get user name`. A run of CJK characters gives its overlapping bigrams and its edge
characters, so that 死锁 and 锁 are both found in 权限死锁.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Sequence
from functools import lru_cache

# Each byte of an ASCII text, all but letters, digits and "_" a blank: cutting at blanks takes half as long as a pattern.
_BLANKED = bytes(byte if chr(byte).isalnum() or byte == ord("_") else ord(" ") for byte in range(128)).ljust(256)
MARK = "\x01"  # no word, yet `marked_words` gives it between two texts
_BLANKED_BUT_MARK = _BLANKED[: ord(MARK)] + MARK.encode() + _BLANKED[ord(MARK) + 1 :]
# Emoji are no word characters to `re`, yet Swift and others allow them in names.
_WORD = re.compile(r"\w+|[\u2600-\u27bf\U0001f300-\U0001faff]+")
_PART = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+")
CJK = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff]+")
_OTHER_PART = re.compile(r"[^\W\d_]+|\d+")
MAX_WORD = 128  # longer runs are data (base64, hashes), not words


def words(text: str) -> list[str]:
    """Return the words of a text as written: `["self", "_retry", "HTTPError"]`."""
    if text.isascii():
        return text.encode().translate(_BLANKED).decode().split()
    return _WORD.findall(unicodedata.normalize("NFKC", text))


def marked_words(texts: Sequence[str]) -> list[str]:
    """Return the words of several texts, one text after the other, and MARK between each and the next."""
    joined = f" {MARK} ".join(texts)
    if joined.isascii() and joined.count(MARK) == len(texts) - 1:
        return joined.encode().translate(_BLANKED_BUT_MARK).decode().split()
    return [word for text in texts for word in (*words(text), MARK)][:-1]


def terms(text: str) -> list[str]:
    """Return the search terms of a text, in order, with repetitions."""
    return [term for word in words(text) for term in word_terms(word)]


def split_identifier(word: str) -> list[str]:
    """Split one word into its lower-case parts: `HTTPServer2` is `["http", "server", "2"]`."""
    if word.isascii():
        parts: list[str] = _PART.findall(word)
        return parts if word.islower() else [part.lower() for part in parts]
    return [
        part.lower() for run in _OTHER_PART.findall(word) for part in (_PART.findall(run) if run.isascii() else [run])
    ]


@lru_cache(maxsize=1 << 18)
def word_terms(word: str) -> tuple[str, ...]:
    """Return the search terms of one word, each once, the whole word first."""
    return distinct_terms(word)


def distinct_terms(word: str) -> tuple[str, ...]:
    """Return what `word_terms` does, for those who keep it themselves."""
    if len(word) > MAX_WORD:
        return ()
    if not word.isascii() and CJK.search(word):
        return tuple(dict.fromkeys(_cjk_terms(word)))
    parts = split_identifier(word)
    if len(parts) <= 1:
        return tuple(map(stem, parts))
    return tuple(dict.fromkeys((word.lower().strip("_"), *[stem(part) for part in parts if len(part) > 1])))


def _cjk_terms(word: str) -> list[str]:
    found: list[str] = []
    at = 0
    for run in CJK.finditer(word):
        if run.start() > at:
            found += word_terms(word[at : run.start()])
        text = run.group()
        found += [text[0], text[-1], *(text[i : i + 2] for i in range(len(text) - 1))]
        at = run.end()
    if at < len(word):
        found += word_terms(word[at:])
    return found


# Light English suffixes, longest first. Two passes, so that "normalizations" and "normalize" meet; on code search
# this light stemmer did better than Porter's (.9119 against .9082 NDCG@10) and far better than none (.896).
_SUFFIXES = frozenset(
    "ization izations isation ational fulness ousness iveness ations ation ators ator ities ments ment ness ings ing "
    "ions ion ers er ors or ies ied est able ible ably ful ous ive ives ize ized izes izer ise ised ity ances ance "
    "ences ence ally ed ly al es s e y".split(),
)
_LONGEST_SUFFIX = max(map(len, _SUFFIXES))
_SHORT_STEM = 3
_FIRST_STEM = 4
_SECOND_STEM = 5


@lru_cache(maxsize=1 << 18)
def stem(word: str) -> str:
    """Reduce an English word to a stem that its inflections share: `retries`, `retried`, `retry` are `retr`."""
    if len(word) <= _SHORT_STEM or not word.isalpha() or not word.isascii():
        return word
    return _strip(_strip(word, _FIRST_STEM), _SECOND_STEM)


def _strip(word: str, least: int) -> str:
    for kept in range(max(len(word) - _LONGEST_SUFFIX, _SHORT_STEM), len(word)):
        suffix = word[kept:]
        if suffix not in _SUFFIXES:
            continue
        if kept < (min(_SHORT_STEM, least) if suffix in ("s", "e") else least):
            continue
        if suffix == "s" and word.endswith("ss"):
            continue
        word = word[:kept]
        if len(word) > _SHORT_STEM and word[-1] == word[-2] and word[-1] not in "aeioulsz":
            word = word[:-1]
        return word
    return word


def term_hash(term: str) -> int:
    """Return the 24-bit number that stands for a term in a file's term counts.

    The counts are kept a file: of its 300 terms a query term meets a stranger's number once in 50,000 files, and no
    dictionary has to be kept in step between processes.
    """
    return zlib.crc32(term.encode("utf-8", "surrogatepass")) & 0xFFFFFF


def fold(name: str) -> str:
    """Fold a name so that its spellings meet: `getUserName`, `get_user_name` and `GETUSERNAME` are `getusername`.

    An accent may be a sign of its own, or be part of its letter: to the languages that is one name (NFKC).
    """
    name = name if name.isascii() else unicodedata.normalize("NFKC", name)
    return name.replace("_", "").replace("-", "").casefold()


# The words of English questions that say nothing about code.
STOP_WORDS = frozenset(
    "a an and are as at be been but by can could did do does doing done for from had has have having how i if in into "
    "is it its me my of on or our should so some such than that the their them then there these they this those to "
    "was we were what when where which who why will with would you your".split(),
)


def readable(text: str) -> str:
    """Return a text that can be stored: halves of surrogate pairs, which odd arguments bring along, become "?"."""
    return text.encode("utf-8", "replace").decode()
