"""Every symbol and import of a project, arranged for looking names up."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from engrep.engine.dialects import Dialect, dialect_of
from engrep.indexers.facts import CALLABLE_KINDS, TYPE_KINDS

_LAST_PART = re.compile(r"::|[/\\.]")
OWNER_KINDS = TYPE_KINDS | {"module", "namespace"}  # what members hang on
HOLDER_KINDS = frozenset({"variable", "constant", "function"})
NO_OWNER = -(1 << 62)
PACKAGE_FILES = frozenset({"__init__", "index", "mod", "init", "lib"})  # stems that stand for their folder


class FileRow(NamedTuple):
    """One file: `FileRow(1, "billing/retry.py", "billing.retry", "python", False)`."""

    file_id: int
    path: str
    module: str
    language: str
    is_test: bool


class SymbolRow(NamedTuple):
    """One definition, as far as looking it up goes."""

    symbol_id: int
    file_id: int
    name: str
    qualified_name: str
    kind: str
    parent_id: int | None
    bases: tuple[str, ...]
    returns: str
    visibility: str


class ImportRow(NamedTuple):
    """One imported name; `symbol_id` is the enclosing symbol of a local import."""

    file_id: int
    module: str
    name: str
    alias: str
    symbol_id: int | None


class _Outside:
    """The value of a name that a dependency or the language defines."""

    __slots__ = ()


OUTSIDE_VALUE = _Outside()

Value = int | str | _Outside | None
"""What a name stands for: a symbol's id, a module's dotted path, something outside of the project, or unknown."""

Binding = tuple[Value, str]
"""A value and the rung it was found on."""


@dataclass(slots=True, eq=False)
class Project:
    """Lookup tables over all symbols, and what has been looked up so far."""

    files: dict[int, FileRow]
    symbols: dict[int, SymbolRow]
    dialects: dict[int, Dialect]  # file → rules
    held: dict[int, dict[int, int]]  # file → method → the variable or function it hangs on: `api = { get() {} }`
    qualified: dict[str, int]  # qualified name → its last definition
    namesakes: dict[str, list[int]]  # qualified name → all definitions, only where there are several
    owners: dict[int, int]  # symbol → itself for a type, else a negative number that all members of a type share
    top_level: dict[int, list[int]]  # file → symbols that lie in no other
    by_name: dict[str, list[int]]  # name → symbols that can be reached from other files
    modules: dict[str, list[int]]  # module path → files
    prefixes: set[str]  # module paths and the packages that hold them
    stems: dict[str, int]  # path without extension → file; a folder → its index file
    tails: dict[str, list[str]]  # last part of a stem → stems
    file_symbols: dict[int, list[int]]  # file → its symbols
    file_imports: dict[int, list[tuple[str, str, str]]]  # file → module, name and alias of its imports
    imports: dict[int, dict[str, list[ImportRow]]]  # file → bound name → imports
    stars: dict[int, list[ImportRow]]  # file → imports of everything
    local_imports: dict[int, dict[str, list[ImportRow]]]  # enclosing symbol → bound name → imports
    local_names: dict[int, set[str]]  # file → names bound inside its functions
    lexical_cache: dict[tuple[int, int | None, str], Binding] = field(default_factory=dict)
    member_cache: dict[tuple[Value, str], Binding] = field(default_factory=dict)
    value_cache: dict[tuple[int, int | None, str], Value] = field(default_factory=dict)
    lineage_cache: dict[int, tuple[tuple[int, ...], Value]] = field(default_factory=dict)
    pool_cache: dict[tuple[str, str, str], tuple[list[str], list[int]]] = field(default_factory=dict)
    star_cache: dict[int, tuple[str, ...]] = field(default_factory=dict)
    reach_cache: dict[int, frozenset[int]] = field(default_factory=dict)
    module_cache: dict[tuple[int, str], str | None] = field(default_factory=dict)


def project_of(
    files: Iterable[tuple[int, str, str, str, bool]],
    symbols: Iterable[tuple[int, int, str, str, str, int | None, tuple[str, ...], str, str]],
    imports: Iterable[tuple[int, str, str, str, int | None]],
) -> Project:
    """Arrange rows in the order of `FileRow`, `SymbolRow` and `ImportRow`; a parent comes before its children."""
    file_rows = {row[0]: FileRow._make(row) for row in files}
    symbol_rows = {row[0]: SymbolRow._make(row) for row in symbols}
    project = Project(
        files=file_rows,
        symbols=symbol_rows,
        dialects={file_id: dialect_of(row.language) for file_id, row in file_rows.items()},
        held={},
        qualified={},
        namesakes={},
        owners={},
        top_level={},
        by_name={},
        modules={},
        prefixes=set(),
        stems={},
        tails={},
        file_symbols={},
        file_imports={},
        imports={},
        stars={},
        local_imports={},
        local_names={},
    )
    _add_files(project)
    _add_symbols(project)
    _add_imports(project, map(ImportRow._make, imports))
    return project


def within(module: str, name: str) -> str:
    """Return the qualified name of a module's member; a package in the root folder may have no name of its own."""
    return f"{module}.{name}" if module else name


def enclosing(project: Project, symbol_id: int | None, kinds: frozenset[str]) -> int | None:
    """Return the nearest symbol of these kinds, from the given one outwards."""
    symbols = project.symbols
    while symbol_id is not None:
        row = symbols[symbol_id]
        if row.kind in kinds:
            return symbol_id
        symbol_id = row.parent_id
    return None


