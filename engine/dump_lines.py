"""The lines of a dump, read as what they are: somebody else's text. A line that is not what it says is refused, with its number."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, asdict, dataclass, fields, replace
from types import NoneType
from typing import Any, TypeVar

from engrep.engine.errors import UsageError
from engrep.engine.lifecycle import check
from engrep.engine.memory_types import ROLES, Anchor, Change, Entry, Evidence, Session, Turn
from engrep.engine.store_archive import Watermark

FORMAT = 1
MEMORY = '{"type":"memory",'  # how the line of a memory begins
SCOPES = ("project", "user")  # whose memories a dump holds
_STATES = ("fresh", "moved", "renamed", "body_changed", "signature_changed", "missing", "unknown")
_MOST = 2**62  # a number that SQLite keeps
_ID, _TIME, _HEX = (
    re.compile(r"m[a-z0-9]{3,20}"),
    re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"),
    re.compile(r"([0-9a-f]{2})*"),
)
_KINDS_OF: dict[str, type | tuple[type, ...]] = {"str": str, "int": int, "bool": bool, "str | None": (str, NoneType)}

Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Head:
    """The first line."""

    format: int
    scope: str
    exported_at: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """A session, and how far its source was read."""

    session: Session
    watermark: Watermark


@dataclass(frozen=True, slots=True)
class Reached:
    """How far a session was distilled."""

    session: str
    watermark: int
    rereads: int
    at: str


@dataclass(frozen=True, slots=True)
class Tombstone:
    """A statement that was rejected."""

    fingerprint: str
    memory_id: str
    at: str


@dataclass(frozen=True, slots=True)
class Clash:
    """Two memories that may contradict each other."""

    memory_id: str
    other_id: str
    at: str


@dataclass(frozen=True, slots=True)
class Branch:
    """How far a branch went that memories are bound to."""

    name: str
    base: str
    tip: str


@dataclass(frozen=True, slots=True)
class End:
    """The last line: how many there are before it, so that a dump that was cut off is known."""

    lines: int


def written(value: object) -> str:
    """Write one line."""
    name = next(name for name, (kind, _) in LINES.items() if isinstance(value, kind))
    told = asdict(value)  # type: ignore[call-overload]
    return json.dumps({"type": name, **told}, ensure_ascii=False, separators=(",", ":")) + "\n"


def read(number: int, line: bytes) -> object:
    """Return what a line says.

    Raises:
        UsageError: it is no line of a dump.

    """
    try:
        row = json.loads(line.decode("utf-8-sig" if number == 1 else "utf-8"))
        name = row.pop("type")
        return LINES[name][1](row)
    except UnicodeDecodeError:
        reason = "it is no UTF-8"
    except (ValueError, RecursionError) as exc:
        reason = str(exc) if isinstance(exc, _WrongError) else "it is no JSON"
    except (AttributeError, KeyError, TypeError):
        reason = f"it is none of {', '.join(LINES)}"
    except UsageError as exc:
        reason = str(exc)
    message = f"line {number} of the dump cannot be taken in: {reason}; nothing was changed"
    raise UsageError(message)


class _WrongError(ValueError):
    """A line says what cannot be."""


def _made(kind: type[Made], row: Mapping[str, Any], **given: object) -> Made:
    """Make a value of plain fields; what a newer engrep says beside them is left out."""
    if not isinstance(row, dict):
        raise _WrongError(f"{kind.__name__.lower()} is no object")
    values = dict(given)
    for field in fields(kind):  # type: ignore[arg-type]
        if field.name in given or (field.name not in row and field.default is not MISSING):
            continue
        value, wanted = row.get(field.name), _KINDS_OF[str(field.type)]
        is_number = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _MOST
        if not isinstance(value, wanted) or (wanted is int and not is_number):
            raise _WrongError(f"its {field.name} is missing, or no {field.type}")
        values[field.name] = value
    return kind(**values)


def _plain(kind: type[Made]) -> Callable[[dict[str, Any]], Made]:
    return lambda row: _made(kind, row)


def _all(row: Mapping[str, Any], name: str) -> Iterator[dict[str, Any]]:
    found = row.get(name, ())
    if not isinstance(found, list | tuple):
        raise _WrongError(f"its {name} are no list")
    yield from found


def _entry(row: dict[str, Any]) -> Entry:
    anchors = tuple(_anchor(each) for each in _all(row, "anchors"))
    evidence = tuple(_made(Evidence, each) for each in _all(row, "evidence"))
    entry = _made(Entry, row, anchors=anchors, evidence=evidence)
    check(entry)
    _must(_ID, id=entry.id, superseded_by=entry.superseded_by or entry.id)
    times = {name: getattr(entry, name) for name in ("valid_from", "created_at", "changed_at", "valid_to", "used_at")}
    _must(_TIME, **{name: at for name, at in times.items() if at is not None})
    return entry


def _anchor(row: dict[str, Any]) -> Anchor:
    anchor = _made(Anchor, row)
    if anchor.kind not in ("symbol", "file", "module") or anchor.state not in _STATES:
        raise _WrongError(f"it has an anchor that is a {anchor.kind}, {anchor.state}")
    _must(_HEX, body_hash=anchor.body_hash, signature_hash=anchor.signature_hash, commit=anchor.commit)
    if anchor.kind == "symbol" and {len(anchor.body_hash), len(anchor.signature_hash)} - {0, 8}:
        raise _WrongError("it has an anchor with hashes that are none")
    return replace(anchor, now="")


def _must(pattern: re.Pattern[str], **texts: str) -> None:
    for name, text in texts.items():
        if not pattern.fullmatch(text):
            raise _WrongError(f"its {name} cannot be {text[:40]!r}")


def _change(row: dict[str, Any]) -> Change:
    before, after = (_entry(row[side]) if row.get(side) else None for side in ("before", "after"))
    change = _made(Change, row, before=before, after=after)
    _must(_ID, memory_id=change.memory_id)
    _must(_TIME, at=change.at)
    return change


def _kept(row: dict[str, Any]) -> Kept:
    watermark = _made(Watermark, row.get("watermark", {}))
    calls = json.loads(watermark.state).get("calls", {})
    if not all(isinstance(call, list) and len(call) == 3 for call in calls.values()):
        raise _WrongError("its watermark is none")
    return Kept(_made(Session, row.get("session", {})), watermark)


def _turn(row: dict[str, Any]) -> Turn:
    turn = _made(Turn, row)
    if turn.role not in ROLES:
        raise _WrongError(f"there is no role {turn.role}")
    return turn


def _clash(row: dict[str, Any]) -> Clash:
    clash = _made(Clash, row)
    _must(_ID, memory_id=clash.memory_id, other_id=clash.other_id)
    _must(_TIME, at=clash.at)
    return clash


def _tombstone(row: dict[str, Any]) -> Tombstone:
    tombstone = _made(Tombstone, row)
    _must(_ID, memory_id=tombstone.memory_id)
    _must(_HEX, fingerprint=tombstone.fingerprint)
    _must(_TIME, at=tombstone.at)
    return tombstone


def _head(row: dict[str, Any]) -> Head:
    head = _made(Head, row)
    if head.format > FORMAT:
        raise _WrongError(f"it has format {head.format}, this engrep knows {FORMAT}: upgrade engrep")
    if head.scope not in SCOPES:
        raise _WrongError(f"there is no scope {head.scope}")
    return head


LINES: dict[str, tuple[type, Callable[[dict[str, Any]], object]]] = {
    "engrep": (Head, _head),
    "branch": (Branch, _plain(Branch)),
    "session": (Kept, _kept),
    "turn": (Turn, _turn),
    "distilled": (Reached, _plain(Reached)),
    "memory": (Entry, _entry),
    "change": (Change, _change),
    "conflict": (Clash, _clash),
    "tombstone": (Tombstone, _tombstone),
    "end": (End, _plain(End)),
}
"""The types of lines, in the order in which they stand in a dump."""
