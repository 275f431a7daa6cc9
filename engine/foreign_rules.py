"""The rules of other programs' instruction files, for a brief: what an agent's own program does not tell it by itself.

Claude Code puts CLAUDE.md before its model, Codex AGENTS.md: to repeat that costs tokens and says nothing. Of files that it
does not read, what is worded as a rule and stands in none of its own is worth a place, within a few tokens.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from engrep.engine import pack
from engrep.engine.candidates import Candidate
from engrep.engine.instructions import InstructionFile, loaded_by
from engrep.engine.memory_types import Entry

BUDGET = 150  # tokens of a brief
_RULE = re.compile(
    r"(?i)\b(?:always|never|must|do not|don't|don’t|should|only|prefer|avoid|require[sd]?|forbidden|not allowed|instead of)\b"
    r"|总是|始终|必须|不要|不得|禁止|统一|优先"
)


def foreign_rules(files: Sequence[InstructionFile], program: str) -> list[Entry]:
    """Return the rules that a program does not load, in the order of the files; none where nobody knows the program."""
    if not program:
        return []
    own = loaded_by(program)
    loaded = [Candidate("instruction", each) for file in files if file.programs & own for each in file.entries()]
    others = [
        Candidate("instruction", each)
        for file in files
        if not file.programs & own and file.page.always and not file.page.globs
        for each in file.entries()
        if _RULE.search(each.body)
    ]
    told = pack.distinct([*loaded, *others], lambda candidate: str(candidate.payload.text))
    new = [each for each in told if each in others]
    items, _ = pack.pack(new, lambda each: pack.instruction_item(each.payload, each), BUDGET, len(new))
    chosen = {item.id for item in items}
    return [each.payload for each in new if each.payload.id in chosen]
