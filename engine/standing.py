"""Where and when the asker stands, and which memories hold there: apart from the lanes, as a brief needs none of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from engrep.engine.errors import UsageError
from engrep.engine.memory_types import Entry

LASTING = frozenset({"decision", "constraint", "convention", "business_rule", "preference", "interface", "data_model"})


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the asker stands, and when."""

    file: str = ""
    place: str = ""  # a module, where no file tells
    as_of: str = ""  # '' for now
    now: str = ""


def holds(entry: Entry, standing: Standing) -> bool:
    """Tell whether a memory holds at the time that the asker speaks of."""
    if not standing.as_of:
        return entry.status == "active"
    began = entry.valid_from <= standing.as_of
    return began and entry.status not in ("proposed", "rejected") and (entry.valid_to or "9999") > standing.as_of


def in_place(place: str, standing: Standing) -> bool | None:
    """Tell whether the asker stands in a module; None when nobody knows where that is."""
    if standing.place:
        return f"{standing.place}.".startswith(f"{place}.") or standing.place == place
    if standing.file:
        from engrep.engine.identity import path_match  # which loads all that reads questions

        folder = place.replace(".", "/").strip("/")
        return (
            standing.file.startswith(f"{folder}/")
            or path_match(folder, standing.file)
            or f"/{folder}/" in standing.file
        )
    return None


def aware(at: datetime) -> datetime:
    """Return a time with its zone: UTC where none is told."""
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def end_of(day: str) -> str:
    """Return the last second of a day, or a time as it was given.

    Raises:
        UsageError: it is neither.

    """
    try:
        at = datetime.fromisoformat(day)
    except ValueError as exc:
        message = f"{day} is no date: write it as 2025-01-31, or with a time as 2025-01-31T12:00:00Z"
        raise UsageError(message) from exc
    if "T" not in day and " " not in day:
        return f"{at:%Y-%m-%d}T23:59:59Z"
    return f"{aware(at).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
