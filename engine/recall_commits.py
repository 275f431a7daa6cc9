"""The lane over past commits: what was changed and why, where a question asks for a reason or a time."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import UTC, datetime
from itertools import islice

from engrep.engine import store_past as asking
from engrep.engine.candidates import Candidate
from engrep.engine.db import Connection
from engrep.engine.evidence import Asked, field, share_of, told
from engrep.engine.namesakes import Meant
from engrep.engine.past import matches, names_of
from engrep.engine.recall_turns import PASSAGE, passage
from engrep.engine.score_types import Share
from engrep.engine.standing import Standing
from engrep.engine.store_history import Seen
from engrep.engine.store_past import Past
from engrep.indexers.question import weights

CANDIDATES = 60  # by words
MOST_TOUCHING = 400  # commits of a file that the question names, the newest
MOST = 6  # commits that one answer may hold
SUBJECT, BODY, PATHS = 1.0, 0.8, 0.5  # what the words of a commit are worth
FLOOR = 0.35  # the least share of the question that a commit holds, as of a place in the code
NAMED_FLOOR = 0.2  # the same where it touched the very file that the question names
W_WORDS = 1.0
W_TOUCHED = 0.4  # it touched the file of the symbol that the question names
W_SAYS = 0.4  # and its message says that name

# Questions that a commit answers: why something is so, and since when.
_WHY = re.compile(
    r"(?i)\b(?:why|how come|what for|reasons?|rationale|motivation|purpose|since when|when (?:did|was|were|has|have)|"
    r"(?:which|what) commits?|who (?:changed|added|removed|introduced)|introduced|git history)\b|"
    r"为什么|為什麼|为何|為何|为啥|原因|理由|缘由|什么时候|何时|哪次提交|哪个提交|提交记录"
)


def asks_why(text: str) -> bool:
    """Tell whether a question asks for a reason or a time; a pasted issue does not, whatever words are in it."""
    return len(text) <= 400 and _WHY.search(text) is not None


def gather(
    connection: Connection, seen: Seen, asked: Asked, meant: Meant, files: Collection[str], standing: Standing
) -> list[Candidate]:
    """Return the commits that may answer, best first; `files` are those of the symbols that the question names."""
    if not asked.words:
        return []
    touched = _touching(connection, seen, files)
    rows = [row for row, _ in matches(connection, seen, _searched(asked), CANDIDATES)]
    past = asking.commits_by_row(connection, dict.fromkeys([*rows, *touched]))
    weighed = told(asked, asking.frequencies(connection, asked.words), asking.told(connection), {})
    names = [_parts(name) for name in meant.names]
    found = []
    for commit in (each for each in past if not standing.as_of or time_of(each) <= standing.as_of):
        candidate = Candidate("commit", commit)
        candidate.share = share_of(weighed, _fields(commit))
        candidate.add("words", W_WORDS * candidate.share.value)
        if commit.row in touched:
            candidate.add("touched", W_TOUCHED)
            said = weights(commit.message).keys()
            candidate.add("says", W_SAYS * any(name and name <= said for name in names))
        if _fits(candidate):
            found.append(candidate)
    return sorted(found, key=lambda each: (-each.score, -each.payload.at, each.payload.id))[:MOST]


def _searched(asked: Asked) -> dict[str, float]:
    """Return the terms that may bring a commit with what each is worth: the question's own, and what may stand for them."""
    found = dict(asked.words)
    for word, others in asked.others.items():
        for phrase, worth in others.items():
            if phrase:
                found[phrase[0]] = max(found.get(phrase[0], 0.0), worth * asked.words[word])
    return found


def _touching(connection: Connection, seen: Seen, files: Collection[str]) -> frozenset[int]:
    rows = {row for path in files for row in names_of(connection, seen, path)}
    return frozenset(islice((row for row in asking.touching(connection, rows) if row in seen), MOST_TOUCHING))


def _fields(commit: Past) -> list[tuple[frozenset[str], float]]:
    subject, _, body = commit.message.partition("\n")
    return [field(subject, SUBJECT), field(body, BODY), field(" ".join(commit.paths), PATHS)]


def _fits(candidate: Candidate) -> bool:
    share: Share = candidate.share
    return share.is_telling and share.value >= (NAMED_FLOOR if candidate.part("touched") else FLOOR)


def _parts(qualified_name: str) -> frozenset[str]:
    return frozenset(weights(qualified_name.rpartition(".")[2]))


def time_of(commit: Past) -> str:
    """Return when a commit was made, as memories tell times."""
    return f"{datetime.fromtimestamp(commit.at, UTC):%Y-%m-%dT%H:%M:%SZ}"


def said(commit: Past, words: Collection[str]) -> str:
    """Return what is shown of a message: its subject, and of a long rest the passage that answers."""
    if len(commit.message) <= PASSAGE:
        return commit.message
    subject, _, body = commit.message.partition("\n")
    return f"{subject}\n{passage(body.strip(), words)}"
