"""Which references may mean something else after one file changed: what keeps an index run after one edit short."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from pathlib import PurePosixPath
from typing import NamedTuple

from engrep.engine.dialects import dialect_of
from engrep.engine.importing import module_of
from engrep.engine.project import PACKAGE_FILES, Project
from engrep.engine.references import identifiers_in

_FEW = 8  # names that a pattern looks for faster than a set


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


class Surroundings(NamedTuple):
    """What in the whole project may pass a change on, after the change."""

    imports: Collection[tuple[int, str, str, str]]  # file, module, name, alias
    leads: Collection[tuple[str, str]]  # a text, and a name that means something else when an identifier in it does
    bases: Collection[str]


def surroundings(
    imports: Collection[tuple[int, str, str, str]], types: Iterable[tuple[str, str]], bases: Collection[str]
) -> Surroundings:
    """Arrange a project's imports, its declared types, each with the name of a symbol that it is of, and all bases."""
    leads = {(f"{module} {name}", alias) for _, module, name, alias in imports} | set(types)
    return Surroundings(imports, leads, bases)


class Touched(NamedTuple):
    """Which references of other files to resolve again: those that mention a name, and all of some files."""

    names: set[str]
    files: set[int]


def touched(old: Interface | None, new: Interface | None, project: Project, around: Surroundings) -> Touched | None:
    """Return what may resolve differently in other files, None for everything.

    `project` and `around` are the state after the change. The references of the changed file itself always are to be
    resolved again. Why the answer is enough: a resolution reads the symbols of the reference's own name, of the names in
    its receiver and its receiver's type, and what these lead to, which is
    - a binding of its own file: an import, whose module and name are unchanged text. The symbol it leads to changes only
      with a changed name, and the aliases of changed names count as changed (`_followed`);
    - the declared type of a symbol: symbols whose type mentions a changed name count as changed (the same);
    - the bases of a type: everything as soon as any base in the project mentions a changed name;
    - which files, modules and paths exist: the words of a path or module that came or went count as changed names;
      everything when a file got another module or language, or one came or went that stands for its folder, is included,
      or imports everything of another;
    - which files its own file can reach: all of a file that imports a name that came or went, everything when an import
      of everything, or an include, changed; default imports count as importing whatever a module defines.
    Edits of several files at once: take the union over them, each with the final project.
    """
    one = new or old
    if one is None:
        return Touched(set(), set())
    words: set[str] = set()
    if old is None or new is None:
        if _is_entrance(one):
            return None
        words = _path_words(one, project)
        if words or not dialect_of(one.language).reexports:
            one = one._replace(imports=())  # who gets at its imports through it mentions its path, or nobody does
        nothing = one._replace(symbols={}, imports=())
        old, new = (one if old else None), (one if new else None)
        old, new = old or nothing, new or nothing
    elif old[:3] != new[:3] or (old.imports != new.imports and _brings_files(old, new)):
        return None
    edited = {
        name for name in old.symbols.keys() | new.symbols.keys() if old.symbols.get(name) != new.symbols.get(name)
    }
    rebound = set(old.imports) ^ set(new.imports)
    if not edited and not rebound and not words:
        return Touched(set(), set())
    names = words | {
        str(entry[0]) for each in edited for entry in (*old.symbols.get(each, ()), *new.symbols.get(each, ()))
    }
    names.update(part for _, name, alias in rebound for part in (name, *identifiers_in(alias)))
    names.discard("")
    names = _followed(names, around)
    if any(not names.isdisjoint(identifiers_in(base)) for base in around.bases):
        return None
    came_or_went = words | {each.rpartition(".")[2] for each in old.symbols.keys() ^ new.symbols.keys()}
    came_or_went.update(alias for _, _, alias in rebound)
    return Touched(names, _importers(project, came_or_went, one, around) if came_or_went else set())


def mentions(names: set[str], name: str, receiver: str, receiver_type: str) -> bool:
    """Tell whether a reference of another file is to be resolved again."""
    if name in names:
        return True
    text = f"{receiver} {receiver_type}"
    return len(text) > 1 and not names.isdisjoint(identifiers_in(text))


def _brings_files(old: Interface, new: Interface) -> bool:
    """Tell whether changed imports may change more than the names they bind: order, everything, includes."""
    rebound = set(old.imports) ^ set(new.imports)
    included = dialect_of(old.language).imports == "include" or any(name == "*" for _, name, _ in rebound)
    return (
        included
        or not rebound
        or len(old.imports) != len(set(old.imports))
        or len(new.imports) != len(set(new.imports))
    )


def _is_entrance(one: Interface) -> bool:
    """Tell whether what other files reach may change through a file that came or went, whatever they mention."""
    stem = PurePosixPath(one.path).stem
    imports_all = any(name == "*" for _, name, _ in one.imports)
    return stem in PACKAGE_FILES or imports_all or dialect_of(one.language).imports == "include"


def _path_words(one: Interface, project: Project) -> set[str]:
    """Return the words by which imports name a file that came or went."""
    words: set[str] = set()
    if dialect_of(one.language).imports in ("path", "python"):
        words.update(identifiers_in(PurePosixPath(one.path).name.partition(".")[0]))
    others = {row.module for row in project.files.values() if row.path != one.path}
    parts = one.module.split(".")
    for depth in range(len(parts), 0, -1):
        prefix = ".".join(parts[:depth])
        if prefix in others or (depth < len(parts) and any(module.startswith(f"{prefix}.") for module in others)):
            break
        words.update(identifiers_in(parts[depth - 1]))
    return words


def _importers(project: Project, names: set[str], changed: Interface, around: Surroundings) -> set[int]:
    """Return the other files that import one of the names, however it came to them, or what the changed file defines."""
    others = [row for row in around.imports if project.files[row[0]].path != changed.path]
    defaults = {
        alias
        for file_id, module, name, alias in others
        if name == "default" and module_of(project, file_id, module) == changed.module
    }
    known = _followed(names | defaults, around)
    modules = {module for module in {row[1] for row in others} if not known.isdisjoint(identifiers_in(module))}
    return {row[0] for row in others if row[2] in known or row[3] in known or row[1] in modules}


def _followed(names: Iterable[str], around: Surroundings) -> set[str]:
    """Add the aliases of changed names and the symbols whose declared type mentions one, until none is left."""
    found = _spelled(names)
    fresh = set(found)
    while fresh:
        # One function added to a million lines looks for a name or two: cutting all texts into identifiers takes 0.2 s.
        holds = re.compile("|".join(map(re.escape, sorted(fresh)))).search if len(fresh) <= _FEW else bool
        met = {name for text, name in around.leads if holds(text) and not fresh.isdisjoint(identifiers_in(text))}
        fresh = _spelled(met) - found
        found |= fresh
    return found


def _spelled(names: Iterable[str]) -> set[str]:
    """Add the identifiers by which a text shows names with other signs in them: `$el` as `el`, `empty?` as `empty`."""
    return {part for name in names for part in (name, *identifiers_in(name.rpartition(".")[2]))}
