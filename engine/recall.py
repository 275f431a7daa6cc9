"""One question, one list: what was decided and learned, the code, what was said and what was committed, in one budget."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from engrep.engine import evidence, pack, recall_memories, store_search
from engrep.engine.candidates import Candidate
from engrep.engine.db import Connection
from engrep.engine.errors import NotIndexedError
from engrep.engine.evidence import Asked
from engrep.engine.identity import asker_at, identify
from engrep.engine.memory_types import Entry
from engrep.engine.namesakes import Meant, meant_by_words, meant_in
from engrep.engine.recall_memories import W_AMONG_HITS
from engrep.engine.recall_types import Item, Recall
from engrep.engine.sources import Meaning, Sources, Wanted
from engrep.engine.standing import Standing

if TYPE_CHECKING:
    from engrep.engine.store_history import Seen
    from engrep.engine.types import Search


def recall(text: str, sources: Sources, standing: Standing, wanted: Wanted) -> Recall:
    """Parse, gather from every lane, fuse, tell namesakes apart, pack."""
    started = time.perf_counter()
    asked = evidence.ask(text)
    meaning, code = _code(asked, sources, standing, wanted)
    meant = meaning.meant
    remembered = _memories(asked, sources, meant, standing) if "memory" in wanted.types else []
    said = _turns(asked, sources, standing) if "turn" in wanted.types else []
    told_to = _instructions(asked, sources, meant, code, standing) if "instruction" in wanted.types else []
    done = _commits(asked, sources, meaning, standing) if "commit" in wanted.types else []
    ranked = fuse(remembered, _unread(code, told_to), [*said, *done], told_to)
    told, withheld = _told(ranked, wanted)
    items, left_out = pack.pack(pack.distinct(told, _text), _shown(asked), wanted.budget, wanted.limit)
    items = _marked(items, told, sources)
    return Recall(
        text, tuple(items), sum(item.tokens for item in items), withheld, meant.ambiguous, left_out,
        round((time.perf_counter() - started) * 1000, 2),
    )  # fmt: skip


def _code(asked: Asked, sources: Sources, standing: Standing, wanted: Wanted) -> tuple[Meaning, list[Candidate]]:
    """Return what the question means by name, and the places in the code that answer it; words alone where nothing is indexed."""
    if not asked.query.terms:
        return Meaning(meant_by_words(asked.query)), []
    where = standing.file or None
    try:
        found = sources.search(asked.query.text, CODE_HITS, where) if "code" in wanted.types else None
        return sources.ask_code(lambda connection: _meant_and_found(connection, asked, where, found))
    except NotIndexedError:
        return Meaning(meant_by_words(asked.query)), []


def _meant_and_found(
    connection: Connection, asked: Asked, where: str | None, found: Search | None
) -> tuple[Meaning, list[Candidate]]:
    named = identify(connection, asked.query, asker_at(connection, where))
    meant = meant_in(connection, asked.query, named)
    files = {each.symbol.path for each in named if meant.strength.get(each.symbol.qualified_name) == 1.0}
    for path in meant.paths:
        fitting = store_search.blobs_by_path(connection, path, 2)
        files.update(found_path for _, found_path in fitting if len(fitting) == 1)
    meaning = Meaning(meant, frozenset(files))
    if found is None:
        return meaning, []
    from engrep.engine import recall_code

    return meaning, recall_code.weigh(connection, asked, found, meant)


def _memories(asked: Asked, sources: Sources, meant: Meant, standing: Standing) -> list[Candidate]:
    found: list[Candidate] = []
    for database, near in ((sources.project, sources.near_project), (sources.user, sources.near_user)):
        if database.path.exists():
            with database.reading() as connection:
                like = near(connection, asked.query.text)
                fitting = recall_memories.above_floor(recall_memories.gather(connection, asked, meant, standing, like))
                found += [*fitting, *recall_memories.cited(connection, fitting, standing)]
    return _here(found, sources)


def _here(found: Sequence[Candidate], sources: Sources) -> list[Candidate]:
    """Show memories as the code of this work tree has them, and leave out those of branches that are not merged here."""
    seen = sources.here([each.payload for each in found])
    kept = [each for each in found if each.payload.id in seen]
    for each in kept:
        each.payload = seen[each.payload.id]
        recall_memories.weigh_change(each)
    return kept


def _turns(asked: Asked, sources: Sources, standing: Standing) -> list[Candidate]:
    if not sources.project.path.exists():
        return []
    from engrep.engine import recall_turns  # a push, which is in haste, asks for neither turns nor code

    with sources.project.reading() as connection:
        return recall_turns.gather(connection, asked, standing)


def _commits(asked: Asked, sources: Sources, meaning: Meaning, standing: Standing) -> list[Candidate]:
    from engrep.engine import recall_commits

    def look(connection: Connection, seen: Seen) -> list[Candidate]:
        return recall_commits.gather(connection, seen, asked, meaning.meant, meaning.files, standing)

    return sources.ask_past(look) or []


def _instructions(
    asked: Asked, sources: Sources, meant: Meant, code: Sequence[Candidate], standing: Standing
) -> list[Candidate]:
    """Return what the instruction files say about it: those for the asker's folder, and for the folders of the code found."""
    if standing.as_of:
        return []  # nobody knows what they said then
    paths = [standing.file] if standing.file else [each.payload.path for each in code]
    files = sources.instructions({path.rpartition("/")[0] for path in paths})
    if not files:
        return []
    from engrep.engine import recall_instructions

    return recall_instructions.gather(files, asked, meant, standing)


