"""What a person can do: each action is one verb of the library, and leads back to where it was asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from engrep.engine.errors import EngrepError, UsageError
from engrep.output import safe_line
from engrep.viewer.asked import Ask, Elsewhere, Notice
from engrep.viewer.parts import without_notice

if TYPE_CHECKING:
    from engrep.engine.memory import Memory

Fields = Mapping[str, str]


def _approve(memory: Memory, fields: Fields) -> str:
    memory.approve(fields["id"].split())
    return "Approved."


def _reject(memory: Memory, fields: Fields) -> str:
    memory.reject(fields["id"])
    return "Rejected; it is not taken up again."


def _merge(memory: Memory, fields: Fields) -> str:
    memory.merge(fields["id"], fields["other"])
    return "Merged, with the evidence of both."


def _forget(memory: Memory, fields: Fields) -> str:
    memory.forget(fields["id"])
    return "Forgotten."


def _restore(memory: Memory, fields: Fields) -> str:
    memory.restore(fields["id"])
    return "Restored: it holds again."


def _confirm(memory: Memory, fields: Fields) -> str:
    memory.confirm(fields["id"])
    return "Confirmed for the code as it is now."


def _pin(memory: Memory, fields: Fields) -> str:
    memory.pin(fields["id"])
    return "Pinned: every session is told."


def _unpin(memory: Memory, fields: Fields) -> str:
    memory.pin(fields["id"], pinned=False)
    return "Not pinned any more."


def _undo(memory: Memory, fields: Fields) -> str:
    memory.undo(fields["id"])
    return "Taken back."


def _edit(memory: Memory, fields: Fields) -> str:
    entry = memory.memory(fields["id"])
    said = {"text": entry.body, "title": entry.title, "why": entry.reason, "kind": entry.kind, "slot": entry.slot}
    # A form shows control characters as pictures: what nobody changed there is not saved with the pictures in it.
    told = {
        name: fields[name].strip()
        for name, before in said.items()
        if name in fields and fields[name].strip() not in (before, safe_line(before).strip())
    }
    memory.edit(entry.id, told.pop("text", None), **told)
    return "Saved; what it said before is in its history."


VERBS: Mapping[str, Callable[[Memory, Fields], str]] = {
    "approve": _approve,
    "reject": _reject,
    "merge": _merge,
    "forget": _forget,
    "restore": _restore,
    "confirm": _confirm,
    "pin": _pin,
    "unpin": _unpin,
    "undo": _undo,
    "edit": _edit,
}


def act(ask: Ask) -> Elsewhere:
    """Do what a form asks for, and go back to its page with a word of what became of it.

    Raises:
        UsageError: there is no such action, or it lacks a field.

    """
    verb = VERBS.get(ask.form.get("verb", ""))
    if verb is None:
        message = "there is no such action"
        raise UsageError(message)
    try:
        told = verb(ask.memory, ask.form)
    except KeyError as exc:
        message = f"the form lacks its field {exc}"
        raise UsageError(message) from exc
    except EngrepError as error:
        notice = Notice(f"Not done: {error}.", is_error=True)
    else:
        is_one = ask.form["verb"] != "undo" and " " not in ask.form["id"]
        notice = Notice(told, ask.form["id"] if is_one else "")
    return Elsewhere(_with_notice(_own(ask.form.get("back", "")), ask.site.keep(notice)))


def _own(address: str) -> str:
    """Return an address if it is one of the viewer's own, else the first page: a form leads nowhere else."""
    is_own = (
        address.startswith("/")
        and not address.startswith(("//", "/\\"))
        and address.isascii()
        and address.isprintable()
    )
    return without_notice(address) if is_own else "/"


def _with_notice(address: str, number: str) -> str:
    page, _, part = address.partition("#")
    return f"{page}{'&' if '?' in page else '?'}n={number}{'#' + part if part else ''}"
