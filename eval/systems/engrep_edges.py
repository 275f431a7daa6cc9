"""engrep's call edges at any confidence, and what finding definitions by name alone gives."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from engrep.engine.errors import UsageError
from engrep.engine.rungs import DEFAULT_MIN_CONFIDENCE
from engrep.eval.resolved import Program, facts_of, program_of
from engrep.eval.systems.edges import Call, Definition, Edge
from engrep.indexers.facts import CALLABLE_KINDS, TYPE_KINDS


@dataclass(frozen=True, slots=True)
class EngrepEdges:
    """Edges of at least a confidence: `engrep` those that answers use, `engrep@0.5`, `engrep@0` all."""

    name: str
    min_confidence: float = DEFAULT_MIN_CONFIDENCE

    def calls(self, texts: Mapping[str, bytes]) -> Iterator[Call]:
        """Resolve all references of the program."""
        program = program_of(facts_of(texts))
        for row, use, found in program.resolved_calls():
            edges = tuple(
                Edge(program.definitions[each.symbol_id], each.rung, each.confidence)
                for each in found.candidates
                if each.confidence >= self.min_confidence
            )
            yield _call(program, row[1], row[5], use.line, use.name, edges, found.outcome)


@dataclass(frozen=True, slots=True)
class NameEdges:
    """Edges by name alone: every function and type that bears the called name."""

    name: str
    only_unique: bool  # none where several bear it

    def calls(self, texts: Mapping[str, bytes]) -> Iterator[Call]:
        """Look up the name of each call."""
        program = program_of(facts_of(texts))
        named = _by_name(program.definitions)
        for row, use in program.calls():
            edges = named.get(use.name, ())
            outcome = "unresolved" if not edges else "resolved" if len(edges) == 1 else "ambiguous"
            shown = () if self.only_unique and len(edges) > 1 else edges
            yield _call(program, row[1], row[5], use.line, use.name, shown, outcome)


def _call(
    program: Program, file_id: int, scope: int | None, line: int, name: str, edges: tuple[Edge, ...], outcome: str
) -> Call:
    file = program.project.files[file_id]
    caller = None if scope is None else program.definitions[scope]
    return Call(file.path, line, name, caller, file.module, edges, outcome)


def _by_name(definitions: Iterable[Definition]) -> dict[str, tuple[Edge, ...]]:
    found: dict[str, list[Definition]] = defaultdict(list)
    for each in definitions:
        if each.kind in CALLABLE_KINDS or each.kind in TYPE_KINDS:
            found[each.name].append(each)
    return {name: tuple(Edge(each, "name", 1 / len(named)) for each in named) for name, named in found.items()}


def engrep_edges(rest: str) -> EngrepEdges:
    """Read the least confidence: "@0.5"."""
    if not rest:
        return EngrepEdges("engrep")
    try:
        confidence = float(rest.removeprefix("@"))
    except ValueError as exc:
        message = f"engrep{rest} is no system for call edges: engrep@0.5 shows edges of at least that confidence"
        raise UsageError(message) from exc
    return EngrepEdges(f"engrep{rest}", confidence)
