"""From scored candidates to an answer: nothing said twice, the best first, and no more than the budget holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from engrep.engine.candidates import Candidate
from engrep.engine.memory_types import AnchorState, Entry, Turn
from engrep.engine.recall_types import Item, Learned
from engrep.indexers.text import words
from engrep.indexers.tokens import count_tokens

if TYPE_CHECKING:
    from engrep.engine.store_past import Past
    from engrep.engine.types import Hit

ALIKE = 0.8  # of the words that two texts have together; above it they say the same
LEAST_CUT = 40  # tokens; a place in the code is not cut to less
MOST_FILES = 8  # of a commit, that are named
FRAME = 12  # tokens that the line above an item takes

Show = Callable[[Candidate], Item]


def distinct(
    ranked: Iterable[Candidate], text_of: Callable[[Candidate], str], beside: Iterable[str] = ()
) -> list[Candidate]:
    """Drop what says the same as something better, or as a text that is told beside them."""
    kept: list[Candidate] = []
    known = [frozenset(words(text.lower())) for text in beside]
    for candidate in ranked:
        said = frozenset(words(text_of(candidate).lower()))
        if not any(_alike(said, other) for other in known):
            kept.append(candidate)
            known.append(said)
    return kept


def _alike(said: frozenset[str], other: frozenset[str]) -> bool:
    together = len(said & other)
    return together > 0 and together >= ALIKE * (len(said) + len(other) - together)


def pack(ranked: Sequence[Candidate], show: Show, budget: int, limit: int) -> tuple[list[Item], int]:
    """Return the items that fit, best first, and how many did not."""
    items: list[Item] = []
    left, left_out = budget, 0
    for at, candidate in enumerate(ranked):
        if len(items) == limit:
            left_out += len(ranked) - at
            break
        item = show(candidate)
        if item.tokens > left and candidate.type != "memory" and left >= LEAST_CUT:
            item = _cut(item, left)
        if item.tokens > left:
            left_out += 1
            continue
        items.append(item)
        left -= item.tokens
    return items, left_out


def _cut(item: Item, left: int) -> Item:
    """Cut the end off a text, line by line, until it fits."""
    from dataclasses import replace

    lines = item.text.split("\n")
    while len(lines) > 1 and tokens_of("\n".join((*lines, *item.files))) > left:
        lines = lines[: max(1, len(lines) * 4 // 5)]
    end = item.start_line + len(lines) - 1 if item.type == "code" else item.end_line
    return replace(item, text="\n".join(lines), tokens=tokens_of("\n".join((*lines, *item.files))), end_line=end)


def tokens_of(text: str) -> int:
    """Return what a text takes of the budget, the line above it included."""
    return count_tokens(text) + FRAME


def memory_item(entry: Entry, candidate: Candidate) -> Item:
    """Show a memory."""
    text = entry.text
    return Item(
        "memory", text, round(candidate.score, 4), candidate.why, tokens_of(text), id=entry.id, kind=entry.kind,
        title=entry.title, status=entry.status, evidence=entry.evidence, changed=changed(entry),
        anchors=tuple(AnchorState(each.qualified_name, each.path, each.state) for each in entry.anchors),
        learned=Learned(entry.valid_from or entry.created_at, next((each.session for each in entry.evidence), None)),
    )  # fmt: skip


def instruction_item(entry: Entry, candidate: Candidate) -> Item:
    """Show what an instruction file says, and where."""
    path, _, line = entry.id.rpartition(":")
    return Item(
        "instruction", entry.text, round(candidate.score, 4), candidate.why, tokens_of(entry.text), id=entry.id,
        kind=entry.kind, title=entry.title, status=entry.status, path=path, start_line=int(line), end_line=int(line),
    )  # fmt: skip


def changed(entry: Entry) -> str:
    """Say what became of the code that a memory is about."""
    said = []
    for anchor in entry.anchors:
        if anchor.state not in ("fresh", "unknown"):
            was = f", was {anchor.was}" if anchor.was else ""
            said.append(f"{anchor.qualified_name}: {anchor.state.replace('_', ' ')}{was}")
    return "; ".join(said)


def code_item(hit: Hit, candidate: Candidate) -> Item:
    """Show a place in the code."""
    return Item(
        "code", hit.text, round(candidate.score, 4), candidate.why, tokens_of(hit.text), kind=hit.kind, path=hit.path,
        start_line=hit.start_line, end_line=hit.end_line, qualified_name=hit.qualified_name,
        changed="the file changed since it was indexed" if hit.stale else "",
    )  # fmt: skip


def turn_item(turn: Turn, passage: str, candidate: Candidate) -> Item:
    """Show what was said, or the passage of it that answers."""
    return Item(
        "turn", passage, round(candidate.score, 4), candidate.why, tokens_of(passage), session=turn.session,
        number=turn.number, role=turn.role, path=turn.path, learned=Learned(turn.at, turn.session),
    )  # fmt: skip


def commit_item(commit: Past, passage: str, at: str, candidate: Candidate) -> Item:
    """Show a past commit: what it says, when it was made, and what it touched."""
    shown = commit.paths[:MOST_FILES]
    return Item(
        "commit", passage, round(candidate.score, 4), candidate.why, tokens_of("\n".join((passage, *shown))), id=commit.id,
        title=commit.subject, learned=Learned(at), files=shown, touched=commit.touched,
    )  # fmt: skip
