"""What an assistant proposed or reported and the user accepted: designs, lists of settings, labelled commands, fixes.

Nothing of it is taken before the user has agreed, or when the user objects. It is inferred: a person reviews it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from engrep.engine.memory_types import Turn
from engrep.indexers.statement import MOST_WORDS, Candidate
from engrep.indexers.statement_cues import ACCEPTED, FAILURE, FIXED, REFUSED, is_statement, reason_of
from engrep.indexers.statement_text import Block, blocks, capital, count_words, cut, identifiers, plain, sentences
from engrep.indexers.statement_user import marked, marked_kind, statement

_STATUS = re.compile(
    r"(?i)\b(?:status|completed?|done|in progress|pending|next|todo|steps?|plan|options?|alternatives?|could|consider|summary|changes?|"
    r"what i did|files?|old|before|previous(?:ly)?|wrong|bad|instead of|example|for instance|i'll|i will|let me|two things|reasons?|questions?)\b|"
    r"noted|got it|added:?$|进度|已完成|下一步|待办|方案|选项|示例|例如|修改了"
)
_REPORT = re.compile(
    r"(?i)^(?:implemented|added|configured|created|set (?:in|up)|done|introduced|switched|moved)\b|^(?:已)?(?:添加|实现|配置|改用)"
)
_DESIGN = re.compile(
    r"(?i)^(?:use [`\w]|using [`\w]|[^.,]{3,60}? (?:is|are) (?:stored|kept|handled|validated|signed|enforced|configured|controlled|included|logged|sent|cleared|set|"
    r"used|required|generated|wrapped|rolled back|returned|revoked|limited|created)\b|[^.,:]{2,40}: \S|[^.,:]{3,50} (?:using|stored in) `?[\w]|[^.,]{3,60}? (?:returns?|validates?|stores?|controls?|deletes?|captures?|contains?|happens inside|includes?|"
    r"requires?|reads?|writes?|wraps?|covers?|goes? in|restarts?|checks?|sends?|handles?|calls?)\b)"
)
_OWN_VOICE = re.compile(
    r"(?i)\b(?:i|i'll|i've|i’ll|let me|you can|you could|you'll|your|we should|should i|want me|worth|might|may|could|would|probably|usually)\b|\bmy\b"
)
_OPINION = re.compile(
    r"(?i)^(?:great|good|solid|clean|classic|common|nice|perfect|noted|got it|understood|confirmed|huge|excellent|smart|yes|no|sure|ready|on it|starting)\b"
)
_CAUSE = re.compile(
    r"(?i)^(?:the )?(?:root )?(?:problem|issue|cause|reason|bug)\b|\bwas (?:that|caused by)\b|\bbecause\b|exhaustion|原因|问题(?:是|在)|因为"
)
_FIX = re.compile(
    r"(?i)^(?:the )?(?:fix|solution)\b|^key: |^fixed (?:by|in|with)\b|\bthe fix is\b|^(?:use|pass|run|add|set|upgrade|pin)\b.*`|修复|解决(?:方法|办法|方案)|改(?:为|成|用)"
)
_SHELL = frozenset({"bash", "sh", "shell", "console", "zsh", "powershell"})
_SETTINGS = frozenset({"", "toml", "ini", "yaml", "yml", "env", "dotenv", "properties"})


def accepted(turns: Sequence[Turn], number: int) -> Turn | None:
    """Return the user's answer to a turn of the assistant when it agrees; turns of tools between them do not count."""
    answer = answer_to(turns, number)
    if answer is None:
        return None
    first = sentences(answer.text)[:1]
    return answer if first and ACCEPTED.search(first[0]) and not REFUSED.search(first[0]) else None


def answer_to(turns: Sequence[Turn], number: int) -> Turn | None:
    """Return the next thing that the user said after a turn, None when the assistant went on first."""
    for turn in turns[number + 1 :]:
        if turn.role == "user":
            return turn
        if turn.role == "assistant":
            return None
    return None


