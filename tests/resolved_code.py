"""Code that is written in a test, and the edges that are found in it."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence

from engrep.engine.project import Project, project_of
from engrep.engine.resolve import ReferenceRow, resolve
from engrep.indexers.modules import is_manifest, project_hints
from engrep.indexers.parse import code_facts

CALLS = ("call", "construct", "decorate")


def read_files(fixture: str) -> dict[str, str]:
    """Split a fixture into its files, each after a line `#- path`."""
    files: dict[str, str] = {}
    for part in textwrap.dedent(fixture).split("#- ")[1:]:
        path, _, text = part.partition("\n")
        files[path.strip()] = textwrap.dedent(text)
    return files


def load(files: Mapping[str, str]) -> tuple[Project, list[ReferenceRow]]:
    """Build a project and its reference rows from files; ids are positions."""
    hints = project_hints(files, {path: text for path, text in files.items() if is_manifest(path)})
    file_rows: list[tuple[int, str, str, str, bool]] = []
    symbols: list[tuple[int, int, str, str, str, int | None, tuple[str, ...], str, str]] = []
    imports: list[tuple[int, str, str, str, int | None]] = []
    references: list[ReferenceRow] = []
    for file_id, (path, text) in enumerate(files.items()):
        facts = code_facts(path, text.encode(), hints)
        first = len(symbols)
        file_rows.append((file_id, path, facts.module, facts.language, facts.is_test))
        for each in facts.symbols:
            parent = None if each.parent < 0 else first + each.parent
            row = (len(symbols), file_id, each.name, each.qualified_name, each.kind, parent)
            symbols.append((*row, each.bases, each.returns, each.visibility))
        imports += [
            (file_id, item.module, item.name, item.alias, None if item.symbol < 0 else first + item.symbol)
            for item in facts.imports
        ]
        for use in facts.references:
            scope = None if use.symbol < 0 else first + use.symbol
            references.append((len(references), file_id, use.name, use.receiver, use.receiver_type, scope, use.kind))
    return project_of(file_rows, symbols, imports), references


def edges(fixture: str) -> tuple[dict[str, list[tuple[str, str]]], dict[str, list[str]]]:
    """Return callees with rungs, and the outcomes of what has none, by caller."""
    project, references = load(read_files(fixture))
    found: dict[str, list[tuple[str, str]]] = {}
    outcomes: dict[str, list[str]] = {}
    for row, (_, resolution) in zip(references, resolve(project, references), strict=True):
        if row[6] not in CALLS:
            continue
        caller = project.files[row[1]].module if row[5] is None else project.symbols[row[5]].qualified_name
        named = [(project.symbols[each.symbol_id].qualified_name, each.rung) for each in resolution.candidates]
        found.setdefault(caller, []).extend(named)
        outcomes.setdefault(caller, []).append(resolution.outcome)
    return found, outcomes


def check_edges(fixture: str, expected: Mapping[str, Sequence[tuple[str, str]]]) -> None:
    """Compare all edges of some callers."""
    found, _ = edges(fixture)
    assert {caller: sorted(found.get(caller, [])) for caller in expected} == {
        caller: sorted(callees) for caller, callees in expected.items()
    }


def check_outcomes(fixture: str, expected: Mapping[str, Sequence[str]]) -> None:
    """Compare what became of the calls of some callers."""
    _, outcomes = edges(fixture)
    assert {caller: outcomes.get(caller) for caller in expected} == expected
