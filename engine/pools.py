"""The symbols of a name, by what a use of it can mean."""

from __future__ import annotations

from engrep.engine.project import OWNER_KINDS, Project
from engrep.indexers.facts import CALLABLE_KINDS, TYPE_KINDS

# Families whose receivers are objects of types; in the others `a.b()` may call a plain function of a module.
_METHODS_FIRST = frozenset({"python", "ecmascript", "jvm", "csharp", "go", "rust", "ruby", "php", "swift", "c"})


def pool_of(project: Project, family: str, name: str, use: str) -> tuple[list[str], list[int]]:
    """Return the symbols of a name that a use of this sort may mean, by qualified name, and those names.

    Sorted so, the symbols nearest in module path to a file stand around the place where its module would stand.
    """
    key = (family, name, use)
    found = project.pool_cache.get(key)
    if found is None:
        unique = {}
        for symbol_id in project.by_name.get(name, ()):
            if _fits(project, symbol_id, family, use):
                unique[project.symbols[symbol_id].qualified_name] = symbol_id
        names = sorted(unique)
        found = project.pool_cache[key] = names, [unique[each] for each in names]
    return found


def _fits(project: Project, symbol_id: int, family: str, use: str) -> bool:
    row = project.symbols[symbol_id]
    if project.dialects[row.file_id].family != family:
        return False
    if use == "type":
        return row.kind in TYPE_KINDS
    is_member = row.parent_id is not None and project.symbols[row.parent_id].kind in OWNER_KINDS
    if use == "bare":
        return row.kind in TYPE_KINDS or (row.kind in CALLABLE_KINDS and not is_member)
    return row.kind in CALLABLE_KINDS and (is_member or family not in _METHODS_FIRST)


def type_named(project: Project, family: str, name: str) -> int | None:
    """Return the only type of a name, of several the only one whose file is called after it."""
    pool = pool_of(project, family, name, "type")[1]
    if len(pool) > 1:
        folded = _folded(name)
        pool = [each for each in pool if _folded(_stem(project, each)) == folded]
    return pool[0] if len(pool) == 1 else None


def _stem(project: Project, symbol_id: int) -> str:
    return project.files[project.symbols[symbol_id].file_id].path.rpartition("/")[2].partition(".")[0]


def _folded(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()
