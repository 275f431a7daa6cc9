"""What an import brings in: from the module as written to a module or symbol of the project."""

from __future__ import annotations

import posixpath

from engrep.engine.project import OUTSIDE_VALUE, Binding, FileRow, ImportRow, Project, Value, pick, within
from engrep.engine.rungs import IMPORTED, REEXPORTED
from engrep.indexers.facts import CALLABLE_KINDS, TYPE_KINDS

MAX_HOPS = 8  # re-exports followed; longer chains are cycles in practice

UNBOUND: Binding = (None, "")
_EXPORTED_KINDS = CALLABLE_KINDS | TYPE_KINDS


def imported(project: Project, row: ImportRow, hops: int = 0) -> Binding:
    """Return what an import binds its alias to."""
    if _is_renamed_export(project, row):
        return _renamed(project, row, hops)
    module = module_of(project, row.file_id, row.module)
    if not row.name or _is_default(project, row):
        return _whole_module(project, row, module, hops)
    if module is None:
        whole: Value = pick(project, f"{_dotted(row.module)}.{row.name}", row.file_id)
        if whole is None and project.dialects[row.file_id].imports == "python":
            whole = module_of(project, row.file_id, f"{row.module}.{row.name}")
        return OUTSIDE_VALUE if whole is None else whole, IMPORTED
    value, rung = module_member(project, module, row.name, row.file_id, hops)
    if value is None:
        return UNBOUND
    return value, REEXPORTED if rung == REEXPORTED or row.alias != row.name else IMPORTED


def _is_default(project: Project, row: ImportRow) -> bool:
    """Tell whether an import takes what a JavaScript module exports as its default; elsewhere that is a plain name."""
    return row.name == "default" and project.dialects[row.file_id].imports == "path"


def _is_renamed_export(project: Project, row: ImportRow) -> bool:
    return not row.module and project.dialects[row.file_id].family == "ecmascript"


def _renamed(project: Project, row: ImportRow, hops: int) -> Binding:
    """Bind what a module exports under another name: `export { store as Store }`, `export default Store`."""
    symbol = pick(project, within(project.files[row.file_id].module, row.name), row.file_id)
    if symbol is not None or hops >= MAX_HOPS or row.name == row.alias:
        return symbol, IMPORTED
    for other in project.imports.get(row.file_id, {}).get(row.name, ()):
        value, _ = imported(project, other, hops + 1)
        if value is not None:
            return value, REEXPORTED
    return UNBOUND


def _exported_whole(project: Project, module: str, name: str, hops: int) -> int | None:
    for exporter in project.modules.get(module, ()):
        for export in project.imports.get(exporter, {}).get(name, ()):
            value = imported(project, export, hops + 1)[0] if _is_renamed_export(project, export) else None
            if isinstance(value, int):
                return value
    return None


def _whole_module(project: Project, row: ImportRow, module: str | None, hops: int) -> Binding:
    """Bind a module, or what it exports as a whole; a default without a name is the export of the alias, or the only one."""
    if module is None:
        symbol = pick(project, _dotted(row.module), row.file_id)
        return (OUTSIDE_VALUE if symbol is None else symbol), IMPORTED
    exported = _exported_whole(project, module, row.name or "module", hops)
    if exported is not None:
        return exported, IMPORTED
    if not row.name:
        return module, IMPORTED
    named = pick(project, within(module, row.alias), row.file_id)
    if named is not None:
        return named, IMPORTED
    exports = [
        symbol_id for symbol_id in module_symbols(project, module) if project.symbols[symbol_id].kind in _EXPORTED_KINDS
    ]
    return (exports[0], REEXPORTED) if len(exports) == 1 else (module, IMPORTED)


def module_symbols(project: Project, module: str) -> list[int]:
    """List the top-level symbols of a module."""
    return [each for file_id in project.modules.get(module, ()) for each in project.top_level.get(file_id, ())]


def module_member(
    project: Project, module: str, name: str, file_id: int | None, hops: int = 0, *, stars: bool = True
) -> Binding:
    """Look a name up in a module: its definitions, what it imports, its submodules, what it imports everything of."""
    qualified = within(module, name)
    symbol = pick(project, qualified, file_id)
    if symbol is not None:
        return symbol, IMPORTED
    exporters = project.modules.get(module, ())
    if stars and exporters and project.dialects[exporters[0]].family == "lua":
        return _table_member(project, exporters, name)
    if hops >= MAX_HOPS or not exporters or not project.dialects[exporters[0]].reexports:
        return (qualified, IMPORTED) if qualified in project.prefixes else UNBOUND
    for exporter in exporters:
        for row in project.imports.get(exporter, {}).get(name, ()):
            value, _ = imported(project, row, hops + 1)
            if value is not None:
                return value, REEXPORTED
    if qualified in project.prefixes:
        return qualified, IMPORTED
    for exporter in exporters if stars else ():
        value = starred(project, exporter, name, hops + 1)
        if value is not None:
            return value, REEXPORTED
    return UNBOUND


def _table_member(project: Project, exporters: list[int], name: str) -> Binding:
    """Look a name up in the table that a Lua module returns: `local M = {}`, `function M.open()`, `return M`."""
    for file_id in exporters:
        for symbol_id in project.held.get(file_id, ()):
            if project.symbols[symbol_id].name == name:
                return symbol_id, IMPORTED
    return UNBOUND


def starred(project: Project, file_id: int, name: str, hops: int = 0) -> Value:
    """Look a name up in the modules of which a file imports everything; for included files see `resolve._by_name`."""
    if project.dialects[file_id].imports == "include":
        return None
    for module in star_modules(project, file_id):
        value, _ = module_member(project, module, name, file_id, hops, stars=False)
        if value is not None:
            return value
    return None


