"""Where things lie: the root that a path belongs to, and the files engrep keeps for it."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from engrep.engine.errors import StateError, UsageError
from engrep.indexers.walk import OWN_FOLDER

HOME_VARIABLE = "ENGREP_HOME"
CODE_FILE = "code.db"


def find_root(root: str | Path | None) -> Path:
    """Return the root: the given folder itself, else the enclosing indexed folder or repository, else the current one.

    Raises:
        UsageError: the given path is no folder.

    """
    if root is not None:
        found = Path(root).expanduser().resolve()
        if not found.is_dir():
            message = f"{root} is not a folder"
            raise UsageError(message)
        return found
    here = Path.cwd()
    for folder in (here, *here.parents):
        if any(os.path.exists(folder / mark) for mark in (f"{OWN_FOLDER}/{CODE_FILE}", ".git")):  # noqa: PTH110 - never raises
            return folder
    return here


def code_database(root: Path, home: Path | None = None) -> Path:
    """Return the file of a root's code index.

    It lies in `.engrep/` in the repository's main work tree; where that cannot be written, in the platform's cache
    folder under a name made from the root. `home`, or ENGREP_HOME, moves it.
    """
    moved = home or (Path(os.environ[HOME_VARIABLE]) if os.environ.get(HOME_VARIABLE) else None)
    if moved is not None:
        return moved / _key(root) / CODE_FILE
    folder = root / OWN_FOLDER
    if os.path.exists(folder / CODE_FILE) or os.access(folder if os.path.exists(folder) else root, os.W_OK):  # noqa: PTH110 - never raises
        return folder / CODE_FILE
    from platformdirs import user_cache_path

    return user_cache_path("engrep") / _key(root) / CODE_FILE


def _key(root: Path) -> str:
    return f"{root.name}-{hashlib.blake2b(os.fsencode(root), digest_size=6).hexdigest()}"


def make_folder(database: Path) -> None:
    """Make the folder of a database, ignored by git through its own ignore file.

    Raises:
        StateError: it cannot be made.

    """
    folder = database.parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
        ignore = folder / ".gitignore"
        if folder.name == OWN_FOLDER and not ignore.exists():
            ignore.write_text("*\n", encoding="utf-8")
    except OSError as exc:
        message = f"{folder} cannot be written ({exc.strerror or exc}); make it writable or set {HOME_VARIABLE}"
        raise StateError(message) from exc
