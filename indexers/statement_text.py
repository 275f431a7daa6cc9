"""Cut what was said in a turn into blocks and sentences: prose, lists with their lead, code with its label."""

from __future__ import annotations

import re
from dataclasses import dataclass

from engrep.indexers.statement import MOST_WORDS

_NOT_SAID = re.compile(
    r"(?s)<(system-reminder|private|engrep[\w-]*|ide_\w+|command-\w+|local-command-\w+)\b.*?(?:</\1>|\Z)"
)
_FENCE = re.compile(r"^\s*(?:```|~~~)\s*([\w+-]*)")
_ITEM = re.compile(r"^\s*(?:[-*•+]|\d{1,2}[.)、])\s+(.*)")
_HEADING = re.compile(r"^#{1,6}\s+(.*?)\s*#*$")
_LABEL = re.compile(r"^\s*\*\*(.+?)\*\*\s*:?\s*$")
_ABBREVIATION = re.compile(r"(?i)(?:\b(?:e\.g|i\.e|etc|vs|cf|approx|no|st|fig)|\b[a-z])\.$")
_END = re.compile(r"[.!?][\"')\]*`]*\s+|[。！？；]+|\n+")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_IDENTIFIER = re.compile(
    r"`([^`\n]{2,80})`|(?<![\w/])((?:GET|POST|PUT|PATCH|DELETE) /[\w/{}.:-]*\w)|(?<![\w/.@-])((?:[\w-]+/)+[\w.-]+\w|[A-Za-z_]\w*(?:(?:\.|::)[A-Za-z_]\w+)+|[A-Za-z]+_\w+|"
    r"[a-z]+[A-Z]\w+|[A-Z][a-z0-9]+(?:[A-Z][a-z0-9]+)+|[\w-]+\.(?:py|ts|tsx|js|go|rs|java|toml|json|ya?ml|md|sql|cfg|ini))(?![\w/])"
)
MOST_PASTED = 3000  # characters: a longer message is mostly pasted, and only its own short paragraphs are the user's


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, a list or a piece of code."""

    form: str  # prose, list or code
    parts: tuple[str, ...]  # sentences, items or lines
    lead: str = ""  # the line above that ends in a colon, or the bold label
    heading: str = ""
    language: str = ""


def blocks(text: str) -> list[Block]:
    """Return what a text consists of, without quotations, tables and what programs put in."""
    found: list[Block] = []
    heading = lead = ""
    lines: list[str] = []
    form = language = ""

    def close() -> None:
        nonlocal lines, form, lead
        if lines:
            parts = tuple(sentences("\n".join(lines))) if form == "prose" else tuple(lines)
            found.append(Block(form, parts, "" if form == "prose" else lead, heading, language))
            last = parts[-1] if form == "prose" and parts else ""
            lead = last.rstrip("：:").strip() if last.endswith((":", "：")) else ""
        lines, form = [], ""

    for line in _NOT_SAID.sub(" ", text).splitlines():
        fence = _FENCE.match(line)
        if fence or form == "code":
            if fence:
                is_end = form == "code"
                close()
                form, language = ("", "") if is_end else ("code", fence[1].lower())
            else:
                lines.append(line)
            continue
        item, title, label = _ITEM.match(line), _HEADING.match(line), _LABEL.match(line)
        if title or label or not line.strip() or line.lstrip().startswith((">", "|")):
            if form != "list" or line.strip():
                close()
            if title:
                heading, lead = title[1], ""
            elif label:
                lead = label[1].rstrip("：: ")
            continue
        wanted = "list" if item else "prose" if form != "list" or not line.startswith("  ") else "list"
        if form != wanted:
            close()
            form = wanted
        if item:
            lines.append(item[1])
        elif form == "list":
            lines[-1] += " " + line.strip()
        else:
            lines.append(line.strip())
    close()
    return found


def sentences(text: str) -> list[str]:
    """Return the sentences of a paragraph, English or Chinese."""
    found: list[str] = []
    start = 0
    for match in _END.finditer(text):
        if match.group()[0] == "." and _ABBREVIATION.search(text[start : match.start() + 1]):
            continue
        if "\n" not in match.group() and text.count("`", start, match.start()) % 2:
            continue  # inside code
        found.append(text[start : match.end()].strip())
        start = match.end()
    found.append(text[start:].strip())
    return [each for each in found if each]


def own_words(text: str) -> str:
    """Return what a user wrote himself: of a long message the short paragraphs at its ends."""
    if len(text) <= MOST_PASTED:
        return text
    paragraphs = re.split(r"\n\s*\n", text)
    ends = [*paragraphs[:2], *paragraphs[max(2, len(paragraphs) - 2) :]]
    return "\n\n".join(each for each in ends if len(each) <= 500 and each.count("\n") < 4)


def count_words(text: str) -> int:
    """Count words; two CJK characters are one."""
    return len(_CJK.sub(" ", text).split()) + (len(_CJK.findall(text)) + 1) // 2


def cut(text: str, most: int = MOST_WORDS) -> str:
    """Cut a text at the last end of a clause that fits; '' when there is none past its first third."""
    if count_words(text) <= most:
        return text
    ends = [match.start() for match in re.finditer(r"[;,.]\s|\s[—–-]\s|\s\(|[，。；]", text)]
    for end in reversed(ends):
        if count_words(text[:end]) <= most:
            return text[:end].rstrip(" ,;") if count_words(text[:end]) * 3 >= most else ""
    return ""


def identifiers(text: str) -> tuple[str, ...]:
    """Return the names and paths of code that a text mentions, each once."""
    found = (match[1] or match[2] or match[3] for match in _IDENTIFIER.finditer(text))
    return tuple(dict.fromkeys(each.strip() for each in found if each))


def plain(text: str) -> str:
    """Return a sentence without the marks of emphasis and with single blanks."""
    return " ".join(re.sub(r"\*\*|__(?=\S)|(?<=\S)__", "", text).split())


def capital(text: str) -> str:
    """Begin with a capital, unless it begins with a name."""
    first = text.split(" ", 1)[0]
    return (
        text[:1].upper() + text[1:] if first.replace("'", "").replace("’", "").isalpha() and first.islower() else text
    )
