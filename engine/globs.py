"""Path filters as people and programs write them: a file, a folder, a glob with `*` or `**`, relative or absolute."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path, PurePath

from engrep.engine.errors import UsageError

MOST_GLOB = 4096


def relative_glob(root: Path, glob: str | None) -> str | None:
    """Return a path filter relative to the root, with "/" between the parts.

    Raises:
        UsageError: it is longer than any path: 20,000 brackets took 8 s to match.

    """
    if not glob:
        return None
    if len(glob) > MOST_GLOB:
        message = f"the path filter may have {MOST_GLOB:,} characters, not {len(glob):,}"
        raise UsageError(message)
    if PurePath(glob).is_absolute() and PurePath(glob).is_relative_to(root):
        glob = PurePath(glob).relative_to(root).as_posix()
    return glob.replace("\\", "/").removeprefix("./").rstrip("/") or "*"


def path_fits(path: str, glob: str) -> bool:
    """Tell whether a path passes a filter: `src/**/*.py` means src/a.py too, and a folder all that lies in it."""
    return (
        path == glob
        or path.startswith(f"{glob}/")
        or fnmatchcase(path, glob)
        or ("**/" in glob and fnmatchcase(path, glob.replace("**/", "")))
    )