def agreed(turns: Sequence[Turn], number: int, known: Sequence[Candidate]) -> list[Candidate]:
    """Return what one turn of the assistant settled."""
    turn, answer = turns[number], accepted(turns, number)
    refused = answer_to(turns, number)
    is_refused = refused is not None and any(REFUSED.search(each) for each in sentences(refused.text)[:1])
    fix = fixed(turns, number)
    found: list[Candidate] = [fix] if fix else []
    if is_refused:
        return []
    for block in blocks(turn.text):
        kind = marked_kind(block)
        if kind and block.form == "list":
            found += marked(turn, block, kind, is_stated=False)
        elif answer is not None and not fix:
            found += _settled(turn, block)
        elif not fix and block.form == "prose":
            found += (each for each in _settled(turn, block) if _REPORT.match(each.quote))
        elif not fix and block.form == "code" and re.match(r"(?i)(?:added|set) (?:to|in) ", block.lead):
            found += _settled(turn, block)
    evidence = (turn.number,) if answer is None else (turn.number, answer.number)
    kept = [each for each in found if each.kind == "bug_fix" or not _echoes(each, known)]
    return [each if len(each.turns) > 1 else _resting_on(each, evidence) for each in kept]


def _resting_on(candidate: Candidate, evidence: tuple[int, ...]) -> Candidate:
    return Candidate(
        candidate.kind, candidate.body, evidence, candidate.quote, candidate.reason, candidate.hints, is_stated=False,
        is_confirmed=candidate.is_confirmed, scope=candidate.scope,
    )  # fmt: skip


def _echoes(candidate: Candidate, known: Sequence[Candidate]) -> bool:
    """Tell whether it only repeats what the user has just said."""
    mine = set(candidate.body.lower().split())
    return any(len(mine & set(each.body.lower().split())) * 2 >= len(mine) for each in known)


def _settled(turn: Turn, block: Block) -> Iterator[Candidate]:
    label = plain(block.lead)
    if block.form == "code" and block.language in _SETTINGS and re.match(r"(?i)(?:added|set) (?:to|in) ", label):
        yield from _labelled_code(turn, block, label)
        return
    is_status = _STATUS.search(label) or not label or _STATUS.search(block.heading)
    if block.form != "prose" and is_status:
        return
    if block.form == "code":
        yield from _labelled_code(turn, block, label)
    elif block.form == "list":
        yield from _list(turn, block, label)
    else:
        yield from _prose(turn, block)


def _labelled_code(turn: Turn, block: Block, label: str) -> Iterator[Candidate]:
    """Give a command or a setting under its label: "Run the tests: `pytest -v`"."""
    lines = [line.strip() for line in block.parts if line.strip() and not line.strip().startswith("#")]
    is_command, is_setting = block.language in _SHELL, block.language in _SETTINGS
    if (
        not (is_command or is_setting)
        or not lines
        or len(lines) > 6
        or _OWN_VOICE.search(label)
        or count_words(label) > 10
    ):
        return
    if is_setting and not all(re.match(r"[\w.\[\]\"-]+\s*[=:]|\[", line) for line in lines):
        return
    label = re.sub(r"(?i)^here(?:'s| are| is) (?:the )?", "", label)
    body = f"{capital(label)}: " + "; ".join(f"`{re.sub(r'  +# .*$', '', line)}`" for line in lines)
    made = statement(turn, body, "convention", quote=block.parts[0])
    if made and count_words(body) <= MOST_WORDS:
        yield made


def _list(turn: Turn, block: Block, label: str) -> Iterator[Candidate]:
    """Give a list as one statement with its lead, cut into several when it is long."""
    items = [plain(item).rstrip(".;") for item in block.parts]
    items = [
        item
        for item in items
        if not re.match(r"(?i)\[[ x]\]|removed\b|updated\b|readme\b", item) and not _OWN_VOICE.search(item)
    ]
    concrete = [item for item in items if identifiers(item) or re.search(r"\d|`|→", item)]
    if _OWN_VOICE.search(label) or not items or len(concrete) * 2 < len(items) or count_words(label) > 14:
        return
    label = re.sub(r"(?i)^here(?:'s| are| is) (?:the |an? )?", "", label)
    kind = (
        "interface"
        if re.search(r"(?i)endpoint|header|route|\bapi\b|schema", label)
        else "data_model"
        if re.search(r"(?i)fields?|model|table|key", label)
        else "decision"
    )
    room, part = MOST_WORDS - count_words(label), list[str]()
    for item in [*items, ""]:
        if part and (not item or sum(map(count_words, [*part, item])) > room):
            made = statement(turn, f"{capital(label)}: {'; '.join(part)}", kind, quote=part[0])
            if made:
                yield made
            part = []
        part.append(item)


