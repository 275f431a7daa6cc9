"""What every verb needs of a root: its code index, asked again where it changes under us, and paths as the index has them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from engrep.engine import places, store
from engrep.engine.db import ChangedError, Connection, Database, OlderError
from engrep.engine.errors import NotIndexedError
from engrep.indexers.text import readable

if TYPE_CHECKING:
    from engrep.engine.instructions import Instructions

Answer = TypeVar("Answer")

_ATTEMPTS = 3


class Rooted:
    """One root, and its code index."""

    root: Path
    _code: Database
    _read_instructions: Instructions | None = None

    def _asked(self, ask: Callable[[Connection], Answer]) -> Answer:
        """Ask the index, again when its owner wrote a file meanwhile that we may not lock."""
        for _ in range(_ATTEMPTS - 1):
            with contextlib.suppress(ChangedError):
                return self._asked_once(ask)
        return self._asked_once(ask)

    def _asked_once(self, ask: Callable[[Connection], Answer]) -> Answer:
        if not self._code.path.exists():
            raise NotIndexedError(_not_indexed(self.root))
        try:
            with self._code.reading() as connection:
                if not store.is_indexed(connection):
                    raise NotIndexedError(_not_indexed(self.root))
                return ask(connection)
        except OlderError as exc:
            message = f"{exc}: run `engrep index`, which makes it anew"
            raise NotIndexedError(message) from exc

    def _instructions(self) -> Instructions:
        """Give the instruction files that people wrote for this root."""
        from engrep.engine.instructions import Instructions

        found = self._read_instructions = self._read_instructions or Instructions(self.root)
        return found

    def _relative(self, path: str | None) -> str | None:
        """Return a path as the index has it: relative to the root, with "/" between the parts."""
        return places.in_root(self.root, readable(path)) if path else None


def _not_indexed(root: Path) -> str:
    return f"{root} is not indexed yet: run `engrep index`"
