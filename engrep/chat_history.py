"""The lines that a person typed: in a file of their own that nobody else may read, without secrets."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from engrep.engine.places import user_database

if TYPE_CHECKING:
    from prompt_toolkit.history import History

HISTORY_FILE = "chat_history"


def history_path() -> Path:
    """Return where it lies: beside the memories that hold everywhere."""
    return user_database().with_name(HISTORY_FILE)


def redacted_history() -> History:
    """Return the history; where it cannot be written, one that ends with the session."""
    from prompt_toolkit.history import FileHistory, InMemoryHistory

    from engrep.agents.outgoing import outgoing

    class Redacted(FileHistory):
        def load_history_strings(self) -> Iterable[str]:
            try:
                return list(super().load_history_strings())
            except (OSError, UnicodeError):
                return []

        def store_string(self, string: str) -> None:
            with contextlib.suppress(OSError):
                super().store_string(outgoing(string))

    path = history_path()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600))
        path.chmod(0o600)
    except OSError:
        return InMemoryHistory()
    return Redacted(str(path))
