"""Which files the tools of a run may touch: those inside its work tree that hold neither secrets nor git's own state."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

from engrep.indexers.secret_files import holds_secrets

MOST_LENGTH = 400  # characters of a path
# What Windows and macOS also take for .git and for engrep's own folder: other cases, dots and blanks at the end, short names.
_OWN = re.compile(r"(\.git|\.engrep|git~\d+|engrep~\d+)[. ]*(:.*)?", re.IGNORECASE)
_ODD = re.compile(r"[\x00-\x1f\x7f:*?\"<>|\u200c\u200d\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]")


class RefusedError(Exception):
    """A tool may not do what it was asked for; the message says what and why, for the model and for the report."""


def place_in(tree: Path, path: str) -> tuple[Path, str]:
    """Return the place of a path as a model wrote it, and its name relative to the work tree.

    Raises:
        RefusedError: it leads out of the tree, through a link, to git's or engrep's own state, or to a file of secrets.

    """
    name = _name_of(path)
    parts = name.split("/") if name else []
    for part in parts:
        if _OWN.fullmatch(part):
            raise RefusedError(f"{path}: {part} belongs to git or engrep and is no file of the project")
        if holds_secrets(part):
            raise RefusedError(f"{path}: {part} holds secrets, which no tool reads or writes")
    place = tree
    for part in parts:
        place = place / part
        if place.is_symlink():
            raise RefusedError(f"{path}: {place.relative_to(tree).as_posix()} is a link, which no tool follows")
    if os.path.realpath(place) != os.path.join(os.path.realpath(tree), *parts):  # noqa: PTH118 - compared as texts
        _same_place(tree, place, path)
    return place, name


def _name_of(path: str) -> str:
    """Return a path with "/" between its parts; raises RefusedError."""
    given = path.strip().replace("\\", "/")
    if len(given) > MOST_LENGTH:
        raise RefusedError(f"a path of {len(given)} characters is too long; {MOST_LENGTH} are the most")
    if given.startswith(("/", "~")) or re.match(r"[A-Za-z]:", given):
        raise RefusedError(f"{path}: give paths relative to the project, not absolute ones")
    if _ODD.search(given):
        raise RefusedError(f"{path!r}: it holds characters that no path of the project has")
    parts = [part for part in given.split("/") if part not in ("", ".")]
    if ".." in (part.rstrip(" ") for part in parts):
        raise RefusedError(f"{path}: .. leads out of the project")
    return "/".join(parts)


def _same_place(tree: Path, place: Path, path: str) -> None:
    """Raise RefusedError where a path ends elsewhere than it says; another spelling of the same names may pass."""
    inside = Path(os.path.realpath(tree))
    real = Path(os.path.realpath(place))
    if inside not in (real, *real.parents):
        raise RefusedError(f"{path}: it leads out of the project")
    for part in real.relative_to(inside).parts:
        if _OWN.fullmatch(part) or holds_secrets(part):
            raise RefusedError(f"{path}: it is another name of {part}, which no tool reads or writes")


def regular(place: Path, path: str) -> os.stat_result:
    """Return what a plain file is.

    Raises:
        RefusedError: there is none, or it is a folder, a link or a device.

    """
    try:
        found = place.lstat()
    except OSError as exc:
        raise RefusedError(f"{path}: there is no such file") from exc
    if not stat.S_ISREG(found.st_mode):
        raise RefusedError(f"{path}: it is no plain file")
    return found
