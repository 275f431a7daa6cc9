"""Turn colliding definitions into questions that have exactly one right answer by what the sources say."""

from __future__ import annotations

import random
import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from engrep.eval.collisions import Namesake, by_name, colliding, words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

TEXT_KINDS = ("qualified", "suffix", "path", "module words", "docstring")
SPELLED_KINDS = ("qualified", "suffix", "path")  # a person would type these to look a symbol up
MAX_PER_NAME = 2  # questions of one kind about one name, so that `get` and `save` do not crowd out the rest
MIN_SENTENCE_WORDS = 5
MAX_SENTENCE = 200  # characters


@dataclass(frozen=True, slots=True)
class Question:
    """A question and the one definition that answers it."""

    kind: str
    question: str
    from_file: str | None
    name: str
    path: str
    line: int
    local: str
    qualified_name: str
    namesakes: int  # definitions of the name in the repository


def ask(kind: str, text: str, gold: Namesake, namesakes: int, from_file: str | None = None) -> Question:
    """Make a question about one definition."""
    return Question(kind, text, from_file, gold.name, gold.path, gold.line, gold.local, gold.qualified_name, namesakes)


def tails(text: str, separator: str) -> list[str]:
    """Return every tail of a separated text, shortest first: "a.b.c" gives "c", "b.c", "a.b.c"."""
    parts = text.split(separator)
    return [separator.join(parts[-length:]) for length in range(1, len(parts) + 1)]


class Census:
    """Counts over all definitions that decide whether a way of naming one of them is unambiguous, ignoring case."""

    def __init__(self, found: Sequence[Namesake]) -> None:
        """Count every tail of every name and path."""
        self.groups = by_name(found)
        self.alike: dict[str, list[Namesake]] = defaultdict(list)
        for each in found:
            self.alike[each.name.lower()].append(each)
        self.dotted = Counter(tail.lower() for each in found for tail in tails(each.qualified_name, "."))
        self.in_file = Counter((tail.lower(), each.name.lower()) for each in found for tail in tails(each.path, "/"))

    def rivals(self, gold: Namesake) -> list[Namesake]:
        """Return the other definitions of the same name, `task` and `Task` being one to a reader."""
        return [each for each in self.alike[gold.name.lower()] if each is not gold]


def qualified(gold: Namesake, census: Census, _turn: int) -> str | None:
    """Ask by the whole dotted name."""
    return gold.qualified_name if census.dotted[gold.qualified_name.lower()] == 1 else None


def suffix(gold: Namesake, census: Census, turn: int) -> str | None:
    """Ask by the shortest tail of two parts or more that is unique; members also as `Class::method`, `Class#method`."""
    for tail in tails(gold.qualified_name, ".")[1:-1]:
        if census.dotted[tail.lower()] == 1:
            is_member = "." in gold.local
            return (".", "::", "#")[turn % 3 if is_member else 0].join(tail.rsplit(".", 1))
    return None


def in_path(gold: Namesake, census: Census, turn: int) -> str | None:
    """Ask by file and name: `dir/file.py:name`, or `file.py::name` every other time."""
    lengths, mark = ((2,), ":") if turn % 2 == 0 else ((1, 2), "::")
    for length in lengths:
        tail = "/".join(gold.path.split("/")[-length:])
        if census.in_file[tail.lower(), gold.name.lower()] == 1 and tail.count("/") == length - 1:
            return f"{tail}{mark}{gold.name}"
    return None


def module_words(gold: Namesake, census: Census, turn: int) -> str | None:
    """Ask by the name and one or two words of the module path that no namesake has in its path, module or class."""
    rivals = census.rivals(gold)
    if any(each.module == gold.module for each in rivals):
        return None
    taken = [set(words(f"{each.path} {each.module} {each.local}")) - set(words(gold.name)) for each in rivals]
    inner = gold.module.split(".", 1)[-1]  # the name of the whole project tells nothing apart
    own = [word for word in dict.fromkeys(words(inner)) if len(word) > 1 and word.isalpha()]
    own = [word for word in own if not _near(word, set(words(gold.name)))]
    alone = [word for word in own if not any(_near(word, others) for others in taken)]
    if alone and turn % 2 == 0:
        return f"{gold.name} in {alone[-1]}"
    for first, second in pairwise(own):
        if not any(_near(first, others) and _near(second, others) for others in taken):
            return f"{gold.name} in {first} {second}"
    return f"{gold.name} in {alone[-1]}" if alone else None


def _near(word: str, others: set[str]) -> bool:
    """Tell whether `others` has the word or a form of it, "session" and "sessions" being one."""
    return any(other.startswith(word) or word.startswith(other) for other in others if len(other) > 1)


def docstring(gold: Namesake, census: Census, _turn: int) -> str | None:
    """Ask by the name and the first sentence of its docstring, if no namesake's docstring starts alike."""
    sentence = first_sentence(gold.doc)
    if len(sentence.split()) < MIN_SENTENCE_WORDS or len(sentence) > MAX_SENTENCE:
        return None
    if any(first_sentence(each.doc).lower() == sentence.lower() for each in census.rivals(gold)):
        return None
    return f"{gold.name}: {sentence}"


def first_sentence(doc: str) -> str:
    """Return the first sentence of the first paragraph, white space folded, without its full stop."""
    paragraph = " ".join(doc.strip().split("\n\n")[0].split())
    return re.split(r"(?<=[.!?:])\s", paragraph)[0].rstrip(".:")


MAKERS: dict[str, Callable[[Namesake, Census, int], str | None]] = dict(
    zip(TEXT_KINDS, (qualified, suffix, in_path, module_words, docstring), strict=True)
)


def text_questions(found: Sequence[Namesake], seed: int, per_kind: int) -> Iterator[Question]:
    """Yield up to `per_kind` questions of each text kind; the same seed and sources give the same questions."""
    census = Census(found)
    candidates = colliding(census.groups)
    for kind, make in MAKERS.items():
        random.Random(f"{seed} {kind}").shuffle(candidates)
        asked: Counter[str] = Counter()
        for gold in candidates:
            if asked.total() >= per_kind:
                break
            text = make(gold, census, asked.total()) if asked[gold.name] < MAX_PER_NAME else None
            if text is not None:
                asked[gold.name] += 1
                yield ask(kind, text, gold, len(census.groups[gold.name]))
