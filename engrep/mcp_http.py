"""MCP over streamable HTTP, for programs on this machine that hold the token.

A page in a browser can reach a loopback port too. It does not know the token; and a request whose Host or Origin is not
this machine is refused, so that a name made to point here (DNS rebinding) gains nothing.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engrep.engine.errors import StateError
from engrep.loopback import HOST, NAMES, is_secret, listening
from engrep.output import note

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    from mcp.server.lowlevel import Server

    Message = MutableMapping[str, Any]
    App = Callable[[Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]]

TOKEN_VARIABLE, TOKEN_FILE = "ENGREP_MCP_TOKEN", "mcp-token"
PATH = "/mcp"


async def serve_http(root: Path, is_named: bool, port: int) -> None:
    """Serve a root on a port of this machine until the process is stopped; port 0 takes a free one.

    Raises:
        StateError: the port is taken, or the token cannot be kept.

    """
    from engrep.mcp_server import make_server
    from engrep.mcp_service import Service

    token, kept = _token()
    server, socket = listening(_nothing, port)
    async with Service(root, is_named=is_named).serving() as service:
        server.config.app = guarded(_app(make_server(service)), token)
        note(f"MCP at http://{HOST}:{socket.getsockname()[1]}{PATH}; the bearer token is in {kept}")
        await server.serve(sockets=[socket])


def _app(server: Server[Any]) -> App:
    """Put a server behind HTTP, for requests that are made to this machine and from it."""
    from mcp.server.transport_security import TransportSecuritySettings

    here = TransportSecuritySettings(
        allowed_hosts=[f"{name}:*" for name in NAMES], allowed_origins=[f"http://{name}:*" for name in NAMES]
    )
    app: App = server.streamable_http_app(streamable_http_path=PATH, transport_security=here, host=HOST)
    return app


async def _nothing(scope: Message, receive: Any, send: Any) -> None:
    """Stand in for the app until there is a service for it."""


def guarded(app: App, token: str) -> App:
    """Let only requests with the token through."""
    wanted = b"Bearer " + token.encode()

    async def guard(scope: Message, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            given = [value for name, value in scope["headers"] if name.lower() == b"authorization"]
            if len(given) != 1 or not is_secret(given[0], wanted):
                await _refuse(send)
                return
        await app(scope, receive, send)

    return guard


async def _refuse(send: Any) -> None:
    headers = [(b"content-type", b"text/plain"), (b"www-authenticate", b"Bearer")]
    await send({"type": "http.response.start", "status": 401, "headers": headers})
    await send({"type": "http.response.body", "body": b"send the token of engrep mcp as Authorization: Bearer TOKEN\n"})


def _token() -> tuple[str, str]:
    """Return the token and where it is kept: what the environment says, else one made once for this person.

    Raises:
        StateError: it cannot be kept.

    """
    given = os.environ.get(TOKEN_VARIABLE, "").strip()
    if given:
        return given, TOKEN_VARIABLE
    from engrep.engine.places import user_database

    path = user_database().with_name(TOKEN_FILE)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_once(path)
        path.chmod(0o600)
        kept = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as exc:
        message = f"{path} cannot keep the token ({exc}); make its folder writable or set {TOKEN_VARIABLE}"
        raise StateError(message) from exc
    if not kept:
        message = f"{path} holds no token; delete it, and the next start makes one"
        raise StateError(message)
    return kept, str(path)


def _write_once(path: Path) -> None:
    """Write a new token where none is; whole or not at all, for several servers may start at once."""
    if path.exists():
        return
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(32) + "\n")
    try:
        os.link(beside, path)  # unlike a rename, it leaves the token that another server wrote meanwhile
    except FileExistsError:
        pass
    finally:
        beside.unlink()
