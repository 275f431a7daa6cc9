"""Resolve the calls of a few files in memory, as an index run does, and name what they lead to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from engrep.engine.project import Project, project_of
from engrep.engine.resolve import ReferenceRow, resolve
from engrep.engine.rungs import Resolution
from engrep.eval.systems.edges import Definition
from engrep.indexers.facts import TYPE_KINDS, FileFacts, Reference
from engrep.indexers.modules import project_hints
from engrep.indexers.parse import code_facts

CALLS = frozenset({"call", "construct", "decorate"})
CONSTRUCTORS = ("__init__", "constructor")
WITHOUT_BODY = frozenset({"interface", "protocol", "trait"})


@dataclass(frozen=True, slots=True)
class Program:
    """Files with their symbols and references; ids are positions."""

    project: Project
    definitions: Sequence[Definition]  # by symbol
    references: Sequence[ReferenceRow]
    uses: Sequence[Reference]  # by reference

    def resolved_calls(self) -> Iterator[tuple[ReferenceRow, Reference, Resolution]]:
        """Yield each call with what became of it."""
        resolutions = resolve(self.project, self.references)
        for row, use, (_, found) in zip(self.references, self.uses, resolutions, strict=True):
            if use.kind in CALLS:
                yield row, use, found

    def calls(self) -> Iterator[tuple[ReferenceRow, Reference]]:
        """Yield each call."""
        return ((row, use) for row, use in zip(self.references, self.uses, strict=True) if use.kind in CALLS)


def facts_of(texts: Mapping[str, bytes]) -> list[FileFacts]:
    """Read the facts of all files."""
    hints = project_hints(texts, {path: data.decode("utf-8", "replace") for path, data in texts.items()})
    return [code_facts(path, data, hints) for path, data in texts.items()]


def program_of(facts: Sequence[FileFacts]) -> Program:
    """Arrange the facts of some files as the rows that an index would hold."""
    files: list[tuple[int, str, str, str, bool]] = []
    symbols: list[tuple[int, int, str, str, str, int | None, tuple[str, ...], str, str]] = []
    imports: list[tuple[int, str, str, str, int | None]] = []
    references: list[ReferenceRow] = []
    spans: list[tuple[int, int]] = []
    for file_id, each in enumerate(facts):
        first = len(symbols)
        files.append((file_id, each.path, each.module, each.language, each.is_test))
        for symbol in each.symbols:
            parent = None if symbol.parent < 0 else first + symbol.parent
            spans.append((symbol.start_line, symbol.end_line))
            symbols.append((
                len(symbols), file_id, symbol.name, symbol.qualified_name, symbol.kind, parent, symbol.bases,
                symbol.returns, symbol.visibility,
            ))  # fmt: skip
        imports += [
            (file_id, item.module, item.name, item.alias, None if item.symbol < 0 else first + item.symbol)
            for item in each.imports
        ]
        for use in each.references:
            scope = None if use.symbol < 0 else first + use.symbol
            references.append((len(references), file_id, use.name, use.receiver, use.receiver_type, scope, use.kind))
    project = project_of(files, symbols, imports)
    definitions = [_definition(project, symbol_id, span) for symbol_id, span in enumerate(spans)]
    with_constructors = [_with_constructor(project, definitions, each) for each in definitions]
    return Program(project, with_constructors, references, [use for each in facts for use in each.references])


def _definition(project: Project, symbol_id: int, span: tuple[int, int]) -> Definition:
    row = project.symbols[symbol_id]
    file = project.files[row.file_id]
    parent = None if row.parent_id is None else project.symbols[row.parent_id]
    local = row.qualified_name.removeprefix(file.module + ".")
    is_declaration = parent is not None and parent.kind in WITHOUT_BODY
    return Definition(file.path, *span, row.name, row.qualified_name, local, row.kind, None, is_declaration)


def _with_constructor(project: Project, definitions: Sequence[Definition], each: Definition) -> Definition:
    if each.kind not in TYPE_KINDS:
        return each
    found = [project.qualified.get(f"{each.qualified_name}.{name}") for name in CONSTRUCTORS]
    line = next((definitions[symbol_id].start_line for symbol_id in found if symbol_id is not None), None)
    return Definition(
        each.path, each.start_line, each.end_line, each.name, each.qualified_name, each.local_name, each.kind, line,
        each.is_declaration,
    )  # fmt: skip
