"""Which memories say the opposite of what an instruction file says, where that is sure.

Sure is: both set the same attribute and nothing else, to values that cannot both hold, and both for the same: a memory of one
module, or one of the user's own beside a project's file, may well be the exception. A heading that may narrow what stands
below it leaves it open, and so does a rule for some files only.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from engrep.engine.instructions import InstructionFile
from engrep.engine.memory_types import Entry
from engrep.indexers.claims import SETTING_WORDS, Claim
from engrep.indexers.slots import contradict, setting_of
from engrep.indexers.text import STOP_WORDS, terms

_GENERAL = frozenset(
    term
    for word in "code coding style styles convention conventions rule rules guideline guidelines format formatting project general "
    "notes instructions development workflow important standards standard practices best tooling tools setup overview".split()
    for term in terms(word)
)


def said_otherwise(entries: Iterable[Entry], files: Sequence[InstructionFile]) -> dict[str, Entry]:
    """Return for the memories that an instruction contradicts that instruction, as an entry whose id is its place."""
    claiming = [(entry, claim) for entry in entries if (claim := _claim_of(entry.body)) is not None]
    if not claiming:
        return {}
    told = [
        (line, claim)
        for file in files
        if not file.page.globs and not file.folder
        for line in file.entries()
        if not _may_narrow(line.title) and (claim := _claim_of(line.body)) is not None
    ]
    found: dict[str, Entry] = {}
    for entry, mine in claiming:
        for line, his in told:
            if entry.scope == line.scope and mine.slot == his.slot and contradict(mine.value, his.value):
                found.setdefault(entry.id, line)
    return found


def _claim_of(text: str) -> Claim | None:
    """Return the one attribute that a statement sets, None where it sets none, several, or one that may have two values."""
    claims = setting_of(text).claims
    one = claims[0] if len(claims) == 1 else None
    return one if one is not None and one.slot and one.is_sole and one.is_exclusive else None


def _may_narrow(heading: str) -> bool:
    return bool(set(terms(heading)) - _GENERAL - SETTING_WORDS - STOP_WORDS)
