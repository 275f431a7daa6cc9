"""MCP servers that a project names by their address: spoken to by agreement only, with what was agreed to, for a bounded time."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from openai_server import ModelServer, Say
from talks import remembering_shop
from test_chat_mcp import children, name, offered
from test_mcp_http import served

from engrep.agents import chat_open
from engrep.agents.chat_open import opened
from engrep.agents.mcp_agreed import agree, is_agreed
from engrep.agents.mcp_servers import Server, servers_of

KEY = "tk-5fK2mQ8wZ3xR7vB1nL6pT4yH"
SSE_SERVER = """
import socket, uvicorn
from mcp.server.mcpserver import MCPServer
server = MCPServer("till")
@server.tool()
def total(of: str) -> str:
    return f"the total of {of} is 12"
taken = socket.socket(); taken.bind(("127.0.0.1", 0)); taken.listen()
print(taken.getsockname()[1], flush=True)
uvicorn.Server(uvicorn.Config(server.sse_app(), log_level="critical")).run(sockets=[taken])
"""
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: ModelServer) -> Path:
    """Make a shop with a model and a home of its own."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    for variable, value in server.environment(ENGREP_CONFIG="none").items():
        monkeypatch.setenv(variable, value)
    (tmp_path / "shop").mkdir()
    remembering_shop(tmp_path / "shop")
    return tmp_path / "shop"


def agreed(shop: Path, **servers: object) -> Server:
    """Write `.mcp.json`, agree to all of it, and give the first server."""
    name(shop, **servers)
    found, problems = servers_of(shop)
    assert problems == ()
    for each in found:
        agree(shop, each)
    return found[0]


@contextmanager
def silent() -> Iterator[tuple[str, list[socket.socket]]]:
    """Take connections and never answer; give the address, and the connections that came."""
    came: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as taken:

        def take() -> None:
            while True:
                try:
                    came.append(taken.accept()[0])
                except OSError:
                    return

        threading.Thread(target=take, daemon=True).start()
        yield f"http://127.0.0.1:{taken.getsockname()[1]}/mcp", came
    for each in came:
        each.close()


