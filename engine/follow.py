"""What became of the places that memories are about, as one index sees them.

    fresh              the same at its place
    body_changed       at its place, declared as it was, another body
    signature_changed  at its place (or found again elsewhere), declared otherwise
    moved, renamed     gone from its place; the same body stands at one new place, under its name or another one
    missing            gone

A place counts as new when nothing with that body stood there when the memory was tied to its own. A verdict belongs to
the index that was asked: each work tree sees other code, so it is kept in code.db, and only what moved is written to the
memory itself. Where the code is not at the place that is kept now, the places before it are asked: a rename on one
branch leaves the memory fresh on the branches that do not have it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from engrep.engine import store_follow as asking
from engrep.engine.db import Connection
from engrep.engine.follow_files import file_verdict, module_verdict
from engrep.engine.likeness import Lines, likeness, word_parts
from engrep.engine.memory_types import Anchor
from engrep.engine.store_anchored import Note
from engrep.engine.store_follow import Spot, Verdict, anchor_key, place_number
from engrep.indexers.facts import CALLABLE_KINDS, TYPE_KINDS

SMALL = 8  # words: `def name(self): return self._name` has 6 and stands everywhere; such a body is followed by its name only
COMMON = 50  # places with one body: it says nothing of which is which
MOST_NAMESAKES = 50  # of a symbol that is gone, looked through for one that is like it
ALIKE = 0.75  # how alike a changed body has to be (31 of 32 that moved and changed were; 3 of 515 that were gone), and
MARGIN = 0.1  # how much less alike the next one

MISSING = Verdict("missing")


@dataclass(frozen=True, slots=True)
class Kept:
    """An anchor with what is kept for finding it again."""

    anchor: Anchor
    note: Note | None = None
    former: tuple[Anchor, ...] = ()  # as it was before it was followed, the latest first

    @property
    def key(self) -> str:
        """What stands for it."""
        return anchor_key(self.anchor)


@dataclass(slots=True)
class Search:
    """What is looked up once for all anchors."""

    connection: Connection
    lines: Lines
    places: dict[tuple[str, str], list[Spot]] = field(default_factory=dict)  # by path and qualified name


def judge(connection: Connection, lines: Lines, kept: Sequence[Kept], *, thorough: bool = True) -> dict[str, Verdict]:
    """Return what became of each anchor, by its key; not `thorough`: as far as its own places tell."""
    search = Search(connection, lines)
    found: dict[str, Verdict] = {}
    symbols = [each for each in kept if each.anchor.kind == "symbol"]
    for each in kept:
        if each.anchor.kind != "symbol":
            verdict = file_verdict if each.anchor.kind == "file" else module_verdict
            found[each.key] = verdict(connection, each.anchor, each.note)
    _look_at(search, [each.anchor for each in symbols])
    found |= {each.key: _at_place(search, each.anchor) for each in symbols}
    gone = [each for each in symbols if found[each.key].state == "missing"]
    if gone:
        _look_at(search, [anchor for each in gone for anchor in each.former])
        found |= {each.key: _at_former(search, each) for each in gone}
        gone = [each for each in gone if found[each.key].state == "missing"]
    if gone and thorough:
        found |= _by_body(search, gone)
        gone = [each for each in gone if found[each.key].state == "missing"]
        found |= _by_likeness(search, gone)
    return found


def _look_at(search: Search, anchors: Iterable[Anchor]) -> None:
    wanted = {(each.path, each.qualified_name) for each in anchors} - search.places.keys()
    for place in wanted:
        search.places[place] = []
    for spot in asking.spots_in(search.connection, {path for path, _ in wanted}, {name for _, name in wanted}):
        if (spot.path, spot.qualified_name) in wanted:
            search.places[spot.path, spot.qualified_name].append(spot)


def _at_place(search: Search, anchor: Anchor) -> Verdict:
    """Compare an anchor with what bears its name in its file: the likest of several that are overloaded."""
    spots = [each for each in search.places[anchor.path, anchor.qualified_name] if _is_akin(anchor, each)]
    if not spots:
        return MISSING
    best = max(spots, key=lambda spot: (_is_declared(anchor, spot) + (anchor.body_hash == spot.body_hash), -spot.at))
    return _compared(search, anchor, best)


def _is_akin(anchor: Anchor, spot: Spot) -> bool:
    """Tell whether a symbol is of the sort that an anchor's was: a function, a type, or a value."""
    return not anchor.symbol or _sort(anchor.symbol) == _sort(spot.kind)


