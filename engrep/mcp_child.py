"""The process that indexes for an MCP server: it tells how far it is, a line of JSON at a time, and ends with the server.

A process of its own because reading a repository would hold the interpreter lock that the protocol answers under, and
because it can be ended at any moment: an index run is one transaction.
"""

from __future__ import annotations

import json
import os
import threading
import time
from contextlib import suppress

_TELL_SECONDS = 0.2
_NICENESS = 5  # the person's own programs go first


def main(root: str) -> None:
    """Bring the index of a root up to date."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with suppress(AttributeError, OSError):
        os.nice(_NICENESS)
    out = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)  # a stray print must not break the lines
    told = 0.0

    def tell(stage: str, done: int, total: int) -> None:
        nonlocal told
        if time.monotonic() - told >= _TELL_SECONDS:
            told = time.monotonic()
            out.write(json.dumps({"stage": stage, "done": done, "total": total}) + "\n")

    from engrep.engine.errors import EngrepError
    from engrep.engine.memory import Memory

    try:
        with Memory.open(root) as memory:
            report = memory.index(progress=tell)
    except (EngrepError, OSError) as error:
        out.write(json.dumps({"error": str(error)}) + "\n")
    else:
        out.write(json.dumps({"updated": report.updated, "removed": report.removed}) + "\n")
    out.flush()


def _end_with_parent() -> None:
    """End at once when the server has ended, however it did: the pipe to our stdin is closed then."""
    while os.read(0, 1024):
        pass
    os._exit(1)
