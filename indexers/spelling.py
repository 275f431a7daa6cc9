"""What pieces of source say: the types in a base list, the type in an annotation, the words of a comment."""

from __future__ import annotations

import re
from functools import lru_cache

DOC_LIMIT = 1_000

_NAME = re.compile(r"@?[\w$]+(?:(?:\.|::|\\|->)[\w$]+)*")
_BASE_WORDS = frozenset(
    "extends implements with public private protected virtual override derives inherits new open final sealed "
    "abstract static const dyn impl where mut struct class enum interface typename record".split()
)
_WRAPPERS = frozenset({"Optional", "Final", "ClassVar", "Annotated", "Readonly", "Required", "NotRequired"})
_MARKERS = re.compile(r"^(?:\s*(?:->|[&*:|.]|'\w+|const\b|mut\b|dyn\b|impl\b|readonly\b|struct\b|enum\b|final\b))+\s*")
_NOTHING = frozenset({"None", "null", "undefined", "nil", "void", "Unit", "NoneType"})
_NO_TYPES = frozenset({"func", "map", "chan", "fn", "function", "typeof", "keyof", "unsafe", "extern", "auto", "var"})
_OPENERS, _CLOSERS = "<[({", ">])}"
_MARKER_STARTS = frozenset("/#-;%")
_MARKER = re.compile(r"///?!?|\#+!?|--+(?: ?[|^]|\[\[)?|;+|%+|/\*+!?")
_XML_TAG = re.compile(
    r"</?(?:summary|remarks|para|param|returns|value|c|code|see|seealso|paramref|typeparam|typeparamref|inheritdoc|exception|"
    r"example|list|item|description|term|b|i|p|pre|ul|li|br)\b[^<>]*>"
)
_LOOSE_BLANKS = re.compile(r"\s+(?=[^\w\s])|(?<=[^\w\s])\s+")
_QUOTED = re.compile(r"\"([^\"]*)\"")
_QUOTES = re.compile(r"^[A-Za-z]{0,2}(\"\"\"|'''|\"|')")


def without_brackets(text: str) -> str:
    """Drop everything in brackets: `dict[str, int] | list[X]` gives `dict | list`."""
    kept, depth, previous = [], 0, ""
    for character in text:
        if character in _OPENERS:
            depth += 1
        elif character in _CLOSERS:
            depth -= depth > 0 and not (character == ">" and previous in "-=")
        elif not depth:
            kept.append(character)
        previous = character
    return "".join(kept)


@lru_cache(maxsize=8192)
def base_names(text: str) -> tuple[str, ...]:
    """Read the types out of a base list: `(Base, metaclass=M, pkg.Mixin[T])` gives `("Base", "pkg.Mixin")`."""
    inner = text.strip().lstrip("<:").strip()
    if inner.startswith("(") and inner.endswith(")"):
        inner = inner[1:-1]
    names = []
    for part in without_brackets(inner).split(","):
        if "=" not in part:
            words = _NAME.findall(part.split(" by ")[0])
            names += [dotted(word) for word in words if word not in _BASE_WORDS and not word[0].isdigit()]
    return tuple(dict.fromkeys(names))


def dotted(name: str) -> str:
    r"""Write a qualified name with dots: `a::b`, `a\\b` and `a->b` give `a.b`."""
    if ":" in name or "\\" in name or "-" in name:
        return name.replace("::", ".").replace("\\", ".").replace("->", ".").strip(".")
    return name


@lru_cache(maxsize=16384)
def type_name(text: str) -> str:
    """Read the one type an annotation names: `Optional["pkg.Foo[T]"]` gives `pkg.Foo`; "" when it names none or several."""
    text = _MARKERS.sub("", text.strip().strip("'\"` ")).strip()
    head = _NAME.match(text)
    if head is None or head.group() in _NO_TYPES:
        return ""
    rest = text[head.end() :].strip()
    if head.group().rpartition(".")[2] in _WRAPPERS and rest[:1] in ("[", "<"):
        return type_name(rest[1:-1].split(",")[0])
    parts = [part.strip() for part in re.split(r"[|,]", without_brackets(text))]
    kinds = {part.rstrip("?!*& ") for part in parts if part} - _NOTHING
    if len(kinds) != 1:
        return ""
    found = _NAME.match(_MARKERS.sub("", kinds.pop()))
    return dotted(found.group()) if found else ""


@lru_cache(maxsize=16384)
def receiver_name(text: str) -> str:
    """Fold what stands before a call: `make(1, 2).x[0]` gives `make().x[]`; the last 80 characters of it."""
    text = text.lstrip("!&*-+~ ").replace("->", ".").replace("?.", ".").replace("!.", ".").rstrip("?!")
    if text[:1] in ("", '"', "'", "`"):
        return '""'
    if not any(character in text for character in "([{ \n\t\r"):
        return text[-80:]
    kept: list[str] = []
    depth = 0
    for character in reversed(text):
        if character in ")]}":
            if not depth:
                kept.append(character)
            depth += 1
        elif character in "([{":
            depth -= depth > 0
            if not depth:
                kept.append(character)
        elif not depth:
            kept.append(character)
    folded = _LOOSE_BLANKS.sub("", "".join(reversed(kept)))
    return " ".join(folded.split()).lstrip(".?")[-80:].lstrip(".?")


def without_annotations(header: str) -> str:
    """Drop the annotations or attributes a header starts with: `@Test(x) void f()` gives `void f()`."""
    while header.startswith(("@", "[")) and not header.startswith("@interface"):
        end = 1
        while end < len(header) and (header[end].isalnum() or header[end] in "._:$"):
            end += 1
        if header[0] == "[" or header[end : end + 1] == "(":
            end = _closing(header, end if header[0] == "@" else 0)
        header = header[end:].lstrip()
    return header


def _closing(text: str, start: int) -> int:
    """Give the offset after the bracket that closes the one at `start`, strings skipped; the end when none does."""
    depth, quote = 0, ""
    for offset in range(start, len(text)):
        character = text[offset]
        if quote:
            quote = "" if character == quote else quote
        elif character == '"':
            quote = character
        elif character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
            if depth <= 0:
                return offset + 1
    return len(text)


def comment_text(text: str) -> str:
    """Take the markers off a comment or docstring: `// a` gives `a`."""
    quote = None if text[:1] in _MARKER_STARTS else _QUOTES.match(text)
    if quote:
        lines = text[quote.end() :].removesuffix(quote.group(1)).splitlines()
        return "\n".join([line.strip() for line in lines]).strip()
    words = "\n".join(_without_markers(_without_end(text.rstrip()).splitlines())).strip()
    if "<" in words:
        words = _XML_TAG.sub(lambda tag: " ".join(_QUOTED.findall(tag.group())), words)
        words = "\n".join([line.strip() for line in words.splitlines()]).strip()
    return words


def _without_markers(lines: list[str]) -> list[str]:
    """Take the marker and the blanks around it off each line; one function for all lines, since most have few words."""
    kept = []
    for written in lines:
        line = written.strip()
        first = line[:1]
        if first == "*":
            if line[1:2] != "/":
                line = line[1:].strip()
        elif first in _MARKER_STARTS:
            marker = _MARKER.match(line)
            if marker:
                line = line[marker.end() :].strip()
        kept.append(line)
    return kept


def _without_end(text: str) -> str:
    """Drop the mark that closes a block comment, with the stars or dashes that belong to it."""
    if text.endswith("*/"):
        return text[:-1].rstrip("*")
    if text.endswith(("-}", "]]")):
        return text[:-2].removesuffix("--") if text[-1] == "]" else text[:-2]
    return text
