"""What became of files and modules that memories are about: a file by its content or most of its symbols."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Mapping

from engrep.engine import store_follow as asking
from engrep.engine.db import Connection
from engrep.engine.likeness import body_parts, likeness
from engrep.engine.memory_types import Anchor
from engrep.engine.store_anchored import Note
from engrep.engine.store_follow import Verdict, place_number

MOST = 0.5  # of the symbols of two files that have to be alike
FEWEST = 3  # symbols by which a file is known at all

_MISSING = Verdict("missing")


def file_anchor(connection: Connection, path: str, commit: str) -> Anchor:
    """Anchor to a file as it stands: what it holds, and what its symbols are."""
    content = asking.file_hashes(connection, [path])[path]
    return Anchor("file", path, path, _symbols_hash(connection, path), content.hex(), commit)


def _symbols_hash(connection: Connection, path: str) -> str:
    """Return what stays when only comments, layout or imports of a file change; '' for a file without symbols."""
    said = [
        (each.qualified_name.rpartition(".")[2], each.signature_hash, each.body_hash)
        for each in asking.spots_in(connection, [path])
    ]
    return hashlib.blake2b(repr(said).encode(), digest_size=8).hexdigest() if said else ""


def file_note(connection: Connection, anchor: Anchor) -> Note:
    """Return the bodies that a file or module holds, and which files there are."""
    paths = [anchor.path] if anchor.kind == "file" else _paths_of(connection, anchor)
    known = frozenset(place_number(path, "") for path, _ in asking.modules(connection))
    return Note(body_parts(asking.spots_in(connection, paths)), known, frozenset())


def file_verdict(connection: Connection, anchor: Anchor, note: Note | None) -> Verdict:
    """Compare a file with what was kept of it, or look for where it went."""
    file = asking.file_hashes(connection, [anchor.path]).get(anchor.path)
    if file is not None:
        is_same = file.hex() == anchor.body_hash or (
            anchor.signature_hash != "" and _symbols_hash(connection, anchor.path) == anchor.signature_hash
        )
        return Verdict(
            "fresh" if is_same or not anchor.body_hash else "body_changed", anchor.path, anchor.path, "", file
        )
    if not anchor.body_hash:
        return _MISSING
    content = bytes.fromhex(anchor.body_hash)
    same = asking.files_holding(connection, [content]).get(content, [])
    new = [path for path in same if note is None or place_number(path, "") not in note.known]
    if len(new) == 1:
        return _moved(connection, anchor, new[0])
    path = _with_most_bodies(connection, note, {}) if note is not None and not same else None
    return _MISSING if path is None else _moved(connection, anchor, path)


def _moved(connection: Connection, anchor: Anchor, path: str) -> Verdict:
    is_renamed = path.rpartition("/")[2] != anchor.path.rpartition("/")[2]
    file = asking.file_hashes(connection, [path])[path]
    return Verdict("renamed" if is_renamed else "moved", path, path, "", file)


def _with_most_bodies(connection: Connection, note: Note, groups: Mapping[str, str]) -> str | None:
    """Return the one group of new files that holds most of what is gone; without groups, each file is one."""
    import numpy as np

    if len(note.parts) < FEWEST:
        return None
    ids, hashes = asking.bodies(connection)
    held = ids[np.isin(hashes, np.array(sorted(set(note.parts)), np.uint32))]
    paths = {spot.path for spot in asking.spots_by_id(connection, held.tolist())}
    parts: dict[str, array[int]] = {}
    for path in sorted(path for path in paths if place_number(path, "") not in note.known):
        group = groups.get(path, path)
        parts[group] = parts.get(group, array("I")) + body_parts(asking.spots_in(connection, [path]))
    alike = [group for group, held_there in parts.items() if likeness(note.parts, held_there) > MOST]
    return alike[0] if len(alike) == 1 else None


def _paths_of(connection: Connection, anchor: Anchor) -> list[str]:
    """Return the files of a module: by its folder, or by the dotted name that it or those below it bear."""
    name, folder = anchor.qualified_name, f"{anchor.path}/"
    return [
        path
        for path, module in asking.modules(connection)
        if (path.startswith(folder) if anchor.path else module == name or module.startswith(f"{name}."))
    ]


def module_verdict(connection: Connection, anchor: Anchor, note: Note | None) -> Verdict:
    """Tell whether a module is there: its content changes all the time; or look for the one that holds most of it."""
    if _paths_of(connection, anchor):
        return Verdict("fresh", anchor.qualified_name, anchor.path)
    groups = {path: path.rpartition("/")[0] if anchor.path else name for path, name in asking.modules(connection)}
    now = _with_most_bodies(connection, note, groups) if note is not None else None
    if now is None:
        return _MISSING
    is_renamed = _last(now) != _last(anchor.qualified_name)
    return Verdict("renamed" if is_renamed else "moved", now, now if anchor.path else "")


def _last(name: str) -> str:
    return name.replace("/", ".").rpartition(".")[2]