def star_modules(project: Project, file_id: int) -> tuple[str, ...]:
    """Return the modules of which a file imports everything, and theirs in turn, the nearest first.

    Headers that include one another make this a dense graph with cycles; it is walked once a file, never once a name.
    """
    found = project.star_cache.get(file_id)
    if found is None:
        seen: dict[str, None] = {}
        pending = [file_id]
        visited = {file_id}
        for at in pending:  # grows while it is walked
            for row in project.stars.get(at, ()):
                module = module_of(project, at, row.module)
                if module is None or module in seen:
                    continue
                seen[module] = None
                fresh = [other for other in project.modules.get(module, ()) if other not in visited]
                visited.update(fresh)
                pending += fresh
        found = project.star_cache[file_id] = tuple(seen)
    return found


def module_of(project: Project, file_id: int, written: str) -> str | None:
    """Return the project's module that an import names, None when it is not in the project."""
    key = (file_id, written)
    if key not in project.module_cache:
        here = project.files[file_id]
        project.module_cache[key] = _FINDERS[project.dialects[file_id].imports](project, here, written)
    return project.module_cache[key]


def _dotted(text: str) -> str:
    return text.replace("::", ".").replace("\\", ".").replace("/", ".").strip(".")


def package_of(here: FileRow) -> str:
    """Return the package that a Python file's relative imports start from."""
    if here.path.rpartition("/")[2].startswith("__init__."):
        return here.module
    return here.module.rpartition(".")[0]


def _python_module(project: Project, here: FileRow, written: str) -> str | None:
    package = package_of(here)
    if written.startswith("."):
        name = written.lstrip(".")
        for _ in range(len(written) - len(name) - 1):
            package = package.rpartition(".")[0]
        absolute = f"{package}.{name}" if package and name else package or name
        return absolute if absolute in project.prefixes else None
    if written in project.prefixes:
        return written
    beside = (
        f"{package}.{written}"  # a script, in a folder that is no package, sees its neighbours as top-level modules
    )
    if beside in project.prefixes and package not in project.modules:
        return beside
    return _at_path(project, written.replace(".", "/")) or _elsewhere(project, written)


def _at_path(project: Project, path: str) -> str | None:
    """Find a Python module by its path: a folder such as `src`, which module paths leave out, may stand in an import."""
    found = project.stems.get(path)
    here = None if found is None else project.files[found]
    return here.module if here is not None and here.path in (f"{path}.py", f"{path}/__init__.py") else None


def _elsewhere(project: Project, written: str) -> str | None:
    """Find a module of a package whose subpackages lie beside it: links or the build's own mapping put them into it."""
    package, _, rest = written.partition(".")
    inside = f"{package}.{rest.partition('.')[0]}"
    is_mapped = rest in project.prefixes and package in project.modules and inside not in project.prefixes
    return rest if is_mapped else None


def _dotted_module(project: Project, here: FileRow, written: str) -> str | None:
    """Find a namespace, package or Rust path; of a Go import path the longest tail that is a package."""
    text = _dotted(written)
    head, _, rest = text.partition(".")
    if head in ("crate", "self", "super"):
        base = here.module.partition(".")[0] if head == "crate" else here.module
        while head == "super":
            base = base.rpartition(".")[0]
            head, _, rest = rest.partition(".") if rest.startswith("super") else ("", "", rest)
        text = f"{base}.{rest}" if rest else base
        return text if text in project.prefixes else None
    if text in project.prefixes:
        return text
    inner = f"{here.module}.{text}"  # a Rust module or a nested namespace
    return inner if here.language == "rust" and inner in project.prefixes else None


def _go_module(project: Project, _: FileRow, written: str) -> str | None:
    """Find the longest tail of an import path that is a package; a path without a host is the standard library's."""
    segments = [segment.replace(".", "_") for segment in written.split("/")]
    hosted = "." in written.partition("/")[0]
    for start in range(len(segments) if hosted else 1):
        tail = ".".join(segments[start:])
        if tail in project.modules:
            return tail
    return None


def _path_module(project: Project, here: FileRow, written: str) -> str | None:
    folder = here.path.rpartition("/")[0]
    text = written.replace(".", "/") if here.language == "lua" and "/" not in written else written
    if written.startswith("."):
        found = project.stems.get(_clean(folder, text))
    else:
        found = _by_tail(project, text.removeprefix("@/").removeprefix("~/"))
    return None if found is None else project.files[found].module


def _include_module(project: Project, here: FileRow, written: str) -> str | None:
    folder = here.path.rpartition("/")[0]
    found = project.stems.get(_clean(folder, written))
    if found is None:
        found = _by_tail(project, written)
    return None if found is None else project.files[found].module


def _clean(folder: str, text: str) -> str:
    """Join a relative path, an extension that is written dropped."""
    path = posixpath.normpath(posixpath.join(folder, text))
    stem, dot, extension = path.rpartition(".")
    return stem if dot and extension in ("js", "ts", "jsx", "tsx", "mjs", "cjs", "zig", "lua") else path


def _by_tail(project: Project, text: str) -> int | None:
    """Find the file whose path ends like this, or the index of the folder that a scoped package name ends with."""
    last = text.rpartition("/")[2]
    for tail in (text, text.partition("/")[2]) if text.startswith("@") else (text,):
        found = [stem for stem in project.tails.get(last, ()) if stem == tail or stem.endswith("/" + tail)]
        if len(found) == 1 and ("/" in tail or text.startswith("@")):
            return project.stems[found[0]]
    return None


_FINDERS = {
    "python": _python_module,
    "dotted": _dotted_module,
    "path": _path_module,
    "include": _include_module,
    "go": _go_module,
}
