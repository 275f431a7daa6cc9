"""What every server of engrep on this machine shares: it listens on loopback, and answers this machine's own pages only.

A page in a browser can reach a loopback port too. A request whose Host is not this machine is refused, so that a name made
to point here (DNS rebinding) gains nothing; so is one whose Origin is another page; and a secret must come with it.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from engrep.engine.errors import StateError

if TYPE_CHECKING:
    import uvicorn

HOST = "127.0.0.1"
NAMES = (HOST, "localhost")


def hosts(port: int) -> frozenset[str]:
    """Return the Host headers that mean this machine."""
    return frozenset(f"{name}:{port}" for name in NAMES) | (frozenset(NAMES) if port == 80 else frozenset())


def is_secret(given: bytes, wanted: bytes) -> bool:
    """Compare secrets in a time that tells nothing."""
    return hmac.compare_digest(given, wanted)


def header(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> bytes | None:
    """Return the one header of a name; None when there is none, or when there are several that contradict each other."""
    found = {value for key, value in headers if key.lower() == name}
    return found.pop() if len(found) == 1 else None


def is_from_here(headers: Iterable[tuple[bytes, bytes]], port: int, *, writes: bool) -> bool:
    """Tell whether a request is addressed to this machine and comes from no other page; one that writes must say so."""
    listed = list(headers)
    host, origin = header(listed, b"host"), header(listed, b"origin")
    if host is None or host.decode("latin-1") not in hosts(port):
        return False
    if not any(key.lower() == b"origin" for key, _ in listed):
        return not writes
    return origin == b"http://" + host


def listening(app: Any, port: int, **settings: Any) -> tuple[uvicorn.Server, Any]:
    """Take a port of this machine for an application, and return its server with the socket; port 0 takes a free one.

    Raises:
        StateError: the port is taken.

    """
    import uvicorn

    config = uvicorn.Config(
        app, host=HOST, port=port, log_level="critical", access_log=False, timeout_graceful_shutdown=2, server_header=False,
        ws="none", **settings,  # no page of ours speaks WebSocket, whose requests would pass the token by
    )  # fmt: skip
    try:
        socket = config.bind_socket()
    except SystemExit as exc:
        message = f"port {port} of {HOST} cannot be used: another program has it, or it needs more rights; name another"
        raise StateError(message) from exc
    socket.listen(config.backlog)  # whoever is told the address may ask at once
    return uvicorn.Server(config), socket
