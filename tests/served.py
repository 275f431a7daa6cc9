"""A viewer that serves a small repository over real HTTP: for the tests of its safety and those in a browser."""

from __future__ import annotations

import http.client
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from conftest import cli_environment, write_files

from engrep.engine.memory import Memory
from engrep.engine.memory_types import Evidence

EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>\x1b[2J\u202egnp.exe"
SHOP = '''
    #- billing/__init__.py
    """Money."""
    #- billing/retry.py
    """When a payment is tried again."""
    def backoff(n):
        """Wait a day for each failed payment."""
        return n * 86400
    #- billing/charge.py
    from billing.retry import backoff
    def charge(card):
        """Charge a card and try again later."""
        return backoff(1)
    def charge_all(cards):
        """Charge every card."""
        return [charge(card) for card in cards]
    #- net/__init__.py
    """Sockets."""
    #- net/retry.py
    """When a request is sent again."""
    def backoff(n):
        """Wait longer after each failed request."""
        return 0.1 * 2 ** n
    #- net/client.py
    from net.retry import backoff
    class Client:
        """Send requests."""
        def send(self, request):
            """Send a request until it succeeds."""
            return backoff(2)
'''


def make_shop(folder: Path) -> Path:
    """Write the repository, with a function whose text is hostile, and index it."""
    write_files(folder, SHOP)
    hostile = f'def hostile():\n    """{EVIL}"""\n    return {EVIL!r}  # </pre></main>{EVIL}\n'
    (folder / "hostile.py").write_text(hostile, encoding="utf-8")
    with Memory.open(folder) as memory:
        memory.index()
    return folder


def keep_session(folder: Path) -> str:
    """Import a session with a hostile turn and one of a megabyte in one line, and return its id."""
    said = [("user", "Why does the payment wait a day?"), ("assistant", EVIL), ("user", "word " * 200_000)]
    lines = [
        json.dumps(
            {
                "type": role, "sessionId": "s-evil", "uuid": f"u{number}", "parentUuid": f"u{number - 1}" if number else None, "timestamp": f"2026-01-02T10:0{number}:00Z",
                "cwd": str(folder), "gitBranch": "main", "message": {"role": role, "content": text},
            }
        )
        for number, (role, text) in enumerate(said)
    ]  # fmt: skip
    path = folder.parent / "session.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    with Memory.open(folder) as memory:
        memory.import_history(str(path))
        return memory.sessions()[0].id


def remember_some(folder: Path, session: str) -> dict[str, str]:
    """Remember some things, and return their ids by a short name."""
    passage = (Evidence(session, "1", f"Why does the payment wait a day? {EVIL}"),)
    with Memory.open(folder) as memory:
        told = {
            "day": memory.remember("Payments wait a day between attempts.", about=["billing.retry.backoff"], why="the bank asked", evidence=passage),
            "evil": memory.remember(f"Never render {EVIL} as markup.", kind="gotcha", about=["hostile.hostile"], why=EVIL),
            "wait30": memory.remember("Retries of the checkout wait 30 seconds."),
            "wait60": memory.remember("Retries of the checkout wait 60 seconds.", status="proposed", evidence=passage),
            "maybe": memory.remember("Requests may be sent in parallel.", status="proposed", about=["net.client.Client.send"]),
            "perhaps": memory.remember(f"Perhaps {EVIL} is a name.", status="proposed"),
        }  # fmt: skip
    return {name: stored.id for name, stored in told.items()}


@dataclass(frozen=True, slots=True)
class Answer:
    """What the viewer answered."""

    status: int
    headers: dict[str, str]
    text: str


@dataclass(frozen=True, slots=True)
class Served:
    """A running viewer."""

    folder: Path
    url: str  # with the token
    process: subprocess.Popen[str]
    ids: dict[str, str]
    session: str

    @property
    def port(self) -> int:
        """The port that it took."""
        return urlsplit(self.url).port or 0

    @property
    def base(self) -> str:
        """Its address without the token."""
        return f"http://127.0.0.1:{self.port}"

    def ask(
        self,
        path: str,
        *,
        method: str = "GET",
        body: str | bytes | None = None,
        headers: dict[str, str | None] | None = None,
    ) -> Answer:
        """Send one request; a header of None is left out, Host too."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        given = {"Host": f"127.0.0.1:{self.port}", **(headers or {})}
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in given.items():
                if value is not None:
                    connection.putheader(name, value)
            data = body.encode() if isinstance(body, str) else body
            if data is not None:
                connection.putheader("Content-Length", str(len(data)))
            connection.endheaders(data)
            answer = connection.getresponse()
            found = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, found, answer.read().decode("utf-8"))
        finally:
            connection.close()

    def cookie(self) -> str:
        """Bring the token, and return the cookie."""
        return self.ask(urlsplit(self.url).path + "?" + urlsplit(self.url).query).headers["set-cookie"].split(";")[0]

    def get(self, path: str) -> Answer:
        """Ask as the browser that was let in."""
        return self.ask(path, headers={"Cookie": self.cookie()})

    def post(self, cookie: str, **fields: str) -> Answer:
        """Send a form as the viewer's own page would, with the mark of that page unless another is given."""
        mark = re.search(r'name="csrf" value="([^"]+)"', self.ask("/review", headers={"Cookie": cookie}).text)
        form = {"csrf": mark[1] if mark else "", **fields}
        headers: dict[str, str | None] = {
            "Cookie": cookie, "Origin": self.base, "Content-Type": "application/x-www-form-urlencoded",
        }  # fmt: skip
        return self.ask("/act", method="POST", body=urlencode(form), headers=headers)

    def memory(self) -> Memory:
        """Open the same memories by the library."""
        return Memory.open(self.folder)


@contextmanager
def serving(folder: Path) -> Iterator[Served]:
    """Serve a new shop by the real command, and stop it."""
    folder.mkdir(parents=True, exist_ok=True)
    make_shop(folder)
    session = keep_session(folder)
    ids = remember_some(folder, session)
    process = start(folder)
    assert process.stdout is not None
    try:
        yield Served(folder, process.stdout.readline().strip(), process, ids, session)
    finally:
        process.terminate()
        process.communicate(timeout=60)


def start(folder: Path, port: int = 0) -> subprocess.Popen[str]:
    """Start `engrep serve` on a free port."""
    command = [sys.executable, "-m", "engrep", "serve", "--repo", str(folder), "--port", str(port), "--no-open"]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdout=pipe, stderr=pipe, encoding="utf-8", env=cli_environment(), cwd=folder)
