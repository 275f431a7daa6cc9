"""Reading files for a model: inside the root only, never what holds secrets, never what a tool keeps for itself."""

from __future__ import annotations

from itertools import islice
from pathlib import Path, PurePosixPath

from engrep.engine.errors import NotFoundError, UsageError
from engrep.indexers.own import OWN_FOLDER
from engrep.indexers.redact import redact
from engrep.indexers.secret_files import holds_secrets
from engrep.indexers.text import readable

MOST_LINES, MOST_LINE = 400, 500  # lines of one answer, characters of a line
MAX_BYTES = 8 << 20
_CLOSED = frozenset({".git", OWN_FOLDER})


def path_inside(root: Path, path: str) -> str:
    """Return a path relative to the root, with "/" between the parts and links followed.

    Raises:
        UsageError: it leads out of the root, to a file of secrets, or to what git or engrep keep.

    """
    given = Path(readable(path).strip() or ".")
    try:
        real = (root / given).resolve()
        relative = real.relative_to(root.resolve()).as_posix()
    except (ValueError, OSError, RuntimeError) as exc:
        message = f"{path} lies outside the repository: only files inside it are read"
        raise UsageError(message) from exc
    parts = [part.lower() for part in PurePosixPath(relative).parts]
    if _CLOSED & set(parts):
        message = f"{path} belongs to what git or engrep keep: it is not read"
        raise UsageError(message)
    if holds_secrets(relative) or holds_secrets(str(given)):
        message = f"{path} is of a kind that holds secrets: it is not read"
        raise UsageError(message)
    return relative


def lines_of(root: Path, path: str, start: int, end: int) -> tuple[str, list[str], int]:
    """Return a file's path relative to the root, some of its lines without secrets, and how many lines it has.

    Raises:
        UsageError: it may not be read, or is no text.
        NotFoundError: it is not there, or has no such lines.

    """
    relative = path_inside(root, path)
    where = root / relative
    if not where.is_file():
        raise NotFoundError(f"there is no file {relative}")
    if where.stat().st_size > MAX_BYTES:
        raise UsageError(f"{relative} has more than {MAX_BYTES >> 20} MB: search it instead")
    data = where.read_bytes()
    if b"\0" in data[:8192]:
        raise UsageError(f"{relative} is no text")
    # Secrets are taken out of the whole: a key that begins above the wanted lines would not be known for one.
    text = data.decode("utf-8-sig", "replace").replace("\r\n", "\n")
    lines = redact(text, path=relative, keeps_lines=True).text.split("\n")
    total = len(lines) - (lines[-1] == "")
    if total and start > total:
        raise NotFoundError(f"{relative} has {total} lines: there is no line {start}")
    wanted = islice(lines, start - 1, min(end, total, start - 1 + MOST_LINES))
    return relative, [line if len(line) <= MOST_LINE else line[:MOST_LINE] + "…" for line in wanted], total