def _prose(turn: Turn, block: Block) -> Iterator[Candidate]:
    for part in block.parts:
        said = plain(part)
        if said.endswith(":") and re.search(r"(?i)^use\b.*`|\busing `", said):
            said = said[:-1]
        is_design = _DESIGN.match(said) and (identifiers(said) or re.search(r"\d", said))
        is_report = _REPORT.match(said) and identifiers(said) and count_words(said) >= 7
        if not (is_design or is_report) or not is_statement(said) or _OPINION.match(said) or _OWN_VOICE.search(said):
            continue
        if count_words(said) < 4 or (FAILURE.search(re.split(r" [—–] ", said)[0]) and not is_report):
            continue
        body, reason = reason_of(said)
        made = statement(turn, body, "decision", reason=reason, quote=part)
        if made:
            yield made


def fixed(turns: Sequence[Turn], number: int) -> Candidate | None:
    """Return an error, its cause and its fix when the user says after the assistant's advice that it works."""
    answer = answer_to(turns, number)
    if answer is None or not any(FIXED.search(each) for each in sentences(answer.text)[:2]):
        return None
    asked, problem = _problem([turn for turn in turns[:number] if turn.role == "user"][-2:])
    told = [each for block in blocks(turns[number].text) if block.form == "prose" for each in block.parts]
    causes = [each for block in blocks(answer.text) for each in block.parts if _CAUSE.search(each)] + [
        each for each in told if _CAUSE.search(each)
    ]
    fixes = [each for each in told if _FIX.search(plain(each)) and each not in causes[:1]]
    if asked is None and fixes:
        asked, problem = _first_words([turn for turn in turns[:number] if turn.role == "user"][-1:])
    fixes = fixes or [_code_of(turns[number])]
    if asked is None or not any(fixes):
        return None
    settings = [
        name
        for block in blocks(turns[number].text)
        if block.form == "list"
        for item in block.parts
        for name in re.findall(r"^`([^`]+)`", item)
    ]
    body = _told(plain(problem), plain(causes[0]) if causes else "", [plain(each) for each in fixes[:2]], settings)
    quotes = f"{problem} … {fixes[0]}"
    return Candidate(
        "bug_fix",
        body,
        (asked.number, turns[number].number, answer.number),
        quotes,
        "",
        identifiers(body),
        is_confirmed=True,
    )


def _problem(asked: Sequence[Turn]) -> tuple[Turn | None, str]:
    """Return the last message of the user that reports a failure, and the sentence that does."""
    for turn in reversed(asked):
        for block in blocks(turn.text):
            for part in block.parts if block.form == "prose" else ():
                if FAILURE.search(part) and not REFUSED.search(part):
                    return turn, part
    return None, ""


def _first_words(asked: Sequence[Turn]) -> tuple[Turn | None, str]:
    """Return the last message of the user and its first sentence."""
    said = [part for turn in asked for block in blocks(turn.text) if block.form == "prose" for part in block.parts]
    return (asked[-1], said[0]) if said else (None, "")


def _code_of(turn: Turn) -> str:
    """Return the statements of SQL or the commands that a turn advises, as its fix."""
    for block in reversed(blocks(turn.text)):
        if block.form == "code" and block.language in {"sql", *_SHELL}:
            lines = [line.strip() for line in block.parts if line.strip() and not line.strip().startswith(("--", "#"))]
            return " ".join(f"`{line}`" for line in lines) if len(lines) <= 4 else ""
    return ""


def _told(problem: str, cause: str, fixes: Sequence[str], settings: Sequence[str]) -> str:
    """Put a problem, its cause and its fix into one statement."""
    parts = [_short(problem, 18)]
    if cause:
        parts.append(
            "Cause: "
            + _short(
                re.sub(
                    r"(?i)^(?:the )?(?:root )?(?:problem|issue|cause)(?: was| is|:)\s*(?:exactly that\s*[—–-]\s*)?",
                    "",
                    cause,
                ),
                20,
            )
        )
    room = MOST_WORDS - sum(map(count_words, parts)) - 1
    said = " ".join(
        re.sub(r"(?i)^(?:the )?(?:fix|key|solution)(?: is)?(?: to)?\s*[:—–-]*\s*", "", each) for each in fixes
    )
    if said:
        parts.append("Fix: " + _short(said.rstrip(":"), room))
    if settings and count_words(" ".join(parts)) + len(settings) < MOST_WORDS:
        parts.append(", ".join(f"`{each}`" for each in settings))
    return " ".join(part if part.endswith((".", "。", ":")) else f"{part}." for part in parts)


def _short(text: str, most: int) -> str:
    text = text.strip()
    return cut(text, most) or " ".join(text.split()[:most])
