"""What a name or an expression means where it stands: scopes, members, lineages, the types of receivers."""

from __future__ import annotations

import re

from engrep.engine.importing import UNBOUND, imported, module_member, module_of, starred
from engrep.engine.linearise import linearised
from engrep.engine.pools import type_named
from engrep.engine.project import (
    HOLDER_KINDS,
    OUTSIDE_VALUE,
    OWNER_KINDS,
    Binding,
    ImportRow,
    Project,
    Value,
    enclosing,
    own_holder,
    pick,
    within,
)
from engrep.engine.rungs import IMPORTED, INHERITED, MODULE, PACKAGE, SCOPE, SELF, TYPED
from engrep.indexers.facts import CALLABLE_KINDS, TYPE_KINDS

MAX_STEPS = 12  # hops from variable to call to type to … before an expression is given up
RECEIVER_LIMIT = 80  # a receiver of this length has lost its start

_SEGMENT = re.compile(r"\?\.|\.|::|->|\\")
_PLAIN = re.compile(r"[@$]?[\w$]+[?!]?")
UNBOUND_ROOT: tuple[Value, int] = (None, 1)
_VALUE_KINDS = frozenset({"variable", "constant", "field", "property", "enum_member"})


def lexical(project: Project, file_id: int, scope: int | None, name: str) -> Binding:
    """Look a bare name up: enclosing functions, the type's members, imports, the module, the language."""
    if name not in project.local_names.get(file_id, ()):
        dialect = project.dialects[file_id]
        if scope is not None and not dialect.implicit_self and project.symbols[scope].kind not in TYPE_KINDS:
            scope = None  # the functions around bind nothing of that name, and the types around them are not searched
    key = (file_id, scope, name)
    found = project.lexical_cache.get(key)
    if found is None:
        found = project.lexical_cache[key] = _lexical(project, file_id, scope, name)
    return found


def _lexical(project: Project, file_id: int, scope: int | None, name: str) -> Binding:
    found = _in_scopes(project, file_id, scope, name)
    if found[0] is not None:
        return found
    found = file_binding(project, file_id, name)
    if found[0] is not None:
        return found
    value = starred(project, file_id, name)
    if value is not None:
        return value, IMPORTED
    return (OUTSIDE_VALUE, "") if name in project.dialects[file_id].builtins else UNBOUND


def _in_scopes(project: Project, file_id: int, scope: int | None, name: str) -> Binding:
    implicit_self = project.dialects[file_id].implicit_self
    innermost = True
    while scope is not None:
        row = project.symbols[scope]
        rows = project.local_imports.get(scope, {}).get(name)
        if rows:
            return _first(project, rows)
        if row.kind in TYPE_KINDS:
            if implicit_self:
                value, rung = member(project, scope, name)
                if isinstance(value, int):
                    return value, SELF if rung == TYPED else rung
            elif innermost:
                value = project.qualified.get(f"{row.qualified_name}.{name}")
                if value is not None and value != scope:
                    return value, SCOPE
        else:
            value = pick(project, f"{row.qualified_name}.{name}", file_id)
            if value is not None and project.symbols[value].file_id == file_id:
                return value, SCOPE
        innermost = False
        scope = row.parent_id
    return UNBOUND


def file_binding(project: Project, file_id: int, name: str) -> Binding:
    """Look a name up among what the file imports and what its module, and the namespaces around it, define."""
    rows = project.imports.get(file_id, {}).get(name)
    outside = UNBOUND
    if rows:
        outside = _first(project, rows)
        if outside[0] is not None and outside[0] is not OUTSIDE_VALUE:
            return outside
    module = project.files[file_id].module
    value = pick(project, within(module, name), file_id)
    while value is None and module and project.dialects[file_id].outer_namespaces:
        module = module.rpartition(".")[0]
        value = pick(project, within(module, name), file_id)
    if value is not None and _family(project, value) == project.dialects[file_id].family:
        return value, MODULE if project.symbols[value].file_id == file_id else PACKAGE
    return outside


