"""Read the one number of a statement as the value of an attribute: a timeout, a limit, a version, a weekday."""

from __future__ import annotations

import re

from engrep.indexers.attributes import MEASURES, NUMBER_WORDS, UNITS
from engrep.indexers.claims import RULE, SETTING_CJK, SETTING_WORDS, Claim, spelled, with_qualifier
from engrep.indexers.text import STOP_WORDS, terms

_UNIT = "|".join(unit for group in UNITS for unit in group.split("|"))
_UNIT_NAME = {spelling: group.split("|", 1)[0] for group in UNITS for spelling in group.split("|")}
_NUMBER = re.compile(
    rf"(?i)(?<![\w.-])(\d+(?:[.,]\d+)*|{'|'.join(sorted((word for word in NUMBER_WORDS if word.isascii()), key=len, reverse=True))})\s*({_UNIT})?(?![\w-])"
    rf"|([两三四五六七八九十]|\d+(?:\.\d+)*)\s*({'|'.join(unit for unit in _UNIT.split('|') if not unit.isascii())})"
)
_FROM_TO = re.compile(
    rf"(?i)\bfrom\s+\S+(?:\s+(?:{_UNIT}))?\s+(?=to\s+\S)|\b(?:instead of|rather than|not|was)\s+\d[\w.]*|(?:之前|原来|以前)(?:是|为)?\s*\d+\S*|从\s*\d+\s*\S?(?=\s*(?:改|提|降|调))"
)
_MEASURED = re.compile(
    r"(?i)\b(?:at most|at least|no more than|up to|stops? at|limited to|limit (?:is|of)|max(?:imum)?|min(?:imum)?|is|are|to|of|=|最多|至少|是|为)\s*$"
)
_STATED = re.compile(r"(?i)\b(?:return|answer|use|give|send|with|a|an)\s*$")


def measured(text: str) -> list[Claim]:
    """Return the claim of a statement with one number: the attribute's name, what else is said, and the number."""
    said = _FROM_TO.sub(" ", text)
    numbers = list(_NUMBER.finditer(said))
    if len(numbers) != 1:
        return []
    number = numbers[0]
    rest = said[: number.start()] + " " + said[number.end() :]
    # A unit may name the attribute: "at most five attempts".
    named = f"{rest} {number[2] or ''}"
    name = next(
        (
            (each.name, spelling)
            for each in MEASURES
            for spelling in each.spellings
            if spelling in named.lower() and spelled(spelling).search(named)
        ),
        ("", ""),
    )
    left = (
        set(terms(SETTING_CJK.sub(" ", spelled(name[1]).sub(" ", rest) if name[1] else rest)))
        - set(terms(name[1]))
        - set(terms(name[0]))
        - STOP_WORDS
        - SETTING_WORDS
    )
    left = {term for term in left if len(term) > 1 or not term.isascii()}
    if not name[0] and len(left) < 2:
        return []
    raw, unit = number[1] or number[3], (number[2] or number[4] or "").lower()
    value = NUMBER_WORDS.get(raw.lower(), raw)
    shown = _UNIT_NAME.get(unit, "")
    shown = "" if shown in ("times", "attempts", "retries") else shown
    slot = with_qualifier(name[0] or "number", frozenset(left))
    if name[0]:
        return [Claim(slot, f"{value} {shown}".strip())]
    # An unnamed attribute is known by the whole sentence around its number, when that is a measure and not a name.
    is_measure = bool(shown) or not value.isdecimal() or _MEASURED.search(said[: number.start()])
    if RULE.match(said) or not (is_measure or _STATED.search(said[: number.start()])):
        return []
    return [Claim(slot, f"{value} {shown}".strip(), is_exclusive=bool(is_measure))]
