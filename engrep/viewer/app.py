"""The web application: addresses, requests read into `Ask`, pages put into their frame, errors told as pages."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable, Mapping
from functools import partial
from importlib import resources
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from engrep.engine.errors import EngrepError, NotFoundError, NotIndexedError, UsageError
from engrep.loopback import is_secret
from engrep.output import note
from engrep.viewer import (
    page_code,
    page_home,
    page_memories,
    page_memory,
    page_review,
    page_sessions,
    page_status,
    page_symbol,
)
from engrep.viewer.actions import act
from engrep.viewer.asked import Ask, Elsewhere, Page, Site
from engrep.viewer.frame import framed, troubled

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from engrep.engine.memory import Memory
    from engrep.viewer.gate import Gate

MOST_FORM = 200_000  # bytes of a form; a memory is a sentence or two
PAGES: Mapping[str, Callable[[Ask], Page | Elsewhere]] = {
    "/": page_home.search,
    "/symbol": page_symbol.symbol,
    "/file": page_code.file,
    "/memories": page_memories.memories,
    "/memory": page_memory.memory,
    "/review": page_review.review,
    "/sessions": page_sessions.sessions,
    "/session": page_sessions.session,
    "/status": page_status.status,
    "/doctor": page_status.doctor,
}
STATIC = {
    "viewer.css": "text/css; charset=utf-8",
    "viewer.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}


def make_app(memory: Memory) -> Gate:
    """Make the viewer of a memory; what it returns is the whole application, with the gate before it."""
    from starlette.applications import Starlette
    from starlette.routing import Route

    from engrep.viewer.gate import Gate

    site = Site(memory)
    routes = [Route(path, partial(_show, site, page), methods=["GET"]) for path, page in PAGES.items()]
    routes.append(Route("/act", partial(_act, site), methods=["POST"]))
    routes += [
        Route(f"/static/{name}", partial(_static, name, media), methods=["GET"]) for name, media in STATIC.items()
    ]
    missing = {404: partial(_missing, site), 405: partial(_missing, site)}
    return Gate(Starlette(routes=routes, exception_handlers=missing))


async def _show(site: Site, page: Callable[[Ask], Page | Elsewhere], request: Request) -> Response:
    from starlette.concurrency import run_in_threadpool

    return await run_in_threadpool(_answer, _ask(site, request), page)


async def _act(site: Site, request: Request) -> Response:
    from starlette.concurrency import run_in_threadpool

    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MOST_FORM:
            return _page(_ask(site, request), troubled("Too long", "A form of this size is none of the viewer's.", 413))
    ask = _ask(site, request, _values(bytes(body)))
    if not is_secret(ask.form.get("csrf", "").encode("utf-8", "replace"), site.csrf.encode()):
        told = "The form does not bear this viewer's mark; open the page again and repeat what you did."
        return _page(ask, troubled("Not done", told, 403))
    return await run_in_threadpool(_answer, ask, act)


def _ask(site: Site, request: Request, form: Mapping[str, str] | None = None) -> Ask:
    raw = request.scope["query_string"]
    address = request.url.path + ("?" + raw.decode("latin-1") if raw else "")
    return Ask(site, request.url.path, address, _values(raw), form or {})


def _values(encoded: bytes) -> dict[str, str]:
    """Read a query or a form: the last value of each name; undecodable bytes come back as they were in a file's name."""
    read = parse_qs(encoded.decode("latin-1"), keep_blank_values=True, errors="surrogateescape")
    return {name: values[-1] for name, values in read.items()}


def _answer(ask: Ask, page: Callable[[Ask], Page | Elsewhere]) -> Response:
    try:
        found = page(ask)
    except EngrepError as error:
        status = 404 if isinstance(error, NotFoundError) else 400 if isinstance(error, UsageError) else 503
        near = error.near if isinstance(error, NotFoundError) else ()
        title = (
            "Not indexed yet"
            if isinstance(error, NotIndexedError)
            else "Not found"
            if near or status == 404
            else "Not possible"
        )
        found = troubled(title, str(error), status, near)
    except Exception as error:  # noqa: BLE001 - one page that fails must not end the others, nor show its insides
        if os.environ.get("ENGREP_TRACEBACK"):
            traceback.print_exc()
        note(f"{ask.path} failed: {type(error).__name__}: {error} (set ENGREP_TRACEBACK=1 to see where)")
        found = troubled("This went wrong", "The page failed; the terminal that runs `engrep serve` says why.", 500)
    if isinstance(found, Elsewhere):
        return _response(b"", 303, {"location": found.address})
    return _page(ask, found)


def _page(ask: Ask, page: Page) -> Response:
    return _response(framed(ask, page), page.status, {"content-type": "text/html; charset=utf-8"})


def _response(body: bytes, status: int, headers: dict[str, str]) -> Response:
    from starlette.responses import Response

    return Response(body, status, headers)


async def _missing(site: Site, request: Request, _error: Exception) -> Response:
    return _page(_ask(site, request), troubled("Not found", "There is no such page.", 404))


async def _static(name: str, media: str, _request: Request) -> Response:
    data = resources.files("engrep.viewer").joinpath("static", name).read_bytes()
    return _response(data, 200, {"content-type": media})
