"""One attribute and its value, and what every way of reading one shares."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from engrep.indexers.text import stem

RULE = re.compile(
    r"(?i)\b(always|never|must not|must|do not|don't|don’t|should not|shouldn't|should)\b|(总是|始终|必须|不要|不得|禁止|别)"
)
# Words that say that something is set, not what.
SETTING_WORDS = frozenset(
    map(
        stem,
        "set stops most max maximum limit allows up change raised lower now use used keep make always default least only exact must "
        "need never after wait reduce increase bump cap value number every each please go going forward onward longer switch rule "
        "instead not no rather moved prefer new current project repo repository here everything everywhere thing codebase "
        "files all our inside within when under during per stays remain run get give take than over ever code us".split(),
    )
)
SETTING_CJK = re.compile(
    "最多|至多|至少|设置|设为|改为|改成|调整|统一|使用|必须|以后|现在|我们|项目|代码|是|为|改|到|用|的|都"
)


@dataclass(frozen=True, slots=True)
class Claim:
    """One attribute and what a statement says of it."""

    slot: str
    value: str  # "!npm" for "anything but npm"
    is_sole: bool = True  # False when the statement says other things too, which must not fall with this one
    is_exclusive: bool = True  # False when two values may well hold side by side


@lru_cache(maxsize=512)
def spelled(value: str) -> re.Pattern[str]:
    """Return what finds a value as a word of its own."""
    return re.compile(rf"(?i)(?<![\w./-]){re.escape(value)}(?![\w/-]|\.\w)" if value.isascii() else re.escape(value))


def with_qualifier(name: str, qualifier: frozenset[str]) -> str:
    """Return the slot of an attribute where it holds for some things only."""
    return f"{name}: {' '.join(sorted(qualifier))}" if qualifier else name
