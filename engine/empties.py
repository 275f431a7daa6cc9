"""Why a search found nothing: an answer without hits says which of its conditions nothing met."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from engrep.engine import store
from engrep.engine import store_search as asking
from engrep.engine.db import Connection
from engrep.engine.globs import path_fits

if TYPE_CHECKING:
    from engrep.engine.search import Wanted

_MOST_NAMED = 6

Fits = Callable[[str, str], bool]


def why_nothing(connection: Connection, wanted: Wanted, *, has_terms: bool, fits: Fits) -> str:
    """Say why a search has no hits; `fits` tells whether a file's path and language pass its filters."""
    files = [(path, language) for _, path, language in asking.all_files(connection)]
    if not files:
        return _no_file_at_all(connection)
    if not has_terms:
        return "the question holds no word to search for"
    inside = [file for file in files if fits(*file)]
    if not inside:
        return _no_file(connection, wanted, files)
    within = f" in the {len(inside):,} files that the filters let through" if len(inside) < len(files) else ""
    if wanted.kind:
        return f"nothing of the kind {wanted.kind} answers it{within}"
    return f"nothing answers it{within or f' in {len(files):,} indexed files'}"


def why_no_symbol(connection: Connection) -> str:
    """Say why no symbol bears a name that was asked for."""
    files = list(asking.all_files(connection))
    if not files:
        return _no_file_at_all(connection)
    unread = Counter(
        PurePosixPath(path).suffix or PurePosixPath(path).name for _, path, language in files if language == "text"
    )
    if not unread:
        return "nothing in the index bears this name"
    kinds = ", ".join(suffix for suffix, _ in unread.most_common(_MOST_NAMED))
    are = "file is" if unread.total() == 1 else "files are"
    return (
        f"nothing in the index bears this name; {unread.total():,} {are} searched as text only, for engrep "
        f"knows no symbols of such kinds: {kinds}"
    )


def _no_file_at_all(connection: Connection) -> str:
    return f"no file is indexed{_skipped(store.skipped(connection))}"


def _no_file(connection: Connection, wanted: Wanted, files: list[tuple[str, str]]) -> str:
    languages = sorted({language for _, language in files})
    if wanted.language and wanted.language.lower() not in languages:
        known = ", ".join(languages[:_MOST_NAMED])
        return (
            f"no indexed file is {wanted.language}; the index has {known}{' …' if len(languages) > _MOST_NAMED else ''}"
        )
    passed = {
        path: row for path, row in store.skipped(connection).items() if wanted.path and path_fits(path, wanted.path)
    }
    and_language = f" and is {wanted.language}" if wanted.language else ""
    return f"no indexed file matches the path {wanted.path}{and_language}{_skipped(passed)}"


def _skipped(passed: dict[str, tuple[str, int, int]]) -> str:
    """Count files that were passed over, by reason: `"; 3 are not indexed: 2 binary, 1 too_large"`."""
    if not passed:
        return ""
    reasons = [reason for reason, _, _ in passed.values()]
    counted = ", ".join(f"{reasons.count(each)} {each}" for each in sorted(set(reasons)))
    return f"; {len(passed):,} {'is' if len(passed) == 1 else 'are'} not indexed: {counted}"
