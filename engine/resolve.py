"""References to symbols: each climbs down a ladder of rungs until one holds, and is never forced onto the last.

    project = project_of(files, symbols, imports)
    for reference_id, resolution in resolve(project, references): ...

A call of a class resolves to the class, not to its constructor. Of overloads under one qualified name the nearest file's
last one is taken.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator

from engrep.engine.importing import imported, star_modules
from engrep.engine.pools import pool_of
from engrep.engine.project import OUTSIDE_VALUE, Project, Value, enclosing, own_holder
from engrep.engine.rungs import (
    AMBIGUOUS,
    INHERITED,
    KEPT_CANDIDATES,
    MAX_CANDIDATES,
    OUTSIDE,
    REACHABLE,
    RESOLVED,
    SELF,
    TYPED,
    UNIQUE,
    UNKNOWN,
    Candidate,
    Resolution,
    ambiguous_confidence,
    confidence,
)
from engrep.engine.scopes import RECEIVER_LIMIT, evaluate, inherited, lexical, lineage, member
from engrep.indexers.facts import CALLABLE_KINDS, TYPE_KINDS

ReferenceRow = tuple[int, int, str, str, str, int | None, str]
"""reference id, file id, name, receiver, receiver type, enclosing symbol's id, kind."""

HEADER_ENDINGS = (".h", ".hh", ".hpp", ".hxx", ".h++", ".inl", ".ipp", ".tcc", ".cuh")
_IDENTIFIER = re.compile(r"[^\W\d]\w*")
_TYPE_USES = frozenset({"type", "inherit", "construct"})


def resolve(project: Project, references: Iterable[ReferenceRow]) -> Iterator[tuple[int, Resolution]]:
    """Yield what each reference means; fastest when the references of a file stand together."""
    known: dict[tuple[int | None, str, str, str, bool], Resolution] = {}
    places: dict[int, int] = {}
    owners = project.owners
    local: set[str] | frozenset[str] = frozenset()
    last_file = None
    for reference_id, file_id, name, receiver, receiver_type, scope, kind in references:
        if file_id != last_file:
            known.clear()
            places.clear()
            local = project.local_names.get(file_id, frozenset())
            last_file = file_id
        place = scope
        if scope is not None and not (local and (name in local or receiver_type or not _is_free(receiver, local))):
            # All functions of a type see the same: the first one stands for them, so that its answers serve all.
            place = places.setdefault(owners[scope], scope)
        key = (place, name, receiver, receiver_type, kind in _TYPE_USES)
        found = known.get(key)
        if found is None:
            found = known[key] = _climb(project, file_id, *key)
        yield reference_id, found


def _is_free(receiver: str, local: set[str] | frozenset[str]) -> bool:
    """Tell whether a receiver certainly holds no name that a function binds."""
    return not receiver or (receiver.isidentifier() and receiver not in local)


def _climb(
    project: Project, file_id: int, scope: int | None, name: str, receiver: str, receiver_type: str, is_type: bool
) -> Resolution:
    dialect = project.dialects[file_id]
    if receiver:
        value, rung = _received(project, file_id, scope, name, receiver, "" if is_type else receiver_type)
    elif name in dialect.type_words or (is_type and name in dialect.selves):
        value, rung = _own_type(project, scope, name in dialect.supers)
    else:
        value, rung = lexical(project, file_id, scope, name)
    if isinstance(value, int):
        if dialect.imports == "include":
            value = _defined(project, value)
        return _one(project, file_id, value, rung)
    if value is OUTSIDE_VALUE:
        return OUTSIDE
    if isinstance(value, str) or not (receiver or dialect.global_names or is_type):
        return UNKNOWN
    if receiver and name in dialect.common_methods:
        return UNKNOWN
    use = "type" if is_type else "member" if receiver else "bare"
    return _by_name(project, file_id, name, use, _owner_names(receiver_type or receiver))


def _own_type(project: Project, scope: int | None, above: bool) -> tuple[Value, str]:
    """Return what `cls`, `Self` or `new static` names: the enclosing type, for `super` its first base."""
    owner = enclosing(project, scope, TYPE_KINDS)
    if owner is None or not above:
        return owner, SELF
    bases, rest = lineage(project, owner)
    return bases[0] if bases else rest, INHERITED


