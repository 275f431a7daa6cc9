"""The tools about what was remembered and said: recall, remember, forget, memories, sessions; and status."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from engrep.engine.errors import NotIndexedError, StateError
from engrep.mcp_answer import Answer, asked_for
from engrep.mcp_arguments import Arguments
from engrep.mcp_pages import fill, read_cursor, write_cursor
from engrep.mcp_shapes import Data, change, clean, entry, item, remembered, session, turn
from engrep.mcp_texts import DATA
from engrep.mcp_texts import change as change_text
from engrep.mcp_texts import item as item_text
from engrep.mcp_texts import memory as memory_text
from engrep.mcp_texts import session as session_text
from engrep.mcp_texts import turn as turn_text

if TYPE_CHECKING:
    from engrep.engine.memory import Memory
    from engrep.engine.recall_types import Recall

ACTOR = "agent"  # who did it, in the history of a memory


def recall(memory: Memory, asked: Arguments) -> Answer:
    """Bring back what answers a question."""
    found = memory.recall(
        asked["query"], from_file=asked["from_file"], budget=asked["budget"], include_stale=asked["include_stale"],
        as_of=asked["as_of"], limit=asked["limit"], types=asked["types"] or None,
    )  # fmt: skip
    code = {each.path for each in found.items if each.type == "code"}
    stale = _stale(memory, code | {anchor.path for each in found.items for anchor in each.anchors})
    shown: list[Data] = fill([clean(item(each, stale)) for each in found.items], item_text, asked["budget"])
    left_out = found.left_out + len(found.items) - len(shown)
    rest = {
        "reason": None if shown else "nothing that was remembered, said or written answers it",
        "ambiguous": _ambiguous(found),
    }
    return Answer(
        {"items": shown, "stale_withheld": found.stale_withheld, "left_out": left_out, **clean(rest)},
        f"{len(shown)} {'thing' if len(shown) == 1 else 'things'} for {clean(asked['query'][:80])!r}"
        + (f" ({DATA})" if shown else ""),
        [item_text(each) for each in shown],
        is_stale=bool(stale),
        notes=_withheld(found.stale_withheld, left_out),
    )


def _stale(memory: Memory, paths: Collection[str]) -> frozenset[str]:
    """Return which files changed since they were indexed; none where nothing is."""
    try:
        return memory.stale_among(paths) if paths else frozenset()
    except NotIndexedError:
        return frozenset()


def _ambiguous(found: Recall) -> Data | None:
    from engrep.mcp_shapes import ambiguous

    return ambiguous(found.ambiguous)


def _withheld(stale: int, left_out: int) -> tuple[str, ...]:
    notes = []
    if stale:
        what = "memory is" if stale == 1 else "memories are"
        notes.append(f"{stale} {what} withheld, for the code changed or is gone: include_stale shows them")
    if left_out:
        notes.append(f"{left_out} more fit the question: a larger budget shows them")
    return tuple(notes)


def remember(memory: Memory, asked: Arguments) -> Answer:
    """Keep a fact, or say one otherwise that is kept."""
    if asked["id"]:
        return _edited(memory, asked)
    stored = memory.remember(
        asked["text"], kind=asked["kind"] or "decision", about=tuple(asked["about"] or ()), why=asked["why"] or "",
        scope=asked["scope"], slot=asked["slot"] or "", pinned=bool(asked["pinned"]), from_file=asked["from_file"], actor=ACTOR,
    )  # fmt: skip
    data: Data = clean(remembered(stored))
    verb = (
        f"known already as {stored.duplicate_of}"
        if stored.duplicate_of
        else f"remembered as {stored.id}, {stored.status}"
    )
    return Answer(data, verb, _consequences(data))


def _edited(memory: Memory, asked: Arguments) -> Answer:
    stored = memory.edit(
        asked["id"],
        asked["text"],
        why=asked["why"],
        kind=asked["kind"],
        scope=asked["scope"],
        slot=asked["slot"],
        actor=ACTOR,
    )
    if asked["pinned"] is not None:
        memory.pin(stored.id, pinned=asked["pinned"], actor=ACTOR)
    data: Data = clean(remembered(stored))
    kept = (
        ("what it is about stays as it was: forget it and remember it anew to change that",) if asked["about"] else ()
    )
    return Answer(data, f"{stored.id} says otherwise from now on, {stored.status}", _consequences(data), notes=kept)


def _consequences(data: Data) -> list[str]:
    said = [
        f"about {each.get('qualified_name') or each.get('path')} ({each.get('state', 'fresh').replace('_', ' ')})"
        for each in data.get("anchors", ())
    ]
    if data.get("superseded"):
        said.append(f"replaces {', '.join(data['superseded'])}")
    if data.get("conflicts"):
        said.append(f"contradicts {', '.join(data['conflicts'])}: forget the one that does not hold")
    if data.get("redacted"):
        said.append(f"{data['redacted']} secrets were taken out")
    return ["\n".join(said)] if said else []


def forget(memory: Memory, asked: Arguments) -> Answer:
    """Take a memory out, bring it back, or confirm it."""
    wanted, why = asked["id"], asked["why"] or ""
    if asked["action"] == "confirm":
        found = memory.confirm(wanted, actor=ACTOR)
    elif asked["action"] == "restore":
        found = memory.restore(wanted, why=why, actor=ACTOR)
    else:
        found = memory.forget(wanted, why=why, actor=ACTOR)
    data: Data = clean(entry(found))
    undo = "; forget with action=restore brings it back" if found.status == "forgotten" else ""
    return Answer(data, f"{found.id} is {found.status} now{undo}", [memory_text(data)])


def memories(memory: Memory, asked: Arguments) -> Answer:
    """List memories, or tell the life of one."""
    if asked["id"]:
        return _history(memory, asked)
    start = read_cursor("memories", asked_for(asked), asked["cursor"])
    status = None if asked["status"] == "all" else asked["status"]
    found = memory.listed_page(
        status=status, kind=asked["kind"], pinned=bool(asked["pinned"]), stale=asked["stale"], skip=start,
        limit=asked["limit"],
    )  # fmt: skip
    stale = _stale(memory, {anchor.path for each in found.entries for anchor in each.anchors})
    shown: list[Data] = fill([clean(entry(each, stale)) for each in found.entries], memory_text, asked["budget"])
    end = start + len(shown)
    rest = {
        "reason": None if shown else "there are no more" if start else "nothing like it is remembered",
        "stale_withheld": found.stale_withheld or None,
        "elsewhere": found.elsewhere or None,
        "next_cursor": write_cursor("memories", asked_for(asked), end) if end < found.total else None,
    }
    notes = [f"{found.elsewhere} belong to branches that are not merged here"] if found.elsewhere else []
    if found.stale_withheld and not asked["stale"]:
        notes.append(f"{found.stale_withheld} are withheld, for the code changed or is gone: stale=true lists them")
    return Answer(
        {"memories": shown, "total": found.total, **clean(rest)},
        f"{found.total:,} {'memory' if found.total == 1 else 'memories'}"
        + (f", {start + 1} to {end} ({DATA})" if shown else ""),
        [memory_text(each) for each in shown],
        is_stale=bool(stale),
        notes=tuple(notes),
    )


def _history(memory: Memory, asked: Arguments) -> Answer:
    told = memory.memory(asked["id"])
    stale = _stale(memory, {anchor.path for anchor in told.anchors})
    found: Data = clean(entry(told, stale))
    changes: list[Data] = [clean(change(each)) for each in memory.history(found["id"])]
    shown = fill(changes[::-1], change_text, asked["budget"])
    left_out = len(changes) - len(shown)
    return Answer(
        {"memories": [found], "total": 1, "changes": shown},
        f"{found['id']} and what happened to it, newest first ({DATA})",
        [memory_text(found), *(change_text(each) for each in shown)],
        is_stale=bool(stale),
        notes=(f"{left_out} older changes have no room",) if left_out else (),
    )


def sessions(memory: Memory, asked: Arguments) -> Answer:
    """List sessions, or read one."""
    start = read_cursor("sessions", asked_for(asked), asked["cursor"])
    if asked["id"]:
        return _turns(memory, asked, start)
    kept = memory.sessions()[::-1]
    shown: list[Data] = fill(
        [clean(session(each)) for each in kept[start : start + asked["limit"]]], session_text, asked["budget"]
    )
    end = start + len(shown)
    rest = {
        "reason": None
        if shown
        else "there are no more"
        if start
        else "no session is kept: `engrep import claude` takes them in",
        "next_cursor": write_cursor("sessions", asked_for(asked), end) if end < len(kept) else None,
    }
    return Answer(
        {"total": len(kept), "sessions": shown, **clean(rest)},
        f"{len(kept):,} sessions" + (f", {start + 1} to {end} ({DATA})" if shown else ""),
        [session_text(each) for each in shown],
    )


def _turns(memory: Memory, asked: Arguments, after: int) -> Answer:
    found = memory.session(asked["id"], after=after, limit=asked["limit"])
    shown: list[Data] = fill([clean(turn(each)) for each in found.turns], turn_text, asked["budget"])
    goes_on = found.next_after is not None or len(shown) < len(found.turns)
    rest = {
        "session": session(found.session),
        "reason": None if shown else "there are no more",
        "next_cursor": write_cursor("sessions", asked_for(asked), shown[-1]["number"]) if goes_on and shown else None,
    }
    return Answer(
        {"total": found.session.turns, "turns": shown, **clean(rest)},
        f"session {clean(found.session.id)}, {found.session.turns} turns ({DATA})",
        [turn_text(each) for each in shown],
    )


def status(memory: Memory, asked: Arguments) -> Answer:
    """Tell what is indexed and remembered."""
    del asked
    found = memory.status()
    data = {
        "root": found.root, "commit": found.commit, "indexed_at": found.indexed_at, "files": found.files, "lines": found.lines,
        "symbols": found.symbols, "edges": found.edges, "languages": found.languages, "skipped": found.skipped,
        "problems": found.problems, "changed_files": found.changed_files, "new_files": found.new_files,
        "missing_files": found.missing_files, "vectors": found.vectors, "without_vectors": found.without_vectors,
        **_kept(memory),
    }  # fmt: skip
    shown: Data = {"indexed": found.indexed, **clean(data)}
    lines = [f"{name.replace('_', ' ')}: {_counted(value)}" for name, value in shown.items() if name != "indexed"]
    return Answer(shown, f"{'indexed' if found.indexed else 'not indexed'}: {shown['root']}", ["\n".join(lines[1:])])


def _kept(memory: Memory) -> Data:
    """Count what is remembered; where that cannot be read, the code is told of all the same."""
    try:
        by_status = memory.memory_page(limit=1).by_status
        counts = {name: by_status.get(status, 0) for name, status in (("memories", "active"), ("proposed", "proposed"))}
        return {**counts, "sessions": len(memory.sessions())}
    except StateError as error:
        return {"trouble": str(error)}


def _counted(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {count:,}" for name, count in value.items())
    return f"{value:,}" if isinstance(value, int) else str(value)
