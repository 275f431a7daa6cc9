"""Cut a file of code into the units of search.

Every byte that is not blank lies in exactly one chunk. A symbol up to the limit is one chunk with the comment above
it; a longer one gives its header and its members; what is small (fields, constants, statements between symbols) is
merged with its neighbours. Sizes are counted in bytes, which for code are characters.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import TYPE_CHECKING, NamedTuple

from engrep.indexers.facts import CALLABLE_KINDS, TYPE_KINDS, Chunk
from engrep.indexers.source import leading_comment
from engrep.indexers.spelling import comment_text
from engrep.indexers.symbols import VALUE_KINDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engrep.indexers.facts import Symbol
    from engrep.indexers.source import Source

LIMIT = 1_500  # bytes a chunk may have
TYPE_LIMIT = 600  # bytes a type may have that is shown whole; in a longer one each method is a chunk of its own
WINDOW = 1_200  # bytes a part of something longer aims at
SMALL_NESTED = 300  # bytes under which a function inside a function stays with it
SMALL_VALUE = 400  # bytes under which a field or constant is merged with its neighbours
COMMENTS_LIMIT = 2_000
MAX_NAMES = 40

_WORD = re.compile(rb"\w")
_LINE_ENDERS = (b"}", b")", b"]", b"")
_COMMENT_STARTS = (b"#", b"-", b";")  # line comments; others may hold quotes or block ends of their own
_BLANKS = b" \t\r\n\f\v\0"
_NOT_BLANK = re.compile(rb"[^ \t\r\n\f\v\0]")
SPACE = 0x20  # no byte above it is a blank
STEP = 256  # bytes that are looked at together when blanks at an end are dropped


class Piece(NamedTuple):
    """A stretch of the file that becomes one chunk."""

    start: int
    end: int
    symbol: int
    names: tuple[str, ...]


def code_chunks(source: Source, symbols: Sequence[Symbol], comments: Sequence[tuple[int, int]]) -> list[Chunk]:
    """Cut a file into chunks, in order; `comments` are the spans of all comments and docstrings, sorted."""
    starts = [start for start, _ in comments]
    newlines = source.newlines
    chunks = []
    for start, end, symbol, names in _pieces(source, symbols):
        first = bisect_left(starts, start)
        last = bisect_left(starts, end, first)
        line = bisect_left(newlines, start)
        row = (
            symbol,
            start,
            end,
            line + 1,
            bisect_left(newlines, end - 1, line) + 1,
            " ".join(names[:MAX_NAMES]),
            _comments(source, comments[first:last]) if first < last else "",
        )
        chunks.append(tuple.__new__(Chunk, row))
    return chunks


def _pieces(source: Source, symbols: Sequence[Symbol]) -> list[Piece]:
    children: dict[int, list[int]] = {}
    stack: list[int] = []
    for index, symbol in enumerate(symbols):
        start = symbol.start_byte
        while stack and symbols[stack[-1]].end_byte <= start:
            stack.pop()
        children.setdefault(stack[-1] if stack else -1, []).append(index)
        stack.append(index)
    out: list[Piece] = []
    _cut(source, symbols, children, -1, 0, len(source.data), out)
    return out


def _cut(
    source: Source,
    symbols: Sequence[Symbol],
    children: dict[int, list[int]],
    owner: int,
    start: int,
    end: int,
    out: list[Piece],
) -> None:
    """Cut what one symbol holds (-1: the file) at its members; as deep as symbols nest, which is bounded."""
    run = _Run(source, owner, symbols[owner].name if owner >= 0 else "", start, out)
    in_callable = owner >= 0 and symbols[owner].kind in CALLABLE_KINDS
    for member in children.get(owner, ()):
        first, last = _extent(source, symbols[member], run.end, end)
        if last <= first:
            continue
        run.extend(first)
        if _is_small(symbols[member], last - first, in_callable):
            run.extend(last, symbols[member].name)
            continue
        run.flush()
        if member in children and last - first > (TYPE_LIMIT if symbols[member].kind in TYPE_KINDS else LIMIT):
            _cut(source, symbols, children, member, first, last, out)
        else:
            _add(source, first, last, member, (symbols[member].name,), out)
        run.restart(last)
    run.extend(end)
    run.flush()


def _is_small(symbol: Symbol, size: int, in_callable: bool) -> bool:
    return size <= SMALL_VALUE if symbol.kind in VALUE_KINDS else in_callable and size <= SMALL_NESTED


def _extent(source: Source, symbol: Symbol, low: int, high: int) -> tuple[int, int]:
    """Widen a symbol to whole lines and its leading comment: `on("open", function open() {` starts at `on`."""
    opens = source.opens_line(symbol.start_byte)
    first = symbol.start_byte if opens else source.line_start(source.line(symbol.start_byte))
    start = source.with_indent(leading_comment(source, first))
    end = symbol.end_byte
    line_end = source.line_end(end)
    if line_end <= end + 1 or not _WORD.search(source.blanked, end, line_end):
        end = line_end
    return max(start, low), min(end, high)


class _Run:
    """Prose and small symbols between two larger ones, gathered until they fill a chunk."""

    def __init__(self, source: Source, owner: int, owner_name: str, start: int, out: list[Piece]) -> None:
        self.source = source
        self.owner = owner
        self.owner_name = owner_name
        self.out = out
        self.floor = len(out)
        self.names: list[str] = [owner_name] if owner_name else []
        self.start = self.end = start

    def restart(self, offset: int) -> None:
        self.start = self.end = offset
        self.names = []

    def extend(self, offset: int, name: str = "") -> None:
        """Take in what lies up to an offset, and first give out what has gathered when both do not fit one chunk."""
        if offset - self.start > LIMIT:
            self.flush()
            self.start = self.end
        if name:
            self.names.append(name)
        self.end = max(self.end, offset)

    def flush(self) -> None:
        """Give out what has gathered; a lone closing brace goes to the piece before it."""
        start, end = _stripped(self.source.data, self.start, self.end)
        if start < end:
            if len(self.out) > self.floor and not _WORD.search(self.source.data, start, end):
                self.out[-1] = self.out[-1]._replace(end=end)
            else:
                names = tuple(self.names) or ((self.owner_name,) if self.owner_name else ())
                _add(self.source, start, end, self.owner, names, self.out)
        self.restart(self.end)


def _stripped(data: bytes, start: int, end: int) -> tuple[int, int]:
    """Leave out the blanks at both ends of a stretch; an empty one where there is nothing else."""
    if start < end and data[start] > SPACE and data[end - 1] > SPACE:
        return start, end
    first = _NOT_BLANK.search(data, start, end)
    if first is None:
        return end, end
    while data[end - 1] in _BLANKS:
        end = max(start, end - STEP) + len(data[max(start, end - STEP) : end].rstrip(_BLANKS))
    return first.start(), end


def _add(source: Source, start: int, end: int, symbol: int, names: tuple[str, ...], out: list[Piece]) -> None:
    """Add a stretch as one piece, or as windows where it is too long for one."""
    start, end = _stripped(source.data, start, end)
    while end - start > LIMIT:
        cut = _best_cut(source, start, end)
        low, high = _stripped(source.data, start, cut)
        if low < high:
            out.append(Piece(low, high, symbol, names))
        start, _ = _stripped(source.data, cut, end)
    if start < end:
        out.append(Piece(start, end, symbol, names))


def _best_cut(source: Source, start: int, end: int) -> int:
    """Choose where a window ends: at a line near the aim that is little indented and follows a blank one."""
    data = source.data
    aim = start + min(WINDOW, (end - start) // 2)
    low, high = start + min(WINDOW, (end - start) // 2) // 2, min(start + LIMIT, end)
    newlines = source.newlines
    first, last = bisect_left(newlines, low), bisect_left(newlines, high)
    if first == last:
        return _cut_in_line(data, start, high)
    best, least = 0, 0.0
    blank = not data[source.line_start(first + 1) : newlines[first]].strip()
    at = newlines[first] + 1
    for line in data[at : source.line_end(newlines[last - 1] + 1)].split(b"\n")[: last - first]:
        text = line.lstrip()
        cost = abs(at - aim) / 100 + (len(line) - len(text) if text else len(line) + 1)
        if text[:1] in _LINE_ENDERS:
            cost += 8
        if blank:
            cost -= 6
        if not best or cost < least:
            best, least = at, cost
        blank = not text
        at += len(line) + 1
    return best


def _cut_in_line(data: bytes, start: int, high: int) -> int:
    """Cut a line that is longer than a chunk at its last blank, or between two characters."""
    blank = data.rfind(b" ", start + WINDOW // 2, high)
    if blank > 0:
        return blank + 1
    while high > start + 1 and data[high] & 0xC0 == 0x80:
        high -= 1
    return high


def _comments(source: Source, spans: Sequence[tuple[int, int]]) -> str:
    """Read comments and docstrings; plain comments that follow each other are read as one."""
    data = source.data
    texts: list[str] = []
    plain: list[bytes] = []
    size = 0
    for start, end in spans:
        if size >= COMMENTS_LIMIT:
            break
        until = min(end, start + 2 * COMMENTS_LIMIT)
        size += until - start
        if data[start : start + 1] in _COMMENT_STARTS:
            plain.append(data[start:until].rstrip())
        else:
            texts.append(source.words(start, until))
    if plain:
        texts.append(comment_text(b"\n".join(plain).decode("utf-8", "replace")))
    return "\n".join(texts)[:COMMENTS_LIMIT]