def _defined(project: Project, symbol_id: int) -> int:
    """Return the definition that a header's declaration stands for, where the sources hold exactly one."""
    row = project.symbols[symbol_id]
    if row.kind not in CALLABLE_KINDS or not _is_header(project, symbol_id):
        return symbol_id
    family = project.dialects[row.file_id].family
    sources = [each for each in pool_of(project, family, row.name, "bare")[1] if not _is_header(project, each)]
    visible = [each for each in sources if project.symbols[each].visibility != "private"]
    return visible[0] if len(visible) == 1 else symbol_id


def _is_header(project: Project, symbol_id: int) -> bool:
    return project.files[project.symbols[symbol_id].file_id].path.endswith(HEADER_ENDINGS)


def _received(
    project: Project, file_id: int, scope: int | None, name: str, receiver: str, receiver_type: str
) -> tuple[Value, str]:
    """Look a name up in what stands before it."""
    dialect = project.dialects[file_id]
    if receiver in dialect.selves:
        value, rung = member(project, own_holder(project, scope), name)
        return value, SELF if rung == TYPED else rung
    if receiver in dialect.supers:
        owner = enclosing(project, scope, TYPE_KINDS)
        return inherited(project, owner, name) if owner is not None else (None, "")
    value = evaluate(project, file_id, scope, receiver_type) if receiver_type else None
    if value is None:
        value = evaluate(project, file_id, scope, receiver)
    return member(project, value, name)


def _owner_names(text: str) -> frozenset[str]:
    """Return the names in a receiver that may be a type's: `net.Socket.open()` gives "Socket" and "net"."""
    return frozenset(_IDENTIFIER.findall(text)) if text and len(text) < RECEIVER_LIMIT else frozenset()


def _by_name(project: Project, file_id: int, name: str, use: str, owners: frozenset[str]) -> Resolution:
    """Guess by the name: the only symbol that bears it, the only one whose type the receiver names, or the nearest."""
    dialect = project.dialects[file_id]
    names, pool = pool_of(project, dialect.family, name, use)
    reach = _reach(project, file_id) if pool else frozenset()
    reached = any(project.symbols[each].file_id in reach for each in pool)
    if dialect.closed_files and len(pool) > 1:
        pool = [each for each in pool if _visible(project, each, file_id)]
        if dialect.imports == "include":
            pool = [each for each in pool if not _is_header(project, each)] or pool
        names = [project.symbols[each].qualified_name for each in pool]
    if not pool or len(pool) > MAX_CANDIDATES:
        return UNKNOWN
    if len(pool) == 1:
        rung = REACHABLE if reached else UNIQUE
        return _one(project, file_id, pool[0], rung)
    named = [each for each in pool if _owner_name(project, each) in owners] if owners else []
    if len(named) == 1:
        return _one(project, file_id, named[0], TYPED)
    at = bisect_left(names, project.files[file_id].module)
    start = max(0, min(at - KEPT_CANDIDATES // 2, len(pool) - KEPT_CANDIDATES))
    near = pool[start : start + KEPT_CANDIDATES]
    certainty = ambiguous_confidence(len(pool))
    return Resolution(AMBIGUOUS, tuple(Candidate(symbol_id, AMBIGUOUS, certainty) for symbol_id in near), len(pool))


def _one(project: Project, file_id: int, symbol_id: int, rung: str) -> Resolution:
    certainty = confidence(project.files[file_id].language, rung)
    return Resolution(RESOLVED, (Candidate(symbol_id, rung, certainty),), 1)


def _owner_name(project: Project, symbol_id: int) -> str:
    """Return the last name but one of a symbol: the type of a method, the module of a function."""
    return project.symbols[symbol_id].qualified_name.rpartition(".")[0].rpartition(".")[2]


def _visible(project: Project, symbol_id: int, file_id: int) -> bool:
    row = project.symbols[symbol_id]
    return row.visibility != "private" or row.file_id == file_id


def _reach(project: Project, file_id: int) -> frozenset[int]:
    """Return the files that a file imports from; what it includes brings along what that includes."""
    found = project.reach_cache.get(file_id)
    if found is None:
        reached = {file_id}
        for module in star_modules(project, file_id):
            reached.update(project.modules.get(module, ()))
        for rows in project.imports.get(file_id, {}).values():
            for row in rows:
                value, _ = imported(project, row)
                if isinstance(value, int):
                    reached.add(project.symbols[value].file_id)
                elif isinstance(value, str):
                    reached.update(project.modules.get(value, ()))
        found = project.reach_cache[file_id] = frozenset(reached)
    return found
