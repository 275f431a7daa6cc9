"""Read from a statement, without a model, which attribute it sets and to what, and which old value it names.

A claim is (slot, value): "indent with spaces" claims `indentation = spaces`; "the http client times out after 30 s" claims
`timeout: client http = 30 second`. Contrast clauses name the old value: "pnpm, not npm", "from tabs to spaces", 改用X, 不再用Y.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache

from engrep.indexers.attributes import CHOICES, NUMBER_WORDS, Choice
from engrep.indexers.claims import RULE, SETTING_WORDS, Claim, spelled, with_qualifier
from engrep.indexers.measures import measured
from engrep.indexers.text import STOP_WORDS, terms


@dataclass(frozen=True, slots=True)
class Setting:
    """All that a statement claims, and the values that it says hold no more."""

    claims: tuple[Claim, ...] = ()
    replaced: tuple[str, ...] = ()
    is_change: bool = False  # it says itself that something is different from now on

    @property
    def slot(self) -> str:
        """The one slot that it fills, '' when it fills none or several."""
        return self.claims[0].slot if len(self.claims) == 1 and self.claims[0].is_sole else ""


_MOST_WORDS = 14  # a longer statement says more than the one thing that it sets
_AGAINST = re.compile(
    r"(?:\b(?:not|never|no|no longer|instead of|rather than|over|without|avoid|away from|drop|stop|replac(?:e|es|ed|ing)|from|than"
    r"|than|was|formerly|old|(?:do not|don't|don’t|never|no longer|stop)\s+us(?:e|ing))"
    r"|不用|不要用|不要使用|不再用|不再使用|别用|别再用|别再使用|代替|替代|取代|而不是|不是|不能用|禁止使用|禁用|从|由|把|将)"
    r"\s*(?:the\s+|using\s+|use\s+|old\s+)?[\"'`*“]*$",
    re.IGNORECASE,
)
_FOR_IT = re.compile(
    r"(?:\b(?:us(?:e|es|ed|ing)|prefer|with|go(?:ing)? with|to|via|choose|chose|adopt|pick|is|are|be|run|on|only|just|keep|want|always)"
    r"|用|使用|采用|选择|选用|选|换成|改成|改为|是|统一|必须)\s*(?:[\w-]+\s+){0,2}[\"'`*“]*$",
    re.IGNORECASE,
)
_LIST = re.compile(r"[\"'`*”]*\s*(?:,|、|/|\bor\b|\bnor\b|\band\b|或者|或|和|，)+\s*(?:or\s+|nor\s+|and\s+)?[\"'`*“]*")
_CHANGE = re.compile(
    r"(?i)\b(?:from now on|no longer|instead of|instead\b|switch(?:ed|ing)?\b|chang(?:e|ed|ing)\b|mov(?:e|ed|ing) (?:away |over )?(?:from|to)|"
    r"migrat(?:e|ed|ing)|replac(?:e|es|ed|ing)|going forward|as of|anymore|any more|raise[ds]?|lower(?:ed)?|increase[ds]?|reduce[ds]?|bump(?:ed)?)"
    r"|从现在|以后|今后|改用|改成|改为|换成|不再|别再|调整为|提高到|降到"
)
_TERM = r"(?:the\s+|old\s+|an?\s+)*[\"'`*“]*([@A-Za-z][\w@./+#-]*\w|[A-Za-z]|[\u4e00-\u9fff]{1,8}?)[\"'`*”]*"
_CONTRASTS = tuple(
    (re.compile(pattern, re.IGNORECASE), new, old)
    for pattern, new, old in (
        (rf"\b(?:use|using|prefer|choose|want|with)\s+{_TERM}\s*(?:,|—|–|-)?\s*(?:instead of|rather than|over|not|never)\s+(?:use\s+|using\s+)?{_TERM}", 1, 2),
        (rf"\b(?:switch|chang|mov|migrat|renam|went|go|convert)\w*\b[^.;]{{0,40}}?\bfrom\s+{_TERM}\s+(?:over\s+)?to\s+{_TERM}", 2, 1),
        (rf"\breplac(?:e|ed|ing)\s+{_TERM}\s+(?:with|by)\s+{_TERM}", 2, 1),
        (rf"\b{_TERM}\s+replaces\s+{_TERM}", 1, 2),
        (rf"\b(?:no longer|stop|not|never|don't|don’t)\s+(?:use|using)\s+{_TERM}(?:\s+anymore)?", 0, 1),
        (rf"\b(?:moving|moved|move)\s+away\s+from\s+{_TERM}", 0, 1),
        (r"用\s*([\w@./+#-]+)\s*(?:来)?(?:代替|替代|取代|而不是|，?\s*不是|，?\s*不用|，?\s*不要用)\s*([A-Za-z][\w@./+#-]*)", 1, 2),
        (r"(?:从|由|把|将)\s*([\w@./+#-]+?)\s*(?:改|换|迁移|切换)(?:为|成|到|用)\s*([\w@./+#-]+)", 2, 1),
        (r"不再(?:使用|用)\s*([\w@./+#-]+)\s*[，,；;]?\s*(?:而是)?(?:改用|改为|换成|使用|用)\s*([\w@./+#-]+)", 2, 1),
        (r"不再(?:使用|用)\s*([A-Za-z][\w@./+#-]*)", 0, 1),
    )
)  # fmt: skip
_WORD = re.compile(r"[\w.]+")
_CODE = re.compile(r"\d|_|\w\.\w|[a-z][A-Z]")  # what numbers and names of code have, and other words have not
_FOR = re.compile(
    r"(?i)\b(?:use|using|prefer|choose)\s+(?:the\s+)?[\"'`*]*([@A-Za-z][\w@./+#-]*)[\"'`*]*\s+(?:for|as)\s+([\w -]{3,50})"
)
_NO = frozenset(
    {"never", "must not", "do not", "don't", "don’t", "should not", "shouldn't", "不要", "不得", "禁止", "别"}
)
_QUALIFIER = re.compile(
    r"(?i)\b(?:for|in|on|inside|within|when|under|during)\s+((?:[\w*/-]+(?:\.\w+)*\s*){1,4})|在?([\w./]+)(?:里|中|时|上)"
)
_CLAUSE_END = re.compile(r"[,;:.](?:\s+|$)|[，。；：]|\s[—–-]\s")
_PREPOSITION = re.compile(r"(?i)\s*(?:for|in|on|inside|within|when|under|during)\b|\s*在")


@lru_cache(maxsize=4096)
def setting_of(text: str) -> Setting:
    """Return what a statement sets; the same text gives the same answer."""
    is_change = _CHANGE.search(text) is not None
    replaced = list(_replaced(text))
    claims: list[Claim] = []
    lower = text.lower()
    for choice in CHOICES:
        if not any(spelling in lower for spellings in choice.values for spelling in spellings):
            continue
        chosen, refused = _values(text, choice)
        slot = with_qualifier(choice.name, _qualifier(text, choice))
        replaced += refused
        if len(chosen) == 1:
            claims.append(Claim(slot, chosen[0]))
        elif not chosen and refused:
            claims += [Claim(slot, f"!{value}") for value in refused]
    if not claims:
        claims = [*measured(text), *_purpose(text)] or _named(text) or _rule(text)
    if len(claims) > 1 or len(set(terms(text)) - STOP_WORDS - SETTING_WORDS) > _MOST_WORDS:
        claims = [Claim(each.slot, each.value, is_sole=False, is_exclusive=each.is_exclusive) for each in claims]
    return Setting(tuple(claims), tuple(dict.fromkeys(replaced)), is_change)


def claims_of(text: str, slot: str = "") -> tuple[Claim, ...]:
    """Return what a statement claims; a slot that somebody named comes first, with the whole statement as its value."""
    claims = setting_of(text).claims
    if not slot or any(claim.slot == slot for claim in claims):
        return claims
    return (Claim(slot, f"={wording(text)}"), *claims)


def wording(text: str) -> str:
    """Return what two wordings of a statement share, as a hash: punctuation, case and order make no difference.

    Order counts where it changes the sense: what a statement is for and against belongs to it, and so does which of several
    numbers and names of code stands first.
    """
    said = frozenset(terms(text))
    setting = setting_of(text)
    meant = sorted((said - STOP_WORDS) or said)
    exact = [word.strip(".") for word in _WORD.findall(text) if _CODE.search(word)]
    meant += exact if len(set(exact)) > 1 else []
    meant += [f"{claim.slot}={claim.value}" for claim in setting.claims] + sorted(setting.replaced)
    return hashlib.blake2b("\0".join(meant).encode(), digest_size=16).hexdigest()


def contradict(one: str, other: str) -> bool:
    """Tell whether two values of a slot cannot both hold: `4 spaces` and `spaces` can, `npm` and `!yarn` can."""
    if one == other or one.endswith(f" {other}") or other.endswith(f" {one}"):
        return False
    if one.startswith("!") or other.startswith("!"):
        return one.lstrip("!") == other.lstrip("!")
    return True


def _values(text: str, choice: Choice) -> tuple[list[str], list[str]]:
    """Return the values of an attribute that a statement is for, and those that it is against."""
    found = sorted(
        (match.start(), match.end(), spellings[0])
        for spellings in choice.values
        for spelling in spellings
        for match in spelled(spelling).finditer(text)
    )
    for_it: list[str] = []
    against: list[str] = []
    last_end, last = 0, for_it
    for start, end, value in found:
        if start < last_end:
            continue
        before = text[max(0, start - 40) : start]
        number = re.search(r"(?i)\b(\d|two|three|four|eight)[ -]$", before)
        before = before[: number.start()] if number else before
        if _AGAINST.search(before):
            last = against
        elif not (last_end and _LIST.fullmatch(text[last_end:start])):
            if not _FOR_IT.search(before) and not _says_about(text, choice):
                continue
            last = for_it
        elif last is for_it and re.search(r"\bnot\b|\bnever\b", text[last_end:start]):
            last = against
        last_end = end
        last.append(f"{NUMBER_WORDS.get(number[1].lower(), number[1])} {value}" if number else value)
    chosen, refused = list(dict.fromkeys(for_it)), list(dict.fromkeys(against))
    return [value for value in chosen if value not in refused], refused


def _says_about(text: str, choice: Choice) -> bool:
    name = set(terms(choice.name)) | ({"indent", "缩进"} if choice.name == "indentation" else set())
    return bool(name & set(terms(text)))


def _qualifier(text: str, choice: Choice) -> frozenset[str]:
    """Return where or what for a choice holds, without the words that only name the attribute again."""
    spellings_of_all = [spelling for spellings in choice.values for spelling in spellings]
    clauses = [
        clause
        for clause in _CLAUSE_END.split(text)
        if _PREPOSITION.match(clause) or any(spelled(spelling).search(clause) for spelling in spellings_of_all)
    ]
    said = {
        term
        for clause in clauses
        for match in _QUALIFIER.finditer(clause)
        for term in terms(match[1] or match[2] or "")
    }
    values = {term for spelling in spellings_of_all for term in terms(spelling)}
    return frozenset(said - choice.about - SETTING_WORDS - STOP_WORDS - values - set(terms(choice.name)))


def _replaced(text: str) -> list[str]:
    return [value_key(match[old]) for pattern, _new, old in _CONTRASTS for match in pattern.finditer(text)]


def value_key(value: str) -> str:
    """Return what two spellings of a value share: the lexicon's name for it, else its terms."""
    lower = value.strip().lower()
    for choice in CHOICES:
        for spellings in choice.values:
            if lower in spellings:
                return spellings[0]
    return " ".join(terms(value)) or lower


def _purpose(text: str) -> list[Claim]:
    """Return the claim of "use X for Y": Y may well be done by two things, so it does not exclude."""
    found = _FOR.search(text)
    if found is None:
        return []
    purpose = frozenset(terms(found[2])) - STOP_WORDS - SETTING_WORDS
    if not purpose:
        return []
    return [Claim(with_qualifier("use for", purpose), value_key(found[1]), is_exclusive=False)]


def _named(text: str) -> list[Claim]:
    """Return the new value of a contrast between things of no known kind; only a later contrast can name it."""
    for pattern, new, _old in _CONTRASTS:
        found = pattern.search(text)
        if found is not None and new:
            return [Claim("", value_key(found[new]))]
    return []


def _rule(text: str) -> list[Claim]:
    """Return the claim of a rule: do it, or do not."""
    found = RULE.search(text)
    if found is None:
        return []
    rest = text[: found.start()] + " " + text[found.end() :]
    frame = frozenset(terms(rest)) - STOP_WORDS - SETTING_WORDS - {"ev"}
    if len(frame) < 2:
        return []
    return [Claim(with_qualifier("rule", frame), "no" if found[0].lower() in _NO else "yes", is_exclusive=False)]
