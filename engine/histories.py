"""Where other programs keep their histories, and their files read a line at a time; nothing is ever written there."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from engrep.engine.errors import UsageError
from engrep.engine.memory_types import Turn
from engrep.indexers import transcripts_claude, transcripts_codex, transcripts_cursor, transcripts_plain
from engrep.indexers.transcripts import Head, Notes

PROGRAMS = ("claude", "codex", "mimo")
MAX_LINE = 32 * 1024 * 1024  # bytes; a longer line is left out
MAX_PAGE = 16 * 1024 * 1024  # of a JSON or Markdown file, which is read whole
_AROUND = 4096  # bytes at the beginning, and before the place that was reached, that tell a file from a rewritten one
_PASSED_OVER = {"node_modules", "site-packages", "subagents"}
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_NAMED_BY_FILE = frozenset({"claude", "cursor"})
_PEEKED = 40  # lines that are looked at for what a session is


@dataclass(frozen=True, slots=True)
class Format:
    """How the lines of a kind of history are read."""

    program: str
    is_line: Callable[[dict[str, Any]], bool]
    head: Callable[[dict[str, Any]], Head]
    turns: Callable[[dict[str, Any], Notes], list[Turn]]
    is_tree: bool = False


FORMATS = (
    Format("claude", transcripts_claude.is_line, transcripts_claude.head, transcripts_claude.turns, is_tree=True),
    Format("codex", transcripts_codex.is_line, transcripts_codex.head, transcripts_codex.turns),
    Format("cursor", transcripts_cursor.is_line, transcripts_cursor.head, transcripts_cursor.turns),
    Format("file", transcripts_plain.is_turn, transcripts_plain.head, transcripts_plain.turns),
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a file, parsed, and where the next one begins."""

    fields: dict[str, Any] | None  # None for what is no JSON object
    end: int
    reason: str = ""  # why there are no fields


@dataclass(frozen=True, slots=True)
class Found:
    """A file of lines that holds one session."""

    path: Path
    format: Format
    head: Head


def claude_files() -> list[Path]:
    """Return Claude Code's sessions, those left out that it held with itself; raises UsageError when it has no folder."""
    folder = _folder("CLAUDE_CONFIG_DIR", ".claude") / "projects"
    _must_be_there(folder, "Claude Code", "CLAUDE_CONFIG_DIR")
    return sorted(path for path in folder.glob("*/*.jsonl") if not path.name.startswith("agent-"))


def codex_files() -> list[Path]:
    """Return Codex's sessions; raises UsageError when it has no folder."""
    folder = _folder("CODEX_HOME", ".codex")
    _must_be_there(folder, "Codex", "CODEX_HOME")
    return sorted(
        path for name in ("sessions", "archived_sessions") for path in (folder / name).glob("**/rollout-*.jsonl")
    )


def mimo_database() -> Path:
    """Return MiMo Code's database, whether it is there or not."""
    home = Path(os.environ.get("MIMOCODE_HOME") or Path.home() / ".local" / "share" / "mimocode").expanduser()
    named = os.environ.get("MIMOCODE_DB")
    if named:
        return home / Path(named).expanduser()
    return next(
        (path for path in (home / "mimocode.db", home / "data" / "mimocode.db") if path.exists()), home / "mimocode.db"
    )


def files_below(folder: Path) -> list[Path]:
    """Return the files of a folder that may hold conversations; hidden folders and installed packages are passed over."""
    found: list[Path] = []
    for where, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".") and name not in _PASSED_OVER]
        found += [
            Path(where, name)
            for name in names
            if name.lower().endswith((".jsonl", ".json", ".md", ".markdown")) and not name.startswith("agent-")
        ]
    return sorted(found)


def _must_be_there(folder: Path, program: str, variable: str) -> None:
    if not folder.is_dir():
        message = f"there is no history of {program}: {folder} is not there; {variable} names another place"
        raise UsageError(message)


def _folder(variable: str, name: str) -> Path:
    return Path(os.environ.get(variable) or Path.home() / name).expanduser()


def lines(path: Path, start: int = 0) -> Iterator[Line]:
    """Yield the whole lines of a file from a place on; a last one that is cut off is left for the next time."""
    with path.open("rb") as file:
        file.seek(start)
        while data := file.readline(MAX_LINE + 1):
            if len(data) > MAX_LINE and not data.endswith(b"\n"):
                if not _skip_line(file):
                    return
                yield Line(None, file.tell(), "too long")
                continue
            line = _parsed(data, file.tell())
            if line.fields is None and not data.endswith(b"\n"):
                return
            yield line


def _skip_line(file: BinaryIO) -> bool:
    """Go to the end of a long line; False when the file ends before it."""
    while data := file.readline(MAX_LINE):
        if data.endswith(b"\n"):
            return True
    return False


def _parsed(data: bytes, end: int) -> Line:
    text = data.strip(b" \t\r\n\x00\xef\xbb\xbf")
    if not text:
        return Line(None, end)
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        return Line(None, end, "unreadable")
    return Line(fields, end) if isinstance(fields, dict) else Line(None, end, "unreadable")


def peek(path: Path) -> Found | None:
    """Tell whose session a file of lines holds, by its first lines; None for none that is known."""
    known: Format | None = None
    merged = Head()
    for line in islice(lines(path), _PEEKED):
        fields = line.fields
        if fields is None:
            continue
        known = known or next((each for each in FORMATS if each.is_line(fields)), None)
        if known is None:
            continue
        merged = together(merged, known.head(fields))
        if merged.id and merged.project:
            break
    # A resumed session of Claude Code may begin with lines of the one before; Cursor's lines do not say whose they are.
    if known and known.program in _NAMED_BY_FILE and _UUID.fullmatch(path.stem):
        merged = replace(merged, id=path.stem)
    return Found(path, known, merged) if known else None


def together(first: Head, then: Head) -> Head:
    """Put what two lines tell of a session together: the first id and folder, the last branch and title."""
    return Head(
        first.id or then.id,
        first.project or then.project,
        then.branch or first.branch,
        then.title or first.title,
        first.is_side or then.is_side,
    )


def mark_at(path: Path, end: int) -> str:
    """Return a hash of the first bytes of a file and of those before a place: the same as long as it only grew."""
    digest = hashlib.blake2b(digest_size=16)
    with path.open("rb") as file:
        digest.update(file.read(min(_AROUND, end)))
        file.seek(max(0, end - _AROUND))
        digest.update(file.read(min(_AROUND, end)))
    return digest.hexdigest()


def page(path: Path) -> str:
    """Read a file that is no list of lines.

    Raises:
        UsageError: it is larger than any conversation.

    """
    if path.stat().st_size > MAX_PAGE:
        message = f"{path} is larger than {MAX_PAGE // 1024**2} MiB; only JSONL may be"
        raise UsageError(message)
    return path.read_text(encoding="utf-8-sig", errors="replace")
