"""Ignore rules as git reads them, for folders that no git looks after.

A rule is asked about one entry at a time, from the top down: what lies below an ignored folder is never asked about, and a
rule that names a folder says nothing of what lies in it. Libraries that match whole paths cannot tell the two apart, which
matters as soon as a later rule takes something back in. To git a path is bytes, and "?" is one of them; so everything here
is decoded as Latin-1.
"""

from __future__ import annotations

import codecs
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass

_CLASSES = {
    "alnum": "a-zA-Z0-9", "alpha": "a-zA-Z", "blank": r" \t", "cntrl": r"\x00-\x1f\x7f", "digit": "0-9", "graph": r"\x21-\x7e",
    "lower": "a-z", "print": r"\x20-\x7e", "punct": r"!-/:-@\[-`{-~", "space": " \t-\r", "upper": "A-Z", "xdigit": "0-9a-fA-F",
}  # fmt: skip
_PIECE = re.compile(r"\*+|\?|\[[!^]?\]?(?:\[:\w+:\]|\\.|[^\]\\])*\]|\\.|.", re.DOTALL)
_MEMBER = re.compile(r"\[:(\w+):\]|(\\.)|(.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of an ignore file."""

    pattern: re.Pattern[str]  # matches a path relative to the ignore file's folder, or only its last part
    is_negated: bool
    only_folders: bool
    whole_path: bool

    def matches(self, path: str, is_folder: bool) -> bool:
        """Tell whether the rule names this very entry."""
        if self.only_folders and not is_folder:
            return False
        return self.pattern.fullmatch(path if self.whole_path else path.rpartition("/")[2]) is not None


def rules(ignore_file: bytes) -> tuple[Rule, ...]:
    """Read an ignore file, its last line first: that one decides."""
    lines = ignore_file.removeprefix(codecs.BOM_UTF8).decode("latin-1").split("\n")
    found = [rule for line in lines if (rule := _rule(line)) is not None]
    return tuple(reversed(found))


def verdict(found: tuple[Rule, ...], path: str, is_folder: bool) -> bool | None:
    """Return whether an entry is ignored, None when no rule names it."""
    if not path.isascii():
        path = os.fsencode(path).decode("latin-1")
    for rule in found:
        if rule.matches(path, is_folder):
            return not rule.is_negated
    return None


def _rule(line: str) -> Rule | None:
    text = re.sub(
        r"(?<!\\)((?:\\\\)*) +$", r"\1", line.rstrip("\r\n")
    )  # a blank at the end counts only behind a backslash
    if text.startswith("#"):
        return None
    is_negated = text.startswith("!")
    text = text.removeprefix("!") if is_negated else text
    only_folders = text.endswith("/")
    text = text.removesuffix("/")
    whole_path = "/" in text
    text = text.removeprefix("/")
    if not text:
        return None
    try:
        pattern = re.compile(_translated(text), re.DOTALL)
    except (ValueError, KeyError, re.error):  # "\\" alone, "[" alone, "[z-a]": git takes these for nothing
        return None
    return Rule(pattern, is_negated, only_folders, whole_path)


def _translated(glob: str) -> str:
    """Write a glob as a regular expression; errors for one that can match nothing."""
    *folders, last = glob.split("/")
    written = [None if each == "**" else f"{_translated_part(each)}/" for each in folders]
    return _with_gaps("(?:.*?/)??", "(?:.*/)?", [*written, ".+" if last == "**" else _translated_part(last)])


def _translated_part(part: str) -> str:
    pieces = [None if piece.startswith("*") else _translated_piece(piece) for piece in _PIECE.findall(part)]
    return _with_gaps("[^/]*?", "[^/]*", pieces)


def _with_gaps(shortest: str, any_length: str, pieces: Sequence[str | None]) -> str:
    """Join pieces of which None stands for a gap.

    What stands between two gaps is matched at the first place where it fits, and nowhere else: a later place could only
    leave less for the rest. Without that, a file with twenty stars in a line would keep the walk busy for ever.
    """
    runs = [""]
    for piece in pieces:
        if piece is None:
            runs.append("")
        else:
            runs[-1] += piece
    if len(runs) == 1:
        return runs[0]
    first, *between, last = runs
    return first + "".join(f"(?>{shortest}{run})" for run in between) + any_length + last


def _translated_piece(piece: str) -> str:
    if piece in ("\\", "["):
        raise ValueError(piece)
    if piece == "?":
        return "[^/]"
    return _translated_class(piece[1:-1]) if piece.startswith("[") else re.escape(piece[-1])


def _translated_class(members: str) -> str:
    is_negated = members[:1] in ("!", "^")
    written = []
    for name, escaped, plain in _MEMBER.findall(members[is_negated:]):
        if name:
            written.append(_CLASSES[name])
        else:
            written.append(plain if plain == "-" else re.escape(escaped[1:] or plain))
    return f"(?!/)[{'^' if is_negated else ''}{''.join(written)}]"
