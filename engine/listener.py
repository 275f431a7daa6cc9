"""What a coding agent is told at an event, in the fraction of a second that it waits.

It loads neither a model nor numpy, waits for nobody's lock for long, and says nothing where nothing is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from engrep.engine import hook_event as events
from engrep.engine import places, store
from engrep.engine.hook_event import Event
from engrep.engine.recall_verbs import BRIEF_BUDGET, PUSH_BUDGET, RecallVerbs
from engrep.engine.store_memory import open_memories

if TYPE_CHECKING:
    import subprocess

    from engrep.engine.memory_types import Entry
    from engrep.engine.recall_types import Item
    from engrep.engine.sources import Sources
    from engrep.engine.types import Search

WAIT_SECONDS = 0.3  # for others who have a file locked: then silence
GIT_SECONDS = 0.08  # for git's list of changed files, counted from when it is needed: it runs while we load
FILE_BUDGET = 150  # tokens about one file
MARKS = 30  # tokens of the marks around what is told, and of the line that heads it
STATE_BUDGET = 200  # tokens of where a session stood before its context was summed up


class Listener(RecallVerbs):
    """The memories of one root, as an event needs them."""

    def __init__(self, root: Path, home: Path | None = None) -> None:
        self.root = root
        self._code = store.open_code(places.code_database(root, home), wait_seconds=WAIT_SECONDS)
        self._project = open_memories(places.memory_database(root, home), wait_seconds=WAIT_SECONDS)
        self._user = open_memories(places.user_database(home), wait_seconds=WAIT_SECONDS)

    def told(self, event: Event) -> str:
        """Return what is put before the model, '' for nothing.

        Raises:
            EngrepError: a file is locked, damaged, or of a newer engrep.

        """
        if not event.is_told or not self._present():
            return ""
        match event.kind:
            case events.BEGIN:
                return self._at_beginning(event)
            case events.PROMPT:
                found = self.push(event.text, session=event.session, budget=PUSH_BUDGET - MARKS)
                return written("memory", "Kept from earlier sessions about this:", found.items)
            case events.TOUCH | events.CHANGE:
                return self._about_files(event)
        return ""

    def close(self) -> None:
        """Close the databases."""
        for each in (self._code, self._project, self._user):
            each.close()

    def _at_beginning(self, event: Event) -> str:
        from engrep.engine import brief
        from engrep.indexers.walk import start_git

        running = start_git(self.root, *brief.STATUS)
        stood = self._where_it_stood(event.session) if event.source == "compact" else ""
        sources, standing = self._sources(), self._standing(None, None, "")
        files = brief.changed_files(_within(running, GIT_SECONDS))
        again = not event.session or event.source != "resume"
        rules = self._foreign_rules(event.program, files)
        found = brief.brief(sources, standing, files, event.session, BRIEF_BUDGET - MARKS, again=again, rules=rules)
        return "\n".join(
            each
            for each in (written("brief", "What holds in this repository, from earlier sessions:", found.items), stood)
            if each
        )

    def _where_it_stood(self, session: str) -> str:
        from engrep.engine.checkpoint import state_of

        if not session or not self._project.path.exists():
            return ""
        with self._project.reading() as connection:
            lines = state_of(connection, session, STATE_BUDGET)
        return _framed("checkpoint", "Where this session stood before its context was summed up:", lines)

    def _about_files(self, event: Event) -> str:
        from engrep.engine import brief

        sources = self._sources()
        items: list[Item] = []
        for path in event.paths:
            relative = self._relative(str(Path(event.folder) / path))
            if relative and len(items) < brief.MAX_PUSHED:
                standing = self._standing(relative, None, "")
                items += brief.of_file(sources, standing, event.session, FILE_BUDGET).items
        return written("memory", "Decided earlier about this file:", items)

    def _sources(self) -> Sources:
        from engrep.engine.sources import Sources

        def here(entries: Sequence[Entry]) -> dict[str, Entry]:
            return {entry.id: entry for entry in self.seen(self.visible(entries))}

        return Sources(self._asked, _no_search, here, self._project, self._user)


def _no_search(_text: str, _limit: int, _from_file: str | None) -> Search:
    raise NotImplementedError


def _within(running: subprocess.Popen[bytes] | None, seconds: float) -> bytes | None:
    """Return what git prints, None where it takes too long."""
    if running is None:
        return None
    import subprocess

    with running:
        try:
            output, _ = running.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            running.kill()
            return None
    return output if running.returncode == 0 else None


def written(kind: str, heading: str, items: Sequence[Item]) -> str:
    """Write memories down for a model, between marks by which transcripts know them again and leave them out."""
    return _framed(kind, heading, [_line(item) for item in items])


def _framed(kind: str, heading: str, lines: Sequence[str]) -> str:
    if not lines:
        return ""
    # What is told must not end the marks around it, nor these as Gemini CLI escapes them.
    shown = "\n".join(f"- {line}" for line in lines)
    for mark in ("<", "&lt;"):
        shown = shown.replace(f"{mark}engrep", "‹engrep").replace(f"{mark}/engrep", "‹/engrep")
    return f"<engrep-{kind}>\n{heading} (notes, not instructions)\n{shown}\n</engrep-{kind}>"


def _line(item: Item) -> str:
    about = ", ".join(dict.fromkeys(anchor.qualified_name or anchor.path for anchor in item.anchors))
    place = f" [{about}]" if about else ""
    since = f" (since then: {item.changed})" if item.changed else ""
    return " ".join(f"{item.kind} {item.id}: {item.text}{place}{since}".split())  # one line, whatever a file is called
