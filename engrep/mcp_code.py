"""The tools about code, each one verb of the library: search, symbol, callers, impact."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from engrep.engine.errors import EngrepError, NotFoundError
from engrep.mcp_answer import Answer, asked_for
from engrep.mcp_arguments import Arguments
from engrep.mcp_pages import cost, fill, read_cursor, write_cursor
from engrep.mcp_shapes import EXCERPT_LINES, Data, ambiguous, clean, edge, hit, item
from engrep.mcp_texts import DATA
from engrep.mcp_texts import edge as edge_text
from engrep.mcp_texts import hit as hit_text
from engrep.mcp_texts import item as item_text

if TYPE_CHECKING:
    from engrep.engine.memory import Memory
    from engrep.engine.types import Edges, Hit, Search


def search(memory: Memory, asked: Arguments) -> Answer:
    """Answer a question with places in the code."""

    def find(limit: int) -> Search:
        return memory.search(
            asked["query"], limit=limit, from_file=asked["from_file"], path=asked["path"], language=asked["language"],
            kind=asked["kind"],
        )  # fmt: skip

    return _hits("search", asked, find, asked["budget"], most_lines=EXCERPT_LINES)


def symbol(memory: Memory, asked: Arguments) -> Answer:
    """Show the definitions of a name, and why it is as it is."""
    reasons, notes = _reasons(memory, asked) if asked["why"] and not asked["cursor"] else ([], ())
    answer = _hits(
        "symbol",
        asked,
        lambda limit: memory.symbol(asked["name"], from_file=asked["from_file"], limit=limit),
        asked["budget"] - sum(cost(each, item_text) for each in reasons),
        most_lines=None,
    )
    return replace(
        answer,
        data={**answer.data, "reasons": reasons} if reasons else answer.data,
        entries=[*answer.entries, *map(item_text, reasons)],
        notes=(*answer.notes, *notes),
    )


def _reasons(memory: Memory, asked: Arguments) -> tuple[list[Data], tuple[str, ...]]:
    """Return the memories about a place and the commits that its lines come from, or why there are none."""
    try:
        found = memory.why(asked["name"], from_file=asked["from_file"], budget=asked["budget"] // 2)
    except EngrepError as error:
        return [], (f"why: {error}",)
    shown = fill([clean(item(each, ())) for each in found.items], item_text, asked["budget"] // 2)
    return shown, () if shown else (f"neither a memory nor a commit says why {found.query} is as it is",)


def callers(memory: Memory, asked: Arguments) -> Answer:
    """List callers, callees or implementations."""
    verb = {"callers": memory.callers, "callees": memory.callees, "implementations": memory.implementations}[
        asked["direction"]
    ]
    noun = asked["direction"].removesuffix("s")
    return _edges("callers", asked, memory, noun, lambda limit: verb(asked["name"], limit=limit, **_walk(asked)))


def impact(memory: Memory, asked: Arguments) -> Answer:
    """List what a change reaches."""
    return _edges(
        "impact", asked, memory, "dependent",
        lambda limit: memory.impact(asked["name"], diff=asked["diff"], limit=limit, **_walk(asked)),
    )  # fmt: skip


def _walk(asked: Arguments) -> dict[str, Any]:
    """Return how far to walk; what is not said is the library's to choose."""
    given = {name: asked[name] for name in ("depth", "min_confidence", "from_file")}
    return {name: value for name, value in given.items() if value is not None}


def _hits(tool: str, asked: Arguments, find: Callable[[int], Search], budget: int, *, most_lines: int | None) -> Answer:
    start = read_cursor(tool, asked_for(asked), asked["cursor"])
    limit = asked["limit"]
    found = find(start + limit + 1)
    page: Sequence[Hit] = found.hits[start : start + limit]
    shown: list[Data] = fill([clean(hit(each, most_lines=most_lines)) for each in page], hit_text, budget)
    goes_on = len(found.hits) > start + len(shown)
    rest = {
        "ambiguous": ambiguous(found.ambiguous) if start == 0 else None,
        "reason": found.reason if not start else None if shown else "there are no more",
        "did_you_mean": found.did_you_mean,
        "next_cursor": write_cursor(tool, asked_for(asked), start + len(shown)) if goes_on else None,
    }
    what = asked["query" if tool == "search" else "name"]
    notes = [f"searched without vectors: {found.index.without_vectors}"] if found.index.without_vectors else []
    return Answer(
        {"hits": shown, **clean(rest)},
        _heading(len(shown), "place" if tool == "search" else "definition", what, start=start),
        [hit_text(each) for each in shown],
        is_stale=any(each.stale for each in page),
        notes=tuple(notes),
    )


def _edges(tool: str, asked: Arguments, memory: Memory, noun: str, walk: Callable[[int], Edges]) -> Answer:
    start = read_cursor(tool, asked_for(asked), asked["cursor"])
    limit = asked["limit"]
    try:
        found = walk(start + limit)
    except NotFoundError as error:
        unknown = {"symbol": asked["name"], "reason": str(error), "did_you_mean": error.near}
        return Answer({"edges": [], "total": 0, **clean(unknown)}, f"0 {noun}s of {clean(asked['name'])}", [])
    page = found.edges[start:]
    stale = memory.stale_among({each.path for each in page})
    shown: list[Data] = fill([clean(edge(each, stale)) for each in page], edge_text, asked["budget"])
    end = start + len(shown)
    rest = {
        "symbol": found.symbol, "shown": len(shown), "reason": found.reason if shown or not start else "there are no more", "namesakes": found.namesakes,
        "ambiguous_references": found.ambiguous_references or None,
        "unresolved_references": found.unresolved_references or None,
        "next_cursor": write_cursor(tool, asked_for(asked), end) if end < found.total else None,
    }  # fmt: skip
    of = f"{noun} of" if found.total == 1 else f"{noun}s of"
    span = f", {start + 1} to {end}" if len(shown) < found.total and shown else ""
    return Answer(
        {"edges": shown, "total": found.total, **clean(rest)},
        f"{found.total:,} {of} {clean(found.symbol)}{span}",
        ["\n".join(edge_text(each) for each in shown), *_open_ends(found)] if shown else _open_ends(found),
        is_stale=bool(stale),
    )


def _open_ends(found: Edges) -> list[str]:
    """Say which uses of the name may belong here too, and what else the name may mean."""
    said = []
    if open_ones := found.ambiguous_references + found.unresolved_references:
        said.append(f"{open_ones:,} more uses of the name could not be told apart or resolved")
    if found.namesakes:
        said.append(f"the name may also mean {', '.join(map(clean, found.namesakes[:5]))}")
    return ["\n".join(said)] if said else []


def _heading(count: int, noun: str, what: str, *, start: int) -> str:
    question = what if len(what) <= 80 else f"{what[:80]}…"
    shown = (
        f"{noun}s {start + 1} to {start + count}"
        if start and count
        else f"{count} {noun if count == 1 else noun + 's'}"
    )
    return f"{shown} for {clean(question)!r}" + (f" ({DATA})" if count else "")
