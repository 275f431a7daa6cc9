"""The gate: what is kept of the candidates, whoever made them. Nothing worth keeping is a good answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from engrep.engine.memory_types import Turn
from engrep.indexers.claims import SETTING_WORDS
from engrep.indexers.slots import contradict, setting_of, wording
from engrep.indexers.statement import MOST_WORDS, Candidate
from engrep.indexers.statement_cues import QUESTION
from engrep.indexers.statement_text import count_words, identifiers
from engrep.indexers.text import STOP_WORDS, terms

_NEAR = (
    0.8  # share of terms that two statements have in common to say the same, their numbers and negations being equal
)
_RESTATED = 0.85  # share of a statement's terms that one line of an instruction file holds
_POLARITY = re.compile(r"(?i)\b(?:not|never|no|don't|don’t|without|avoid)\b|不|别|禁止|勿")
_SENTENCE = re.compile(r"(?<=[.!?;])\s+|(?<=[。！？；])")
_PASSING = re.compile(
    r"(?i)^(?:i'll|i’ll|i will|i'm|let me|now i|next,? i|looking|working on|running|checking|我来|我会|正在|接下来)\b"
)


@dataclass(frozen=True, slots=True)
class InstructionLine:
    """A sentence of an instruction file."""

    text: str
    said: frozenset[str]


def admitted(
    candidates: Iterable[Candidate],
    turns: Sequence[Turn],
    *,
    is_known_name: Callable[[str], bool] = lambda _: False,
    instructions: Collection[InstructionLine] = (),
) -> list[Candidate]:
    """Return the candidates that may be kept, each said once."""
    texts = {turn.number: turn.text for turn in turns}
    kept: list[Candidate] = []
    for candidate in candidates:
        cited = "\n".join(f"{texts.get(number, '')}\n{_path(turns, number)}" for number in candidate.turns)
        if not _is_sound(candidate) or not _is_borne_out(candidate, cited, is_known_name):
            continue
        if any(is_near(candidate.body, each.body) for each in kept) or restates(candidate.body, instructions):
            continue
        kept.append(candidate)
    return kept


def _path(turns: Sequence[Turn], number: int) -> str:
    return next((turn.path for turn in turns if turn.number == number), "")


def _is_sound(candidate: Candidate) -> bool:
    body = candidate.body
    return (
        0 < count_words(body) <= MOST_WORDS
        and len(said_of(body)) >= (1 if setting_of(body).claims else 2)
        and not QUESTION.search(body)
        and not _PASSING.match(body)
        and bool(candidate.turns)
    )


def _is_borne_out(candidate: Candidate, cited: str, is_known_name: Callable[[str], bool]) -> bool:
    """Tell whether every name that a statement mentions stands in the cited turns or in the index."""
    flat = " ".join(cited.split())
    return all(
        name in flat or " ".join(name.split()) in flat or is_known_name(name)
        for name in identifiers(f"{candidate.body} {candidate.reason}")
    )


def said_of(text: str) -> frozenset[str]:
    """Return the terms of a statement that carry sense."""
    return frozenset(terms(text)) - STOP_WORDS


def is_near(one: str, other: str) -> bool:
    """Tell whether two statements say the same in nearly the same words: no other number, name or negation."""
    if wording(one) == wording(other):
        return True
    mine, theirs = said_of(one), said_of(other)
    if len(mine & theirs) < _NEAR * len(mine | theirs):
        return False
    return _marks(one) == _marks(other)


def _marks(text: str) -> tuple[object, ...]:
    setting = setting_of(text)
    return (
        sorted(re.findall(r"\d+", text)), bool(_POLARITY.search(text)), sorted(identifiers(text)),
        sorted((claim.slot, claim.value) for claim in setting.claims), sorted(setting.replaced),
    )  # fmt: skip


def instruction_lines(text: str) -> list[InstructionLine]:
    """Return the sentences of an instruction file as the gate compares them."""
    lines = (InstructionLine(line, said_of(line)) for whole in text.splitlines() for line in _SENTENCE.split(whole))
    return [line for line in lines if len(line.said) >= 2]


def restates(body: str, instructions: Collection[InstructionLine]) -> bool:
    """Tell whether an instruction says the same already; one that says the opposite, or another number, does not."""
    said = said_of(body)
    said = said - SETTING_WORDS or said  # "from now on always" is no part of what a rule is about
    return any(len(said & line.said) >= _RESTATED * len(said) and _agrees(body, line.text) for line in instructions)


def _agrees(body: str, line: str) -> bool:
    mine, theirs = setting_of(body).claims, setting_of(line).claims
    met = [(one.value, other.value) for one in mine for other in theirs if one.slot == other.slot]
    if met:
        return not any(contradict(one, other) for one, other in met)
    is_same_way = bool(_POLARITY.search(body)) == bool(_POLARITY.search(line))
    return is_same_way and set(re.findall(r"\d+", body)) <= set(re.findall(r"\d+", line))
