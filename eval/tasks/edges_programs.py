"""Call edges of small programs whose call graphs others wrote down."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence

from engrep.eval.cases import Case, Corpus, Outcome, Prepared, Shown
from engrep.eval.datasets import Dataset, Places
from engrep.eval.edge_sources import EdgeSource, edge_dataset, edge_sources
from engrep.eval.fetch import fetch_tree
from engrep.eval.graph_scores import Scored, score
from engrep.eval.graph_sets import SETS, CallGraph, NamedEdge
from engrep.eval.systems.edges import EdgeSystem
from engrep.eval.task import Event


class EdgesPrograms:
    """The call-graph sets of PyCG, jelly, js-callgraph and Go's tools."""

    name = "edges-programs"
    title = "call edges of small programs, by the call-graph sets of PyCG, jelly, js-callgraph and Go's tools"
    kind = "edges"
    measures: tuple[str, ...] = ("precision", "recall", "complete", "sound")
    average = "corpora"
    baselines: tuple[str, ...] = ("engrep", "names", "unique-name")

    def dataset(self, places: Places) -> Dataset:
        """Return the data set."""
        return edge_dataset(places)

    def corpora(self, places: Places) -> Sequence[Corpus]:
        """Return each set with its programs; without any while it is not here, for they lie in it."""
        sources = edge_sources(self.dataset(places), of_jedi=False)
        return [
            Corpus(source.corpus, source.language, tuple(map(program_case, _programs(source, places))), source)
            for source in sources
        ]

    def missing(self, corpus: Corpus, places: Places) -> str | None:
        """Tell whether the set is here."""
        source: EdgeSource = corpus.detail
        return None if source.root(places).exists() else f"{source.repository} is not here"

    def fetch(self, corpus: Corpus, places: Places, remote: str) -> None:
        """Bring the set's repository."""
        source: EdgeSource = corpus.detail
        fetch_tree(places, remote, source.repository, source.revision)

    def answer(
        self, corpus: Corpus, systems: Mapping[str, EdgeSystem], todo: Mapping[str, Sequence[Case]], places: Places
    ) -> Iterator[Event]:
        """Have each system read each program by itself."""
        del corpus, places
        for name, system in systems.items():
            if todo[name]:
                texts = [text for case in todo[name] for text in case.detail.texts.values()]
                yield name, Prepared(0.0, len(texts), sum(text.count(b"\n") for text in texts))
            for case in todo[name]:
                graph: CallGraph = case.detail
                started = time.perf_counter()
                calls = list(system.calls(graph.texts))
                ms = 1e3 * (time.perf_counter() - started)
                yield name, outcome_of(case, graph, score(graph, calls), ms)


def _programs(source: EdgeSource, places: Places) -> Iterator[CallGraph]:
    folder = source.read(places)
    return SETS[source.oracle](folder) if folder.exists() else iter(())


def program_case(graph: CallGraph) -> Case:
    """Make the case of one program: its gold items are the edges that it must have."""
    return Case(graph.name, graph.name, graph.category, tuple(map(_written, sorted(graph.wanted))), graph)


def _written(edge: NamedEdge) -> str:
    return " -> ".join(edge)


def outcome_of(case: Case, graph: CallGraph, scored: Scored, ms: float) -> Outcome:
    """Put one program's edges into measures; a set that judges or wants none says nothing by them."""
    rights = sum(right for _, right in scored.judged)
    values: dict[str, float | tuple[float, float]] = {
        "complete": float(rights == len(scored.judged)),
        "sound": float(scored.hit.keys() == graph.wanted),
    }
    if scored.judged:
        values["precision"] = float(rights), float(len(scored.judged))
    if graph.wanted:
        values["recall"] = float(len(scored.hit)), float(len(graph.wanted))
    places = {text: at for at, text in enumerate(case.gold)}
    shown = [
        Shown(_written(edge), by.confidence, (places[_written(edge)],), ((by.rung, by.confidence),))
        for edge, by in scored.hit.items()
    ]
    shown += [
        Shown(
            _written((found.call, found.callees[0])),
            found.edge.confidence,
            (),
            ((found.edge.rung, found.edge.confidence),),
        )
        for found, right in scored.judged
        if not right
    ]
    note = f"{scored.declared} missing edges lead to a declaration" if scored.declared else ""
    return Outcome(case.case_id, values, ms, tuple(shown), note)
