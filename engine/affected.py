"""Which references may mean something else after one file changed: what keeps an index run after one edit short."""

from __future__ import annotations

import re
from typing import NamedTuple

from engrep.engine.dialects import dialect_of
from engrep.engine.importing import module_of
from engrep.engine.project import Project

_NAME = re.compile(r"[^\W\d][\w$]*[?!]?")


class Interface(NamedTuple):
    """What other files can see of a file."""

    path: str
    module: str
    language: str
    symbols: dict[str, tuple[tuple[object, ...], ...]]  # qualified name → its definitions in order
    imports: tuple[tuple[str, str, str], ...]  # module, name, alias


def interface_of(project: Project, file_id: int) -> Interface:
    """Gather what other files can see of a file; an edit inside a function's body leaves it equal."""
    row = project.files[file_id]
    symbols: dict[str, tuple[tuple[object, ...], ...]] = {}
    for symbol in project.file_symbols.get(file_id, ()):
        each = project.symbols[symbol]
        parent = project.symbols[each.parent_id].qualified_name if each.parent_id is not None else ""
        entry = (each.name, each.kind, parent, each.bases, each.returns, each.visibility)
        symbols[each.qualified_name] = (*symbols.get(each.qualified_name, ()), entry)
    imports = tuple(project.file_imports.get(file_id, ()))
    return Interface(row.path, row.module, row.language, symbols, imports)


def affected_names(old: Interface | None, new: Interface | None, project: Project) -> set[str] | None:
    """Return the names through which other files' references may resolve differently, None for all of them.

    `project` is the state after the change. A reference of another file is to be resolved again when `mentions` holds
    for it; the references of the changed file always are. Why that is enough: a resolution reads the symbols of the
    reference's own name, of the names in its receiver and its receiver's type, and what these lead to, which is
    - a binding of its own file: an import, whose module and name are unchanged text. The symbol it leads to changes only
      with a changed name, and the aliases of changed names count as changed (the loop below);
    - the declared type of a symbol: symbols whose type mentions a changed name count as changed (the same loop);
    - the bases of a type: None as soon as any base in the project mentions a changed name;
    - which files, modules and paths exist: None when the path, module or language changed, or a file came or went;
    - which files its own file can reach: None when a name that came or went is imported anywhere, when an import of
      everything, or an include, changed; default imports count as importing whatever a module defines.
    Edits of several files at once: take the union over them, each with the final project.
    """
    if old is None or new is None or old[:3] != new[:3]:
        return None
    edited = {
        name for name in old.symbols.keys() | new.symbols.keys() if old.symbols.get(name) != new.symbols.get(name)
    }
    rebound = set(old.imports) ^ set(new.imports) if old.imports != new.imports else set()
    if not edited and old.imports == new.imports:
        return set()
    if old.imports != new.imports and _brings_files(old, new, rebound):
        return None
    names = {str(entry[0]) for each in edited for entry in (*old.symbols.get(each, ()), *new.symbols.get(each, ()))}
    names.update(part for _, name, alias in rebound for part in (name, *_NAME.findall(alias)))
    came_or_went = {each.rpartition(".")[2] for each in old.symbols.keys() ^ new.symbols.keys()}
    came_or_went.update(alias for _, _, alias in rebound)
    names.discard("")
    if came_or_went and _is_imported(project, came_or_went, new):
        return None
    _follow(project, names)
    bases = (base for row in project.symbols.values() for base in row.bases)
    return None if any(not names.isdisjoint(_NAME.findall(base)) for base in set(bases)) else names


def mentions(names: set[str], name: str, receiver: str, receiver_type: str) -> bool:
    """Tell whether a reference of another file is to be resolved again."""
    if name in names:
        return True
    text = f"{receiver} {receiver_type}"
    return len(text) > 1 and not names.isdisjoint(_NAME.findall(text))


def _brings_files(old: Interface, new: Interface, rebound: set[tuple[str, str, str]]) -> bool:
    """Tell whether changed imports may change more than the names they bind: order, everything, includes."""
    included = dialect_of(old.language).imports == "include" or any(name == "*" for _, name, _ in rebound)
    return (
        included
        or not rebound
        or len(old.imports) != len(set(old.imports))
        or len(new.imports) != len(set(new.imports))
    )


def _is_imported(project: Project, names: set[str], changed: Interface) -> bool:
    """Tell whether any other file imports one of the names, or whatever the changed file defines."""
    for file_id, rows in project.file_imports.items():
        if project.files[file_id].path == changed.path:
            continue
        for module, name, alias in rows:
            if name in names or (not name and alias in names) or not names.isdisjoint(_NAME.findall(module)):
                return True
            if name == "default" and module_of(project, file_id, module) == changed.module:
                return True
    return False


def _follow(project: Project, names: set[str]) -> None:
    """Add the aliases of changed names and the symbols whose declared type mentions one, until none is left."""
    leads = [(f"{module} {name}", alias) for rows in project.file_imports.values() for module, name, alias in rows]
    leads += [(row.returns, row.name) for row in project.symbols.values() if row.returns]
    pairs = {(part, name) for text, name in set(leads) for part in _NAME.findall(text)}
    to: dict[str, set[str]] = {}
    for part, name in pairs:
        to.setdefault(part, set()).add(name)
    waiting = list(names)
    while waiting:
        for name in to.get(waiting.pop(), ()):
            if name not in names:
                names.add(name)
                waiting.append(name)