def _family(project: Project, symbol_id: int) -> str:
    return project.dialects[project.symbols[symbol_id].file_id].family


def _first(project: Project, rows: list[ImportRow]) -> Binding:
    """Return the first import that leads into the project; of `try: import a except: import b` that may be the second."""
    found = UNBOUND
    for row in rows:
        value, rung = imported(project, row)
        if value is not None and value is not OUTSIDE_VALUE:
            return value, rung
        if value is OUTSIDE_VALUE:
            found = value, rung
    return found


def member(project: Project, owner: Value, name: str) -> Binding:
    """Look a name up in a module or in a type and its lineage; rung TYPED for the type's own members."""
    if owner is None or owner is OUTSIDE_VALUE:
        return owner, TYPED
    key = (owner, name)
    found = project.member_cache.get(key)
    if found is None:
        found = project.member_cache[key] = _member(project, owner, name)
    return found


def _member(project: Project, owner: Value, name: str) -> Binding:
    if isinstance(owner, str):
        return module_member(project, owner, name, None)
    if not isinstance(owner, int):
        return UNBOUND
    row = project.symbols[owner]
    own = pick(project, f"{row.qualified_name}.{name}", row.file_id)
    if row.kind not in OWNER_KINDS:
        return (own, TYPED) if own in project.held.get(row.file_id, ()) else UNBOUND
    return (own, TYPED) if own is not None else inherited(project, owner, name)


def inherited(project: Project, owner: int, name: str) -> Binding:
    """Look a name up in the bases of a type; outside when the type has a base outside of the project."""
    bases, rest = lineage(project, owner)
    for base in bases:
        row = project.symbols[base]
        found = pick(project, f"{row.qualified_name}.{name}", row.file_id)
        if found is not None:
            return found, INHERITED
    if project.dialects[project.symbols[owner].file_id].imports == "go":
        for base in bases:
            if project.symbols[base].name == name:  # an embedded type is a field of its own name
                return base, INHERITED
    return rest, INHERITED


def lineage(project: Project, owner: int) -> tuple[tuple[int, ...], Value]:
    """Return the bases of a type in method resolution order, and what lies beyond them: outside or None for nothing."""
    found = project.lineage_cache.get(owner)
    if found is None:
        project.lineage_cache[owner] = ((), None)  # a cycle of bases ends here
        found = project.lineage_cache[owner] = _lineage(project, owner)
    return found


def _lineage(project: Project, owner: int) -> tuple[tuple[int, ...], Value]:
    row = project.symbols[owner]
    sequences: list[list[int]] = []
    direct: list[int] = []
    rest: Value = None
    for written in row.bases:
        value = evaluate(project, row.file_id, row.parent_id, written)
        if isinstance(value, int) and value != owner and project.symbols[value].kind in TYPE_KINDS:
            further, beyond = lineage(project, value)
            sequences.append([value, *further])
            direct.append(value)
            rest = rest or beyond
        elif value is OUTSIDE_VALUE and written != "object":
            rest = OUTSIDE_VALUE
    return linearised([*sequences, direct]), rest


def evaluate(project: Project, file_id: int, scope: int | None, text: str, steps: int = MAX_STEPS) -> Value:
    """Return what an expression stands for: the type of an object, a type itself, a module."""
    key = (file_id, scope, text)
    if key in project.value_cache:
        return project.value_cache[key]
    project.value_cache[key] = None  # `x = x.next()` ends here
    value = project.value_cache[key] = _evaluate(project, file_id, scope, text, steps)
    return value