@contextmanager
def answering(status: int, **headers: str) -> Iterator[tuple[str, list[dict[str, str]]]]:
    """Answer every request with a status; give the address, and the headers of what came."""
    came: list[dict[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            came.append({name.lower(): value for name, value in self.headers.items()})
            self.send_response(status)
            for each, value in headers.items():
                self.send_header(each, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_POST = do_DELETE = _answer  # noqa: N815 - the names of the base class

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=running.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{running.server_address[1]}/mcp", came
    finally:
        running.shutdown()
        running.server_close()


def test_a_server_behind_an_address_answers(
    shop: Path, server: ModelServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its tools are offered, the key of the named variable reaches it, and a use is asked for as any other."""
    with served(shop, tmp_path / "theirs", ENGREP_MCP_TOKEN=KEY) as (port, _):
        monkeypatch.setenv("SHOP_TOKEN", KEY)
        headers = {"Authorization": "Bearer ${SHOP_TOKEN}"}
        agreed(shop, far={"type": "http", "url": f"http://127.0.0.1:{port}/mcp", "headers": headers})
        server.say(Say(calls=(("mcp__far__recall", {"query": "how often are payments retried"}),)), "once a day")
        with opened(shop, allow=["mcp__far"]) as talk:
            assert "mcp__far__recall" in offered(talk)
            assert "billing/retry.py:1-4" in talk.chat.ask("one").uses[0].result
    assert KEY not in server.asked[-1].text


def test_a_server_of_the_older_transport_answers(shop: Path, server: ModelServer) -> None:
    """One that sends events is spoken to as it wants."""
    with subprocess.Popen([sys.executable, "-c", SSE_SERVER], stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        try:
            agreed(shop, till={"type": "sse", "url": f"http://127.0.0.1:{running.stdout.readline().strip()}/sse"})
            server.say(Say(calls=(("mcp__till__total", {"of": "March"}),)), "12")
            with opened(shop, allow=["mcp__till"]) as talk:
                assert offered(talk) == ["mcp__till__total"]
                assert talk.chat.ask("one").uses[0].result == "the total of March is 12"
        finally:
            running.kill()


def test_no_address_is_spoken_to_unasked(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the person agrees nothing is sent, and who they agree to is shown with the variables that it gets."""
    monkeypatch.setenv("SHOP_TOKEN", KEY)
    with silent() as (url, came):
        name(shop, far={"type": "http", "url": url, "headers": {"Authorization": "Bearer ${SHOP_TOKEN}"}})
        with opened(shop) as talk:
            assert offered(talk) == []
            (found,) = talk.unagreed()
        assert came == []
    assert found.shown == f"{url}, Authorization: Bearer ${{SHOP_TOKEN}}; it is sent your variables SHOP_TOKEN"
    assert KEY not in found.shown


def test_what_changes_is_asked_anew(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An agreement is about one address, its headers, and the host that variables make of it."""
    monkeypatch.setenv("BASE", "https://one.example")
    monkeypatch.setenv("SHOP_TOKEN", KEY)
    entry: dict[str, Any] = {"type": "http", "url": "${BASE}/mcp", "headers": {"X-Team": "till"}}
    found = agreed(shop, far=entry)
    assert is_agreed(shop, found)
    assert found.shown.startswith("https://one.example (written as ${BASE}/mcp), X-Team: till")
    changes: tuple[dict[str, Any], ...] = (
        {"url": "${BASE}/other"}, {"url": "https://two.example/mcp"}, {"headers": {}}, {"type": "sse"},
        {"headers": {"X-Team": "till", "Authorization": "Bearer ${SHOP_TOKEN}"}},
    )  # fmt: skip
    for change in changes:
        name(shop, far={**entry, **change})
        assert not is_agreed(shop, servers_of(shop)[0][0]), change
    name(shop, far=entry)
    assert is_agreed(shop, servers_of(shop)[0][0])
    monkeypatch.setenv("BASE", "https://two.example")
    assert not is_agreed(shop, servers_of(shop)[0][0])


@pytest.mark.parametrize(("entry", "why"), [
    ({"url": "https://x.example/", "headers": {"A": "${NOT_SET}"}}, "not set: NOT_SET"),
    ({"url": "https://${SHOP_TOKEN}.example/"}, "looks like a secret"), ({"url": "https://user:x@x.example/"}, "keys belong in"),
    ({"url": "https://good.example\\@x.example/"}, "must begin"), ({"url": "file:///etc/passwd"}, "must begin"), ({"url": "https://[x"}, "must begin"),
    ({"url": "https://x.example/", "type": "ws"}, "its type is 'ws'"), ({"url": 1}, "is a text"),
    ({"url": "https://x.example/", "headers": {"A": "b\r\nHost: y"}}, "no header can be written so: A"),
    ({"url": "https://x.example/", "type": ["http"]}, "its type is"),
])  # fmt: skip
def test_what_cannot_be_spoken_to_is_said(
    entry: dict[str, Any], why: str, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An entry that makes no safe request is left out with its reason, and its variables' values stay here."""
    monkeypatch.setenv("SHOP_TOKEN", KEY)
    name(shop, far=entry)
    found, (problem,) = servers_of(shop)
    assert found == ()
    assert why in problem
    assert KEY not in problem


def test_a_variable_with_another_value_beside_it(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What stands behind :- takes the place of a variable that is not set."""
    monkeypatch.delenv("BASE", raising=False)
    name(shop, far={"url": "${BASE:-https://x.example}/mcp", "headers": {"A": "${NOT_SET:-b}"}})
    (found,), problems = servers_of(shop)
    assert problems == ()
    assert found.origin == "https://x.example"


def test_a_server_that_hangs_costs_a_bounded_time(
    shop: Path, server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A question waits a while, says so once, and is answered without it; the end of the chat does not wait."""
    monkeypatch.setattr(chat_open, "PATIENCE", 0.5)
    server.say("one", "two")
    with silent() as (url, came):
        agreed(shop, far={"type": "http", "url": url})
        with opened(shop) as talk:
            begun = monotonic()
            talk.wait()
            talk.wait()
            assert monotonic() - begun < 5
            assert talk.notes == ["the MCP server far is still starting: its tools come when it is up"]
            assert talk.chat.ask("one").answer == "one"
            begun = monotonic()
        assert monotonic() - begun < 4
        assert came


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="processes are looked up in /proc")
@pytest.mark.parametrize("code", ["import time; time.sleep(600)", STUBBORN])
def test_a_process_that_hangs_is_ended(code: str, shop: Path) -> None:
    """One that neither speaks nor ends is gone soon after the chat, whatever it does about signals."""
    agreed(shop, deaf={"command": sys.executable, "args": ["-c", code]})
    before = children()
    with opened(shop) as talk:
        talk.chat.ask("one")
        assert len(children() - before) == 1
        begun = monotonic()
    assert monotonic() - begun < 4
    assert children() - before == set()


def test_a_server_that_refuses_is_said_once(
    shop: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A dead address and one that wants another key are each one note, without the key, and nothing else is printed."""
    monkeypatch.setenv("SHOP_TOKEN", KEY)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        dead = taken.getsockname()[1]
    with answering(401) as (url, _):
        headers = {"Authorization": "Bearer ${SHOP_TOKEN}"}
        agreed(
            shop,
            dead={"type": "http", "url": f"http://127.0.0.1:{dead}/mcp?key=${{SHOP_TOKEN}}"},
            shut={"type": "http", "url": url, "headers": headers},
            old={"type": "sse", "url": f"{url}?key=${{SHOP_TOKEN}}", "headers": headers},
        )
        with opened(shop) as talk:
            talk.wait()
            said = "\n".join(talk.notes)
    assert [each.split(" (")[0] for each in talk.notes] == [
        f"the MCP server {each} did not start" for each in ("dead", "shut", "old")
    ]
    assert said.count("401") == 2
    assert KEY not in said
    assert capfd.readouterr() == ("", "")


def test_a_redirect_elsewhere_gets_nothing(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a server answers sends no header, and no request, to an address that nobody agreed to."""
    monkeypatch.setenv("SHOP_TOKEN", KEY)
    with answering(200) as (elsewhere, came), answering(307, Location=elsewhere) as (url, asked):
        for kind in ("http", "sse"):
            agreed(shop, far={"type": kind, "url": url, "headers": {"X-Key": "${SHOP_TOKEN}"}})
            with opened(shop) as talk:
                talk.wait()
                assert len(talk.notes) == 1
    assert came == []
    assert {each["x-key"] for each in asked} == {KEY}


def test_what_was_agreed_to_is_kept_without_values(shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file of agreements holds no key."""
    monkeypatch.setenv("SHOP_TOKEN", KEY)
    agreed(shop, far={"url": "https://x.example/?key=${SHOP_TOKEN}"})
    (kept,) = (tmp_path / "data").rglob("mcp_agreed.json")
    assert KEY not in kept.read_text(encoding="utf-8")
    assert len(json.loads(kept.read_text(encoding="utf-8"))[str(shop)]) == 1
