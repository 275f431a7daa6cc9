"""What a user said that is meant to last: rules, corrections, decisions, facts about the code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from engrep.engine.memory_types import Turn
from engrep.indexers.slots import setting_of
from engrep.indexers.statement import MOST_WORDS, Candidate
from engrep.indexers.statement_cues import (
    EVERYWHERE,
    ON_BRANCH,
    PREFERENCES,
    QUESTION,
    is_statement,
    kind_said_by_user,
    reason_of,
    stripped,
)
from engrep.indexers.statement_text import Block, blocks, capital, count_words, cut, identifiers, own_words, plain
from engrep.indexers.text import terms

_MARKER = re.compile(
    r"(?i)^(?:(?:key |design |architecture )?decisions?(?: made)?|conventions?|rules?|constraints?|gotchas?|lessons(?: learned)?|preferences|"
    r"决定|决策|约定|规范|规则|约束|经验|注意事项)\s*[:：]?$"
)
_MARKER_KINDS = (
    (re.compile(r"(?i)decision|决"), "decision"), (re.compile(r"(?i)constraint|约束"), "constraint"),
    (re.compile(r"(?i)gotcha|lesson|经验|注意"), "gotcha"), (re.compile(r"(?i)preference"), "preference"),
)  # fmt: skip
_STACK = re.compile(r"(?i)it(?:'s|’s| is) an? .{3,60}\b(?:using|built (?:with|on)|written in|based on|with)\b .*[A-Z]")
_DOUBTED = re.compile(
    r"(?i)(?:is|isn't) (?:that|this|it) (?:true|right|correct|ok|so)\b|right\?|or (?:not|is it)\b|对吗|是吗"
)
_TOPIC = re.compile(r"(?i)(?:we|i) (?:also )?(?:need|want) (?!to\b)[^,]{3,40}\.$")
_IMPERATIVE = re.compile(
    r"(?i)^(?:always|never|no|don't|do not|use|keep|prefer|write|put|add|name|avoid|delete|log|run|test|return|[\w-]+ (?:exports?|components?|only))\b"
)


def said_by_user(turn: Turn) -> list[Candidate]:
    """Return the statements of one message of a user."""
    found: list[Candidate] = []
    for block in blocks(own_words(turn.text)):
        if block.form == "code":
            continue
        kind = marked_kind(block)
        if kind and block.form == "list":
            found += marked(turn, block, kind, is_stated=True)
        elif block.form == "list":
            found += _sentences(turn, block.parts, in_rules=bool(PREFERENCES.match(f"{block.lead}: something")))
        else:
            found += _sentences(turn, block.parts, in_rules=False)
    return found


def marked_kind(block: Block) -> str:
    """Return the kind of what stands under a heading like "## Decisions", '' under another."""
    title = (
        block.heading if _MARKER.match(plain(block.heading)) else block.lead if _MARKER.match(plain(block.lead)) else ""
    )
    if not title:
        return ""
    return next((kind for pattern, kind in _MARKER_KINDS if pattern.search(title)), "convention")


def marked(turn: Turn, block: Block, kind: str, *, is_stated: bool) -> Iterator[Candidate]:
    """Give the items of a list under such a heading."""
    for item in block.parts:
        body, reason = reason_of(plain(item))
        if (
            is_statement(body)
            and not re.match(r"(?i)\[[ x]\]|todo\b|tbd\b|none\b|n/a", body)
            and count_words(body) >= 3
        ):
            made = statement(turn, body, kind, reason=reason, quote=item, is_stated=is_stated)
            if made:
                yield made


def _sentences(turn: Turn, parts: tuple[str, ...], *, in_rules: bool) -> Iterator[Candidate]:
    last: Candidate | None = None
    for number, part in enumerate(parts):
        said = stripped(plain(part))
        listed = PREFERENCES.match(said)
        if listed:
            said, in_rules = (listed[1] or listed[2]), True
        kind = kind_said_by_user(said)
        if kind is None and last is not None and (joined := _joined(last, said)):
            last = joined
            continue
        if (
            kind is None
            and number
            and _STACK.match(said)
            and re.search(r"(?i)\b(?:project|app|service|repo\w*|library)\b|-\w+", parts[number - 1])
        ):
            said, kind = f"{stripped(plain(parts[number - 1]))} {said}", ("decision", False)
        if kind is None and in_rules and _IMPERATIVE.match(said) and is_statement(said):
            kind = ("preference", True)
        after = stripped(plain(parts[number + 1])) if number + 1 < len(parts) else ""
        if kind is None or _DOUBTED.match(after):
            continue
        before = stripped(plain(parts[number - 1])) if number else ""
        if _TOPIC.match(before) and kind_said_by_user(before) is None and is_statement(before):
            said = f"{before} {said}"
        body, reason = reason_of(said)
        reason = reason or _reason_after(body, after)
        everywhere = " ".join(parts[number : number + 2])
        scope = "user" if EVERYWHERE.search(everywhere) else "branch" if ON_BRANCH.search(said) else "project"
        made = statement(turn, body, kind[0], reason=reason, quote=part, is_stated=kind[1], scope=scope)
        if made:
            if last:
                yield last
            last = made
    if last:
        yield last


def _joined(last: Candidate, said: str) -> Candidate | None:
    """Return a statement with the sentence that goes on with it: "It validates …", or a fragment that only names things."""
    names = identifiers(said)
    goes_on = re.match(r"(?i)it\s+(?:also\s+)?\w+s\s", said) and names and last.kind == "interface"
    is_fragment = (
        count_words(said) <= 6 and (names or re.search(r"\d", said)) and re.match(r"[A-Z]\w+ (?:\d|[A-Z]+ )", said)
    )
    body = f"{last.body} {said}"
    if not (goes_on or is_fragment) or QUESTION.search(said) or count_words(body) > MOST_WORDS:
        return None
    return replace(last, body=body, hints=tuple(dict.fromkeys((*last.hints, *names))))


def _reason_after(body: str, after: str) -> str:
    """Return the next sentence when it says why: it begins with the new value, or says that it is the reason."""
    told = re.match(
        r"(?i)(?:the )?(?:reason|why)(?: is)?(?: that)?[:,]?\s+(.+)|(?:原因|理由)(?:是)?[：:]?\s*(.+)", after
    )
    if told:
        return (told[1] or told[2]).rstrip(".。")
    values = {claim.value for claim in setting_of(body).claims if not claim.value.startswith(("!", "="))}
    first = " ".join(terms(after.split(" ", 1)[0])) if after else ""
    is_why = first and any(first in (value, " ".join(terms(value))) for value in values)
    return after.rstrip(".。") if is_why and kind_said_by_user(after) is None and count_words(after) <= 25 else ""


def statement(
    turn: Turn,
    body: str,
    kind: str,
    *,
    reason: str = "",
    quote: str = "",
    is_stated: bool = False,
    scope: str = "project",
) -> Candidate | None:
    """Make a candidate of one turn; None when it is too long to be one fact."""
    short = cut(capital(body.strip(" -–—*")))
    if not short:
        return None
    return Candidate(
        kind,
        short,
        (turn.number,),
        quote or body,
        cut(reason, 40),
        identifiers(f"{body} {reason}"),
        is_stated,
        scope=scope,
    )
