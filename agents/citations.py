"""The places and memories that an answer names: each is looked up, so that a reader knows which are there.

A model may make up a line or an id that looks right. What cannot be found is shown as unverified, never as a link.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from engrep.agents.chat_types import Citation
from engrep.agents.confined import MAX_BYTES, path_inside
from engrep.engine.errors import EngrepError, NotFoundError

_PLACE = r"(?P<path>(?:[\w.@+-]+/)*[\w@+-][\w.@+-]*):(?P<line>\d{1,7})(?:[-–](?P<end>\d{1,7}))?"
_ID = r"(?P<id>m[a-hj-km-np-z2-9]{8})"  # as memories are called: no letters that look like digits
# ASCII, so that a citation ends where Chinese prose goes on.
_CITATION = re.compile(rf"(?<![\w/.:@-]){_PLACE}(?![\w:])|(?<![\w/.:@-]){_ID}(?![\w/])", re.ASCII)
_HELD = re.compile(r"[A-Za-z0-9_./@+:\-–]{1,300}\Z")  # the end of a piece that may be the beginning of a citation
_HOSTS = frozenset("com org net io dev cn local localhost example".split())

IsMemory = Callable[[str], bool]


class Citations:
    """Finds citations in texts and looks each up once."""

    def __init__(self, root: Path, is_memory: IsMemory) -> None:
        self._root = root
        self._is_memory = is_memory
        self._lines: dict[str, int] = {}
        self._known: dict[str, Citation | None] = {}

    def renew(self) -> None:
        """Look everything up anew: files and memories may have changed since."""
        self._lines.clear()
        self._known.clear()

    def of(self, text: str) -> tuple[Citation, ...]:
        """Return every citation of a text, each once, in order."""
        found = (each for each in self.parts(text) if isinstance(each, Citation))
        return tuple(dict.fromkeys(found))

    def parts(self, text: str) -> Iterable[str | Citation]:
        """Cut a text at its citations."""
        at = 0
        for match in _CITATION.finditer(text):
            citation = self._looked_up(match)
            if citation is None:
                continue
            if match.start() > at:
                yield text[at : match.start()]
            yield citation
            at = match.end()
        if at < len(text):
            yield text[at:]

    def _looked_up(self, match: re.Match[str]) -> Citation | None:
        text = match[0]
        if text not in self._known:
            self._known[text] = self._memory(text) if match["id"] else self._place(match)
        return self._known[text]

    def _memory(self, text: str) -> Citation | None:
        if self._is_memory(text):
            return Citation(text, "memory", True, id=text)
        # A word of nine letters may look like an id; with a digit in it, it is meant as one.
        is_meant = any(char.isdigit() for char in text)
        return Citation(text, "memory", False, id=text, problem="there is no such memory") if is_meant else None

    def _place(self, match: re.Match[str]) -> Citation | None:
        path, line, end = match["path"], int(match["line"]), int(match["end"] or match["line"])
        ending = path.rpartition(".")[2].lower()
        is_odd = "/" not in path and ("." not in path or ending in _HOSTS or ending.isdigit())
        if is_odd and not (self._root / path).is_file():  # a time, a host, a port
            return None
        return self.checked(Citation(match[0], "code", False, path, line, end))

    def checked(self, cited: Citation) -> Citation:
        """Return a citation with what is found of its place; one that names no place of the repository stays as it is."""
        if cited.kind != "code" or cited.path.startswith("~"):
            return cited
        try:
            relative = path_inside(self._root, cited.path)
            total = self._lines_of(relative)
        except EngrepError as error:
            return replace(cited, verified=False, problem=str(error))
        problem = "" if 1 <= cited.line <= cited.end_line <= total else f"{relative} has {total} lines"
        return replace(cited, verified=not problem, path=relative, problem=problem)

    def _lines_of(self, path: str) -> int:
        if path not in self._lines:
            where = self._root / path
            if not where.is_file() or where.stat().st_size > MAX_BYTES:
                raise NotFoundError(f"there is no file {path}")
            data = where.read_bytes()
            self._lines[path] = data.count(b"\n") + (not data.endswith(b"\n"))
        return self._lines[path]


class Stream:
    """Cuts a text that comes in pieces at its citations, holding back only what may become one."""

    def __init__(self, citations: Citations) -> None:
        self.citations = citations
        self._held = ""

    def take(self, text: str) -> list[str | Citation]:
        """Return what is certain by now."""
        whole = self._held + text
        found = _HELD.search(whole)
        at = found.start() if found else len(whole)
        self._held = whole[at:]
        return list(self.citations.parts(whole[:at])) if at else []

    def end(self) -> list[str | Citation]:
        """Return what was held back."""
        held, self._held = self._held, ""
        return list(self.citations.parts(held)) if held else []
