"""The MCP servers that a project names in `.mcp.json`: programs to start, and addresses to speak to.

A stranger may have named them, so this file only reads; `mcp_agreed.py` knows which of them a person agreed to.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from engrep.indexers.redact import redact

FILE = ".mcp.json"
MAX_BYTES = 256 << 10
OWN = "engrep"  # what `engrep install` calls our own server: its tools are here already
STDIO, HTTP, SSE = "stdio", "http", "sse"
# Claude Code writes http; others write out its full name, or nothing beside the address.
_BY_URL = {"http": HTTP, "streamable-http": HTTP, "streamableHttp": HTTP, "sse": SSE, "": HTTP}
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,38}[A-Za-z0-9-])?")
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,80}")
_HOST = re.compile(r"([\w.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]*)?")  # with a port, and nobody's name
_VARIABLE = re.compile(r"\$\{(\w+)(?::-([^}]*))?\}")
_SECRET = re.compile(r"KEY|TOKEN|SECRET|PASS|AUTH|CREDENTIAL|COOKIE|PRIVATE", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Server:
    """One server as the project's file names it; variables in it are not filled in yet."""

    name: str
    command: str = ""
    arguments: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    url: str = ""  # in place of a command
    headers: Mapping[str, str] = field(default_factory=dict)
    transport: str = STDIO

    @property
    def shown(self) -> str:
        """The command line with what it is given of the environment; or the address, the headers, and the variables sent there."""
        if not self.url:
            given = [shlex.quote(f"{name}={value}") for name, value in self.environment.items()]
            return " ".join([*given, shlex.join([self.command, *self.arguments])])
        written = f" (written as {self.url})" if not self.url.startswith(self.origin) else ""
        told = f"{self.origin}{written}" if written else self.url
        headers = "".join(f", {name}: {value}" for name, value in self.headers.items())
        sent = self.variables
        return f"{told}{headers}" + (f"; it is sent your variables {', '.join(sent)}" if sent else "")

    @property
    def origin(self) -> str:
        """Scheme, host and port that are spoken to, variables filled in."""
        return _origin(filled(self.url))

    @property
    def variables(self) -> tuple[str, ...]:
        """The variables of the environment that an address and its headers name."""
        return _named((self.url, *self.headers.values()))

    @property
    def digest(self) -> str:
        """A name for this very command line; or for this address, the host that it comes to, and its headers."""
        told: list[Any] = [self.command, self.arguments, sorted(self.environment.items())]
        if self.url:
            told = [self.transport, self.url, self.origin, sorted(self.headers.items())]
        return hashlib.blake2b(json.dumps(told).encode(), digest_size=16).hexdigest()

    def without_values(self, text: str) -> str:
        """Return a message with the names of variables in place of what they held."""
        for name in sorted(self.variables, key=lambda each: len(os.environ.get(each, "")), reverse=True):
            if value := os.environ.get(name, "").strip():
                text = text.replace(value, f"${{{name}}}")
        return text


def servers_of(root: Path) -> tuple[tuple[Server, ...], tuple[str, ...]]:
    """Return the servers that a project names, and what of its file cannot be used."""
    path = root / FILE
    try:
        if not path.resolve().is_relative_to(root.resolve()):
            return (), (f"{FILE} leads out of the repository: it is not read",)
        with path.open("rb") as file:
            told: Any = json.loads(file.read(MAX_BYTES))
    except FileNotFoundError:
        return (), ()
    except (OSError, ValueError, RecursionError) as error:
        return (), (f"{FILE} cannot be read: {error}",)
    named = told.get("mcpServers") if isinstance(told, dict) else None
    found, problems = list[Server](), list[str]()
    for name, entry in (named if isinstance(named, dict) else {}).items():
        if name == OWN:
            continue
        server = _server(name, entry)
        if isinstance(server, str):
            problems.append(f"{FILE}: {name} is not started: {server}")
        else:
            found.append(server)
    return tuple(found), tuple(problems)


def _server(name: str, entry: object) -> Server | str:
    """Return what an entry says, or why it cannot be used."""
    if not _NAME.fullmatch(name) or "__" in name:
        return "its name must be letters, digits and single dashes or underscores"
    if isinstance(entry, dict) and "url" in entry:
        return _by_url(name, entry)
    unknown = "name a program by `command`, `args` and `env`, or an address by `url` and `headers`"
    if not isinstance(entry, dict):
        return unknown
    command, arguments, environment = entry.get("command"), entry.get("args", []), entry.get("env", {})
    if not (isinstance(command, str) and command and isinstance(arguments, list) and isinstance(environment, dict)):
        return unknown
    given = {str(key): str(value) for key, value in environment.items()}
    return Server(name, command, tuple(map(str, arguments)), given)


def _by_url(name: str, entry: Mapping[str, Any]) -> Server | str:
    url, headers, kind = entry["url"], entry.get("headers", {}), entry.get("type", "")
    if not isinstance(kind, str) or kind not in _BY_URL:
        return f"its type is {kind!r}, and an address is spoken to by http or sse"
    if not isinstance(url, str) or not isinstance(headers, dict):
        return "`url` is a text, and `headers` are texts by their names"
    given = {str(key): str(value) for key, value in headers.items()}
    server = Server(name, url=url, headers=given, transport=_BY_URL[kind])
    return _wrong(server) or server


def _wrong(server: Server) -> str:
    """Say why an address is not spoken to, '' where it may be."""
    wanted = _named((server.url, *server.headers.values()), required=True)
    missing = [each for each in wanted if not os.environ.get(each)]
    if missing:
        return f"it wants variables that are not set: {', '.join(missing)}"
    url = filled(server.url)
    if not url.isprintable() or not re.match("https?://", url) or not _HOST.fullmatch(_origin(url).partition("://")[2]):
        return "its url must begin with http:// or https:// and a host; keys belong in `headers`"
    # What stands in a name of a host is told to whoever resolves names.
    without = _VARIABLE.sub(lambda match: "" if _is_secret(match[1]) else filled(match[0]), server.url)
    if _origin(without) != _origin(url):
        return "a variable that looks like a secret stands in the host of its url"
    bad = [
        name
        for name, value in server.headers.items()
        if not (_HEADER.fullmatch(name) and filled(value).isascii() and filled(value).strip().isprintable())
    ]
    return f"no header can be written so: {', '.join(bad)}" if bad else ""


def _origin(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:  # brackets that hold no address
        return ""
    return f"{parts.scheme}://{parts.netloc}".lower()


def _is_secret(name: str) -> bool:
    value = os.environ.get(name, "")
    return bool(value and (_SECRET.search(name) or redact(value).total))


def _named(texts: Iterable[str], *, required: bool = False) -> tuple[str, ...]:
    """Return the variables that texts name; only those without another value beside them where they are required."""
    found = (match for text in texts for match in _VARIABLE.finditer(text) if not required or match[2] is None)
    return tuple(dict.fromkeys(match[1] for match in found))


def filled(text: str) -> str:
    """Fill in `${NAME}` and `${NAME:-otherwise}` from the environment."""
    return _VARIABLE.sub(lambda match: os.environ.get(match[1]) or match[2] or "", text)
