"""Find pairs of texts that mean the same in a package's files: a doc and its code, a heading and its section.

Code is read by engrep's own indexer, so that what the model learns from is what it will be given.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from engrep.indexers.facts import CALLABLE_KINDS, TYPE_KINDS, FileFacts, Symbol
from engrep.indexers.modules import ProjectHints
from engrep.indexers.parse import code_facts
from engrep.indexers.testing import is_test_path
from engrep.indexers.text import CJK, split_identifier, words

LONGEST_BODY = 1_500
_MOST_WORDS, _LEAST_WORDS = 60, 3
_ABOUT_THE_FILE = re.compile(
    r"copyright|licen[sc]e|eslint|prettier|@ts-|istanbul|jshint|generated|do not edit|spdx|all rights|sourcemap|nolint|noqa|"
    r"rubocop|warranty|todo|fixme|pylint|type: ignore|coding[:=]|inheritdoc",
    re.IGNORECASE,
)
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)|\{@\w+ ([^}]*)\}|:[\w:+-]+:`~?([^`<]*)(?:<[^>]*>)?`")
_TAG = re.compile(
    r"</?[a-zA-Z][^>]{0,80}>|\\(?:brief|c|p|a|ref|details|short|code|endcode)\b|@(?:brief|desc|description|summary)\b|https?://\S+"
)
_FIELD = re.compile(
    r"^\s*(?:[@\\]\w+|:\w+[\w \[\],.*]*:|(?:Args|Arguments|Parameters|Returns?|Raises|Yields|Example|Examples|Usage|Note|Notes|See Also|References|Attributes|Throws|Errors|Panics|Safety)\s*:?\s*$|-{3,}|={3,}|#+ |```|>>>)",
    re.MULTILINE,
)
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z`\"'(])|(?<=[。！？；])|\n\s*\n")
_COMMENT_LINE = re.compile(r"^\s*(?:#|//+|--|;+|%+)[!/]?\s+(\S.*)$")
_DOCSTRING = re.compile(r"(?:[rRuUbB]{0,2})(\"\"\"|''')(?:.|\n)*?\1")
_FENCE = re.compile(r"^(```|~~~)[^\n]*\n((?:.|\n)*?)^\1", re.MULTILINE)
_INDENTED = re.compile(r"(?:::|code(?:-block)?::[^\n]*)\n\s*\n((?:[ \t]+\S[^\n]*\n|\s*\n)+)")
_MENTION = re.compile(r"`{1,2}~?([A-Za-z_][\w.:#]{3,60})(?:\(\))?`{1,2}")
_PARAGRAPH = re.compile(r"\n\s*\n")


class Pair(NamedTuple):
    """A text, and the unit that it speaks of: code, or in `body` another text."""

    kind: str
    language: str
    text: str
    path: str
    name: str
    signature: str
    comments: str
    body: str


def pairs_of(path: str, data: bytes) -> Iterator[Pair]:
    """Find the pairs of one file."""
    if is_test_path(path) or b"\0" in data[:4096] or max(map(len, data.split(b"\n"))) > 2_000:
        return
    facts = code_facts(path, data, ProjectHints())
    if facts.language in ("markdown", "rst", "text"):
        yield from _prose_pairs(path, facts, data.decode("utf-8", "replace"))
        return
    for symbol in facts.symbols:
        if symbol.kind in CALLABLE_KINDS or symbol.kind in TYPE_KINDS:
            yield from _symbol_pairs(facts, symbol, data)


def _symbol_pairs(facts: FileFacts, symbol: Symbol, data: bytes) -> Iterator[Pair]:
    written = data[symbol.start_byte : min(symbol.end_byte, symbol.start_byte + 3 * LONGEST_BODY)].decode(
        "utf-8", "replace"
    )
    if facts.language == "python":
        written = _DOCSTRING.sub("", written, count=1)
    comments = [match[1] for line in written.split("\n")[1:] if (match := _COMMENT_LINE.match(line))]
    unit = Pair(
        "", facts.language, "", facts.path, symbol.qualified_name[len(facts.module) :].strip("."), symbol.signature,
        " ".join(comments)[:400], written[:LONGEST_BODY],
    )  # fmt: skip
    said = sentences(symbol.doc)
    if said and is_telling(said[0]) and len(written) > 30:
        yield unit._replace(kind="doc", text=said[0])
        rest = " ".join(said[1:4])
        if (is_telling(rest) and len(words(rest)) > 6) or (CJK.search(rest) and len(rest) > 12):
            yield unit._replace(kind="rest", text=rest[:400])
            yield _of_texts("told", said[0], rest)
    elif symbol.kind in CALLABLE_KINDS and not symbol.doc and len(written) > 200:
        called = " ".join(split_identifier(symbol.name))
        if len(called.split()) > 1:
            yield unit._replace(kind="name", text=called, name="", signature="")
    yield from _comment_pairs(unit, written)


def _comment_pairs(unit: Pair, written: str) -> Iterator[Pair]:
    lines = written.split("\n")
    at = 1
    while at < len(lines):
        match = _COMMENT_LINE.match(lines[at])
        at += 1
        if not match:
            continue
        said = [match[1]]
        while at < len(lines) and (match := _COMMENT_LINE.match(lines[at])):
            said.append(match[1])
            at += 1
        block = lines[at : at + 12]
        block = block[
            : next((i for i, line in enumerate(block) if not line.strip() or _COMMENT_LINE.match(line)), len(block))
        ]
        text = clean(" ".join(said))
        code = "\n".join(block)
        if is_telling(text) and len(words(text)) >= 4 and len(block) >= 2 and len(code) > 60:
            yield unit._replace(kind="comment", text=text[:300], signature="", comments="", body=code)


def _prose_pairs(path: str, facts: FileFacts, text: str) -> Iterator[Pair]:
    """Pair headings with what stands below them, and paragraphs with the next."""
    data = text.encode()
    for symbol in facts.symbols:
        section = data[symbol.start_byte : symbol.end_byte][:4000].decode("utf-8", "replace")
        below = section.split("\n", 1)[-1].lstrip("=-~^*#\"'`+ \n")
        heading = clean(symbol.name)
        code = _FENCE.search(below) or _INDENTED.search(below)
        told = [clean(each) for each in _PARAGRAPH.split(_FENCE.sub("\n\n", below)[:1500])]
        told = [
            each
            for each in told
            if (is_telling(each) and len(words(each)) > 7) or (CJK.search(each) and len(each) > 15)
        ][:3]
        if told and is_heading(heading):
            yield _of_texts("head", heading, told[0][:600], path)
        if code and told:
            block = code[code.lastindex or 1].strip()
            if len(block) > 40:
                yield Pair(
                    "howto",
                    facts.language,
                    f"{heading} {(sentences(told[0]) or told)[0]}"[:300],
                    "",
                    "",
                    "",
                    "",
                    block[:LONGEST_BODY],
                )
        elif code and is_heading(heading) and len(code[code.lastindex or 1].strip()) > 60:
            yield Pair(
                "howto", facts.language, heading, "", "", "", "", code[code.lastindex or 1].strip()[:LONGEST_BODY]
            )
        if len(told) > 1:
            yield _of_texts("next", told[0][:400], told[1][:400])


def mentions_of(data: bytes) -> Iterator[tuple[str, str]]:
    """Find sentences of prose that name code between backquotes: the name, and the sentence without the backquotes."""
    for paragraph in _PARAGRAPH.split(data.decode("utf-8", "replace")):
        flat = " ".join(paragraph.split())
        for sentence in _SENTENCE.split(flat[:2000]):
            names = _MENTION.findall(sentence)
            if 0 < len(names) <= 2:
                text = clean(sentence.lstrip("*-+ "))
                if is_telling(text) and len(words(text)) >= 6:
                    yield names[0].replace("::", ".").replace("#", ".").strip(".").rpartition(".")[2], text[:300]


def sentences(doc: str) -> list[str]:
    """Return the cleaned sentences of a doc up to its first field (`:param`, `@return`, `Args:`)."""
    described = re.match(r"\s*@(?:desc|description|summary|brief)\s", doc)
    field = _FIELD.search(doc, described.end() if described else 0)
    told = doc[: field.start()] if field else doc
    return [text for each in _SENTENCE.split(told) if each and (text := clean(each))]


def clean(text: str) -> str:
    """Take the markup out of a text, and make it one line."""
    text = _LINK.sub(lambda match: match[1] or match[2] or match[3] or "", text)
    return " ".join(_TAG.sub(" ", text).replace("`", " ").replace("*", " ").split())


def is_telling(text: str) -> bool:
    """Tell whether a text says something of its own, and not too much for one thought."""
    if not text or _ABOUT_THE_FILE.search(text):
        return False
    count = len(words(text))
    if CJK.search(text):
        return len(text) >= 4 and len(text) <= 200
    letters = sum(character.isalpha() or character == " " for character in text)
    return _LEAST_WORDS <= count <= _MOST_WORDS and letters > 0.7 * len(text)


def is_heading(text: str) -> bool:
    """Tell whether a heading names a matter: not a version, not one of those that every document has."""
    return (
        (len(words(text)) >= 2 or (bool(CJK.search(text)) and len(text) > 3))
        and not re.search(r"\d+\.\d+|^\W*\d", text)
        and not _ABOUT_THE_FILE.search(text)
    )


def _of_texts(kind: str, text: str, other: str, path: str = "") -> Pair:
    return Pair(kind, "text", text, path, "", "", "", other)


def linked(mentions: Sequence[tuple[str, str]], units: Sequence[Pair]) -> Iterator[Pair]:
    """Pair sentences that name a symbol with that symbol, where the package has one of that name only."""
    named: dict[str, Pair | None] = {}
    for unit in units:
        if unit.name:
            last = unit.name.rpartition(".")[2]
            known = named.get(last)
            named[last] = (
                unit
                if last not in named or (known is not None and known.path == unit.path and known.name == unit.name)
                else None
            )
    for name, text in mentions:
        unit_of_name = named.get(name)
        if unit_of_name is not None:
            yield unit_of_name._replace(kind="mention", text=text)