def _sort(kind: str) -> int:
    return 0 if kind in CALLABLE_KINDS else 1 if kind in TYPE_KINDS else 2


def _is_declared(anchor: Anchor, spot: Spot) -> bool:
    """Tell whether a symbol is declared as an anchor's was; a value is not declared but set."""
    return anchor.signature_hash == spot.signature_hash or spot.kind not in CALLABLE_KINDS | TYPE_KINDS


def _compared(search: Search, anchor: Anchor, spot: Spot, same: str = "fresh") -> Verdict:
    """Compare an anchor with a symbol; `same` is the verdict where both are alike."""
    if not _is_declared(anchor, spot):
        return _verdict("signature_changed", spot, asking.signature_of(search.connection, spot))
    return _verdict(same if anchor.body_hash == spot.body_hash else "body_changed", spot)


def _verdict(state: str, spot: Spot, signature: str = "") -> Verdict:
    return Verdict(state, spot.qualified_name, spot.path, signature, spot.file, spot)


def _at_former(search: Search, kept: Kept) -> Verdict:
    for anchor in kept.former:
        found = _at_place(search, anchor)
        if found.state != "missing":
            return found._replace(spot=None)  # the memory stays tied to the place that it went to on another branch
    return MISSING


def _by_body(search: Search, gone: Sequence[Kept]) -> dict[str, Verdict]:
    """Look for the bodies of what is gone at places that are new, one to one."""
    import numpy as np

    wanted = {int(each.anchor.body_hash, 16) for each in gone if each.anchor.body_hash}
    ids, hashes = asking.bodies(search.connection)
    held = ids[np.isin(hashes, np.array(sorted(wanted), np.uint32))]
    holders: dict[str, list[Spot]] = defaultdict(list)
    for spot in asking.spots_by_id(search.connection, held.tolist()):
        holders[spot.body_hash].append(spot)
    rivals: dict[str, list[Kept]] = defaultdict(list)
    for each in gone:
        rivals[each.anchor.body_hash].append(each)
    return {
        each.key: _followed(search, each, rivals[each.anchor.body_hash], holders[each.anchor.body_hash])
        for each in gone
    }


def _followed(search: Search, kept: Kept, rivals: Sequence[Kept], holders: Sequence[Spot]) -> Verdict:
    """Return the one new place of a body."""
    anchor = kept.anchor
    twins = (kept.note and kept.note.twins) or frozenset()
    numbers = {place_number(spot.path, spot.qualified_name) for spot in holders}
    akin = [spot for spot in holders if _is_akin(anchor, spot)]
    arrived = [spot for spot in akin if place_number(spot.path, spot.qualified_name) not in twins]
    others = [each.anchor for each in rivals if _place(each.anchor) != _place(anchor)]
    is_alone = not others and not twins - numbers
    is_small = kept.note is None or len(kept.note.parts) < SMALL or len(holders) + len(twins) > COMMON
    is_plain = len(arrived) == 1 and is_alone and not is_small
    spot = arrived[0] if is_plain else _by_name(anchor, arrived, others, 2 if is_small else 1)
    if spot is None:
        return MISSING
    is_renamed = _last(spot.qualified_name) != _last(anchor.qualified_name)
    return _compared(search, anchor, spot, "renamed" if is_renamed else "moved")


def _by_name(anchor: Anchor, arrived: Sequence[Spot], others: Sequence[Anchor], least: int) -> Spot | None:
    """Return the place whose name ends most as the anchor's does, where no other has a claim to it as good."""
    ends = [shared_end(spot.qualified_name, anchor.qualified_name) for spot in arrived]
    most = max(ends, default=0)
    if most < least or ends.count(most) > 1:
        return None
    spot = arrived[ends.index(most)]
    is_claimed = any(shared_end(spot.qualified_name, other.qualified_name) >= most for other in others)
    return None if is_claimed else spot


def shared_end(one: str, other: str) -> int:
    """Count the segments that two qualified names end with alike."""
    count = 0
    for left, right in zip(reversed(one.split(".")), reversed(other.split(".")), strict=False):
        if left != right:
            break
        count += 1
    return count


