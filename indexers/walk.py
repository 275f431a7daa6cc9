"""Find the files of a root and say why the others are left out; the only indexer that touches the disk.

In a git work tree git itself lists the files (tracked, and untracked but not ignored), so its rules are exactly
followed; elsewhere the folder is walked by the same rules (ignore.py). Contents are not read here.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from engrep.indexers.ignore import Rule, rules, verdict
from engrep.indexers.own import OWN_FOLDER

DEFAULT_MAX_BYTES = 1 << 20

_HOOK_VARIABLES = frozenset(
    {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY", "GIT_NAMESPACE"},
)  # fmt: skip
_NEVER = frozenset({".git", ".hg", ".svn", OWN_FOLDER})
# Folders that hold other people's code or build products where no ignore file says so.
_NOT_SOURCE = frozenset(
    {
        "node_modules",
        "__pycache__",
        ".venv",
        "venv",
        ".tox",
        ".nox",
        ".mypy_cache",
        ".ruff_cache",
        ".pytest_cache",
        ".idea",
    },
)
_LOCK_FILES = frozenset(
    {"package-lock.json", "yarn.lock", "pnpm-lock.yaml", "cargo.lock", "poetry.lock", "uv.lock", "pdm.lock", "pipfile.lock",
     "composer.lock", "gemfile.lock", "go.sum", "mix.lock", "flake.lock", "bun.lock", "npm-shrinkwrap.json", "gradle.lockfile"},
)  # fmt: skip
_GENERATED_ENDINGS = (
    ".min.js",
    ".min.css",
    ".bundle.js",
    ".map",
    "_pb2.py",
    "_pb2_grpc.py",
    ".pb.go",
    ".g.cs",
    ".designer.cs",
    ".snap",
)
_DATA_ENDINGS = frozenset(
    {".svg", ".csv", ".tsv", ".po", ".pot", ".ipynb", ".jsonl", ".ndjson", ".log", ".patch", ".diff", ".geojson"}
)
_BINARY_ENDINGS = frozenset(
    ".png .jpg .jpeg .gif .ico .bmp .webp .pdf .zip .gz .bz2 .xz .zst .tar .tgz .jar .war .class .so .dylib .dll .exe .o .a "
    ".pyc .pyd .whl .woff .woff2 .ttf .otf .eot .mp3 .mp4 .mov .avi .wav .ogg .sqlite .db .npy .npz .pkl .parquet .wasm .mo "
    ".fits .hdf5 .h5 .nc .mat .rda .bin .dat .keystore .p12 .jks .nupkg .snk .psd .tif .tiff .icns .docx .xlsx .pptx".split(),
)


_UNREAD_FOLDER = re.compile(rb"^warning: could not open directory '(.+?)/*': ", re.MULTILINE)

RulesAbove = tuple[tuple[str, tuple[Rule, ...]], ...]
"""Ignore files from the root down: the folder with its "/", and the rules in it."""


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file to index: its path relative to the root with "/" between the parts, and its stat."""

    path: str
    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A file that is not indexed, and why."""

    path: str
    reason: str
    size: int = 0
    mtime_ns: int = 0


def walk(root: Path, *, max_bytes: int = DEFAULT_MAX_BYTES) -> Iterator[FoundFile | PassedOver]:
    """Yield every file below a root, sorted by path, either to index or with the reason why not.

    Symbolic links are never followed: a link's target is indexed where it lies, or is outside and none of ours.
    A name that is no UTF-8 cannot be stored; its reason goes under the name with the odd bytes spelled out.
    """
    listed = _git_files(root)
    linked: dict[str, bool] = {}
    for path in sorted(_folder_files(root) if listed is None else listed):
        yield from _looked_at(root, path, max_bytes, linked)


def _looked_at(root: Path, path: str, max_bytes: int, linked: dict[str, bool]) -> Iterator[FoundFile | PassedOver]:
    if not _is_utf8(path):
        yield PassedOver(os.fsencode(path).decode("utf-8", "backslashreplace"), "name_not_utf8")
        return
    if _is_below_link(root, path.rstrip("/").rpartition("/")[0], linked):
        return  # git still lists what was there before a folder became a link
    found = PassedOver(path, "folder") if path.endswith("/") else classify(root, path, max_bytes)
    if isinstance(found, FoundFile) or found.reason != "folder":
        yield found
        return
    trouble = _trouble_listing(root, path)
    if trouble is not None:
        yield PassedOver(path.rstrip("/"), trouble)
        return
    for inner in _nested_repository(root, path.rstrip("/")):
        yield from _looked_at(root, inner, max_bytes, linked)


def _trouble_listing(root: Path, folder: str) -> str | None:
    try:
        os.scandir(root / folder).close()
    except OSError as exc:
        return "missing" if isinstance(exc, FileNotFoundError) else "unreadable_folder"
    return None


def _is_utf8(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_below_link(root: Path, folder: str, linked: dict[str, bool]) -> bool:
    """Tell whether a folder is reached through a symbolic link below the root."""
    if not folder:
        return False
    known = linked.get(folder)
    if known is None:
        above = _is_below_link(root, folder.rpartition("/")[0], linked)
        known = linked[folder] = above or os.path.islink(f"{root}/{folder}")  # noqa: PTH114 - a string is much faster here
    return known


def classify(root: Path, path: str, max_bytes: int = DEFAULT_MAX_BYTES) -> FoundFile | PassedOver:
    """Look at one file's name and stat, and decide whether to index it."""
    try:
        status = os.lstat(f"{root}/{path}")
    except (OSError, ValueError) as exc:
        return PassedOver(path, "missing" if isinstance(exc, FileNotFoundError) else "unreadable")
    if stat.S_ISLNK(status.st_mode):
        return PassedOver(path, _link_reason(root, path), status.st_size, status.st_mtime_ns)
    if stat.S_ISDIR(status.st_mode):
        return PassedOver(path, "folder")
    if not stat.S_ISREG(status.st_mode):
        return PassedOver(path, "not_a_file")
    reason = _reason_by_name(path)
    if reason is None and status.st_size > max_bytes:
        reason = "too_large"
    if reason is not None:
        return PassedOver(path, reason, status.st_size, status.st_mtime_ns)
    return FoundFile(path, status.st_size, status.st_mtime_ns)


