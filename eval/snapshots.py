"""Switch one work folder between commits of a bare history, writing only the files that differ.

The folder has no git directory of its own, so nothing newer than the commit can leak into an index of it, and an
incremental index run has only the differing files to parse. Keep it outside any other git repository.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath

SUFFIXES = (".py", ".pyi", ".pyx", ".rst", ".md", ".txt", ".cfg", ".toml", ".ini")  # no data files, no pictures
BATCH = 500  # files whose contents are held in memory at once
REGULAR_FILES = (b"100644", b"100755")


def git(git_dir: Path, *arguments: str, given: bytes = b"") -> bytes:
    """Run git on a history and return its output; raises CalledProcessError."""
    command = ["git", f"--git-dir={git_dir}", *arguments]
    return subprocess.run(command, input=given, check=True, capture_output=True).stdout


def commit_time(git_dir: Path, commit: str) -> int:
    """Return the committer's time in seconds: neighbours in time differ in few files."""
    return int(git(git_dir, "show", "-s", "--format=%ct", commit))


def tree(git_dir: Path, commit: str, suffixes: tuple[str, ...] | None = SUFFIXES) -> dict[str, str]:
    """Return path → blob id of the regular files at a commit whose names end so; None for all."""
    found = {}
    for entry in git(git_dir, "ls-tree", "-r", "-z", commit).split(b"\0")[:-1]:
        meta, name = entry.split(b"\t", 1)
        mode, _, blob = meta.split(b" ")
        path = name.decode("utf-8", "surrogateescape")
        if mode in REGULAR_FILES and (suffixes is None or path.endswith(suffixes)) and not _leads_out(path):
            found[path] = blob.decode("ascii")
    return found


def _leads_out(path: str) -> bool:
    """Tell whether a path would be written elsewhere, or as settings that git obeys: a history is other people's."""
    parts = path.lower().replace("\\", "/").split("/")
    return not {"", ".", "..", ".git", "git~1"}.isdisjoint(parts)


def blobs(git_dir: Path, ids: list[str]) -> Iterator[bytes]:
    """Yield the content of each blob in order, empty for one that the history lacks."""
    output = git(git_dir, "cat-file", "--batch", given="\n".join(ids).encode() + b"\n") if ids else b""
    at = 0
    for _ in ids:
        end = output.index(b"\n", at)
        header = output[at:end].split()
        size = int(header[2]) if len(header) == 3 else 0
        yield output[end + 1 : end + 1 + size]
        at = end + 1 + (size + 1 if len(header) == 3 else 0)


def switch(git_dir: Path, commit: str, folder: Path, suffixes: tuple[str, ...] | None = SUFFIXES) -> dict[str, str]:
    """Make `folder` hold the tree of `commit`; return its path → blob id.

    What the folder holds is remembered beside it, and forgotten while it changes: after an interruption it is rebuilt.
    """
    memo = folder.with_name(folder.name + ".tree.json")
    held: dict[str, str] = json.loads(memo.read_text(encoding="utf-8")) if memo.exists() else {}
    memo.unlink(missing_ok=True)
    if not held and folder.exists():
        shutil.rmtree(folder)
    wanted = tree(git_dir, commit, suffixes)
    for path in held.keys() - wanted.keys():
        _remove(folder, path)
    changed = [path for path, blob in wanted.items() if held.get(path) != blob]
    for batch in (changed[start : start + BATCH] for start in range(0, len(changed), BATCH)):
        for path, content in zip(batch, blobs(git_dir, [wanted[path] for path in batch]), strict=True):
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
    folder.mkdir(parents=True, exist_ok=True)
    memo.write_text(json.dumps(wanted), encoding="utf-8")
    return wanted


def _remove(folder: Path, path: str) -> None:
    """Remove a file and the folders that it leaves empty: a file may have come in place of one."""
    (folder / path).unlink(missing_ok=True)
    with suppress(OSError):  # the first that is not empty ends it
        for parent in PurePosixPath(path).parents[:-1]:
            (folder / parent).rmdir()
