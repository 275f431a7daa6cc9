"""Call edges of real Python projects, where jedi says what sampled calls mean."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from engrep.eval.cases import Case, Corpus, Outcome, Prepared, Shown, Value
from engrep.eval.datasets import Dataset, Places
from engrep.eval.edge_sources import EdgeSource, edge_dataset, edge_sources
from engrep.eval.fetch import fetch_tree
from engrep.eval.jedi_golds import Gold, jedi_gold, load_gold, oracle_version, save_gold
from engrep.eval.systems.edges import Call, Definition, EdgeSystem
from engrep.eval.task import Event

KEPT = 10  # edges of each call that a run keeps


class EdgesJedi:
    """Sampled call sites; a rung's own figures are in the kept edges of `engrep@0`, which shows every one."""

    name = "edges-jedi"
    title = "call edges of celery, django and sqlalchemy at 1,500 sampled calls each, by jedi"
    kind = "edges"
    measures: tuple[str, ...] = ("precision", "recall")
    average = "corpora"
    baselines: tuple[str, ...] = ("engrep", "names", "unique-name")

    def dataset(self, places: Places) -> Dataset:
        """Return the data set; which jedi answers, and for which Python, is part of what is measured against."""
        data = edge_dataset(places)
        version = oracle_version()
        return replace(data, note=f"{data.note} Answers of {version}.", checksum=f"{data.checksum} {version}")

    def corpora(self, places: Places) -> Sequence[Corpus]:
        """Return each project with its sampled sites; without any while jedi has not been asked."""
        sources = edge_sources(edge_dataset(places), of_jedi=True)
        return [
            Corpus(source.corpus, source.language, tuple(map(_case, _golds(source, places))), source)
            for source in sources
        ]

    def missing(self, corpus: Corpus, places: Places) -> str | None:
        """Tell whether the project and jedi's answers are here."""
        source: EdgeSource = corpus.detail
        if not source.root(places).exists():
            return f"{source.repository} is not here"
        return None if gold_file(source, places).exists() else f"{oracle_version()} has not been asked yet"

    def fetch(self, corpus: Corpus, places: Places, remote: str) -> None:
        """Bring the project, and ask jedi: minutes each."""
        source: EdgeSource = corpus.detail
        fetch_tree(places, remote, source.repository, source.revision)
        root, package = _folders(source, places)
        save_gold(jedi_gold(root, package, source.sites, source.seed), gold_file(source, places))

    def answer(
        self, corpus: Corpus, systems: Mapping[str, EdgeSystem], todo: Mapping[str, Sequence[Case]], places: Places
    ) -> Iterator[Event]:
        """Have each system resolve the whole package, and look at the sampled calls."""
        root, package = _folders(corpus.detail, places)
        texts = {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(package.rglob("*.py"))}
        lines = sum(text.count(b"\n") for text in texts.values())
        for name, system in systems.items():
            if not todo[name]:
                continue
            sites = {_site(case.detail) for case in todo[name]}
            started = time.perf_counter()
            calls = {site: call for call in system.calls(texts) if (site := (call.path, call.line, call.name)) in sites}
            yield name, Prepared(time.perf_counter() - started, len(texts), lines)
            for case in todo[name]:
                yield name, outcome_of(case, case.detail, calls.get(_site(case.detail)))


def gold_file(source: EdgeSource, places: Places) -> Path:
    """Return where jedi's answers are kept: another jedi, Python, revision or sample is another file."""
    key = f"{source.corpus}@{source.revision[:12]}.{source.sites}.{source.seed}.{oracle_version().replace(' ', '-')}"
    return places.cache / "jedi" / f"{key}.json"


def _folders(source: EdgeSource, places: Places) -> tuple[Path, Path]:
    """Return the folder that the package is imported from, and the package."""
    package = source.read(places).resolve()
    return next(folder for folder in package.parents if not (folder / "__init__.py").exists()), package


def _golds(source: EdgeSource, places: Places) -> list[Gold]:
    file = gold_file(source, places)
    return load_gold(file) if file.exists() else []


def _case(gold: Gold) -> Case:
    definitions = tuple(f"{path}:{line} {name}" for path, line, name in sorted(gold.places))
    query = f"{gold.name} at {gold.path}:{gold.line}"
    return Case(f"{gold.path}:{gold.line}:{gold.column}", query, gold.answer, definitions, gold, gold.path)


def _site(gold: Gold) -> tuple[str, int, str]:
    return gold.path, gold.line, gold.name


def outcome_of(case: Case, gold: Gold, call: Call | None) -> Outcome:
    """Judge one call: each edge where jedi has an answer, and whether a definition inside the project was found."""
    edges = call.edges if call else ()
    places = sorted(gold.places)
    held = [tuple(at for at, place in enumerate(places) if _is_at(edge.callee, place)) for edge in edges]
    values: dict[str, Value] = {}
    if edges and gold.answer != "silent":
        values["precision"] = float(sum(map(bool, held))), float(len(edges))
    if gold.answer == "inside":
        values["recall"] = float(any(held))
    shown = [
        Shown(
            f"{edge.callee.path}:{edge.callee.start_line} {edge.callee.qualified_name}",
            edge.confidence,
            at,
            ((edge.rung, edge.confidence),),
        )
        for edge, at in zip(edges[:KEPT], held[:KEPT], strict=True)
    ]
    return Outcome(case.case_id, values, None, tuple(shown), call.outcome if call else "no call found there")


def _is_at(callee: Definition, place: tuple[str, int, str]) -> bool:
    """Tell whether this is the definition at a path and line; decorators stand above the line that jedi gives."""
    path, line, name = place
    return callee.name == name and callee.path == path and callee.start_line <= line <= callee.end_line
