"""What a page is asked with, and what it answers: plain values between the web server and the pages."""

from __future__ import annotations

import itertools
import secrets
import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from engrep.engine.errors import StateError
from engrep.viewer.markup import Child

if TYPE_CHECKING:
    from engrep.engine.memory import Memory
    from engrep.engine.memory_types import Entry

_MOST_NOTICES = 50


@dataclass(frozen=True, slots=True)
class Notice:
    """What became of an action, shown once on the next page."""

    text: str
    undo: str = ""  # the memory whose last change can be taken back
    is_error: bool = False


@dataclass(slots=True)
class Site:
    """One running viewer: what it looks at, its secrets, and what is still to be told."""

    memory: Memory
    csrf: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    _notices: dict[str, Notice] = field(default_factory=dict)
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def keep(self, notice: Notice) -> str:
        """Keep a notice for the next page, and return what it is asked for with."""
        with self._lock:
            number = str(next(self._numbers))
            self._notices[number] = notice
            while len(self._notices) > _MOST_NOTICES:
                del self._notices[next(iter(self._notices))]
        return number

    def take(self, number: str) -> Notice | None:
        """Return a notice, once."""
        with self._lock:
            return self._notices.pop(number, None)


@dataclass(frozen=True, slots=True)
class Ask:
    """One request, as a page sees it."""

    site: Site
    path: str  # the page's own address
    address: str  # with its query, to come back to
    query: Mapping[str, str]
    form: Mapping[str, str] = field(default_factory=dict)

    @property
    def memory(self) -> Memory:
        """The library that answers."""
        return self.site.memory

    def memories_about(self, names: Collection[str]) -> tuple[tuple[Entry, ...], str]:
        """Return the memories tied to some names, or why they cannot be read, which is no reason not to show the code."""
        try:
            return self.memory.memories_about(names), ""
        except StateError as error:
            return (), f"Memories are left out: {error}"

    def text(self, name: str) -> str:
        """Return a value of the query, '' when it is not there."""
        return self.query.get(name, "").strip()

    def number(self, name: str, default: int, most: int) -> int:
        """Return a number of the query within bounds, the default when it is none."""
        given = self.query.get(name, "")
        return min(int(given), most) if given.isascii() and given.isdigit() and len(given) < 10 else default


@dataclass(frozen=True, slots=True)
class Page:
    """What a page shows, without the frame around it."""

    title: str
    body: Child
    section: str = ""  # which entry of the menu it belongs to
    status: int = 200


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """An answer that sends the reader to another page of the viewer."""

    address: str