def _reason_by_name(path: str) -> str | None:
    name = path.rpartition("/")[2].lower()
    stem, dot, ending = name.rpartition(".")
    ending = dot + ending if stem else ""
    if ending in _BINARY_ENDINGS:
        return "binary"
    if name in _LOCK_FILES or name.endswith(_GENERATED_ENDINGS):
        return "generated"
    return "data" if ending in _DATA_ENDINGS else None


def _link_reason(root: Path, path: str) -> str:
    try:
        target = (root / path).resolve()
    except (OSError, RuntimeError):
        return "link_broken"
    if not target.is_relative_to(root.resolve()):
        return "link_outside"
    return "link" if target.exists() else "link_broken"


def git(root: Path, *arguments: str) -> bytes | None:
    """Run a git command that only reads; None where git or a repository is missing."""
    return git_output(start_git(root, *arguments))


def start_git(root: Path, *arguments: str, errors: int = subprocess.DEVNULL) -> subprocess.Popen[bytes] | None:
    """Start a git command that only reads and answers shortly, to be collected by `git_output`."""
    command = ["git", "-C", os.fspath(root), "-c", "core.quotePath=false", "-c", "core.fsmonitor=false", *arguments]
    # Inside a git hook the environment names the repository of the hook, which may be another one.
    inherited = {name: value for name, value in os.environ.items() if name not in _HOOK_VARIABLES}
    environment = {**inherited, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
    try:
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, env=environment
        )
    except OSError:
        return None


def git_output(process: subprocess.Popen[bytes] | None, patience: float | None = None) -> bytes | None:
    """Wait for a git command and return what it printed; None where it failed, or took more than `patience` seconds."""
    if process is None:
        return None
    with process:
        try:
            output, _ = process.communicate(timeout=patience)
        except subprocess.TimeoutExpired:
            process.kill()
            return None
    return output if process.returncode == 0 else None


def _git_files(root: Path) -> list[str] | None:
    if is_ignored_root(root):
        return None
    arguments = ("ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate")
    process = start_git(root, *arguments, errors=subprocess.PIPE)
    if process is None:
        return None
    with process:
        output, warnings = process.communicate()
    if process.returncode:
        return None
    listed = [path for path in os.fsdecode(output).split("\0") if path and _NEVER.isdisjoint(path.split("/"))]
    return listed + list(_unread_folders(root, warnings))


def _unread_folders(root: Path, warnings: bytes) -> Iterator[str]:
    """Name the folders that git could not look into; it warns of them by their path in the repository."""
    named = _UNREAD_FOLDER.findall(warnings)
    top = (git(root, "rev-parse", "--show-toplevel") if named else None) or b""
    for name in named:
        with contextlib.suppress(ValueError):  # outside of the root
            folder = Path(os.fsdecode(top.removesuffix(b"\n")), os.fsdecode(name))
            yield folder.relative_to(root).as_posix() + "/"


def is_ignored_root(root: Path) -> bool:
    """Tell whether the root is a folder that an enclosing repository ignores: then git would list nothing of it."""
    if os.path.exists(root / ".git"):  # noqa: PTH110 - never raises
        return False
    return git(root, "check-ignore", "-q", ".") is not None


def _nested_repository(root: Path, path: str) -> list[str]:
    """List a submodule, or a repository inside the work tree: git names only its folder."""
    if not os.path.exists(root / path / ".git"):  # noqa: PTH110 - never raises
        return []
    inner = _git_files(root / path)
    return [f"{path}/{name}" for name in inner or []]


def _folder_files(root: Path) -> Iterator[str]:
    """Walk a folder that is no git work tree, top down, with every .gitignore on the way; name folders it cannot enter."""
    pending: list[tuple[str, RulesAbove]] = [("", ())]
    while pending:
        folder, above = pending.pop()
        try:
            with os.scandir(root / folder) as listed:
                entries = sorted(listed, key=lambda entry: entry.name)
        except OSError:
            yield f"{folder or '.'}/"
            continue
        if any(entry.name == ".gitignore" for entry in entries):
            above = (*above, (f"{folder}/" if folder else "", _rules_in(root / folder / ".gitignore")))
        for entry in entries:
            path = f"{folder}/{entry.name}" if folder else entry.name
            is_folder = entry.is_dir(follow_symlinks=False)
            if entry.name in _NEVER or _ignored(path, is_folder, above):
                continue
            if not is_folder:
                yield path
            elif entry.name not in _NOT_SOURCE:
                pending.append((path, above))


def _rules_in(ignore_file: Path) -> tuple[Rule, ...]:
    try:
        return rules(ignore_file.read_bytes())
    except OSError:
        return ()


def _ignored(path: str, is_folder: bool, above: RulesAbove) -> bool:
    """Tell whether a path is ignored: the deepest .gitignore that says anything about it decides, as in git."""
    for base, found in reversed(above):
        said = verdict(found, path[len(base) :], is_folder)
        if said is not None:
            return said
    return False
