"""`engrep hook`: one event of a coding agent on stdin, what its model should know on stdout, and exit code 0 whatever happens.

An agent waits for every hook, so nothing is loaded here that the event does not need, and what takes longer is left to
another process. A hook that fails must not fail its agent: it says nothing.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from pathlib import Path
    from threading import Timer

    from engrep.engine.hook_event import Event

INPUT_SECONDS = 3.0  # for the payload: then the hook ends, as nobody closes its input
DEADLINE_SECONDS = 8.0  # for all of it, less than agents wait: then the hook ends, whatever it waits for
MAX_BYTES = 32 << 20  # of a payload: an edit brings the whole file along, more is nobody's


def main(arguments: Sequence[str]) -> NoReturn:
    """Answer the event on stdin and end the process."""
    gc.disable()  # we live too short to have anything collected
    try:
        _end_after(DEADLINE_SECONDS)
        timer = _end_after(INPUT_SECONDS)
        payload = sys.stdin.buffer.read(MAX_BYTES + 1)
        while len(payload) > MAX_BYTES and sys.stdin.buffer.read(1 << 20):
            pass  # the rest is nobody's, but a program may fail that cannot write it to its end
        timer.cancel()
        text = answer(payload, _program(arguments))
        if text:
            sys.stdout.buffer.write(text.encode("utf-8", "replace") + b"\n")
            sys.stdout.buffer.flush()
    except BaseException as error:  # noqa: BLE001 - the agent must go on whatever went wrong here
        _tell(error)
    os._exit(0)  # nothing here has to be put in order, and taking the interpreter down takes time


def answer(payload: bytes, program: str | None = None) -> str:
    """Return what stdout gets for a payload, '' for nothing."""
    if not payload.strip() or len(payload) > MAX_BYTES:
        return ""
    told = json.loads(payload.decode("utf-8-sig", "replace"))  # Cursor on Windows begins with a byte order mark
    if not isinstance(told, dict):
        return ""
    from engrep.hook_events import read_event, reply

    event = read_event(told, program)
    if event is None:
        return ""
    text = _told(event)
    return json.dumps(reply(event, text)) if text else ""


def _told(event: Event) -> str:
    from pathlib import Path

    from engrep.engine import places
    from engrep.engine.came_along import came_along

    root = places.enclosing_root(Path(event.folder).resolve())
    if root is None or not places.is_used(root) or came_along(root):
        return ""
    from engrep.engine.hook_event import LEAVING

    if event.kind in LEAVING:
        with contextlib.suppress(Exception):  # a spool that cannot be written must not keep the answer back
            _leave(event, root)
    if not event.is_told:
        return ""
    from engrep.engine.listener import Listener

    listener = Listener(root)
    try:
        return listener.told(event)
    finally:
        listener.close()


def _leave(event: Event, root: Path) -> None:
    """Leave to the background what the event asks for, and see that somebody does it."""
    from engrep.engine.places import spool_folder
    from engrep.engine.spooling import leave

    owner = leave(event, spool_folder(root))
    if owner:
        from engrep.hook_drainer import start

        start(root, owner)


def _program(arguments: Sequence[str]) -> str | None:
    """Return the program that is named on the command line; any other word is passed over."""
    from engrep.hook_events import PROGRAMS

    following = [*arguments[1:], ""]
    for each, after in zip(arguments, following, strict=False):
        named = after if each == "--program" else each.removeprefix("--program=")
        if named in PROGRAMS:
            return named
    return None


def _end_after(seconds: float) -> Timer:
    """End the process when its time is over, however it hangs: on a pipe that nobody closes, or on a slow disk."""
    import threading

    timer = threading.Timer(seconds, os._exit, (0,))
    timer.daemon = True
    timer.start()
    return timer


def _tell(error: BaseException) -> None:
    """Say on stderr what went wrong, for those who look; agents show it to nobody."""
    with contextlib.suppress(BaseException):
        sys.stderr.write(
            f"engrep hook: {type(error).__name__}: {str(error)[:500]}\n".encode("ascii", "backslashreplace").decode()
        )
        sys.stderr.flush()
