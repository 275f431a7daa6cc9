"""Known items: the first sentence of a Chinese doc comment, which stands in one place of a source tree only.

Drawn from the sources by rules of their own, not from an index: what an indexer cannot read must be able to show.
"""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

LEAST_HAN, MOST_CHARACTERS = 8, 60  # shorter ones say too little to be the only one, longer ones are no question
HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
SUFFIXES = (".go", ".java", ".js", ".py", ".ts")
_BLOCK = re.compile(r"^[ \t]*/\*\*(?P<text>.*?)\*/\s*\n(?P<next>(?:[ \t]*@[^\n]*\n)*[^\n]*)", re.DOTALL | re.MULTILINE)
_SLASHES = re.compile(r"(?P<text>(?:^//[^\n]*\n)+)(?P<next>(?:func|type) [^\n]*)", re.MULTILINE)
_GO_NAME = re.compile(r"(?:func (?:\([^)]*\) )?|type )(\w+)")
_TYPE = re.compile(r"\b(?:class|interface|enum|function)\s+([\w$]+)")
_METHOD = re.compile(r"^(?!if\b|for\b|while\b|switch\b|[^(]*=)[^(]*?([\w$]+)\s*(?:<[^(]*>)?\(")
_SENTENCE_END = re.compile(r"[。！？；]")
_MARKUP = re.compile(r"<\w|\{@")
_TEST = re.compile(r"(?:^|[/_.-])_*tests?_*(?:[/_.-]|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class KnownItem:
    """A sentence, and the comment with the definition's first line where it stands."""

    path: str
    symbol: str
    start_line: int
    end_line: int
    sentence: str


def known_items(root: Path, count: int, seed: str) -> list[KnownItem]:
    """Draw doc comments of a tree; the same ones from the same sources, whatever the machine."""
    texts = {
        path.relative_to(root).as_posix(): path.read_text(encoding="utf-8", errors="replace")
        for path in root.rglob("*")
        if path.suffix in SUFFIXES and path.is_file()
    }
    items = [item for path, text in texts.items() if not _TEST.search(path) for item in doc_comments(path, text)]
    once = [item for item in items if sum(text.count(item.sentence) for text in texts.values()) == 1]
    return sorted(once, key=lambda item: _lot(seed, item))[:count]


def _lot(seed: str, item: KnownItem) -> str:
    return hashlib.sha256(f"{seed}\0{item.path}\0{item.sentence}".encode()).hexdigest()


def doc_comments(path: str, text: str) -> Iterator[KnownItem]:
    """Yield the doc comments of a file that make a question: enough Chinese, and not the name itself."""
    read = _docstrings if path.endswith(".py") else _comments
    for symbol, start, end, comment in read(path, text):
        sentence = first_sentence(comment, symbol)
        enough = len(HAN.findall(sentence)) >= LEAST_HAN and len(sentence) <= MOST_CHARACTERS
        if enough and symbol.lower() not in sentence.lower() and not _MARKUP.search(sentence):
            yield KnownItem(path, symbol, start, end, sentence)


def first_sentence(comment: str, symbol: str) -> str:
    """Return the first sentence of a comment's first line that says something, without the name it may begin with."""
    for line in comment.splitlines():
        said = line.strip(" \t*/").removeprefix(symbol).strip()
        if said:
            return _SENTENCE_END.split(said)[0].strip(" ，、：,:")
    return ""


def _docstrings(path: str, text: str) -> Iterator[tuple[str, int, int, str]]:
    try:
        tree = ast.parse(text, path)
    except SyntaxError:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            said = ast.get_docstring(node)
            if said:
                yield node.name, node.lineno, node.body[0].end_lineno or node.lineno, said


def _comments(path: str, text: str) -> Iterator[tuple[str, int, int, str]]:
    for match in (_SLASHES if path.endswith(".go") else _BLOCK).finditer(text):
        declared = match["next"].rstrip().rpartition("\n")[2].strip()
        named = _GO_NAME.match(declared) if path.endswith(".go") else _TYPE.search(declared) or _METHOD.match(declared)
        if named is not None:
            start = text.count("\n", 0, match.start()) + 1
            yield named[1], start, text.count("\n", 0, match.end("next")) + 1, match["text"]
