"""Who may see the viewer: the browser that came with the token, on this machine, from the viewer's own pages."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs

from engrep.loopback import is_from_here, is_secret
from engrep.viewer.markup import document, element

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Any, Send], Awaitable[None]]

ENTER = "/enter"
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    # Not "no-referrer": with that a browser sends `Origin: null` with the viewer's own forms.
    (b"referrer-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)


class Gate:
    """Lets requests through that are the person's own, and gives every answer its headers."""

    def __init__(self, app: App) -> None:
        self._app = app
        self.token = secrets.token_urlsafe(32)
        self._key = secrets.token_urlsafe(32)  # the cookie; another secret, since addresses are kept in histories

    async def __call__(self, scope: Message, receive: Any, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = {name for name, _ in message.get("headers", ())}
                more = [each for each in HEADERS if each[0] not in own]
                message = {**message, "headers": [*message.get("headers", ()), *more]}
            await send(message)

        port = int(scope["server"][1])
        writes = scope["method"] not in ("GET", "HEAD")
        if not is_from_here(scope["headers"], port, writes=writes):
            await _tell(guarded, 403, "Not from here", "This address answers pages of its own on this machine only.")
        elif scope["path"] == ENTER and not writes:
            await self._enter(scope, guarded, port)
        elif not self._is_known(scope, port):
            told = "Open the address that `engrep serve` printed: it holds the token that lets this browser in."
            await _tell(guarded, 401, "Who is there?", told)
        else:
            await self._app(scope, receive, guarded)

    async def _enter(self, scope: Message, send: Send, port: int) -> None:
        """Give the browser that brings the token a cookie, and send it on.

        A page that goes on by itself, not a redirect: a browser that came from another site would not bring a strict
        cookie along on a redirect.
        """
        given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
        if not is_secret(given.encode(), self.token.encode()):
            told = "This token is not, or no longer, the one that `engrep serve` printed."
            await _tell(send, 403, "Wrong token", told)
            return
        cookie = f"{_cookie_name(port)}={self._key}; HttpOnly; SameSite=Strict; Path=/"
        head = [
            element("meta", http_equiv="refresh", content="0;url=/"),
            element("link", rel="icon", href="/static/icon.svg"),
        ]
        body = element("body", element("p", element("a", "Go on to engrep", href="/")))
        await _answer(send, 200, document("engrep", head, body), [(b"set-cookie", cookie.encode())])

    def _is_known(self, scope: Message, port: int) -> bool:
        sent = b"; ".join(value for name, value in scope["headers"] if name.lower() == b"cookie").decode("latin-1")
        try:
            kept = SimpleCookie(sent).get(_cookie_name(port))
        except CookieError:
            return False
        return kept is not None and is_secret(kept.value.encode("latin-1", "replace"), self._key.encode())


def _cookie_name(port: int) -> str:
    """Return the name of the cookie; ports share cookies, so each has a name of its own."""
    return f"engrep-{port}"


async def _tell(send: Send, status: int, title: str, told: str) -> None:
    body = element("body", element("main", element("h1", title), element("p", told)))
    await _answer(send, status, document(f"engrep: {title}", None, body), [])


async def _answer(send: Send, status: int, body: bytes, more: list[tuple[bytes, bytes]]) -> None:
    headers = [(b"content-type", b"text/html; charset=utf-8"), (b"content-length", str(len(body)).encode()), *more]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
