"""Cut prose into chunks and name its sections: Markdown and reStructuredText by heading, all other text by windows.

Scanners over lines, not a grammar: a grammar for Markdown is slow on hostile input, and a heading is all that is asked.
Everything here is linear in the size of the file.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple

from engrep.indexers.facts import Chunk, FileFacts, Symbol
from engrep.indexers.headings import HEADING_LIMIT, Heading, Line, headings_of, underline
from engrep.indexers.testing import is_test_path
from engrep.indexers.text import words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engrep.indexers.languages import Language

WINDOW = 1_200  # characters a chunk grows to
LONGEST = 1_500  # characters no chunk exceeds; only a single line is ever cut for it
SHORT_SECTION = 300  # a section below this is joined by the next one
DOC_LIMIT = 300


class Section(NamedTuple):
    """The lines from a heading up to the next one; heading is -1 for what stands before the first."""

    heading: int
    first: int
    last: int  # exclusive
    size: int  # characters


def prose_facts(path: str, data: bytes, language: Language, module: str) -> FileFacts:
    """Give the headings of a text file as symbols, and its chunks, which hold each non-blank byte once, in order."""
    lines = _lines(data)
    headings = headings_of(lines, language.name)
    symbols = _symbols(data, lines, headings, module)
    chunks = _chunks(lines, headings)
    return FileFacts(path, language.name, module, len(lines), is_test_path(path), symbols, (), (), chunks, ())


def _chunks(lines: list[Line], headings: list[Heading]) -> tuple[Chunk, ...]:
    chunks: list[Chunk] = []
    for group in _grouped(_sections(lines, headings)):
        shown = [section.heading for section in group if section.heading >= 0]
        names = " ".join(headings[index].title for index in shown)[:HEADING_LIMIT]
        for start, end, first, last in _windows(lines, group[0].first, group[-1].last):
            chunks.append(Chunk(shown[0] if shown else -1, start, end, first + 1, last + 1, names, ""))
    return tuple(chunks)


def _symbols(data: bytes, lines: list[Line], headings: list[Heading], module: str) -> tuple[Symbol, ...]:
    """Span each heading over its section with all below it: `guide.install.from-source`."""
    chains, parents, ends = _chains(headings), _parents(headings), _section_ends(headings, len(lines))
    symbols = []
    for index, heading in enumerate(headings):
        last = _last_text_line(lines, heading.line, ends[index])
        own_end = headings[index + 1].line if index + 1 < len(headings) else len(lines)
        start = lines[heading.line].start
        symbols.append(
            Symbol(
                name=heading.title,
                qualified_name=".".join(part for part in (module, *map(_slug, chains[index])) if part),
                kind="heading",
                signature=heading.title,
                doc=_opening(lines, heading.line + 1, own_end),
                start_byte=start,
                end_byte=lines[last].end,
                start_line=heading.line + 1,
                end_line=last + 1,
                parent=parents[index],
                visibility="public",
                is_test=False,
                signature_hash=_hash(b""),  # a heading is called by its title alone
                body_hash=_hash(data[start : lines[own_end - 1].end]),
                bases=(),
                returns="",
            ),
        )
    return tuple(symbols)


def _lines(data: bytes) -> list[Line]:
    """Split at line feeds; bytes that are no UTF-8 survive as lone surrogates, so that offsets stay exact."""
    raws = data.split(b"\n")
    texts = data.decode("utf-8", "surrogateescape").split("\n")
    new, start, lines = tuple.__new__, 0, []
    for raw, text in zip(raws, texts, strict=True):
        end = start + len(raw) + 1
        lines.append(new(Line, (text + "\n", start, end)))
        start = end
    lines.pop()
    if raws[-1]:  # the last line has no line feed
        lines.append(Line(texts[-1], len(data) - len(raws[-1]), len(data)))
    return lines


def _parents(headings: list[Heading]) -> list[int]:
    """Return for each heading the index of the nearest higher one before it, or -1."""
    parents: list[int] = []
    open_headings: list[int] = []
    for index, heading in enumerate(headings):
        while open_headings and headings[open_headings[-1]].level >= heading.level:
            open_headings.pop()
        parents.append(open_headings[-1] if open_headings else -1)
        open_headings.append(index)
    return parents


def _chains(headings: list[Heading]) -> list[tuple[str, ...]]:
    chains: list[tuple[str, ...]] = []
    for heading, parent in zip(headings, _parents(headings), strict=True):
        chains.append((*(chains[parent] if parent >= 0 else ()), heading.title))
    return chains


def _section_ends(headings: list[Heading], n_lines: int) -> list[int]:
    """Return for each heading the line where the next one of its level or higher stands."""
    ends = [n_lines] * len(headings)
    open_headings: list[int] = []
    for index, heading in enumerate(headings):
        while open_headings and headings[open_headings[-1]].level >= heading.level:
            ends[open_headings.pop()] = heading.line
        open_headings.append(index)
    return ends


def _sections(lines: list[Line], headings: list[Heading]) -> Iterator[Section]:
    starts = [0, *(heading.line for heading in headings)]
    stops = [*(heading.line for heading in headings), len(lines)]
    for index, (first, last) in enumerate(zip(starts, stops, strict=True)):
        if last > first:
            yield Section(index - 1, first, last, sum(len(line.text) for line in lines[first:last]))


def _grouped(sections: Iterator[Section]) -> Iterator[list[Section]]:
    """Join a short section and the next ones while they fit a window together."""
    group: list[Section] = []
    size = 0
    for section in sections:
        if group and (size >= SHORT_SECTION or size + section.size > WINDOW):
            yield group
            group, size = [], 0
        group.append(section)
        size += section.size
    if group:
        yield group


def _windows(lines: list[Line], first: int, last: int) -> Iterator[tuple[int, int, int, int]]:
    """Yield (start byte, end byte, first line, last line) of windows over lines, blank lines at their edges left out."""
    while first < last:
        if len(lines[first].text) > WINDOW:
            yield from _pieces(lines[first], first)
            first += 1
            continue
        cut = _cut(lines, first, last)
        low, high = first, cut
        while low < high and not lines[low].text.strip():
            low += 1
        while low < high and not lines[high - 1].text.strip():
            high -= 1
        if low < high:
            yield lines[low].start, lines[high - 1].end, low, high - 1
        first = cut


def _cut(lines: list[Line], first: int, last: int) -> int:
    """Return the line where a window that starts at `first` ends: its last blank line past the middle, else its limit."""
    size, blank = 0, -1
    for index in range(first, last):
        text = lines[index].text
        if size + len(text) > WINDOW:
            return blank if blank > first else index
        size += len(text)
        if size > WINDOW // 2 and not text.strip():
            blank = index + 1
    return last


def _pieces(line: Line, index: int) -> Iterator[tuple[int, int, int, int]]:
    start = line.start
    for at in range(0, len(line.text), LONGEST):
        piece = line.text[at : at + LONGEST]
        end = start + len(piece.encode("utf-8", "surrogateescape"))
        if piece.strip():
            yield start, end, index, index
        start = end


def _last_text_line(lines: list[Line], first: int, end: int) -> int:
    last = end - 1
    while last > first and not lines[last].text.strip():
        last -= 1
    return last


def _opening(lines: list[Line], first: int, last: int) -> str:
    """Return the first paragraph below a heading, underlines left out."""
    paragraph: list[str] = []
    for index in range(first, min(last, first + 40)):
        text = lines[index].text.strip()
        if text and not underline(text):
            paragraph.append(text[:DOC_LIMIT])
        elif paragraph:
            break
    return " ".join(paragraph).encode("utf-8", "replace").decode()[:DOC_LIMIT]


def _slug(title: str) -> str:
    """Write a heading as the anchor that renderers give it: `From source` is `from-source`."""
    return "-".join(word.lower() for word in words(title)) or "-"


def _hash(data: bytes) -> int:
    return int.from_bytes(blake2b(b" ".join(data.split()), digest_size=8).digest(), "big", signed=True)
