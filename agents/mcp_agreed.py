"""Which of a project's MCP servers this person has agreed to.

A stranger may have named them. None is started or spoken to before a person has seen its command line, or its address with what
is sent there, and agreed to it; that is kept in the person's own folder, for one project and this very text.
"""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import Any

from engrep.agents.mcp_servers import Server
from engrep.engine.places import user_database

AGREED_FILE = "mcp_agreed.json"


def is_agreed(root: Path, server: Server) -> bool:
    """Tell whether this person agreed to this very server in this project."""
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
