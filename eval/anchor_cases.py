"""Draw cases from a git history: what became of a function or class between two commits, by Python's own parser alone.

    fresh              the place (file and name) holds the same body
    body changed       the place holds another body, what callers have to know is the same
    signature changed  the place holds other parameters or bases
    moved              nothing of the name is left at the place, and one new place holds the same, one to one
    missing            nothing of the name is left at the place, and nothing new is like it

Whatever could be argued about is left out: names defined twice in a file, files that do not parse, changes of annotations
or decorators alone, small bodies that turn up elsewhere by chance, several that are alike, and what is gone while
something new has half of its words, which may be the same thing moved and changed.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engrep.eval.python_bodies import Body, bodies
from engrep.eval.snapshots import blobs, tree
from engrep.eval.systems.anchors import BODY, FRESH, MISSING, MOVED, SIGNATURE, STATES

SMALLEST = 20  # nodes; `return self._name` has 5 and stands everywhere
MOST_ALIKE = 0.5  # Dice coefficient of the words of what is gone and of what is new
PER_FILE = 2  # cases of one verdict from one file: a renamed file would otherwise fill the set
SUFFIXES = (".py",)

Key = tuple[str, str]
"""File and name."""


@dataclass(frozen=True, slots=True)
class State:
    """All Python definitions at one commit."""

    at: Mapping[Key, Body]
    twice: frozenset[Key]
    unread: frozenset[str]  # files that do not parse
    holders: Mapping[tuple[str, ...], Sequence[Key]]  # content → where it stands


@dataclass(frozen=True, slots=True)
class Truth:
    """What became of a place."""

    key: Key
    body: Body
    verdict: str
    now: Key | None


@dataclass(slots=True)
class History:
    """A git history whose files are parsed once, however many commits hold them."""

    git_dir: Path
    _parsed: dict[str, list[Body] | None] = field(default_factory=dict)

    def state(self, commit: str) -> State:
        """Return the definitions at a commit."""
        files = tree(self.git_dir, commit, SUFFIXES)
        wanted = sorted(set(files.values()) - self._parsed.keys())
        for blob, content in zip(wanted, blobs(self.git_dir, wanted), strict=True):
            self._parsed[blob] = bodies(content)
        found = {path: self._parsed[blob] for path, blob in files.items()}
        listed = [((path, body.name), body) for path, held in found.items() for body in held or ()]
        counts = Counter(key for key, _ in listed)
        holders: dict[tuple[str, ...], list[Key]] = defaultdict(list)
        for key, body in listed:
            holders[body.content].append(key)
        unread = frozenset(path for path, held in found.items() if held is None)
        return State(dict(listed), frozenset(key for key, n in counts.items() if n > 1), unread, holders)


def truth(key: Key, before: State, after: State) -> Truth | None:
    """Decide what became of a place, None where that could be argued about; see `is_gone` for what is missing."""
    if key in before.twice or key in after.twice or key[0] in after.unread:
        return None
    was, now = before.at[key], after.at.get(key)
    holders = after.holders.get(was.content, ())
    arrived = [each for each in holders if each not in before.at or before.at[each].content != was.content]
    if now is not None:
        return _stayed(key, was, now, has_double=any(each != key for each in arrived))
    if was.size < SMALLEST:
        return None
    if not holders:
        return Truth(key, was, MISSING, None)
    left = [each for each in before.holders[was.content] if each not in after.at]
    if len(arrived) == 1 and arrived == list(holders) and left == [key]:
        return Truth(key, was, MOVED, arrived[0])
    return None


def _stayed(key: Key, was: Body, now: Body, *, has_double: bool) -> Truth | None:
    """Compare two bodies at one place; `has_double`: the old one turned up at another."""
    is_same = was.content == now.content
    if is_same:
        return Truth(key, was, FRESH, key) if was.annotations == now.annotations else None
    if has_double:
        return None
    if (was.kind, was.contract) != (now.kind, now.contract):
        return Truth(key, was, SIGNATURE, key)
    return Truth(key, was, BODY, key) if was.statements != now.statements else None


def is_gone(was: Body, new: Sequence[tuple[Body, Counter[str]]]) -> bool:
    """Tell whether nothing among what is new is half like what was."""
    words = was.words()
    total = words.total()
    for body, others in new:
        n_others = others.total()
        most = 2 * min(total, n_others) / (total + n_others)  # spares the comparison of most
        if (
            body.kind == was.kind
            and most > MOST_ALIKE
            and 2 * (words & others).total() > MOST_ALIKE * (total + n_others)
        ):
            return False
    return True


def draw(history: History, commits: tuple[str, str], per_verdict: int, seed: int) -> list[Truth]:
    """Draw up to so many cases of each verdict for two commits."""
    before, after = (history.state(commit) for commit in commits)
    truths = [found for key in sorted(before.at) if (found := truth(key, before, after)) is not None]
    new = [(body, body.words()) for key, body in after.at.items() if key not in before.at]
    drawn = list[Truth]()
    for state in STATES:
        of_state = [each for each in truths if each.verdict == state]
        random.Random(f"{seed} {commits} {state}").shuffle(of_state)
        drawn.extend(_spread(of_state, new, per_verdict))
    return drawn


def _spread(truths: Sequence[Truth], new: Sequence[tuple[Body, Counter[str]]], per_verdict: int) -> Iterator[Truth]:
    per_file: Counter[str] = Counter()
    for each in truths:
        if per_file.total() == per_verdict:
            return
        if per_file[each.key[0]] < PER_FILE and (each.verdict != MISSING or is_gone(each.body, new)):
            per_file[each.key[0]] += 1
            yield each


def rows(repository: str, commits: Sequence[str], drawn: Sequence[Truth]) -> Iterator[dict[str, Any]]:
    """Yield the lines of a case file: two commits, then what became of places between them."""
    yield {"repository": repository, "from": commits[0], "to": commits[1]}
    for each in drawn:
        row: dict[str, Any] = {
            "path": each.key[0], "name": each.key[1], "lines": [each.body.start_line, each.body.end_line],
            "verdict": each.verdict,
        }  # fmt: skip
        yield row | ({"now": list(each.now)} if each.now not in (None, each.key) else {})
