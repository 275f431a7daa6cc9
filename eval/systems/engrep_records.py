"""engrep's own memory over records: taken in through the real store, asked through the real `recall`.

A record that belongs to a session is a turn of it, and goes to the archive; any other is a memory: its names are its title,
its scope the module it holds in. What another person owns lies in another home, as on a real machine.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from engrep.engine import store_archive
from engrep.engine.embed import EmbedderOf
from engrep.engine.errors import UsageError
from engrep.engine.memory import Memory
from engrep.engine.memory_types import KINDS, Evidence, Session, Turn
from engrep.engine.places import make_folder, memory_database
from engrep.engine.recall_types import Item
from engrep.engine.store_memory import open_memories
from engrep.eval.cases import Prepared
from engrep.eval.systems.engrep_code import model_of
from engrep.eval.systems.records import Question, Recalled, Record

TOKENS = 400  # of the budget for each entry that a question allows: room for all of them
OTHER_KIND = "convention"  # of a belief whose kind engrep does not have


@dataclass(frozen=True, slots=True)
class EngrepRecords:
    """engrep over records."""

    name: str
    embedder: EmbedderOf | None

    @contextmanager
    def open(self, records: Sequence[Record], state: Path) -> Iterator[EngrepRecordIndex]:
        """Take the records in, each person's into a home of their own."""
        with ExitStack() as opened:
            started = time.perf_counter()
            owners = {record.owner for record in records} | {""}
            index = EngrepRecordIndex({})
            for at, owner in enumerate(sorted(owners)):
                root, home = state / str(at) / "root", state / str(at) / "home"
                root.mkdir(parents=True)
                memory = opened.enter_context(Memory.open(root, home=home, embedder=self.embedder))
                index.homes[owner] = memory
                index.ids.update(_take(memory, home, [record for record in records if record.owner == owner]))
            stored = sum(path.stat().st_size for path in state.rglob("*.db*"))
            index.prepared = Prepared(time.perf_counter() - started, bytes=stored)
            yield index


@dataclass(slots=True)
class EngrepRecordIndex:
    """The memories of some people."""

    homes: dict[str, Memory]
    ids: dict[str, str] = field(default_factory=dict)  # of engrep's → of the record's
    prepared: Prepared = field(default_factory=lambda: Prepared(0.0))

    def recall(self, question: Question) -> Sequence[Recalled]:
        """Ask."""
        found = self._of(question).recall(
            question.text,
            place=question.scopes[0] if question.scopes else "",
            budget=TOKENS * question.limit,
            limit=question.limit,
            as_of=question.at or None,
            types=("memory", "code", "turn"),  # not what the machine's user tells every project
        )
        return self._recalled(found.items)

    def brief(self, question: Question) -> Sequence[Recalled]:
        """Return what a session there starts with, as far as somebody said that it always should."""
        place = question.scopes[0] if question.scopes else ""
        found = self._of(question).brief(place=place, budget=TOKENS * question.limit)
        return self._recalled([item for item in found.items if any(why.part == "pinned" for why in item.why)])

    def _of(self, question: Question) -> Memory:
        return self.homes.get(question.owner, self.homes[""])

    def _recalled(self, items: Sequence[Item]) -> list[Recalled]:
        found = []
        for item in items:
            record_id = self.ids[item.id or f"{item.session}/{item.number}"]
            text = item.text if item.type == "turn" else None
            found.append(Recalled((record_id,), item.score, tuple((why.part, why.value) for why in item.why), text))
        return found


def _take(memory: Memory, home: Path, records: Sequence[Record]) -> dict[str, str]:
    """Store records, and return which of them bears which id now."""
    turns = [record for record in records if record.session]
    beliefs = [record for record in records if not record.session]
    return {**_archive(memory, home, turns), **_remember(memory, beliefs)}


def _remember(memory: Memory, records: Sequence[Record]) -> dict[str, str]:
    own: dict[str, str] = {}
    for record in records:
        stored = memory.remember(
            record.text,
            title=", ".join(name.replace("_", " ") for name in record.names),
            kind=record.kind if record.kind in KINDS else OTHER_KIND,
            why=record.reason,
            scope=f"module:{record.scopes[0]}" if record.scopes else "user",
            pinned=record.pinned,
            trust="verified" if record.by_hand else "proposed",
            said_at=record.at,
            evidence=[Evidence("memory", own[each]) for each in record.related if each in own],
        )
        own[record.record_id] = stored.id
    for record in records:
        if record.status != "active" or record.superseded_by:
            memory.forget(own[record.record_id], why=record.superseded_by or record.status)
    return {stored: record_id for record_id, stored in own.items()}


def _archive(memory: Memory, home: Path, records: Sequence[Record]) -> dict[str, str]:
    """Keep turns as `import` keeps those of a program's history."""
    archive = open_memories(memory_database(memory.root, home))
    make_folder(archive.path)
    sessions: dict[str, list[Record]] = {}
    for record in records:
        sessions.setdefault(record.session, []).append(record)
    ids = {}
    for name, turns in sessions.items():
        kept = [Turn(name, at, turn.kind, turn.at, turn.text) for at, turn in enumerate(turns, 1)]
        ids.update({f"{name}/{at}": turn.record_id for at, turn in enumerate(turns, 1)})
        project = " ".join(turns[0].scopes)
        session = Session(name, "file", project, "", turns[0].at, turns[-1].at, "", len(kept), "")
        with archive.writing() as connection:
            store_archive.append(
                connection, session, store_archive.pack(kept), store_archive.Watermark(), before=None, afresh=False
            )
    archive.close()
    return ids


def engrep_records(rest: str) -> EngrepRecords:
    """Read what follows the name: nothing, `@none` for no model, or `@PATH.npz` for another one.

    Raises:
        UsageError: it is none of these.

    """
    if rest and not rest.startswith("@"):
        message = f"engrep{rest}: engrep over records takes @none or @PATH.npz and nothing else"
        raise UsageError(message)
    return EngrepRecords(f"engrep{rest}", model_of(rest))