def own_holder(project: Project, scope: int | None) -> int | None:
    """Return what `self` means: the enclosing type, or the variable or function that the enclosing method hangs on."""
    while scope is not None:
        row = project.symbols[scope]
        if row.kind in TYPE_KINDS:
            return scope
        holder = project.held.get(row.file_id, {}).get(scope)
        if holder is not None:
            return holder
        scope = row.parent_id
    return None


def pick(project: Project, qualified_name: str, file_id: int | None) -> int | None:
    """Return the symbol of this qualified name, of several the last one in this file, else the nearest by path."""
    found = project.qualified.get(qualified_name)
    several = project.namesakes.get(qualified_name)
    if several is None or file_id is None:
        return found
    same_file = [symbol_id for symbol_id in several if project.symbols[symbol_id].file_id == file_id]
    # Reversed, so that of equally near ones the last is taken: the order of files and places, never that of ids.
    return same_file[-1] if same_file else max(reversed(several), key=lambda each: _nearness(project, each, file_id))


def _nearness(project: Project, symbol_id: int, file_id: int) -> tuple[bool, int]:
    here, there = project.files[file_id], project.files[project.symbols[symbol_id].file_id]
    shared = 0
    for mine, its in zip(here.path.split("/"), there.path.split("/"), strict=False):
        if mine != its:
            break
        shared += 1
    return here.is_test or not there.is_test, shared


def _add_files(project: Project) -> None:
    for row in project.files.values():
        module = row.module
        project.modules.setdefault(module, []).append(row.file_id)
        while module and module not in project.prefixes:
            project.prefixes.add(module)
            module = module.rpartition(".")[0]
        folder, _, name = row.path.rpartition("/")
        stem = name.partition(".")[0] if name.endswith(".d.ts") else name.rpartition(".")[0] or name
        whole = f"{folder}/{stem}" if folder else stem
        project.stems.setdefault(whole, row.file_id)
        project.tails.setdefault(stem, []).append(whole)
        if stem in PACKAGE_FILES and folder:
            project.stems.setdefault(folder, row.file_id)
            project.tails.setdefault(folder.rpartition("/")[2], []).append(folder)


def _add_symbols(project: Project) -> None:
    qualified, namesakes, by_name = project.qualified, project.namesakes, project.by_name
    symbols, owners = project.symbols, project.owners
    local: set[int] = set()
    loose: list[int] = []
    for symbol_id, file_id, name, qualified_name, kind, parent_id, *_ in symbols.values():
        if kind == "heading":
            continue
        if kind in TYPE_KINDS:
            owners[symbol_id] = symbol_id
        else:
            around = owners.get(parent_id, NO_OWNER) if parent_id is not None else NO_OWNER
            owners[symbol_id] = ~around if around >= 0 else around
        if parent_id is not None and (parent_id in local or symbols[parent_id].kind in CALLABLE_KINDS):
            local.add(symbol_id)
            project.local_names.setdefault(file_id, set()).add(name)
        else:
            by_name.setdefault(name, []).append(symbol_id)
        if kind == "method" and project.dialects[file_id].loose_methods:
            loose.append(symbol_id)
        project.file_symbols.setdefault(file_id, []).append(symbol_id)
        if parent_id is None:
            project.top_level.setdefault(file_id, []).append(symbol_id)
        earlier = qualified.get(qualified_name)
        if earlier is not None:
            namesakes.setdefault(qualified_name, [earlier]).append(symbol_id)
        qualified[qualified_name] = symbol_id
    _hold(project, loose)


def _hold(project: Project, methods: list[int]) -> None:
    """Hang methods that lie in no type on the variable or function that they were written to."""
    for symbol_id in methods:
        row = project.symbols[symbol_id]
        holder = row.parent_id
        if holder is None:
            holder = pick(project, row.qualified_name.rpartition(".")[0], row.file_id)
        if holder is None:
            continue
        there = project.symbols[holder]
        if there.kind in HOLDER_KINDS and there.file_id == row.file_id:
            project.held.setdefault(row.file_id, {})[symbol_id] = holder
    for file_id, held in project.held.items():
        for symbol_id in project.file_symbols[file_id]:
            row = project.symbols[symbol_id]
            if symbol_id in held:
                project.owners[symbol_id] = ~held[symbol_id]  # what `this` means sets them apart
            elif row.parent_id is not None and row.kind not in TYPE_KINDS:
                around = project.owners[row.parent_id]
                project.owners[symbol_id] = ~around if around >= 0 else around


def _add_imports(project: Project, rows: Iterable[ImportRow]) -> None:
    for written in rows:
        project.file_imports.setdefault(written.file_id, []).append(written[1:4])
        style = project.dialects[written.file_id].imports
        if written.name == "*" or (style == "include" and not written.name):
            project.stars.setdefault(written.file_id, []).append(written)
            continue
        bound = _bound_name(written, style)
        is_root = style == "python" and bound != written.alias  # `import a.b` binds a
        row = written._replace(module=bound, alias=bound) if is_root else written
        if row.symbol_id is None:
            project.imports.setdefault(row.file_id, {}).setdefault(bound, []).append(row)
        else:
            project.local_imports.setdefault(row.symbol_id, {}).setdefault(bound, []).append(row)
            project.local_names.setdefault(row.file_id, set()).add(bound)


def _bound_name(row: ImportRow, style: str) -> str:
    """Return the name that an import without an alias binds: Python the first part of a module, others the last."""
    if row.name or row.alias != row.module:
        return row.alias
    if style == "python":
        return row.alias.partition(".")[0]
    return _LAST_PART.split(row.alias)[-1]
