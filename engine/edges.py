"""Turn a run's references into edges: all of them, or those that the changed files can have touched."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

from engrep.engine import affected, store_project
from engrep.engine.db import Connection
from engrep.engine.lazy_project import lazy_project
from engrep.engine.project import Project, project_of
from engrep.engine.resolve import ReferenceRow, resolve
from engrep.engine.rungs import OUTCOMES, RUNGS, Resolution
from engrep.engine.store_write import AddedFile, Writer, unpacked
from engrep.indexers.facts import REFERENCE_KINDS

_OUTCOME = {outcome: number for number, outcome in enumerate(OUTCOMES)}
_RUNG = {rung: number for number, rung in enumerate(RUNGS)}


class Gone(NamedTuple):
    """A file version that was replaced by one which other files see differently, or by none."""

    interface: affected.Interface
    is_test: bool
    dangling: set[int]  # the references of other files that pointed into it


def gone(connection: Connection, blob_id: int) -> Gone:
    """Note what the resolver needs to know of a file version before it is removed."""
    row = store_project.file_row(connection, blob_id)
    symbols = store_project.symbols_of_file(connection, blob_id)
    imports = store_project.imports_of_file(connection, blob_id)
    alone = project_of([row], symbols, imports)
    return Gone(affected.interface_of(alone, blob_id), bool(row[4]), store_project.references_to(connection, blob_id))


def resolve_run(
    connection: Connection, writer: Writer, added: Sequence[AddedFile], replaced: Sequence[Gone], *, everything: bool
) -> None:
    """Resolve the references of the added files, and those of others that may mean something else now.

    `replaced` holds no file versions that other files see as before.
    """
    seen = [file for file in added if not file.looks_as_before]
    is_small = not (everything or replaced or seen)
    project = lazy_project(connection) if is_small else project_of(*store_project.project_rows(connection))
    for file in added:
        _resolve_added(project, writer, file)
    if is_small or len(added) == len(project.files):
        return
    changed = None if everything else _changed_names(project, seen, replaced)
    own = {file.blob_id for file in added}
    if changed is None:
        rows, ids = store_project.all_references(connection), None
    else:
        dangling = set().union(*(each.dangling for each in replaced))
        rows = _mentioning(connection, changed, dangling)
        ids = {row[0] for row in rows}
    stored = store_project.edges_of(connection, ids)
    _resolve_stored(project, writer, [row for row in rows if row[1] not in own], stored)


def _changed_names(project: Project, added: Sequence[AddedFile], replaced: Sequence[Gone]) -> set[str] | None:
    """Return the names whose meaning the changed files may have changed elsewhere, None for all names."""
    before = {each.interface.path: each for each in replaced}
    after = {file.path: file for file in added}
    if before.keys() != after.keys() or any(before[path].is_test != after[path].is_test for path in after):
        return None
    changed: set[str] = set()
    for path, file in after.items():
        names = affected.affected_names(before[path].interface, affected.interface_of(project, file.blob_id), project)
        if names is None:
            return None
        changed |= names
    return changed


def _mentioning(connection: Connection, changed: set[str], dangling: Collection[int]) -> list[store_project.Row]:
    """Return the references spelled with a changed name, and those that have lost what they pointed to."""
    ids = [number for number, text in store_project.names(connection) if affected.mentions(changed, text, text, "")]
    rows = {row[0]: row for row in store_project.references_spelled(connection, ids)}
    rows |= {row[0]: row for row in store_project.references_by_id(connection, dangling)}
    return [rows[number] for number in sorted(rows)]


def _resolve_added(project: Project, writer: Writer, file: AddedFile) -> None:
    first = file.symbol_id
    references = unpacked(file)
    rows: list[ReferenceRow] = [
        (
            file.reference_id + at,
            file.blob_id,
            name,
            receiver,
            receiver_type,
            None if symbol < 0 else first + symbol,
            kind,
        )
        for at, (name, receiver, receiver_type, symbol, _, kind) in enumerate(references)
    ]
    resolutions = [resolution for _, resolution in resolve(project, rows)]
    writer.add_references(file, references, [_OUTCOME[resolution.outcome] for resolution in resolutions])
    writer.add_edges(
        edge for row, resolution in zip(rows, resolutions, strict=True) for edge in _edge_rows(row[0], resolution)
    )


def _resolve_stored(
    project: Project, writer: Writer, rows: Sequence[store_project.Row], stored: dict[int, set[store_project.Row]]
) -> None:
    """Resolve stored references again and write those that mean something else now."""
    references: Iterable[ReferenceRow] = (
        (row[0], row[1], row[2], row[3], row[4], row[5], REFERENCE_KINDS[row[6]]) for row in rows
    )
    nothing: set[store_project.Row] = set()
    for row, (reference_id, resolution) in zip(rows, resolve(project, references), strict=True):
        outcome, edges = _OUTCOME[resolution.outcome], list(_edge_rows(reference_id, resolution))
        if outcome != row[7] or stored.get(reference_id, nothing) != set(edges):
            writer.replace_edges(reference_id, outcome, edges)


def _edge_rows(reference_id: int, resolution: Resolution) -> Iterator[tuple[int, int, int, int]]:
    for candidate in resolution.candidates:
        yield candidate.symbol_id, reference_id, _RUNG[candidate.rung], round(candidate.confidence * 1000)
