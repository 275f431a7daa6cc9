"""Module paths by each language's own rule, and the few facts about the root that they need."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from engrep.indexers.languages import Language

_GO_MODULE = re.compile(r"^module\s+\"?([^\s\"]+)", re.MULTILINE)
_CRATE = re.compile(r"^\[package\][^\[]*?^name\s*=\s*[\"']([^\"']+)", re.MULTILINE | re.DOTALL)
_MAJOR_VERSION = re.compile(r"^v\d+$")
_SOURCE_FOLDERS = frozenset({"src", "lib", "python"})
_FOLDED = {"javascript": "index", "typescript": "index", "tsx": "index", "lua": "init"}


@dataclass(frozen=True, slots=True)
class ProjectHints:
    """What module paths need to know of the root; folders are relative, "" is the root."""

    packages: frozenset[str] = frozenset()  # folders with an __init__.py
    sources: frozenset[str] = frozenset()  # folders without one that hold Python packages: "", "src", "libs/core"
    go_modules: tuple[tuple[str, str], ...] = ()  # (folder, readable name), deepest first
    crates: tuple[tuple[str, str], ...] = ()  # (folder, crate name), deepest first


NO_HINTS = ProjectHints()


def is_manifest(path: str) -> bool:
    """Tell whether `project_hints` wants to read this file."""
    return path.rpartition("/")[2] in ("go.mod", "Cargo.toml")


def project_hints(paths: Iterable[str], manifests: Mapping[str, str]) -> ProjectHints:
    """Gather the hints from all paths and the texts of the manifests among them."""
    packages = set()
    for path in paths:
        folder, _, name = path.rpartition("/")
        if name in ("__init__.py", "__init__.pyi"):
            packages.add(folder)
    sources = {folder.rpartition("/")[0] for folder in packages if folder} - packages
    go_modules = [
        (_folder(path), readable_go_module(text)) for path, text in manifests.items() if path.endswith("go.mod")
    ]
    crates = []
    for path, text in manifests.items():
        crate = _CRATE.search(text) if path.endswith("Cargo.toml") else None
        if crate:
            crates.append((_folder(path), crate.group(1).replace("-", "_")))
    return ProjectHints(frozenset(packages), frozenset(sources), _deepest_first(go_modules), _deepest_first(crates))


def readable_go_module(go_mod: str) -> str:
    """Shorten a Go module's path to its last word: `github.com/spf13/cobra/v2` gives `cobra`.

    The host and owner are the same for all packages of a module, so they tell no namesakes apart and only bury the
    words that do; the major version is no word people use.
    """
    found = _GO_MODULE.search(go_mod)
    segments = found.group(1).split("/") if found else []
    named = [segment for segment in segments if not _MAJOR_VERSION.match(segment)]
    return re.sub(r"\.v\d+$", "", named[-1]).replace(".", "_") if named else ""


def module_path(path: str, language: Language, hints: ProjectHints, declared: str = "") -> str:
    """Give the dotted module path of a file; `declared` is the package or namespace written in it."""
    if language.module_rule == "python":
        return _python_module(path, hints)
    if language.module_rule == "go":
        return _go_package(_folder(path), hints)
    if language.module_rule == "rust":
        return _rust_module(path, hints)
    if language.module_rule == "declared" and declared:
        return declared
    return _path_module(path, _FOLDED.get(language.name, ""))


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _deepest_first(rows: list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(rows, key=lambda row: (-len(row[0]), row)))


def _stem_segments(path: str) -> list[str]:
    folder, _, name = path.rpartition("/")
    stem = name.rpartition(".")[0] or name
    return [*folder.split("/"), stem] if folder else [stem]


def _dotted(segments: Iterable[str]) -> str:
    return ".".join(segment.replace(".", "_") for segment in segments if segment)


def _path_module(path: str, folded: str) -> str:
    segments = _stem_segments(path)
    if folded and len(segments) > 1 and segments[-1] == folded:
        segments.pop()
    return _dotted(segments)


def _python_module(path: str, hints: ProjectHints) -> str:
    """Walk up while folders are packages; above them the nearest source root, else the root itself, is left out."""
    folder, _, _ = path.rpartition("/")
    top = folder
    while top and top in hints.packages:
        top = _folder(top)
    if folder == top and top not in hints.sources:
        top = _source_root(folder, hints)
    segments = _stem_segments(path[len(top) + 1 :] if top else path)
    if segments[-1] == "__init__" and len(segments) > 1:
        segments.pop()
    return _dotted(segments)


def _source_root(folder: str, hints: ProjectHints) -> str:
    """Find the root of a module outside every package: a folder called `src` above it, else a known source root."""
    segments = folder.split("/")
    for length in range(len(segments), 0, -1):
        above = "/".join(segments[:length])
        if segments[length - 1] in _SOURCE_FOLDERS and above not in hints.packages:
            return above
    return ""


def _go_package(folder: str, hints: ProjectHints) -> str:
    for module_folder, name in hints.go_modules:
        if not module_folder or folder == module_folder or folder.startswith(module_folder + "/"):
            inner = folder[len(module_folder) :].strip("/")
            return _dotted([name, *inner.split("/")])
    return _dotted(folder.split("/"))


def _rust_module(path: str, hints: ProjectHints) -> str:
    """Give crate and modules: `net/src/tcp/mod.rs` of crate `net` gives `net.tcp`; lib, main and mod are folded."""
    for folder, crate in hints.crates:
        if not folder or path.startswith(folder + "/"):
            segments = _stem_segments(path[len(folder) :].lstrip("/"))
            if segments[0] == "src":
                segments.pop(0)
            if segments and segments[-1] in ("lib", "main", "mod"):
                segments.pop()
            return _dotted([crate, *segments])
    segments = _stem_segments(path)
    if len(segments) > 1 and segments[-1] in ("lib", "main", "mod"):
        segments.pop()
    return _dotted(segments)
