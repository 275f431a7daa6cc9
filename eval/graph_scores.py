"""Measure call edges against foreign call-graph sets.

    python -m engrep.eval.graph_scores {jelly,js-callgraph,go} DIR [--cases] [--min-confidence 0.8]

DIR holds jelly's tests/micro, js-callgraph's tests, or go/callgraph of Go's tools. `--cases` names each program's false
and missing edges. An edge to a class means its constructor, and nothing where it has none; the declaration of a method in
an interface is no function, so that an edge to it neither counts as false nor finds what implements it.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from engrep.engine.rungs import DEFAULT_MIN_CONFIDENCE, RUNGS
from engrep.eval.edges import CALLS, Edges, edges_of
from engrep.eval.figures import share, table
from engrep.eval.graph_sets import SETS, Case, Edge
from engrep.indexers.facts import CALLABLE_KINDS, TYPE_KINDS
from engrep.indexers.modules import project_hints
from engrep.indexers.parse import code_facts

_WITHOUT_BODY = frozenset({"interface", "protocol", "trait"})


@dataclass(frozen=True, slots=True)
class Found:
    """One of our edges: the call, the names its callee may go by, and how it was found."""

    call: str
    callees: tuple[str, ...]
    rung: str
    confidence: float
    is_declaration: bool  # of a method in an interface: no body that could be called


@dataclass(frozen=True, slots=True)
class Scored:
    """One program: the edges that the set can judge, each with its verdict, and the wanted ones that were found."""

    case: Case
    judged: tuple[tuple[Found, bool], ...]
    hit: dict[Edge, str]  # wanted edge → the rung that found it
    declared: int  # missing edges whose call leads to an interface's declaration of the method


def score(case: Case, min_confidence: float) -> Scored:
    """Compare one program's edges with the wanted ones."""
    hints = project_hints(case.texts, {name: text.decode("utf-8", "replace") for name, text in case.texts.items()})
    edges = edges_of([code_facts(path, data, hints) for path, data in case.texts.items()])
    judged: dict[tuple[str, tuple[str, ...]], tuple[Found, bool]] = {}
    hit: dict[Edge, str] = {}
    declared: set[Edge] = set()
    for found in _found(case, edges):
        rights = [(found.call, callee) for callee in found.callees if (found.call, callee) in case.wanted]
        if found.confidence < min_confidence:
            continue
        if found.is_declaration:
            declared.add((found.call, found.callees[0].rpartition(".")[2]))
            continue
        hit.update(dict.fromkeys(rights, found.rung))
        if case.judged is None or found.call in case.judged:
            judged[found.call, found.callees] = found, bool(rights)
    missing = [(call, callee.rpartition(".")[2]) for call, callee in case.wanted - hit.keys()]
    return Scored(case, tuple(judged.values()), hit, sum(edge in declared for edge in missing))


def _found(case: Case, edges: Edges) -> Iterator[Found]:
    project = edges.project
    for path, scope, use, resolution in edges.found:
        if use.kind not in CALLS:
            continue
        call = f"{_file(path)}:{use.line}" if case.by_line else _caller(edges, scope)
        for each in resolution.candidates:
            names = _callees(case, edges, each.symbol_id)
            row = project.symbols[each.symbol_id]
            is_class = row.kind in TYPE_KINDS and len(names) == 1
            if names and not (is_class and (call, names[0]) not in case.wanted):
                parent = None if row.parent_id is None else project.symbols[row.parent_id]
                is_declaration = parent is not None and parent.kind in _WITHOUT_BODY
                yield Found(call, names, each.rung, each.confidence, is_declaration)


def _file(path: str) -> str:
    return path.rpartition("/")[2]


def _caller(edges: Edges, scope: int | None) -> str:
    """Name the function around a call; what runs at the top of a package is its "init"."""
    return "init" if scope is None else _local(edges, scope)


def _local(edges: Edges, symbol_id: int) -> str:
    row = edges.project.symbols[symbol_id]
    return row.qualified_name.removeprefix(edges.project.files[row.file_id].module + ".")


def _callees(case: Case, edges: Edges, symbol_id: int) -> tuple[str, ...]:
    """Return the names of a callee, none for what is no function: a class goes by its own line and its constructor's."""
    project = edges.project
    row = project.symbols[symbol_id]
    if row.kind in CALLABLE_KINDS:
        return (_line(edges, symbol_id) if case.by_line else _local(edges, symbol_id),)
    if row.kind not in TYPE_KINDS or not case.by_line:
        return ()
    constructor = project.qualified.get(f"{row.qualified_name}.constructor")
    return tuple(_line(edges, each) for each in (symbol_id, constructor) if each is not None)


def _line(edges: Edges, symbol_id: int) -> str:
    path = edges.project.files[edges.project.symbols[symbol_id].file_id].path
    return f"{_file(path)}:{edges.spans[symbol_id][0]}"


def report(scored: Sequence[Scored]) -> str:
    """Write the totals and one row a rung in Markdown."""
    pairs = [pair for each in scored for pair in each.judged]
    wanted, hit = sum(len(each.case.wanted) for each in scored), sum(len(each.hit) for each in scored)
    complete = sum(all(right for _, right in each.judged) for each in scored)
    sound = sum(each.hit.keys() == each.case.wanted for each in scored)
    head = (
        f"{len(scored)} programs, {complete} without a false edge, {sound} without a missing one\n"
        f"precision {share(sum(right for _, right in pairs), len(pairs))} of {len(pairs)} edges, "
        f"recall {share(hit, wanted)} of {wanted}; "
        f"{sum(each.declared for each in scored)} calls of missing edges lead to an interface's declaration\n"
    )
    finders = Counter(rung for each in scored for rung in each.hit.values())
    rows = []
    for rung in RUNGS:
        rights = [right for found, right in pairs if found.rung == rung]
        if rights or finders[rung]:
            precision = share(sum(rights), len(rights))
            rows.append((rung, len(rights), precision, finders[rung], share(finders[rung], wanted)))
    return f"{head}\n{table(('rung', 'judged edges', 'precision', 'wanted edges found', 'share of wanted'), rows)}"


def losses(scored: Iterable[Scored]) -> Iterator[str]:
    """Name the false and missing edges of each program."""
    for each in scored:
        wrong = [
            f"  false   {found.call} -> {found.callees} ({found.rung})" for found, right in each.judged if not right
        ]
        missing = [f"  missing {call} -> {callee}" for call, callee in sorted(each.case.wanted - each.hit.keys())]
        if wrong or missing:
            yield "\n".join([each.case.name, *wrong, *missing])


def main(arguments: Sequence[str] | None = None) -> None:
    """Score all programs of one set and print the table."""
    parser = argparse.ArgumentParser(prog="engrep.eval.graph_scores", description=main.__doc__)
    parser.add_argument("set", choices=sorted(SETS))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--cases", action="store_true", help="name false and missing edges")
    parser.add_argument("--min-confidence", type=float, default=DEFAULT_MIN_CONFIDENCE)
    options = parser.parse_args(arguments)
    scored = [score(case, options.min_confidence) for case in SETS[options.set](options.folder)]
    if options.cases:
        print("\n".join(losses(scored)))
    print(report(scored))


if __name__ == "__main__":
    main()
