"""Source as HTML: numbered lines, the words of a question marked, the language's own parts coloured."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from engrep.output import safe_block
from engrep.viewer.markup import Child, Markup, block, element

if TYPE_CHECKING:
    from pygments.lexer import Lexer
    from pygments.token import _TokenType

MOST_COLOURED = 60_000  # characters; a lexer takes 0.4 to 1.4 s of CPU for a megabyte
NEWLINE = block("\n")
LONGEST_LINE = 2_000  # characters of a line that are shown; more of one is data
CLASSES = (
    ("Comment", "c"),
    ("Literal.String", "s"),
    ("Literal.Number", "n"),
    ("Keyword", "k"),
    ("Name.Function", "f"),
    ("Name.Class", "f"),
    ("Name.Decorator", "d"),
    ("Name.Builtin", "b"),
)


def numbered(
    lines: Sequence[str],
    path: str,
    start: int,
    *,
    matcher: re.Pattern[str] | None = None,
    shown: frozenset[int] | None = None,
) -> Markup:
    """Show lines with their numbers; `shown` are those that are not left out, a gap is marked."""
    last = len(lines) if shown is None else max(shown, default=-1) + 1  # a lexer need not read what comes after
    clean = [safe_block(line) for line in lines[:last]]
    cut = [line if len(line) <= LONGEST_LINE else line[:LONGEST_LINE] + " …" for line in clean]
    coloured = _coloured(cut, path)
    out: list[Markup] = []
    before = -1
    for number, line in enumerate(coloured):
        if shown is not None and number not in shown:
            continue
        if before >= 0 and number > before + 1:
            out.append(element("span", "⋮", class_="gap"))
        before = number
        out.append(_line(start + number, _marked(line, matcher)))
    return element("pre", element("code", out), class_="code", tabindex="0" if shown is None else None)


def _line(number: int, inside: Child) -> Markup:
    return element("span", inside, NEWLINE, class_="line", id=f"L{number}", data_n=number)


Piece = tuple[str, str]  # a class, '' for none, and its text


def _coloured(lines: Sequence[str], path: str) -> list[list[Piece]]:
    """Split lines into pieces of one colour each; what a lexer would take long for stays plain."""
    text = "\n".join(lines)
    plain: list[list[Piece]] = [[("", line)] for line in lines]
    if len(text) > MOST_COLOURED:
        return plain
    out: list[list[Piece]] = [[]]
    for class_, value in _pieces(text, path):
        first, *others = value.split("\n")
        out[-1].append((class_, first))
        out += [[(class_, part)] for part in others]
    return out[: len(lines)] if len(out) >= len(lines) else plain


def _pieces(text: str, path: str) -> Iterator[Piece]:
    lexer = _lexer(PurePosixPath(path).name)
    if lexer is None:
        yield "", text
        return
    for token, value in lexer.get_tokens(text):
        yield _class_of(token), value


@lru_cache(maxsize=256)
def _lexer(name: str) -> Lexer | None:
    """Return the lexer for a file's name; guessing from the text would read it all."""
    from pygments.lexers import get_lexer_for_filename
    from pygments.util import ClassNotFound

    try:
        return get_lexer_for_filename(name, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return None


@lru_cache(maxsize=512)
def _class_of(token: _TokenType) -> str:
    name = ".".join(token)
    return next((class_ for known, class_ in CLASSES if name.startswith(known)), "")


def _marked(pieces: Sequence[Piece], matcher: re.Pattern[str] | None) -> Iterator[Child]:
    for class_, value in pieces:
        inside = value if matcher is None else _text(value, matcher)
        yield element("i", inside, class_=class_) if class_ else inside


def _text(value: str, matcher: re.Pattern[str]) -> list[Child]:
    parts: list[Child] = []
    end = 0
    for match in matcher.finditer(value):
        parts += [value[end : match.start()], element("mark", match.group())]
        end = match.end()
    return [*parts, value[end:]]
