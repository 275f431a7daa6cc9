"""Serve the viewer of one root until it is stopped."""

from __future__ import annotations

import contextlib
from pathlib import Path

from engrep.loopback import HOST, listening
from engrep.output import note, write
from engrep.viewer.gate import ENTER


def serve_root(root: Path, port: int, *, is_opened: bool) -> None:
    """Serve a root on a port of this machine until Ctrl-C.

    Raises:
        StateError: the port is taken.

    """
    from engrep.engine.memory import Memory
    from engrep.viewer.app import make_app

    with Memory.open(root) as memory:
        app = make_app(memory)
        server, socket = listening(app, port, lifespan="off")
        address = f"http://{HOST}:{socket.getsockname()[1]}{ENTER}?token={app.token}"
        with contextlib.closing(socket), contextlib.suppress(KeyboardInterrupt):  # uvicorn stops, and raises it again
            write(f"{address}\n")
            note(f"{root} is shown there; Ctrl-C ends it")
            if is_opened:
                _open(address)
            server.run(sockets=[socket])


def _open(address: str) -> None:
    """Open a browser, where there is one; the socket listens already, so it need not wait."""
    import threading
    import webbrowser

    threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
