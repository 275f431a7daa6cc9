"""The MCP servers that a project names in `.mcp.json`, and which of them this person has agreed to start.

They are programs that a stranger may have named. None is started before a person has seen its command line and agreed to it;
what was agreed to is kept in the person's own folder, for one project and one command line.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engrep.engine.places import user_database

FILE, AGREED_FILE = ".mcp.json", "mcp_agreed.json"
MAX_BYTES = 256 << 10
OWN = "engrep"  # what `engrep install` calls our own server: its tools are here already
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,38}[A-Za-z0-9-])?")
_VARIABLE = re.compile(r"\$\{(\w+)(?::-([^}]*))?\}")


@dataclass(frozen=True, slots=True)
class Server:
    """One server as the project's file names it; variables in it are not filled in yet."""

    name: str
    command: str
    arguments: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def shown(self) -> str:
        """The command line, with what it is given of the environment."""
        given = [shlex.quote(f"{name}={value}") for name, value in self.environment.items()]
        return " ".join([*given, shlex.join([self.command, *self.arguments])])

    @property
    def digest(self) -> str:
        """A name for this very command line."""
        told = json.dumps([self.command, self.arguments, sorted(self.environment.items())])
        return hashlib.blake2b(told.encode(), digest_size=16).hexdigest()


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
        if server is None:
            problems.append(f"{FILE}: {name} is not started: only programs are, named by `command`, `args` and `env`")
        else:
            found.append(server)
    return tuple(found), tuple(problems)


def _server(name: str, entry: object) -> Server | None:
    if not isinstance(entry, dict) or not _NAME.fullmatch(name) or "__" in name:
        return None
    command, arguments, environment = entry.get("command"), entry.get("args", []), entry.get("env", {})
    if (
        not isinstance(command, str)
        or not command
        or not isinstance(arguments, list)
        or not isinstance(environment, dict)
    ):
        return None
    given = {str(key): str(value) for key, value in environment.items()}
    return Server(name, command, tuple(map(str, arguments)), given)


def filled(text: str) -> str:
    """Fill in `${NAME}` and `${NAME:-otherwise}` from the environment."""
    return _VARIABLE.sub(lambda match: os.environ.get(match[1]) or match[2] or "", text)


def is_agreed(root: Path, server: Server) -> bool:
    """Tell whether this person agreed to start this very command line in this project."""
    return server.digest in _agreed().get(str(root), [])


def agree(root: Path, server: Server) -> None:
    """Keep that this person agreed to it; where that cannot be written, it holds for now only."""
    known = _agreed()
    known[str(root)] = sorted({*known.get(str(root), []), server.digest})
    path = _agreed_path()
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"{path.name}.{os.getpid()}")
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(known, file, indent=1)
        part.replace(path)


def _agreed() -> dict[str, list[str]]:
    try:
        told: Any = json.loads(_agreed_path().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return (
        {root: digests for root, digests in told.items() if isinstance(digests, list)} if isinstance(told, dict) else {}
    )


def _agreed_path() -> Path:
    return user_database().with_name(AGREED_FILE)
