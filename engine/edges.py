"""Turn a run's references into edges: all of them, or those that the changed files can have touched."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from engrep.engine import store
from engrep.engine.db import Connection
from engrep.engine.project import Project, project_of
from engrep.engine.resolve import ReferenceRow, resolve
from engrep.engine.rungs import OUTCOMES, RUNGS, Resolution
from engrep.engine.store_write import AddedFile, Writer, unpacked
from engrep.indexers.facts import REFERENCE_KINDS

Interface = frozenset[tuple[object, ...]]
"""What other files can see of a file: its symbols and imports, without bodies and places."""

_OUTCOME = {outcome: number for number, outcome in enumerate(OUTCOMES)}
_RUNG = {rung: number for number, rung in enumerate(RUNGS)}


def interface(connection: Connection, blob_id: int) -> Interface:
    """Return what other files see of a file."""
    return frozenset(store.interface_rows(connection, blob_id))


def resolve_run(
    connection: Connection,
    writer: Writer,
    added: Sequence[AddedFile],
    before: Sequence[Interface],
    dangling: set[int],
    *,
    everything: bool,
) -> None:
    """Resolve the references of the added files, and those of others that may mean something else now.

    `before` holds the interfaces of the file versions that went, `dangling` the references that pointed into them.
    """
    project = project_of(*store.project_rows(connection))
    for file in added:
        _resolve_added(project, writer, file)
    if len(added) == len(project.files):
        return
    own = {file.blob_id for file in added}
    after = [interface(connection, file.blob_id) for file in added]
    if everything or frozenset().union(*before) != frozenset().union(*after):
        rows = store.all_references(connection)
    else:
        rows = store.references_by_id(connection, dangling)
    _resolve_stored(project, writer, [row for row in rows if row[1] not in own])


def _resolve_added(project: Project, writer: Writer, file: AddedFile) -> None:
    first = file.symbol_id
    rows: list[ReferenceRow] = [
        (file.reference_id + at, file.blob_id, r.name, r.receiver, r.receiver_type, None if r.symbol < 0 else first + r.symbol, r.kind)
        for at, r in enumerate(unpacked(file))
    ]
    resolutions = [resolution for _, resolution in resolve(project, rows)]
    writer.add_references(file, [_OUTCOME[resolution.outcome] for resolution in resolutions])
    writer.add_edges(
        edge for row, resolution in zip(rows, resolutions, strict=True) for edge in _edge_rows(row[0], resolution)
    )


def _resolve_stored(project: Project, writer: Writer, rows: Iterable[tuple[object, ...]]) -> None:
    references: list[ReferenceRow] = [(*row[:6], REFERENCE_KINDS[row[6]]) for row in rows]  # type: ignore[index,misc]
    for reference_id, resolution in resolve(project, references):
        writer.replace_edges(reference_id, _OUTCOME[resolution.outcome], _edge_rows(reference_id, resolution))


def _edge_rows(reference_id: int, resolution: Resolution) -> Iterator[tuple[int, int, int, int]]:
    for candidate in resolution.candidates:
        yield candidate.symbol_id, reference_id, _RUNG[candidate.rung], round(candidate.confidence * 1000)
