"""Where things lie: the root that a path belongs to, and the files engrep keeps for it."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

from engrep.engine.errors import StateError, UsageError
from engrep.indexers.own import OWN_FOLDER

HOME_VARIABLE = "ENGREP_HOME"
CODE_FILE, MEMORY_FILE, USER_FILE, VECTOR_FILE = "code.db", "memory.db", "user.db", "vectors.db"
HISTORY_FILE = "history.db"
READING_FILE = "readings.db"
EMBEDDERS_FOLDER, SPOOL_FOLDER = "embedders", "spool"


def find_root(root: str | Path | None, home: Path | None = None) -> Path:
    """Return the root: the given folder itself, else the enclosing indexed folder or repository, else the current one.

    `home`, or ENGREP_HOME, is where indexes lie then.

    Raises:
        UsageError: the given path is no folder.
        StateError: no path is given, and the current folder is gone.

    """
    if root is not None:
        found = Path(root).expanduser().resolve()
        if not found.is_dir():
            message = f"{root} is not a folder"
            raise UsageError(message)
        return found
    here = _current_folder()
    return enclosing_root(here, home) or here


def _current_folder() -> Path:
    try:
        return Path.cwd()
    except FileNotFoundError as exc:
        message = "the current folder is gone; change to one that is there"
        raise StateError(message) from exc


def enclosing_root(here: Path, home: Path | None = None) -> Path | None:
    """Return the nearest repository or indexed folder from a folder up, None where there is neither."""
    for folder in (here, *here.parents):
        if _exists(folder / ".git") or _exists(code_database(folder, home)):
            return folder
    return None


def code_database(root: Path, home: Path | None = None) -> Path:
    """Return the file of a root's code index.

    It lies in `.engrep/` in the root; for a linked work tree below that of the repository's main one, which outlives it and
    is ignored by git in one place. Where that cannot be written it lies in the platform's cache folder under a name made
    from the root. `home`, or ENGREP_HOME, moves it.
    """
    moved = home or (Path(os.environ[HOME_VARIABLE]) if os.environ.get(HOME_VARIABLE) else None)
    if moved is not None:
        return moved / _key(root) / CODE_FILE
    main = main_work_tree(root)
    folder = main / OWN_FOLDER if main == root else main / OWN_FOLDER / "worktrees" / _key(root)
    nearest = next((each for each in (folder, *folder.parents) if _exists(each)), main)
    if _exists(folder / CODE_FILE) or os.access(nearest, os.W_OK):
        return folder / CODE_FILE
    from platformdirs import user_cache_path

    return user_cache_path("engrep") / _key(root) / CODE_FILE


def memory_database(root: Path, home: Path | None = None) -> Path:
    """Return the file of a root's memories: beside the code index, one for all work trees of a repository."""
    return code_database(main_work_tree(root), home).with_name(MEMORY_FILE)


def is_used(root: Path, home: Path | None = None) -> bool:
    """Tell whether engrep keeps anything for a root: an index, or memories."""
    return _exists(code_database(root, home)) or _exists(memory_database(root, home))


def spool_folder(root: Path, home: Path | None = None) -> Path:
    """Return the folder of what waits to be done for a root: beside its memories."""
    return memory_database(root, home).with_name(SPOOL_FOLDER)


def vector_database(root: Path, home: Path | None = None) -> Path:
    """Return the file of the vectors that were made once, where the memories of the root are."""
    return memory_database(root, home).with_name(VECTOR_FILE)


def history_database(root: Path, home: Path | None = None) -> Path:
    """Return the file of the past commits, where the memories of the root are."""
    return memory_database(root, home).with_name(HISTORY_FILE)


def reading_database(root: Path, home: Path | None = None) -> Path:
    """Return the file of what language models replied to sessions, where the memories of the root are."""
    return memory_database(root, home).with_name(READING_FILE)


def vectors_beside(memories: Path) -> Path:
    """Return the file of the vectors of a person's memories: user.vectors.db for user.db."""
    return memories.with_suffix(f".{VECTOR_FILE}")


def user_database(home: Path | None = None) -> Path:
    """Return the file of the memories that hold for a person everywhere; `home`, or ENGREP_HOME, moves it."""
    moved = home or (Path(os.environ[HOME_VARIABLE]) if os.environ.get(HOME_VARIABLE) else None)
    if moved is not None:
        return moved / USER_FILE
    from platformdirs import user_data_path

    return user_data_path("engrep") / USER_FILE


def embedders_folder(home: Path | None = None) -> Path:
    """Return the folder of what a person chose and measured of embedders: beside the memories that hold everywhere."""
    return user_database(home).with_name(EMBEDDERS_FOLDER)


def main_work_tree(root: Path) -> Path:
    """Return the main work tree of a repository, given the top of a linked one; any other root itself."""
    try:
        git_folder = root / (root / ".git").read_text(encoding="utf-8").removeprefix("gitdir:").strip()
        common = (git_folder / (git_folder / "commondir").read_text(encoding="utf-8").strip()).resolve()
    except (OSError, ValueError):  # no repository, a main work tree, or a submodule
        return root
    return common.parent if common.name == ".git" and common.is_dir() else root


def work_trees(root: Path) -> list[Path]:
    """Return a root, its repository's main work tree and the linked ones that are there."""
    main = main_work_tree(root)
    found = [root, main]
    for pointer in sorted((main / ".git" / "worktrees").glob("*/gitdir")):
        with contextlib.suppress(OSError):
            found.append(Path(pointer.read_text(encoding="utf-8").strip()).parent)
    return list(dict.fromkeys(path.resolve() for path in found))


def in_root(root: Path, path: str) -> str:
    """Return a path as the index has it: relative to the root, with "/" between the parts; a stranger to it as it is."""
    given = Path(path)
    absolute = given if given.is_absolute() else root / given
    if not _exists(absolute) and not given.is_absolute():
        absolute = _current_folder() / given
    with contextlib.suppress(ValueError):
        return absolute.resolve().relative_to(root).as_posix()
    return given.as_posix()


def is_in_project(folder: str, trees: Sequence[Path]) -> bool:
    """Tell whether a folder belongs to a project, given its work trees: inside one, and in no other project there."""
    if not folder:
        return False
    with contextlib.suppress(OSError, ValueError, RuntimeError):
        path = Path(folder).expanduser().resolve()
        return any(tree in (path, *path.parents) and _owner(path, tree) == tree for tree in trees)
    return False


def _owner(path: Path, tree: Path) -> Path:
    """Return the nearest repository or indexed folder from a path up to a tree that it lies in."""
    between = [each for each in (path, *path.parents) if tree in each.parents]
    return next((each for each in between if _exists(each / ".git") or _exists(each / OWN_FOLDER / CODE_FILE)), tree)


def _exists(path: Path) -> bool:
    return os.path.exists(path)  # noqa: PTH110 - never raises


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
        for own in (each for each in (folder, *folder.parents) if each.name == OWN_FOLDER):
            if not (own / ".gitignore").exists():
                (own / ".gitignore").write_text("*\n", encoding="utf-8")
    except OSError as exc:
        message = f"{folder} cannot be written ({exc.strerror or exc}); make it writable or set {HOME_VARIABLE}"
        raise StateError(message) from exc
