"""Judge the calls of one program by its call graph.

An edge to a type means its constructor, and nothing where it has none; the declaration of a method in an interface is no
function, so that an edge to it neither counts as false nor finds what implements it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from engrep.eval.graph_sets import CallGraph, NamedEdge
from engrep.eval.systems.edges import Call, Definition, Edge
from engrep.indexers.facts import CALLABLE_KINDS, TYPE_KINDS


@dataclass(frozen=True, slots=True)
class Found:
    """One edge of a system: the call, and the names its callee may go by."""

    call: str
    callees: tuple[str, ...]
    edge: Edge


@dataclass(frozen=True, slots=True)
class Scored:
    """One program: the edges that the set can judge, each with its verdict, and the wanted ones that were found."""

    judged: tuple[tuple[Found, bool], ...]
    hit: dict[NamedEdge, Edge]  # wanted edge → what found it
    declared: int  # missing edges whose call leads to an interface's declaration of the method


def score(graph: CallGraph, calls: Iterable[Call]) -> Scored:
    """Compare one program's edges with the wanted ones."""
    judged: dict[tuple[str, tuple[str, ...]], tuple[Found, bool]] = {}
    hit: dict[NamedEdge, Edge] = {}
    declared: set[NamedEdge] = set()
    for found in _found(graph, calls):
        if found.edge.callee.is_declaration:
            declared.add((found.call, found.callees[0].rpartition(".")[2]))
            continue
        rights = [(found.call, callee) for callee in found.callees if (found.call, callee) in graph.wanted]
        hit.update(dict.fromkeys(rights, found.edge))
        if graph.judged is None or found.call in graph.judged:
            judged[found.call, found.callees] = found, bool(rights)
    missing = [(call, callee.rpartition(".")[2]) for call, callee in graph.wanted - hit.keys()]
    return Scored(tuple(judged.values()), hit, sum(edge in declared for edge in missing))


def _found(graph: CallGraph, calls: Iterable[Call]) -> Iterator[Found]:
    for call in calls:
        caller = _caller(graph, call)
        for edge in call.edges:
            names = _callees(graph, edge.callee)
            is_bare_type = graph.naming == "line" and edge.callee.kind in TYPE_KINDS and len(names) == 1
            if names and not (is_bare_type and (caller, names[0]) not in graph.wanted):
                yield Found(caller, names, edge)


def _caller(graph: CallGraph, call: Call) -> str:
    """Name a call by its line, or by the function around it; what runs at the top of a Go package is its "init"."""
    if graph.naming == "line":
        return _place(call.path, call.line)
    if graph.naming == "local name":
        return call.caller.local_name if call.caller else "init"
    return call.caller.qualified_name if call.caller else call.module


def _callees(graph: CallGraph, callee: Definition) -> tuple[str, ...]:
    """Return the names of a callee, none for what is no function: a class goes by its own line and its constructor's."""
    is_function = callee.kind in CALLABLE_KINDS
    is_type = callee.kind in TYPE_KINDS
    if graph.naming == "line":
        lines = (callee.start_line, callee.constructor_line if is_type else None)
        return tuple(_place(callee.path, line) for line in lines if line is not None) if is_function or is_type else ()
    if graph.naming == "local name":
        return (callee.local_name,) if is_function else ()
    if is_type and callee.constructor_line is not None:
        return (f"{callee.qualified_name}.__init__",)
    return (callee.qualified_name,) if is_function else ()


def _place(path: str, line: int) -> str:
    return f"{path.rpartition('/')[2]}:{line}"
