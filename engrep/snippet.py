"""Which lines of a hit are worth showing, and how they are coloured."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from engrep.output import safe_block

if TYPE_CHECKING:
    from rich.console import Console

    from engrep.engine.types import Hit

MARK = "bold yellow"
GUTTER = "dim"
N_LINES = 6


def snippet_lines(hit: Hit, words: Sequence[str], console: Console) -> Iterator[Text]:
    """Give the lines of a hit that matter, numbered: its first line, and where most of the question's words are."""
    code = safe_block(hit.text).rstrip("\n")
    if not code:
        return
    matcher = re.compile("|".join(map(re.escape, words)), re.IGNORECASE) if words else None
    plain = code.split("\n")
    colored = _highlight(code, hit.path).split("\n", allow_blank=True) if console.color_system else map(Text, plain)
    shown = chosen_lines(plain, matcher)
    before = -1
    width = len(str(hit.start_line + len(plain) - 1))
    for number, line in enumerate(colored):
        if number not in shown:
            continue
        if before >= 0 and number > before + 1:
            yield Text(f"{'⋮':>{width + 2}}", GUTTER)
        before = number
        yield _numbered(line, hit.start_line + number, width, matcher)


def chosen_lines(lines: Sequence[str], matcher: re.Pattern[str] | None) -> frozenset[int]:
    """Choose at most six lines: the first that is not blank, and the window with the most distinct matched words."""
    first = next((number for number, line in enumerate(lines) if line.strip()), 0)
    if len(lines) - first <= N_LINES or matcher is None:
        return frozenset(range(first, min(first + N_LINES, len(lines))))
    size = N_LINES - 1
    matched = [{word.lower() for word in matcher.findall(line)} for line in lines]
    starts = range(first, len(lines) - size + 1)
    best = max(starts, key=lambda start: (len(set().union(*matched[start : start + size])), -start))
    window = range(best, best + N_LINES) if best == first else range(best, best + size)
    return frozenset({first, *window})


def _highlight(code: str, path: str) -> Text:
    from rich.syntax import Syntax

    lexer = Syntax.guess_lexer(path, code="")  # by name only: guessing from the text costs more than it tells
    text = Syntax(code, lexer, theme="ansi_dark").highlight(code)
    text.rstrip()
    return text


def _numbered(line: Text, number: int, width: int, matcher: re.Pattern[str] | None) -> Text:
    if matcher is not None:
        line.highlight_regex(matcher, MARK)
    numbered = Text.assemble((f"  {number:>{width}} │ ", GUTTER), line, no_wrap=True, overflow="ellipsis")
    numbered.rstrip()
    return numbered
