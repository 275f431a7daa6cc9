"""From the turns of a session to memories: read, gate, redact, settle, and remember how far.

Reading happens outside any transaction; what it gives is written in one, together with the session's watermark. So a crash
repeats nothing and loses nothing, and of two processes that read the same turns only one writes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from engrep.engine import lifecycle
from engrep.engine import store_memory as store
from engrep.engine.db import Connection, Database
from engrep.engine.lifecycle import Statement, Stored
from engrep.engine.memory_types import Anchor, Entry, Evidence, Turn
from engrep.engine.store_anchored import Reach, keep_branch
from engrep.engine.store_claims import same_words, set_watermark, watermark
from engrep.engine.store_recall import best_rows
from engrep.indexers.slots import wording
from engrep.indexers.statement import Candidate
from engrep.indexers.statement_evidence import beside, borne_out
from engrep.indexers.statement_gate import InstructionLine, admitted, is_near
from engrep.indexers.statements import statements
from engrep.indexers.storable import storable
from engrep.indexers.text import terms

_NEIGHBOURS = 8  # memories looked at for one that says nearly the same
_LOST_RACES = 10  # other processes that may distil the same session meanwhile


class Reader(Protocol):
    """Whatever finds candidates in turns: the rules, or a language model; the same gate judges both."""

    def __call__(self, turns: Sequence[Turn]) -> Sequence[Candidate]:
        """Return candidates with the numbers of the turns that they rest on."""
        ...


@dataclass(frozen=True, slots=True)
class Ground:
    """What is known beside the session: names in the index, lines of instruction files, where hints lead in the code."""

    is_known_name: Callable[[str], bool] = lambda _: False
    instructions: Collection[InstructionLine] = ()
    anchors_of: Callable[[tuple[str, ...]], tuple[Anchor, ...]] = lambda _: ()
    branch: str = ""
    rereads: int = 0
    reach_of: Callable[[str], Reach | None] = lambda _: None


@dataclass(frozen=True, slots=True)
class Drawn:
    """One statement that was drawn from a session, and what became of it."""

    id: str  # '' in a dry run
    status: str
    kind: str
    text: str
    turns: tuple[int, ...]
    superseded: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    duplicate_of: str | None = None


@dataclass(frozen=True, slots=True)
class Distilled:
    """What one session gave."""

    session: str
    turns: int  # read for the first time
    drawn: tuple[Drawn, ...] = ()
    rejected_before: int = 0
    dry_run: bool = False
    redacted: int = field(default=0)


def distil(
    project: Database,
    user: Database,
    session: str,
    turns: Sequence[Turn],
    ground: Ground,
    *,
    readers: Sequence[Reader] = (statements,),
    more: Sequence[Candidate] = (),
    dry_run: bool = False,
) -> Distilled:
    """Draw memories from what is new in a session; again, it gives nothing.

    `more` is what a language model found, of whatever turns; it counts where its evidence bears it out and no reader has
    drawn something from the same passage.
    """
    last = turns[-1].number if turns else 0
    for _ in range(_LOST_RACES):
        mark = _mark(project, session, ground.rereads)
        if last <= mark and not more:
            break
        found = _read(turns, mark, ground, readers, more)
        if dry_run:
            drawn = tuple(Drawn("", _status(each), each.kind, _text(each), each.turns) for each in found)
            return Distilled(session, max(last - mark, 0), drawn, dry_run=True)
        keeping = _Keeping(session, {turn.number: turn for turn in turns}, ground)
        is_bound = bool(ground.branch) and any(each.scope == "branch" for each in found)
        reach = ground.reach_of(ground.branch) if is_bound else None
        wide = [each for each in found if each.scope == "user"]
        if wide:
            with user.writing() as connection:
                keeping.keep(connection, wide)
        with project.writing() as connection:
            if watermark(connection, session, ground.rereads) != mark:
                continue  # another process was faster: what it left over is read again
            keeping.keep(connection, [each for each in found if each.scope != "user"])
            if reach is not None:
                keep_branch(connection, ground.branch, reach)
            set_watermark(connection, session, ground.rereads, max(last, mark), lifecycle.now())
        return Distilled(
            session, max(last - mark, 0), tuple(keeping.drawn), keeping.rejected_before, redacted=keeping.redacted
        )
    return Distilled(session, 0, dry_run=dry_run)


def _mark(project: Database, session: str, rereads: int) -> int:
    if not project.path.exists():
        return 0
    with project.reading() as connection:
        return watermark(connection, session, rereads)


def _read(
    turns: Sequence[Turn], mark: int, ground: Ground, readers: Sequence[Reader], more: Sequence[Candidate]
) -> list[Candidate]:
    """Return what rests on a turn after the watermark; the turns before are read for their sense."""
    every = [each for reader in readers for each in reader(turns)]
    found = [each for each in every if max(each.turns, default=0) > mark]
    found += beside(borne_out(more, turns), every)
    return admitted(found, turns, is_known_name=ground.is_known_name, instructions=ground.instructions)


def _status(candidate: Candidate) -> str:
    return "active" if candidate.is_stated else "proposed"


def _text(candidate: Candidate) -> str:
    return f"{candidate.body} (because {candidate.reason})" if candidate.reason else candidate.body


class _Keeping:
    """Keeps candidates in a database, and counts what became of them."""

    def __init__(self, session: str, turns: dict[int, Turn], ground: Ground) -> None:
        self.drawn: list[Drawn] = []
        self.rejected_before = self.redacted = 0
        self._session, self._turns, self._ground = session, turns, ground

    def keep(self, connection: Connection, candidates: Sequence[Candidate]) -> None:
        """Keep what is not rejected, and not known from this very passage."""
        key = store.redaction_key(connection)
        for candidate in candidates:
            statement = self._statement(candidate, key)
            if _is_rejected(connection, statement):
                self.rejected_before += 1
            elif not self._is_taken(connection, statement):
                self._add(candidate, _kept(connection, statement, self._session))

    def _statement(self, candidate: Candidate, key: bytes) -> Statement:
        """Return what a candidate says, without secrets: what was rejected or is known is told by the words that are kept."""
        anchors = self._ground.anchors_of(candidate.hints)
        is_branch = candidate.scope == "branch" and bool(self._ground.branch)
        said = [self._turns[number] for number in candidate.turns if number in self._turns]
        told = Statement(
            body=candidate.body, kind=candidate.kind, reason=candidate.reason,
            scope="branch" if is_branch else "user" if candidate.scope == "user" else "project",
            place=self._ground.branch if is_branch else "",
            subject=anchors[0].qualified_name if len(anchors) == 1 else "",
            status=_status(candidate), trust="corroborated" if candidate.is_confirmed else "proposed",
            said_at=max((turn.at for turn in said), default=""), anchors=anchors,
            evidence=tuple(Evidence(self._session, str(turn.number), candidate.quote) for turn in said),
        )  # fmt: skip
        statement, found = storable(told, key)
        self.redacted += found
        return statement

    def _is_taken(self, connection: Connection, statement: Statement) -> bool:
        """Tell whether the same words were drawn from this session, or ceased to hold after they were said."""
        rows = store.entries_by_row(connection, same_words(connection, wording(statement.body)))
        return any(
            {each.turn for each in entry.evidence if each.session == self._session}
            & {each.turn for each in statement.evidence}
            or (entry.valid_to is not None and statement.said_at and entry.valid_to > statement.said_at)
            for entry in rows.values()
        )

    def _add(self, candidate: Candidate, stored: Stored) -> None:
        entry = stored.entry
        self.drawn.append(
            Drawn(
                entry.id,
                entry.status,
                entry.kind,
                entry.text,
                candidate.turns,
                stored.superseded,
                stored.conflicts,
                stored.duplicate_of,
            )
        )


def _kept(connection: Connection, statement: Statement, session: str) -> Stored:
    known = next(
        (
            entry
            for entry in _neighbours(connection, statement)
            if entry.status in ("active", "proposed")
            and (entry.subject, entry.scope, entry.place) == (statement.subject, statement.scope, statement.place)
            and is_near(entry.body, statement.body)
        ),
        None,
    )
    if known is not None:
        return lifecycle.corroborate(connection, known, statement, actor="distil", at=lifecycle.now())
    return lifecycle.remember(connection, statement, actor="distil", cause=session)


def _neighbours(connection: Connection, statement: Statement) -> list[Entry]:
    rows = best_rows(connection, set(terms(statement.body)), _NEIGHBOURS)
    return list(store.entries_by_row(connection, rows).values())


def _is_rejected(connection: Connection, statement: Statement) -> bool:
    """Tell whether a person has rejected the statement, in these words or nearly these."""
    if store.is_buried(connection, wording(statement.body)):
        return True
    return any(
        entry.status == "rejected" and is_near(entry.body, statement.body)
        for entry in _neighbours(connection, statement)
    )
