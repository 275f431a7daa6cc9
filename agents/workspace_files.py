"""What tools do with files of a run's work tree: read, list, write, replace, delete; whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
from pathlib import Path

from engrep.agents.workspace_paths import RefusedError, place_in, regular
from engrep.engine.errors import StateError
from engrep.indexers.redact import redact

MOST_READ = 2 << 20  # bytes of a file that is read or changed
MOST_WRITTEN = 512 << 10  # bytes
MOST_LINES = 400  # that one reading shows
MOST_CHARACTERS = 24_000  # that one reading shows
MOST_NAMES = 400  # that one listing shows
_MARK = "[REDACTED:"
# What is wrong with the disk, and not with what was asked for.
_OF_THE_DISK = frozenset({errno.ENOSPC, errno.EFBIG, errno.EROFS, errno.EIO, getattr(errno, "EDQUOT", errno.ENOSPC)})


def read_lines(tree: Path, path: str, start: int = 1, end: int | None = None) -> str:
    """Return lines of a file with their numbers, without its secrets.

    Raises:
        RefusedError: the file may not be read, or is no text.

    """
    place, name = place_in(tree, path)
    text = redact(_text(place, name), path=name).text
    lines = text.splitlines()
    first = max(start, 1)
    last = min(end or len(lines), first + MOST_LINES - 1, len(lines))
    shown, size = list[str](), 0
    for number in range(first, last + 1):
        line = f"{number:>5}  {lines[number - 1]}"
        size += len(line)
        if size > MOST_CHARACTERS:
            last = number - 1
            break
        shown.append(line)
    if not lines:
        return f"{name} is empty"
    more = "" if last >= len(lines) else f"\n… {len(lines)} lines in all; ask for start={last + 1}"
    return "\n".join(shown) + more if shown else f"{name} has {len(lines)} lines; none from {first} on fits"


def list_names(tree: Path, path: str = "") -> str:
    """Return the names in a folder, folders with a slash; raises RefusedError."""
    place, name = place_in(tree, path)
    if not place.is_dir():
        raise RefusedError(f"{path}: there is no such folder")
    entries = sorted(os.scandir(place), key=lambda entry: entry.name)
    names = [entry.name + "/" * entry.is_dir(follow_symlinks=False) for entry in entries if entry.name != ".git"]
    more = f"\n… {len(names)} names in all" if len(names) > MOST_NAMES else ""
    return "\n".join(names[:MOST_NAMES]) + more or f"{name or '.'} is empty"


def write(tree: Path, path: str, text: str) -> str:
    """Write a whole file and return its name; folders are made. Raises RefusedError."""
    place, name = place_in(tree, path)
    if not name:
        raise RefusedError("a file needs a name")
    before = ""
    if place.exists():
        regular(place, name)
        before = _text(place, name)
    _put(tree, place, name, text, before)
    return name


def replace(tree: Path, path: str, old: str, new: str, *, everywhere: bool = False) -> str:
    """Put a text in the place of another in a file and return its name.

    Raises:
        RefusedError: the file may not be written, or the old text is not in it exactly once.

    """
    place, name = place_in(tree, path)
    before = _text(place, name)
    if "\r\n" in before and "\r\n" not in old:
        old, new = old.replace("\n", "\r\n"), new.replace("\n", "\r\n")
    found = before.count(old) if old else 0
    if not found:
        raise RefusedError(f"{name}: the old text is not in it; read the file and copy the text exactly")
    if found > 1 and not everywhere:
        raise RefusedError(f"{name}: the old text is in it {found} times; give more of what is around it")
    _put(tree, place, name, before.replace(old, new), before)
    return name


def delete(tree: Path, path: str) -> str:
    """Delete one file and return its name; raises RefusedError."""
    place, name = place_in(tree, path)
    regular(place, name)
    place.unlink()
    with contextlib.suppress(OSError):  # it is not empty
        place.parent.rmdir() if place.parent != tree else None
    return name


def _text(place: Path, name: str) -> str:
    if regular(place, name).st_size > MOST_READ:
        raise RefusedError(f"{name}: it has more than {MOST_READ >> 20} MB")
    descriptor = os.open(place, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(descriptor, "rb") as file:
        data = file.read(MOST_READ + 1)
    if b"\0" in data[:8192]:
        raise RefusedError(f"{name}: it is no text")
    return data.decode("utf-8", "surrogateescape")


def _put(tree: Path, place: Path, name: str, text: str, before: str) -> None:
    """Write a file beside its place and move it there, so that nobody ever sees a half; raises RefusedError."""
    data = text.encode("utf-8", "surrogateescape")
    if len(data) > MOST_WRITTEN:
        raise RefusedError(f"{name}: {len(data):,} bytes are too much; {MOST_WRITTEN:,} are the most")
    if text.count(_MARK) > before.count(_MARK):
        raise RefusedError(f"{name}: {_MARK}…] stands for a secret that was not shown; leave that line as it is")
    place.parent.mkdir(parents=True, exist_ok=True)
    place_in(tree, name)  # nothing became a link meanwhile
    part = place.parent / f".{secrets.token_hex(6)}.part"
    try:
        part.write_bytes(data)
        if place.exists():
            part.chmod(place.stat().st_mode & 0o777)
        part.replace(place)
    except OSError as exc:
        part.unlink(missing_ok=True)
        if exc.errno in _OF_THE_DISK:
            message = f"{place} cannot be written: {exc.strerror}"
            raise StateError(message) from exc
        raise RefusedError(f"{name}: it cannot be written: {exc.strerror or exc}") from exc
