"""The lane over turns of earlier sessions: each by its own words, and by what its session says altogether."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from engrep.engine import store_archive as archive
from engrep.engine import store_recall as asking
from engrep.engine.candidates import Candidate
from engrep.engine.db import Connection
from engrep.engine.evidence import Asked, Told, field, searched, share_of, told
from engrep.engine.memory_types import Turn
from engrep.engine.standing import Standing
from engrep.indexers.question import weights
from engrep.indexers.text import terms

CANDIDATES = 80
FLOOR = 0.1  # the least share of the question that a turn holds, or its session altogether
TEXT, SESSION = (
    1.0,
    1.0,
)  # synthesis R@10 .727, .644 without a session's words: what the words of a turn are worth, and those that its session bears
W_WORDS = 0.6  # with the next one 1, as of a memory: what was drawn from a turn comes before it
W_SESSION = 0.4  # DevMemBench R@10 .949, without it .937: the share that the turns of its session hold together
W_PROJECT = 0.06  # it was said in the project that the question names
W_OTHER_PROJECT = -0.18  # it was said in another one
W_TOOL = -0.18  # the output of a tool: long, and seldom what was meant
W_AGAIN = 0.6  # R@500t .877, without it .865: what each further turn of a session is worth of its words: one turn a session comes first

_SENTENCE = re.compile(r"(?<=[.!?。！？])\s+|(?<=[。！？])|\n+")
PASSAGE = 480  # characters of a turn that are shown


def gather(connection: Connection, asked: Asked, standing: Standing) -> list[Candidate]:
    """Return the turns that may answer, scored, in no order; those below the floor are left out."""
    total = archive.count_turns(connection)
    if not total:
        return []
    rows = [row for row, _ in archive.turn_matches(connection, searched(asked), CANDIDATES)]
    turns = [turn for turn in archive.turns_by_row(connection, rows).values() if _is_told(turn, standing)]
    sessions = asking.sessions_by_id(connection, {turn.session for turn in turns})
    projects = _named_projects(asked, (bears[1] for bears in sessions.values()))
    weighed = told(_without(asked, projects), asking.turn_frequencies(connection, asked.words), total, {})
    fields = [_fields(turn, sessions[turn.session]) for turn in turns]
    altogether = _sessions_share(weighed, turns, fields)
    found = []
    for turn, own in zip(turns, fields, strict=True):
        candidate = Candidate("turn", turn)
        candidate.share = share_of(weighed, own)
        candidate.add("words", W_WORDS * candidate.share.value)
        candidate.add("session", W_SESSION * altogether[turn.session])
        candidate.add("project", _project_worth(sessions[turn.session][1], projects))
        candidate.add("tool", W_TOOL * bool(turn.tool))
        if candidate.part("project") > 0 or (candidate.share.is_telling and altogether[turn.session] >= FLOOR):
            found.append(candidate)
    return _spread(found)


def _is_told(turn: Turn, standing: Standing) -> bool:
    return not standing.as_of or turn.at <= standing.as_of


def _fields(turn: Turn, session: tuple[str, str, str]) -> list[tuple[frozenset[str], float]]:
    return [field(turn.text, TEXT), field(" ".join(session), SESSION)]


def _named_projects(asked: Asked, projects: Iterable[str]) -> frozenset[str]:
    """Return those projects whose names the question spells out."""
    return frozenset(
        project for project in projects if (name := weights(_name(project))) and asked.words.keys() >= name.keys()
    )


def _name(project: str) -> str:
    return project.replace("\\", "/").rstrip("/").rpartition("/")[2]


def _without(asked: Asked, projects: Collection[str]) -> Asked:
    """Return the question without the names of projects, unless it is nothing else."""
    said = {word for project in projects for word in weights(_name(project))}
    rest = {word: telling for word, telling in asked.words.items() if word not in said}
    return replace(asked, words=rest) if rest else asked


def _project_worth(project: str, named: Collection[str]) -> float:
    if not named or not project:
        return 0.0
    return W_PROJECT if project in named else W_OTHER_PROJECT


def _sessions_share(
    weighed: Told, turns: Sequence[Turn], fields: Sequence[Sequence[tuple[frozenset[str], float]]]
) -> dict[str, float]:
    """Return the share of the question that the turns of each session hold together."""
    words: dict[str, set[str]] = {}
    bears: dict[str, tuple[frozenset[str], float]] = {}
    for turn, (own, of_session) in zip(turns, fields, strict=True):
        words.setdefault(turn.session, set()).update(own[0])
        bears[turn.session] = of_session
    return {session: share_of(weighed, [(held, TEXT), bears[session]]).value for session, held in words.items()}


def _spread(found: Sequence[Candidate]) -> list[Candidate]:
    """Let every session speak once before one speaks twice."""
    spoken: dict[str, int] = {}
    for candidate in sorted(found, key=lambda each: (-each.score, each.payload.session, each.payload.number)):
        before = spoken.get(candidate.payload.session, 0)
        candidate.add("again", (W_AGAIN**before - 1.0) * max(candidate.score, 0.0))
        spoken[candidate.payload.session] = before + 1
    return list(found)


def passage(text: str, words: Collection[str]) -> str:
    """Return the sentences of a turn, in a row, that hold most of the words, no longer than PASSAGE."""
    if len(text) <= PASSAGE:
        return text
    sentences = [each for each in _SENTENCE.split(text) if each and each.strip()]
    worth = [len(frozenset(terms(each)) & frozenset(words)) for each in sentences]
    first = last = max(range(len(sentences)), key=lambda at: (worth[at], -at))
    length = len(sentences[first])
    for at in _outward(first, len(sentences)):
        if length + len(sentences[at]) > PASSAGE or at not in (first - 1, last + 1):
            break
        first, last, length = min(first, at), max(last, at), length + len(sentences[at])
    shown = "\n".join(sentences[first : last + 1])
    return shown if len(shown) <= PASSAGE else shown[: PASSAGE - 1] + "…"


def _outward(start: int, count: int) -> Iterable[int]:
    for step in range(1, count):
        yield from (at for at in (start + step, start - step) if 0 <= at < count)
