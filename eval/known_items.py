"""Known items of any repository: what the documentation of a function says of it, and the function without that documentation.

A question whose words still stand beside their function would find it by them. So the items are asked of a copy in which the
comments and docstrings that they were taken from are blanked, checked by reading the copy again; a question that stands
anywhere else in the copy is not asked.
"""

from __future__ import annotations

import ast
import random
import re
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from engrep.engine.prepare import content_reason, read_file
from engrep.indexers.facts import CALLABLE_KINDS, FileFacts, Symbol
from engrep.indexers.modules import NO_HINTS
from engrep.indexers.parse import code_facts
from engrep.indexers.text import STOP_WORDS, words
from engrep.indexers.walk import FoundFile, walk

SHARE = 3  # of the documented functions one in so many loses its documentation: the others are as one meets them
FEWEST_WORDS, MOST_WORDS, FEWEST_LINES = 4, 40, 3
_SENTENCE_END = re.compile(r"[.!?](?=\s|$)|\n\s*\n|\n\s*[@:\\]|:\s*\n")
_HASHES = frozenset({"python", "ruby", "bash", "elixir"})  # languages in which "#" begins a comment
_COMMENT = re.compile(r"\s*(//|/\*|\*|--|;|%|@doc|@moduledoc)")


@dataclass(frozen=True, slots=True)
class KnownItem:
    """A question and its answer: `KnownItem("Seconds before the next attempt", "net/retry.py", 3, 9)`."""

    question: str
    path: str
    start_line: int
    end_line: int


@dataclass(frozen=True, slots=True)
class _Documented:
    item: KnownItem
    name: str


def copy_with_items(root: Path, copy: Path, limit: int, seed: int) -> list[KnownItem]:
    """Write what would be indexed of a root into an empty folder, and return the items to ask of it."""
    found = [(entry.path, data) for entry in _files(root) if (data := _content(root / entry.path)) is not None]
    documented = [each for path, data in found for each in _documented(path, data)]
    random.Random(seed).shuffle(documented)
    chosen: dict[str, list[_Documented]] = {}
    for each in _distinct(documented)[: min(limit, len(documented) // SHARE)]:
        chosen.setdefault(each.item.path, []).append(each)
    items: list[KnownItem] = []
    texts: list[str] = []
    for path, data in found:
        asked = chosen.get(path, [])
        written = _blanked(path, data, asked) if asked else data
        items += _still_there(path, written, asked) if asked else ()
        texts.append(_folded(written.decode("utf-8", "replace")))
        place = copy / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(written)
    everything = "\n".join(texts)
    return [item for item in items if _folded(item.question) not in everything]


def _files(root: Path) -> list[FoundFile]:
    return sorted((entry for entry in walk(root) if isinstance(entry, FoundFile)), key=lambda entry: entry.path)


def _content(path: Path) -> bytes | None:
    try:
        data = read_file(path)
    except OSError:
        return None
    return None if content_reason(data) else data


def _documented(path: str, data: bytes) -> Iterator[_Documented]:
    """Yield the functions of a file that say in a sentence of some words what they do."""
    facts = code_facts(path, data, NO_HINTS)
    if facts.is_test:
        return
    for symbol in facts.symbols:
        said = _SENTENCE_END.split(symbol.doc.strip(), maxsplit=1)[0].split()
        question = " ".join(said[1:] if said[:1] == [symbol.name] else said)  # Go's way to begin
        if _can_be_asked(symbol, question):
            yield _Documented(KnownItem(question, path, symbol.start_line, symbol.end_line), symbol.name)


def _can_be_asked(symbol: Symbol, question: str) -> bool:
    if symbol.kind not in CALLABLE_KINDS or symbol.is_test or symbol.end_line - symbol.start_line + 1 < FEWEST_LINES:
        return False
    said = [word.lower() for word in words(question)]
    telling = {word for word in said if word not in STOP_WORDS}
    return len(telling) >= FEWEST_WORDS and len(said) <= MOST_WORDS and symbol.name.lower() not in said


def _distinct(documented: Sequence[_Documented]) -> list[_Documented]:
    """Leave out what several functions say of themselves."""
    seen: dict[str, int] = {}
    for each in documented:
        seen[_folded(each.item.question)] = seen.get(_folded(each.item.question), 0) + 1
    return [each for each in documented if seen[_folded(each.item.question)] == 1]


def _folded(text: str) -> str:
    return " ".join(word.lower() for word in words(text))


def _blanked(path: str, data: bytes, asked: Iterable[_Documented]) -> bytes:
    """Empty the lines of the documentation; lines keep their numbers."""
    lines = data.split(b"\n")
    language = code_facts(path, data, NO_HINTS).language
    docstrings = _docstrings(data) if language == "python" else {}
    for each in asked:
        above = _lines_above(lines, each.item.start_line - 1, has_hashes=language in _HASHES)
        for at in (*above, *docstrings.get((each.name, each.item.start_line), ())):
            lines[at] = b""
    return b"\n".join(lines)


def _lines_above(lines: Sequence[bytes], start: int, *, has_hashes: bool) -> Iterator[int]:
    """Yield the lines of the comment that ends right above a line (counted from 0)."""
    at = start - 1
    in_block = at >= 0 and lines[at].rstrip().endswith((b"*/", b'"""', b"-}", b"]]"))
    while at >= 0:
        text = lines[at].decode("utf-8", "replace")
        is_comment = _COMMENT.match(text) or (has_hashes and text.lstrip().startswith("#"))
        if not (in_block or is_comment):
            return
        yield at
        if in_block and re.search(r"/\*|@doc|\{-|--\[\[", text):
            return
        at -= 1


def _docstrings(data: bytes) -> dict[tuple[str, int], range]:
    """Return the lines (counted from 0) of docstrings that have their lines to themselves, by function and first line."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(data)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and ast.get_docstring(node) and len(node.body) > 1:
            first, second = node.body[:2]
            if node.lineno < first.lineno and (first.end_lineno or 0) < second.lineno:
                start = min([node.lineno, *(each.lineno for each in node.decorator_list)])
                found[node.name, start] = range(first.lineno - 1, first.end_lineno or first.lineno)
    return found


def _still_there(path: str, data: bytes, asked: Iterable[_Documented]) -> Iterator[KnownItem]:
    """Yield the items whose function is found in the copy, without documentation."""
    facts: FileFacts = code_facts(path, data, NO_HINTS)
    bare = {(symbol.name, symbol.start_line) for symbol in facts.symbols if not symbol.doc.strip()}
    yield from (each.item for each in asked if (each.name, each.item.start_line) in bare)
