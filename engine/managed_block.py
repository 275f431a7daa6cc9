"""Our part of an instruction file that a person owns: between two marks, put there, replaced and taken out as bytes.

All other bytes stay as they are. A file whose marks are damaged is not touched: nobody knows then what is ours.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from engrep.engine.errors import UsageError
from engrep.engine.memory_types import Entry
from engrep.indexers.instructions import BEGIN, END

HEADING = "## Rules and decisions kept by engrep"
_NOTE = "Written by `engrep export --into`; what is changed between these marks is lost."
_IMPORT = re.compile(r"(?<!\S)@")


def block(entries: Sequence[Entry]) -> str:
    """Return our part, marks included, without a line end after it."""
    return "\n".join([BEGIN, HEADING, "", _NOTE, "", *map(_item, entries), END])


def with_block(data: bytes, text: str) -> bytes:
    """Return a file with our part: in the place of the old one, or at its end.

    Raises:
        UsageError: the marks are damaged, or it is no text.

    """
    place = _place(data)
    line_end = _line_end(data if place is None else data[slice(*place)])
    new = text.encode("utf-8").replace(b"\n", line_end)
    if place is not None:
        return data[: place[0]] + new + data[place[1] :]
    if not data:
        return new + line_end
    if data.endswith(line_end):
        return data + line_end + new + line_end
    return data + line_end * 2 + new  # no line end after it tells that there was none before it


def without_block(data: bytes) -> bytes:
    """Return a file as it was before our part was put at its end; raises UsageError as `with_block` does."""
    place = _place(data)
    if place is None:
        return data
    line_end = _line_end(data[slice(*place)])
    before, after = data[: place[0]], data[place[1] :]
    if not after:
        return before.removesuffix(line_end * 2)
    return before.removesuffix(line_end) + after.removeprefix(line_end)


def _line_end(data: bytes) -> bytes:
    return b"\r\n" if b"\r\n" in data else b"\n"


def _place(data: bytes) -> tuple[int, int] | None:
    """Return where our part begins and ends, None where there is none."""
    if b"\0" in data:
        raise UsageError("it is no text in UTF-8")
    begins, ends = ([match.span() for match in _mark(each).finditer(data)] for each in (BEGIN, END))
    if not begins and not ends and b"engrep:begin" not in data and b"engrep:end" not in data:
        return None
    is_whole = len(begins) == len(ends) == 1 and begins[0][1] <= ends[0][0]
    if not is_whole or data.count(b"engrep:begin") != 1 or data.count(b"engrep:end") != 1:
        message = (
            f"its marks are damaged: it must hold {BEGIN} and then {END} once, each on a line of its own, or neither"
        )
        raise UsageError(message)
    return begins[0][0], ends[0][1]


def _mark(mark: str) -> re.Pattern[bytes]:
    return re.compile(rb"(?m)^" + re.escape(mark.encode()) + rb"(?=\r?$)")


def _item(entry: Entry) -> str:
    """Return a memory on one line that imports nothing, closes no comment and is no markup."""
    text = _IMPORT.sub(r"\\@", " ".join(entry.text.split()).replace("<", "\\<").replace("[", "\\["))
    about = ", ".join(f"`{each.qualified_name or each.path}`".replace("\n", " ") for each in entry.anchors)
    where = f" (in {entry.place})" if entry.scope == "module" else ""
    return f"- {text.replace('engrep:', 'engrep: ')}{where}{about and f' — about {about}'}"