def _marked(items: list[Item], told: Sequence[Candidate], sources: Sources) -> list[Item]:
    """Mark the memories that an instruction file contradicts; only those that set something can be."""
    shown = {item.id for item in items if item.type == "memory"}
    setting = [
        each.payload for each in told if each.type == "memory" and each.payload.slot and each.payload.id in shown
    ]
    files = sources.instructions(()) if setting else []
    if not files:
        return items
    from engrep.engine.contradicted import said_otherwise

    found = said_otherwise(setting, files)
    return [replace(item, contradicted=found[item.id].id) if item.id in found else item for item in items]


def _unread(code: Sequence[Candidate], told_to: Sequence[Candidate]) -> list[Candidate]:
    """Leave out the passages of instruction files that the index holds too."""
    read = {each.payload.id.rpartition(":")[0] for each in told_to}
    return [each for each in code if each.payload.path not in read]


def fuse(
    remembered: Sequence[Candidate],
    code: Sequence[Candidate],
    said: Sequence[Candidate],
    told_to: Sequence[Candidate] = (),
) -> list[Candidate]:
    """Put the lanes into one list, best first; a memory about a place that the code lane found gains by it."""
    places: Mapping[str, float] = {}
    if code:
        from engrep.engine import recall_code

        places = recall_code.places(code)
    for candidate in remembered:
        entry: Entry = candidate.payload
        near = (places.get(place, 0.0) for each in entry.anchors for place in (each.qualified_name, each.path))
        candidate.add("among_hits", W_AMONG_HITS * max(near, default=0.0))
    latest = sorted(remembered, key=lambda each: recall_memories.order(each.payload), reverse=True)
    return sorted(
        (*latest, *told_to, *code, *said), key=lambda each: (-round(each.score, 6), _TYPES[each.type], _key(each))
    )


CODE_HITS = 8  # places in the code that one answer may hold
_TYPES = {"memory": 0, "instruction": 1, "commit": 2, "code": 3, "turn": 4}


def _key(candidate: Candidate) -> tuple[str, int]:
    """Order what is equally good; memories stand in order already."""
    payload = candidate.payload
    if candidate.type in ("memory", "instruction"):
        return "", 0
    if candidate.type == "commit":
        return payload.id, 0
    return (payload.path, payload.start_line) if candidate.type == "code" else (payload.session, payload.number)


def _told(ranked: Sequence[Candidate], wanted: Wanted) -> tuple[list[Candidate], int]:
    """Leave out what is known already, and, unless it is asked for, what the code has left behind; count that."""
    kept, withheld = [], 0
    for candidate in ranked:
        if candidate.type == "memory":
            entry: Entry = candidate.payload
            if entry.id in wanted.but:
                continue
            if entry.is_withheld and not wanted.include_stale:
                withheld += 1
                continue
        kept.append(candidate)
    return kept, withheld


def _text(candidate: Candidate) -> str:
    return str(candidate.payload.text)


def _shown(asked: Asked) -> pack.Show:
    words = frozenset(asked.words)

    def show(candidate: Candidate) -> Item:
        if candidate.type == "memory":
            return pack.memory_item(candidate.payload, candidate)
        if candidate.type == "instruction":
            return pack.instruction_item(candidate.payload, candidate)
        if candidate.type == "code":
            return pack.code_item(candidate.payload, candidate)
        if candidate.type == "commit":
            from engrep.engine import recall_commits

            said = recall_commits.said(candidate.payload, words)
            return pack.commit_item(candidate.payload, said, recall_commits.time_of(candidate.payload), candidate)
        from engrep.engine import recall_turns

        return pack.turn_item(candidate.payload, recall_turns.passage(candidate.payload.text, words), candidate)

    return show
