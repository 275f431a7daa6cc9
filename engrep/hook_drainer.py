"""The process in the background that does what hooks leave: started detached, alone, and gone when nothing is left."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from pathlib import Path

DRAIN = "--drain"  # the option that makes `engrep hook` this process


def start(root: Path, owner: str) -> None:
    """Start the process so that neither the agent nor its terminal takes it along or waits for it."""
    # -P: a module of the project that is called like one of ours must not be run in its place.
    command = [sys.executable, "-P", "-m", "engrep", "hook", DRAIN, os.fspath(root), owner]
    flags = 0
    if sys.platform == "win32":
        flags = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
    # Whoever starts us may read our output to its end: the child must not hold it open.
    process = subprocess.Popen(
        command,
        cwd=root,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        close_fds=True,
        start_new_session=True,
        creationflags=flags,
    )
    process.returncode = 0  # nobody waits for it, and that is no mistake to be warned of


def run(root: str, owner: str) -> int:
    """Do what waits for a root, in the idle time of the machine."""
    from engrep.engine.drain import MOST_SECONDS, drain
    from engrep.engine.memory import Memory

    limit = threading.Timer(MOST_SECONDS, os._exit, (0,))
    limit.daemon = True
    limit.start()
    if hasattr(os, "nice"):
        with contextlib.suppress(OSError):
            os.nice(10)
    with Memory.open(root) as memory:
        drain(memory.root, owner, memory)
    return 0
