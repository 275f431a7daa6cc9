"""What a search is narrowed by, read before it runs: a filter that nothing can pass is a mistake, and no empty answer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from engrep.engine import store_search as asking
from engrep.engine.db import Connection
from engrep.engine.errors import UsageError
from engrep.indexers.facts import KINDS


def check_filters(language: str | None, kind: str | None) -> None:
    """Refuse a language or a kind of symbol that there is not.

    Raises:
        UsageError: it names the nearest one and all others.

    """
    if language:
        from engrep.indexers.languages import LANGUAGES

        endings = {ending: each.name for each in LANGUAGES for ending in each.extensions}
        _among("language", language, sorted(each.name for each in LANGUAGES), endings.get(language.lower().lstrip(".")))
    if kind:
        _among("kind of symbol", kind, KINDS)


def check_asker(connection: Connection, root: Path, path: str | None) -> None:
    """Refuse an asker's file that is neither on the disk nor in the index: it would decide between no namesakes.

    Raises:
        UsageError: it names the files that are called alike.

    """
    if not path or _exists(root / path):
        return
    known = [each for _, each, _ in asking.all_files(connection)]
    if path in known:
        return
    name = path.rsplit("/", 1)[-1]
    near = [each for each in known if each.rsplit("/", 1)[-1] == name] or _near(path, known)
    message = f"there is no file {path} to ask from{_meant(sorted(near)[:3])}"
    raise UsageError(message)


def _among(what: str, value: str, known: Sequence[str], meant: str | None = None) -> None:
    if value.lower() in known:
        return
    near = [meant] if meant else _near(value.lower(), known)
    message = f"there is no {what} {value}{_meant(near)}; there are {', '.join(known)}"
    raise UsageError(message)


def _near(value: str, known: Sequence[str]) -> list[str]:
    from difflib import get_close_matches

    return get_close_matches(value, known, n=1, cutoff=0.7)


def _meant(near: Sequence[str]) -> str:
    return f"; did you mean {' or '.join(near)}?" if near else ""


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # no name of a file
        return False