def _last(qualified_name: str) -> str:
    return qualified_name.rpartition(".")[2]


def _place(anchor: Anchor) -> tuple[str, str]:
    return anchor.path, anchor.qualified_name


def _by_likeness(search: Search, gone: Sequence[Kept]) -> dict[str, Verdict]:
    """Look for what moved and changed at once: new namesakes and what is new in its file, by their words, one to one."""
    best: dict[str, tuple[Spot, Kept]] = {}
    claims: dict[int, int] = defaultdict(int)
    siblings: dict[str, list[Spot]] = defaultdict(list)
    for spot in asking.spots_in(search.connection, {each.anchor.path for each in gone}) if gone else ():
        siblings[spot.path].append(spot)
    for each in gone:
        likest = _likest(search, each, siblings[each.anchor.path])
        if likest is not None:
            best[each.key] = likest, each
            claims[likest.symbol_id] += 1
    return {
        key: _compared(search, each.anchor, spot) for key, (spot, each) in best.items() if claims[spot.symbol_id] == 1
    }


def _likest(search: Search, kept: Kept, siblings: Sequence[Spot]) -> Spot | None:
    note = kept.note
    if note is None or len(note.parts) < SMALL:
        return None
    namesakes = asking.spots_named(search.connection, _last(kept.anchor.qualified_name), MOST_NAMESAKES)
    spots = {spot.symbol_id: spot for spot in (*siblings, *namesakes)}
    akin = [spot for spot in spots.values() if _is_akin(kept.anchor, spot)]
    new = [spot for spot in akin if place_number(spot.path, spot.qualified_name) not in note.known]
    scored = [(likeness(note.parts, word_parts(spot, search.lines)), spot) for spot in new]
    name = _last(kept.anchor.qualified_name)
    alike = [(score, spot) for score, spot in scored if score >= ALIKE]
    alike = [(score, spot) for score, spot in alike if _last(spot.qualified_name) == name] or alike
    alike.sort(key=lambda each: (-each[0], each[1].path, each[1].at))
    if not alike or (len(alike) > 1 and alike[0][0] - alike[1][0] < MARGIN):
        return None
    return alike[0][1]


def notes_for(connection: Connection, lines: Lines, anchors: Mapping[str, Anchor]) -> dict[str, Note]:
    """Return what fresh anchors are known by; where else their bodies stand is left to `twins_of`."""
    from engrep.engine.follow_files import file_note

    search = Search(connection, lines)
    symbols = {key: each for key, each in anchors.items() if each.kind == "symbol"}
    _look_at(search, symbols.values())
    beside: dict[str, set[int]] = defaultdict(set)
    for spot in asking.spots_in(connection, {each.path for each in symbols.values()}):
        beside[spot.path].add(place_number(spot.path, spot.qualified_name))
    found = {key: file_note(connection, each) for key, each in anchors.items() if each.kind != "symbol"}
    for key, anchor in symbols.items():
        spots = search.places[_place(anchor)]
        here = next((each for each in spots if each.body_hash == anchor.body_hash), None)
        if here is not None:
            namesakes = asking.spots_named(connection, _last(anchor.qualified_name), MOST_NAMESAKES)
            known = beside[anchor.path] | {place_number(each.path, each.qualified_name) for each in namesakes}
            found[key] = Note(word_parts(here, lines), frozenset(known), None)
    return found


def twins_of(connection: Connection, anchors: Mapping[str, Anchor]) -> dict[str, set[int]]:
    """Return where else the bodies of anchors stand."""
    import numpy as np

    bodies = {int(each.body_hash, 16) for each in anchors.values() if each.kind == "symbol" and each.body_hash}
    ids, hashes = asking.bodies(connection)
    holders: dict[str, set[int]] = defaultdict(set)
    for spot in asking.spots_by_id(connection, ids[np.isin(hashes, np.array(sorted(bodies), np.uint32))].tolist()):
        holders[spot.body_hash].add(place_number(spot.path, spot.qualified_name))
    return {
        key: holders[each.body_hash] - {place_number(each.path, each.qualified_name)}
        if each.kind == "symbol"
        else set()
        for key, each in anchors.items()
    }
