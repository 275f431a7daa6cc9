"""The rules of other programs' instruction files, for a brief: what an agent's own program does not tell it by itself.

Claude Code puts CLAUDE.md before its model, Codex AGENTS.md: to repeat that costs tokens and says nothing. Of files that it
does not read, what is worded as a rule and stands in none of its own is worth a place, within a few tokens.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice

from engrep.engine import pack
from engrep.engine.candidates import Candidate
from engrep.engine.instructions import InstructionFile, loaded_by
from engrep.engine.memory_types import Entry

BUDGET = 150  # tokens of a brief
MOST_RULES = 100  # that are looked at: far more than have room, and each is compared with all that is loaded
_RULE = re.compile(
    r"(?i)\b(?:always|never|must|do not|don't|don’t|should|only|prefer|avoid|require[sd]?|forbidden|not allowed|instead of)\b"
    r"|总是|始终|必须|不要|不得|禁止|统一|优先"
)


def foreign_rules(files: Sequence[InstructionFile], program: str) -> list[Entry]:
    """Return the rules that a program does not load, in the order of the files; none where nobody knows the program."""
    if not program:
        return []
    own = loaded_by(program)
    loaded = (each.text for file in files if file.programs & own for each in file.entries())
    others = (
        Candidate("instruction", each)
        for file in files
        if not file.programs & own and file.page.always and not file.page.globs
        for each in file.entries()
        if _RULE.search(each.body)
    )
    new = pack.distinct(islice(others, MOST_RULES), lambda candidate: str(candidate.payload.text), loaded)
    items, _ = pack.pack(new, lambda each: pack.instruction_item(each.payload, each), BUDGET, len(new))
    chosen = {item.id for item in items}
    return [each.payload for each in new if each.payload.id in chosen]
