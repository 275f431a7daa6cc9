"""Turn a run's references into edges: all of them, or those that the changed files can have touched."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from engrep.engine import affected, store_project
from engrep.engine.db import Connection
from engrep.engine.lazy_project import lazy_project
from engrep.engine.project import Project, project_of
from engrep.engine.references import EdgeTo, Meaning, Use, unpack_meanings, unpack_uses
from engrep.engine.resolve import ReferenceRow, resolve
from engrep.engine.rungs import OUTCOMES, OUTSIDE, RUNGS, UNKNOWN, Resolution
from engrep.engine.store_write import AddedFile, Writer
from engrep.indexers.facts import REFERENCE_KINDS

_OUTCOME = {outcome: number for number, outcome in enumerate(OUTCOMES)}
_RUNG = {rung: number for number, rung in enumerate(RUNGS)}


class Gone(NamedTuple):
    """A file version that was replaced by one which other files see differently, or by none."""

    interface: affected.Interface
    is_test: bool
    symbols: range  # ids
    pointing: set[int]  # other files with references to its symbols


def gone(connection: Connection, blob_id: int) -> Gone:
    """Note what the resolver needs to know of a file version before it is removed."""
    row = store_project.file_row(connection, blob_id)
    symbols = store_project.symbols_of_file(connection, blob_id)
    imports = store_project.imports_of_file(connection, blob_id)
    alone = project_of([row], symbols, imports)
    ids = range(symbols[0][0], symbols[-1][0] + 1) if symbols else range(0)
    pointing = store_project.blobs_meaning(connection, blob_id)
    return Gone(affected.interface_of(alone, blob_id), bool(row[4]), ids, pointing)


def resolve_run(
    connection: Connection, writer: Writer, added: Sequence[AddedFile], replaced: Sequence[Gone], *, everything: bool
) -> None:
    """Resolve the references of the added files, and those of others that may mean something else now.

    `replaced` holds no file versions that other files see as before.
    """
    seen = [file for file in added if not file.looks_as_before]
    project = None if everything else lazy_project(connection)
    change = _touched(connection, project, seen, replaced) if project is not None else None
    if project is None or change is None:
        project = project_of(*store_project.project_rows(connection))
    for file in added:
        _resolve_added(project, writer, file)
    if len(added) < len(project.files):
        own = {file.blob_id for file in added}
        _resolve_others(connection, project, writer, own, change, replaced)


def _touched(
    connection: Connection, project: Project, added: Sequence[AddedFile], replaced: Sequence[Gone]
) -> affected.Touched | None:
    """Return what the changed files may have changed elsewhere, None for everything."""
    total = affected.Touched(set(), set())
    before = {each.interface.path: each for each in replaced}
    after = {file.path: file for file in added}
    if any(before[path].is_test != after[path].is_test for path in before.keys() & after.keys()):
        return None
    if not before and not after:
        return total
    around = affected.surroundings(
        store_project.all_imports(connection),
        store_project.all_types(connection),
        store_project.all_bases(connection),
    )
    for path in before.keys() | after.keys():
        old = before[path].interface if path in before else None
        new = affected.interface_of(project, after[path].blob_id) if path in after else None
        found = affected.touched(old, new, project, around)
        if found is None:
            return None
        total.names.update(found.names)
        total.files.update(found.files)
    return total


def _resolve_others(
    connection: Connection,
    project: Project,
    writer: Writer,
    own: set[int],
    change: affected.Touched | None,
    replaced: Sequence[Gone],
) -> None:
    """Resolve the stored references that a change touches; None for all."""
    if change is None:
        blobs = project.files.keys() - own
    else:
        blobs = store_project.blobs_mentioning(connection, change.names) | change.files
        blobs = (blobs.union(*(each.pointing for each in replaced)) & project.files.keys()) - own
    lost = {symbol_id for each in replaced for symbol_id in each.symbols}
    for blob_id, first, packed, stored in store_project.references_of(connection, blobs):
        uses, before = unpack_uses(packed), unpack_meanings(stored)
        is_touched = _everything if change is None or blob_id in change.files else _touches(change.names, lost)
        chosen = [at for at, use in enumerate(uses) if is_touched(use, before[at])]
        after = list(before)
        for at, meaning in zip(chosen, _meanings(project, blob_id, first, [uses[at] for at in chosen]), strict=True):
            after[at] = meaning
        if after != before:
            writer.replace_meanings(blob_id, uses, before, after)


def _everything(use: Use, before: Meaning) -> bool:
    del use, before
    return True


def _touches(names: set[str], lost: set[int]) -> Callable[[Use, Meaning], bool]:
    """Return a test for uses that mention one of some names, or have lost what they meant."""

    def is_touched(use: Use, before: Meaning) -> bool:
        return affected.mentions(names, *use[:3]) or any(edge.symbol_id in lost for edge in before.edges)

    return is_touched


def _resolve_added(project: Project, writer: Writer, file: AddedFile) -> None:
    uses = unpack_uses(file.uses)
    if uses:
        writer.add_references(file.blob_id, file.uses, uses, _meanings(project, file.blob_id, file.symbol_id, uses))


def _meanings(project: Project, blob_id: int, first: int, uses: Sequence[Use]) -> list[Meaning]:
    """Resolve uses of one file, whose first symbol has the id `first`."""
    rows: Iterable[ReferenceRow] = (
        (at, blob_id, name, receiver, receiver_type, None if symbol < 0 else first + symbol, REFERENCE_KINDS[kind])
        for at, (name, receiver, receiver_type, symbol, kind, _) in enumerate(uses)
    )
    return [_meaning(resolution) for _, resolution in resolve(project, rows)]


_NOTHING = {id(each): Meaning(_OUTCOME[each.outcome], ()) for each in (OUTSIDE, UNKNOWN)}  # half of all uses


def _meaning(resolution: Resolution) -> Meaning:
    return _NOTHING.get(id(resolution)) or Meaning(
        _OUTCOME[resolution.outcome],
        tuple(
            EdgeTo(each.symbol_id, _RUNG[each.rung], round(each.confidence * 1000)) for each in resolution.candidates
        ),
    )
