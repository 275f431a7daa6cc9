"""Whether what a language model says of a session stands there: each statement against the passage that it cites.

A model may be mistaken, or be talked into something by a text that it reads. So nothing is taken on its word: the quote has
to stand in the cited turns as it is, every number has to, most words have to, and what a tool printed is nobody's decision.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from engrep.engine.memory_types import Turn
from engrep.indexers.redact import without_hashes
from engrep.indexers.statement import Candidate
from engrep.indexers.statement_gate import said_of
from engrep.indexers.statement_text import MOST_PASTED

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_SPOKEN = ("user", "assistant")
_RULES = frozenset(
    {"decision", "constraint", "convention", "business_rule", "preference"}
)  # that somebody has to have said
_BORNE_OUT = 0.5  # share of a statement's words that the cited turns hold
_RESTATED = 0.75  # share of a statement's words that the quote holds, where the statement is the user's own
_LEAST_QUOTE = 2  # words
_MOST = 1000  # characters of a statement, and of its reason: words may have any length
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e007f]")
_ORDER = re.compile(
    r"(?i)\b(?:must|always|never|remember|ignore|disregard|from now on|you (?:should|are|have to)|do not|don't|system prompt)\b"
    r"|必须|总是|永远|记住|记得|忽略|从现在|以后|不要|禁止"
)
_NEGATED = re.compile(
    r"(?i)\b(?:not|never|no|don't|don’t|cannot|can't|without|avoid|forbid\w*|must not)\b|不|别|禁止|勿|没"
)


def borne_out(candidates: Sequence[Candidate], turns: Sequence[Turn]) -> list[Candidate]:
    """Return the candidates that their cited turns bear out; those in which the user is merely quoted are stated."""
    by_number = {turn.number: turn for turn in turns}
    return [found for each in candidates if (found := _checked(each, by_number)) is not None]


def beside(candidates: Sequence[Candidate], others: Sequence[Candidate]) -> list[Candidate]:
    """Return the candidates that do not rest on a passage from which another reader has drawn something already."""
    told = [(number, _flat(each.quote)) for each in others for number in each.turns if each.quote]

    def is_new(candidate: Candidate) -> bool:
        quote = _flat(candidate.quote)
        return not any(number in candidate.turns and (said in quote or quote in said) for number, said in told)

    return [each for each in candidates if is_new(each)]


def _checked(candidate: Candidate, turns: Mapping[int, Turn]) -> Candidate | None:
    cited = [turns[number] for number in candidate.turns if number in turns]
    quote = _flat(candidate.quote)
    quoted = [turn for turn in cited if quote in _flat(turn.text)]
    if not quoted or len(said_of(candidate.quote)) < _LEAST_QUOTE or len(cited) < len(candidate.turns):
        return None
    is_spoken = any(turn.role in _SPOKEN for turn in quoted)
    if not is_spoken and (candidate.kind in _RULES or _ORDER.search(f"{candidate.quote} {candidate.body}")):
        return None
    text = "\n".join(turn.text for turn in cited)
    said = said_of(candidate.body)
    if len(candidate.body) > _MOST or len(said & said_of(text)) < _BORNE_OUT * len(said):
        return None
    if not set(_UNSEEN.findall(f"{candidate.body}{candidate.reason}")) <= set(text):
        return None
    if not set(_NUMBER.findall(f"{candidate.body} {candidate.reason}")) <= set(_NUMBER.findall(text)):
        return None
    is_stated = _is_the_users_own(candidate, quoted)
    reason = _reason(candidate, text, _RESTATED if is_stated else _BORNE_OUT)
    return replace(candidate, reason=reason, is_stated=is_stated, is_confirmed=False)


def _reason(candidate: Candidate, text: str, least: float) -> str:
    """Return the reason where the cited turns give it, '' where the model made it up: it would hold with the statement."""
    said = said_of(candidate.reason)
    is_given = len(candidate.reason) <= _MOST and len(said & said_of(text)) >= least * len(said)
    return candidate.reason if said and is_given else ""


def _is_the_users_own(candidate: Candidate, quoted: Sequence[Turn]) -> bool:
    """Tell whether a statement says what the user said, in nearly the user's words, and no less and no more."""
    own = [turn for turn in quoted if turn.role == "user" and len(turn.text) <= MOST_PASTED]
    body, quote = said_of(candidate.body), said_of(candidate.quote)
    return (
        bool(own)
        and candidate.kind in _RULES
        and len(body & quote) >= _RESTATED * len(body)
        and bool(_NEGATED.search(candidate.body)) == bool(_NEGATED.search(candidate.quote))
        and sorted(_NUMBER.findall(candidate.body)) == sorted(_NUMBER.findall(candidate.quote))
    )


def _flat(text: str) -> str:
    return without_hashes(" ".join(text.split()))
