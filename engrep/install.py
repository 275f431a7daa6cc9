"""`engrep install` and `uninstall`: our entries in the files of a coding agent, and those files as they were.

All files are read and all texts made before the first is written; a file that cannot be read stops everything. A file that
nobody wrote since is given back byte for byte; of one that somebody wrote only our entries are taken out.
"""

from __future__ import annotations

import contextlib
import difflib
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from engrep import install_ledger as ledger
from engrep.engine.errors import StateError
from engrep.install_edit import Made, has_all, with_ours, without_ours
from engrep.install_ledger import Kept, hash_of
from engrep.install_programs import Target

_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Change:
    """What is to become of one file."""

    path: Path  # the file itself, where a link leads to it
    before: bytes | None  # as it is now
    after: bytes | None  # None for no file
    state: str  # created, changed, unchanged, restored, removed
    was_kept: Kept | None  # what is kept of it now
    to_keep: Kept | None = None  # and then
    folders: tuple[str, ...] = ()  # that go with the file
    note: str = ""

    @property
    def diff(self) -> str:
        """The change, line by line, without secrets of the lines around it."""
        from engrep.indexers.redact import redact

        old, new = (_lines(content) for content in (self.before, self.after))
        told = difflib.unified_diff(old, new, str(self.path), str(self.path), n=2, lineterm="")
        return redact("\n".join(told), b"").text


def _lines(content: bytes | None) -> list[str]:
    return (content or b"").decode("utf-8", "replace").splitlines()


def plan_install(targets: Sequence[Target], root: Path | None) -> list[Change]:
    """Return what an installation changes; nothing is written.

    Raises:
        StateError: a file cannot be read or added to, or a link leads out of the project.

    """
    return [_installed(target, _real(target.path, root)) for target in targets]


def plan_uninstall(targets: Sequence[Target], root: Path | None) -> list[Change]:
    """Return what taking it back changes; nothing is written.

    Raises:
        StateError: a file cannot be read, or a link leads out of the project.

    """
    return [_uninstalled(target, _real(target.path, root)) for target in targets]


def _installed(target: Target, path: Path) -> Change:
    now, kept = _content(path), ledger.recall(path)
    if kept is not None and now is not None and hash_of(now) == kept.after:
        base = kept.before
    elif now is not None and _has_all(target, path, now):
        return Change(path, now, now, "unchanged", kept, kept)
    else:
        base = None if now is None else _taken_out(target, path, now, kept.made if kept else None)
    mark, text = _decoded(path, base or b"")
    with _about(path):
        edited = with_ours(target, text)
    after = mark + edited.text.encode("utf-8")
    if edited.note and after == (base or b""):
        return Change(path, now, now, "unchanged", kept, kept, note=edited.note)
    folders = kept.folders if kept is not None else tuple(map(str, _missing(path.parent)))
    state = "unchanged" if after == now else "created" if now is None else "changed"
    to_keep = Kept(base, hash_of(after), edited.made, folders)
    return Change(path, now, after, state, kept, to_keep, folders, edited.note)


def _uninstalled(target: Target, path: Path) -> Change:
    now, kept = _content(path), ledger.recall(path)
    if now is None:
        return Change(path, None, None, "unchanged", kept)
    folders = kept.folders if kept is not None else ()
    if kept is not None and hash_of(now) == kept.after:
        state = "removed" if kept.before is None else "restored"
        return Change(path, now, kept.before, state, kept, folders=folders)
    after = _taken_out(target, path, now, kept.made if kept else None)
    if kept is not None and kept.before is None and after.strip() in (b"", b"{}", _BOM + b"{}"):
        return Change(path, now, None, "removed", kept, folders=folders)
    return Change(path, now, after, "unchanged" if after == now else "changed", kept)


def _taken_out(target: Target, path: Path, content: bytes, made: Made | None) -> bytes:
    mark, text = _decoded(path, content)
    with _about(path):
        return mark + without_ours(target, text, made).encode("utf-8")


def _has_all(target: Target, path: Path, content: bytes) -> bool:
    with _about(path):
        return has_all(target, _decoded(path, content)[1])


def _decoded(path: Path, content: bytes) -> tuple[bytes, str]:
    mark = _BOM if content.startswith(_BOM) else b""
    try:
        return mark, content[len(mark) :].decode("utf-8")
    except UnicodeDecodeError as exc:
        message = f"{path} is no UTF-8 text ({exc}); nothing was written"
        raise StateError(message) from exc


@contextlib.contextmanager
def _about(path: Path) -> Iterator[None]:
    try:
        yield
    except StateError as exc:
        message = f"{path}: {exc}; nothing was written, put it right and try again"
        raise StateError(message) from exc


def _real(path: Path, root: Path | None) -> Path:
    """Return the file that a link leads to; out of a project none may lead, as anybody may have put it there."""
    real = Path(os.path.realpath(path))
    if root is not None and not real.is_relative_to(os.path.realpath(root)):
        message = f"{path} leads out of {root} to {real}: nothing was written"
        raise StateError(message)
    return real


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as exc:
        message = f"{path} cannot be read: {exc.strerror or exc}; nothing was written"
        raise StateError(message) from exc


def _missing(folder: Path) -> list[Path]:
    """Return the folders that are not there yet, the innermost first."""
    return [each for each in (folder, *folder.parents) if not each.exists()]


def carry_out(changes: Sequence[Change]) -> None:
    """Write what was planned; when one file cannot be written, those before it are put back.

    Raises:
        StateError: a file was written meanwhile, or cannot be written.

    """
    done: list[Change] = []
    try:
        for change in changes:
            if change.state == "unchanged":
                continue
            _must_be_as_planned(change)
            done.append(change)
            if change.to_keep is not None:
                ledger.keep(change.path, change.to_keep)
            _place(change.path, change.after, change.folders)
    except (OSError, StateError) as exc:
        for change in reversed(done):
            with contextlib.suppress(OSError):
                _place(change.path, change.before, change.folders)
                ledger.put_back(change.path, change.was_kept)
        raise StateError(f"{exc}; nothing was changed") from exc
    for change in changes:
        if change.to_keep is None:
            ledger.forget(change.path)


def _must_be_as_planned(change: Change) -> None:
    if _content(change.path) != change.before:
        raise StateError(f"{change.path} was written meanwhile; run it again")


def _place(path: Path, content: bytes | None, folders: Sequence[str]) -> None:
    """Put a content in place of a file at once, with its rights; without one, remove it and the folders made for it."""
    if content is None:
        path.unlink(missing_ok=True)
        for folder in folders:
            with contextlib.suppress(OSError):
                Path(folder).rmdir()
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.engrep")
    try:
        if path.exists():
            part.touch(0o600)  # it may hold keys, which nobody else may read for a moment
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            shutil.copymode(path, part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
