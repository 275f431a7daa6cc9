"""What binds, written into a file that agents read: chosen here, put between marks by managed_block.py."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from engrep.engine import managed_block, pack, store_memory
from engrep.engine.candidates import Candidate
from engrep.engine.db import Database
from engrep.engine.errors import UsageError
from engrep.engine.memory_types import Entry
from engrep.engine.report_types import Exported

BUDGET = 2000  # tokens: an agent reads them at the beginning of every session
_KINDS = ("decision", "constraint", "convention", "business_rule")


def binding(database: Database) -> list[Entry]:
    """Return the project's pinned memories and decisions, the pinned first, in an order that time does not change."""
    if not database.path.exists():
        return []
    marks = ", ".join("?" * len(_KINDS))
    with database.reading() as connection:
        found = store_memory.entries(
            connection,
            f"status = 'active' AND scope IN ('project', 'module') AND (pinned = 1 OR kind IN ({marks}))",
            _KINDS,
        )
    return sorted(found, key=lambda each: (not each.pinned, each.kind, each.subject, each.valid_from, each.id))


def write_block(path: Path, entries: Sequence[Entry], database: Database, *, remove: bool) -> Exported:
    """Write a block into a file or take it out; the file is replaced whole, or not at all."""
    if path.suffix.lower() not in (".md", ".mdc", ".markdown"):
        raise UsageError(f"{path} is no Markdown: name CLAUDE.md, AGENTS.md or another page that agents read")
    real = path.resolve()
    if remove and not real.exists():
        raise UsageError(f"there is no {path}")
    try:
        data = real.read_bytes() if real.exists() else b""
        told, left_out = _room(data, [each for each in entries if not each.is_withheld], database)
        is_empty = remove or not told
        new = (
            managed_block.without_block(data) if is_empty else managed_block.with_block(data, managed_block.block(told))
        )
    except UsageError as error:
        raise UsageError(f"{path} was left as it is: {error}") from error
    except OSError as exc:
        raise UsageError(f"{path} cannot be read: {exc.strerror}") from exc
    if new != data:
        _replace(real, new)
    return Exported(str(path), "block", "project", len(told), None, left_out, changed=new != data)


def _room(data: bytes, entries: Sequence[Entry], database: Database) -> tuple[list[Entry], int]:
    """Return what has room, without secrets and without what the file says itself, and how many had none."""
    from engrep.indexers.instructions import page_of
    from engrep.indexers.storable import storable

    if not entries:
        return [], 0
    with database.reading() as connection:
        key = store_memory.known_key(connection)
    own = [Entry("", "constraint", "", each.text) for each in page_of(data.decode("utf-8", "replace")).statements]
    candidates = [Candidate("memory", storable(each, key)[0] if each.id else each) for each in (*own, *entries)]
    new = [each for each in pack.distinct(candidates, lambda each: str(each.payload.text)) if each.payload.id]
    items, left_out = pack.pack(new, lambda each: pack.memory_item(each.payload, each), BUDGET, len(new))
    chosen = {item.id for item in items}
    return [each.payload for each in new if each.payload.id in chosen], left_out


def _replace(path: Path, data: bytes) -> None:
    """Put a file in the place of another; one that holds nothing any more goes."""
    if not data:
        path.unlink()
        return
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_bytes(data)
        with contextlib.suppress(FileNotFoundError):
            shutil.copymode(path, beside)
        beside.replace(path)
    except FileNotFoundError as exc:
        raise UsageError(f"there is no folder {path.parent} to write {path.name} to") from exc
    finally:
        beside.unlink(missing_ok=True)
