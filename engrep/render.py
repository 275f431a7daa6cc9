"""How hits and edges look to a person: calm lines, the terminal's own colours, the matched words marked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from engrep.failures import did_you_mean
from engrep.output import safe_line
from engrep.render_columns import GAP, columns, shortened, width_of
from engrep.snippet import snippet_lines

if TYPE_CHECKING:
    from rich.console import Console

    from engrep.engine.types import Ambiguity, Edges, Hit, IndexState, Search

NAME, PLACE, QUIET, WARN = "bold", "cyan", "dim", "yellow"
SIGNATURE = 60  # letters of a namesake's signature: enough to tell two apart
MOST_NAMESAKES = 3  # named in a line below an answer
MOST_WORDS = 64  # of a pasted issue text, the longest words: marking all would mark everything


def search_lines(found: Search, console: Console, *, why: bool, narrowed: str = "") -> Iterator[Text]:
    """Give the lines of an answer: the hits, then what the question left open."""
    words = question_words(found.query)
    for hit in found.hits:
        yield _headline(hit)
        yield from snippet_lines(hit, words, console)
        if why:
            yield _why(hit)
        yield Text()
    if found.ambiguous is not None:
        yield from _ambiguity(found.ambiguous, width_of(console))
    if not found.hits:
        yield Text(_nothing(found, narrowed))
    elif found.did_you_mean:
        near = safe_line(did_you_mean(found.did_you_mean))
        yield Text(f"Nothing bears the name {safe_line(found.query)}{near}", WARN)
    if console.is_terminal:
        yield _footer(len(found.hits), found.ms, found.index)
    else:  # whoever reads a pipe is told what an answer lacks, too
        yield from (Text(warning, WARN) for warning in _lacks(found.index))


def _nothing(found: Search, narrowed: str) -> str:
    if not found.query.strip():
        return "Nothing found: the question is empty"
    question = found.query if len(found.query) <= 80 else f"{found.query[:80]}…"
    within = f" with {narrowed}" if narrowed else ""
    because = f": {found.reason}" if found.reason else ""
    return f"Nothing found for {safe_line(question + within + because + did_you_mean(found.did_you_mean))}"


def edge_lines(edges: Edges, *, noun: str, width: int | None = None) -> Iterator[Text]:
    """Give the lines of a walk along the call graph, for a terminal of some columns or a pipe."""
    yield _edge_headline(edges, noun)
    deep = any(edge.depth > 1 for edge in edges.edges)
    yield from columns(
        [
            [
                *([Text(f"{GAP * (edge.depth - 1)}{edge.depth}", QUIET)] if deep else []),
                Text(safe_line(edge.qualified_name), NAME),
                place(edge.path, edge.line),
                Text(edge.rung, QUIET),
                Text(f"{edge.confidence:.2f}", WARN if edge.confidence < 0.5 else QUIET),
            ]
            for edge in edges.edges
        ],
        width,
    )
    if not edges.edges and edges.reason:
        yield Text(GAP + safe_line(edges.reason))
    if edges.namesakes:
        yield Text(f"{GAP}{_namesakes(edges.namesakes)}", WARN)
    if open_ends := _open_ends(edges):
        yield Text(f"{GAP}{open_ends}", QUIET)


def question_words(question: str) -> tuple[str, ...]:
    """Give the words worth marking, longest first: whole identifiers and their parts, no one- and two-letter words."""
    whole = re.findall(r"\w+", question)
    parts = [part for word in whole for part in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_a-zA-Z]+", word)]
    words = {word.lower() for word in (*whole, *parts) if len(word) > 2 or not word.isascii()}
    return tuple(sorted(words - _COMMON, key=lambda word: (-len(word), word)))[:MOST_WORDS]


def place(path: str, line: int) -> Text:
    """Write `path:line` the way terminals and editors make it clickable."""
    return Text(f"{safe_line(path)}:{line}", PLACE)


def counted(number: int, noun: str) -> str:
    """Write a number with its noun: `"1 caller"`, `"2,000 callees"`."""
    plural = noun if number == 1 else f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number:,} {plural}"


_COMMON = frozenset(
    "the and for are was were has have had not but from with into that this these those where when which what who whose"
    " why how does did can could should would will shall its our your their them they there here any all each".split()
)


def _headline(hit: Hit) -> Text:
    name = safe_line(hit.qualified_name or hit.symbol or hit.module or hit.path)
    line = Text.assemble((name, NAME), (f"{GAP}{safe_line(hit.kind)}{GAP}", QUIET), place(hit.path, hit.start_line))
    if hit.stale:
        line.append(f"{GAP}changed since it was indexed", WARN)
    return line


def _why(hit: Hit) -> Text:
    parts = sorted(hit.why, key=lambda why: -abs(why.value))
    line = Text.assemble(GAP, (_amount(hit.score), NAME))
    if parts:
        line.append(" = " + " · ".join(f"{safe_line(why.part)} {_amount(why.value)}" for why in parts), QUIET)
    if hit.margin is not None:
        line.append(f"{GAP}margin to the nearest namesake {_amount(hit.margin)}", QUIET)
    return line


def _amount(value: float) -> str:
    return f"{round(value, 2) + 0.0:.2f}"  # adding zero turns a negative zero into zero


def _ambiguity(ambiguous: Ambiguity, width: int | None) -> Iterator[Text]:
    many = counted(len(ambiguous.candidates), "namesake")
    yield Text(f"Undecided between {many} of {safe_line(ambiguous.name)} (margin {_amount(ambiguous.margin)}):", WARN)
    yield from columns(
        [
            [
                Text(safe_line(candidate.qualified_name), NAME),
                place(candidate.path, candidate.start_line),
                Text(shortened(safe_line(candidate.signature), SIGNATURE), QUIET),
                Text(f"called by {safe_line(candidate.caller)}" if candidate.caller else "", QUIET),
            ]
            for candidate in ambiguous.candidates
        ],
        width,
    )
    yield Text(f"{GAP}Name the module in the question, or say where you stand with --from FILE.", QUIET)
    yield Text()


def _footer(n_hits: int, ms: float, index: IndexState) -> Text:
    parts = [counted(n_hits, "hit"), f"{ms:.0f} ms", counted(index.files, "file")]
    if index.commit:
        parts.append(f"indexed at {index.commit[:9]}")
    line = Text.assemble((" · ".join(parts), QUIET))
    for warning in _lacks(index):
        line.append(f" · {warning}", WARN)
    return line


def _lacks(index: IndexState) -> Iterator[str]:
    if index.stale_files:
        yield f"{counted(index.stale_files, 'file')} changed since: run `engrep index`"
    if index.without_vectors:
        yield f"without vectors: {safe_line(index.without_vectors)}"
    if index.without_second_stage:
        yield f"without the second stage: {safe_line(index.without_second_stage)}"


def _edge_headline(edges: Edges, noun: str) -> Text:
    total = counted(edges.total, noun) if edges.total else f"no {counted(0, noun)[2:]}"
    shown = f", {edges.shown:,} shown" if edges.shown < edges.total else ""
    return Text.assemble((safe_line(edges.symbol), NAME), (f"{GAP}{total}{shown}", QUIET))


def _namesakes(names: Sequence[str]) -> str:
    shown = ", ".join(safe_line(name) for name in names[:MOST_NAMESAKES])
    more = " and others" if len(names) > MOST_NAMESAKES else ""
    return f"not about its namesakes {shown}{more}: name the module to choose"


def _open_ends(edges: Edges) -> str:
    parts = (("ambiguous", edges.ambiguous_references), ("unresolved", edges.unresolved_references))
    named = [f"{number:,} {word}" for word, number in parts if number]
    return f"not counted: {' and '.join(named)} references of that name" if named else ""