def _evaluate(project: Project, file_id: int, scope: int | None, text: str, steps: int) -> Value:
    if not text or steps <= 0 or len(text) >= RECEIVER_LIMIT:
        return None
    if text[0] in "\"'`[{0123456789":
        return OUTSIDE_VALUE  # a literal
    segments = [text] if text.isidentifier() else _SEGMENT.split(text)
    value, start = _root(project, file_id, scope, segments)
    for index in range(start, len(segments) + 1):
        name, calls = _name_and_calls(segments[index - 1])
        if index > start:
            value = member(project, as_object(project, value, steps), name)[0]
        if calls is None:
            return OUTSIDE_VALUE if value is OUTSIDE_VALUE else None
        for _ in range(calls):
            value = called(project, value, steps)
        if value is None or value is OUTSIDE_VALUE:
            return value
    return as_object(project, value, steps)


def _name_and_calls(segment: str) -> tuple[str, int | None]:
    """Split `make()()` into its name and the number of calls, None when it is indexed or no name at all."""
    if segment.isidentifier():
        return segment, 0
    name, paren, rest = segment.partition("(")
    if not _PLAIN.fullmatch(name) or rest.replace(")", "").replace("(", ""):
        return name.partition("[")[0], None
    return name, segment.count("(") if paren else 0


def _root(project: Project, file_id: int, scope: int | None, segments: list[str]) -> tuple[Value, int]:
    """Return the value of the first segment, before its calls, and how many segments it took."""
    dialect = project.dialects[file_id]
    first = segments[0]
    if first in dialect.selves:
        return own_holder(project, scope), 1
    if first in dialect.supers:
        owner = enclosing(project, scope, TYPE_KINDS)
        bases = lineage(project, owner)[0] if owner is not None else ()
        return (bases[0] if bases else None), 1
    value = lexical(project, file_id, scope, first.partition("(")[0].partition("[")[0])[0]
    if value is not None:
        return value, 1
    found = _module_path(project, file_id, segments)
    if found[0] is None and dialect.global_names:
        last = len(segments) - next(
            (at for at, each in enumerate(reversed(segments)) if each[:1].isupper()), len(segments)
        )
        return (type_named(project, dialect.family, segments[last - 1]), last) if last else UNBOUND_ROOT
    return found


def _module_path(project: Project, file_id: int, segments: list[str]) -> tuple[Value, int]:
    """Read leading segments as an imported or fully written module path: `import a.b` makes `a.b.c` readable."""
    rows = project.imports.get(file_id, {})
    path = ""
    for count, segment in enumerate(segments, 1):
        path = f"{path}.{segment}" if path else segment
        for row in rows.get(path, ()):
            return imported(project, row)[0], count
    dotted_imports = project.dialects[file_id].imports == "dotted"
    if dotted_imports and len(segments) > 1:
        for count in range(len(segments), 0, -1):
            path = ".".join(segments[:count])
            module = module_of(project, file_id, path)
            if module is not None:
                return module, count
            symbol = pick(project, path, file_id)
            if symbol is not None:
                return symbol, count
    return None, 1


def called(project: Project, value: Value, steps: int) -> Value:
    """Return what calling something gives: a class its instance, a function what it says it returns."""
    if not isinstance(value, int):
        return value if value is OUTSIDE_VALUE else None
    row = project.symbols[value]
    if row.kind in TYPE_KINDS:
        return value
    if row.kind not in CALLABLE_KINDS or not row.returns:
        return None
    if row.returns in ("Self", "self", "static", "this"):
        return enclosing(project, row.parent_id, TYPE_KINDS)
    return evaluate(project, row.file_id, value, row.returns, steps - 1)


def as_object(project: Project, value: Value, steps: int) -> Value:
    """Follow a variable or property to its declared type."""
    if not isinstance(value, int):
        return value
    row = project.symbols[value]
    if row.kind in OWNER_KINDS:
        return value
    if row.returns and (row.kind in _VALUE_KINDS):
        return evaluate(project, row.file_id, row.parent_id, row.returns, steps - 1)
    return value if row.kind in HOLDER_KINDS and project.dialects[row.file_id].loose_methods else None
