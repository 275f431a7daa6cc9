"""The verbs of someone who looks around: pages of memories, one symbol with all that is known of it, the graph around it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import TYPE_CHECKING

from engrep.engine import lifecycle
from engrep.engine import store_memory as store
from engrep.engine.errors import UsageError
from engrep.engine.follow_verbs import FollowVerbs
from engrep.engine.memory_types import KINDS, SCOPES, STATUSES, WITHHELD, Entry
from engrep.indexers.text import readable

if TYPE_CHECKING:
    from engrep.engine.browse import MemoryPage, Neighbourhood, Source, SymbolPage
    from engrep.engine.db import Database
    from engrep.engine.report_types import Listed
    from engrep.engine.review import Open
    from engrep.engine.store_browse import Filters
    from engrep.engine.types import Hit

STALE = frozenset({*WITHHELD, "body_changed"})
_ABOUT = 50


class BrowseVerbs(FollowVerbs):
    """What the memories and the code look like, a page at a time."""

    def memory_page(
        self,
        *,
        status: str | None = "active",
        kind: str | None = None,
        scope: str | None = None,
        text: str = "",
        pinned: bool = False,
        stale: bool = False,
        after: str | None = None,
        limit: int = 50,
    ) -> MemoryPage:
        """Return a page of memories, the newest first; `after` is the last page's `next_after`.

        `text` gives words that a memory must hold. `stale` are those whose code the last index run found changed or gone.

        Raises:
            UsageError: there is no such status, kind or scope, or `after` is none.

        """
        from engrep.engine import store_browse as pages
        from engrep.engine.browse import MemoryPage
        from engrep.indexers.text import terms

        for what, value, known in (("status", status, STATUSES), ("kind", kind, KINDS), ("scope", scope, SCOPES)):
            if value is not None:
                lifecycle.among(what, value, known)
        asked = pages.Filters(status or "", kind or "", scope or "", pinned, tuple(dict.fromkeys(terms(text))))
        cursor = _cursor(after)
        found: list[tuple[str, int, int]] = []  # when, which database, which row
        total, by_status = 0, Counter[str]()
        present = self._present()
        databases = {number: each for number, each in enumerate((self._project, self._user)) if each in present}
        for number, database in databases.items():
            filters = asked._replace(rows=self._stale_rows(database)) if stale else asked
            count, counted, rows = self._rows_of(database, filters, cursor[number], limit)
            total, by_status = total + count, by_status + counted
            found += [(made, number, row) for row, made in rows]
        found.sort(key=lambda each: (each[0], each[2]), reverse=True)
        shown = found[:limit]
        for _, number, row in shown:
            cursor[number] = row
        entries = self._entries_at(databases, shown)
        here = {entry.id for entry in self.visible(entries)}
        is_more = len(found) > limit
        return MemoryPage(
            tuple(self.seen(entries)), total, ".".join(str(each or "") for each in cursor) if is_more else None,
            dict(by_status), frozenset(entry.id for entry in entries if entry.id not in here),
        )  # fmt: skip

    def listed_page(
        self,
        *,
        status: str | None = "active",
        kind: str | None = None,
        pinned: bool = False,
        stale: bool = False,
        skip: int = 0,
        limit: int = 50,
    ) -> Listed:
        """Return a part of what `listed` gives, the newest first, without reading the rest.

        Which are withheld is as the last index run found it.

        Raises:
            UsageError: there is no such status or kind.

        """
        from engrep.engine import store_browse as pages
        from engrep.engine.report_types import Listed

        for what, value, known in (("status", status, STATUSES), ("kind", kind, KINDS)):
            if value is not None:
                lifecycle.among(what, value, known)
        states, databases = self._states(), dict(enumerate(self._present()))
        asked = pages.Filters(status or "", kind or "", pinned=pinned)
        found: list[tuple[str, int, int]] = []  # when, which database, which row
        total = withheld = elsewhere = 0
        for number, database in databases.items():
            with database.reading() as connection:
                named = pages.branches_named(connection)
            here = asked._replace(elsewhere=frozenset(each for each in named if not self._is_part_of_this(each)))
            with database.reading() as connection:
                gone = pages.rows_wholly_at(connection, {key for key, state in states.items() if state in WITHHELD})
                moved = frozenset(pages.rows_with_anchors(connection, states)) if stale else None
                chosen = here._replace(rows=moved) if stale else here._replace(without=gone)
                total += pages.count_memories(connection, chosen)
                withheld += pages.count_memories(connection, here._replace(rows=gone)) if gone else 0
                elsewhere += pages.count_memories(connection, asked) - pages.count_memories(connection, here)
                rows = pages.newest_rows(connection, chosen, None, min(skip, total) + limit)
            found += [(made, number, row) for row, made in rows]
        found.sort(key=lambda each: (each[0], each[2]), reverse=True)
        entries = self._entries_at(databases, found[skip : skip + limit])
        return Listed(tuple(self.seen(entries)), total, withheld, elsewhere)

    def _rows_of(
        self, database: Database, filters: Filters, before: int | None, limit: int
    ) -> tuple[int, Counter[str], list[tuple[int, str]]]:
        from engrep.engine import store_browse as pages

        with database.reading() as connection:
            rows = pages.newest_rows(connection, filters, before, limit + 1)
            return pages.count_memories(connection, filters), pages.count_by_status(connection), rows

    def _entries_at(self, databases: dict[int, Database], shown: list[tuple[str, int, int]]) -> list[Entry]:
        entries: dict[tuple[int, int], Entry] = {}
        for number, database in databases.items():
            rows = [row for _, owner, row in shown if owner == number]
            with database.reading() as connection:
                entries |= {(number, row): entry for row, entry in store.entries_by_row(connection, rows).items()}
        return [entries[number, row] for _, number, row in shown if (number, row) in entries]

    def _stale_rows(self, database: Database) -> frozenset[int]:
        """Return the memories of which the last index run found a place changed or gone."""
        from engrep.engine import store_browse as pages

        with database.reading() as connection:
            return frozenset(pages.rows_with_anchors(connection, self._states()))

    def _states(self) -> dict[str, str]:
        """Return the places of memories that the last index run found changed or gone, by their keys."""
        from engrep.engine import store_browse as pages
        from engrep.engine.errors import NotIndexedError

        try:
            states = self._asked(pages.states_of_anchors)
        except NotIndexedError:
            return {}
        return {key: state for key, state in states.items() if state in STALE}

    def waiting(self) -> int:
        """Count the decisions that wait in `review`."""
        from engrep.engine import store_browse as pages

        total = 0
        for database in self._present():
            with database.reading() as connection:
                proposed, conflicts = pages.count_by_status(connection)["proposed"], pages.pairs_in_conflict(connection)
                total += proposed + len(conflicts) - pages.count_proposals(connection, conflicts)
        return total

    def review_page(self, *, skip: int = 0, limit: int = 20) -> tuple[Open, ...]:
        """Return some of what `review` returns, in its order, with the state of the anchors; the rest is not read."""
        from engrep.engine import store_browse as pages
        from engrep.engine.review import Open

        conflicts: list[tuple[Database, str, tuple[str, ...]]] = []
        proposals: list[tuple[Database, str, tuple[str, ...]]] = []
        for database in self._present():
            with database.reading() as connection:
                pairs = pages.pairs_in_conflict(connection)
                conflicts += [(database, each, others) for each, others in pairs.items()]
                proposals += [(database, each, ()) for each in pages.proposed_ids(connection) if each not in pairs]
        found: list[Open] = []
        for database, memory_id, others in [*conflicts, *proposals][skip : skip + limit]:
            with database.reading() as connection:
                entries = [lifecycle.find(connection, each) for each in (memory_id, *others)]
            first, *against = self.seen(entries)
            found.append(Open("conflict" if against else "proposed", first, tuple(against)))
        return tuple(found)

    def rivals(self, memory_id: str) -> tuple[Entry, ...]:
        """Return the memories that one may contradict, until a person has decided; raises NotFoundError."""
        from engrep.engine.store_claims import rivals_of

        with self._holder(memory_id).reading() as connection:
            own = lifecycle.find(connection, memory_id).id
            return tuple(lifecycle.find(connection, each) for each in rivals_of(connection, own))

    def memories_about(self, names: Collection[str], paths: Collection[str] = ()) -> tuple[Entry, ...]:
        """Return the memories that are tied to some qualified names or paths, those that hold first."""
        from engrep.engine.store_recall import rows_about

        found: list[Entry] = []
        for database in self._present():
            with database.reading() as connection:
                rows = rows_about(connection, names, paths, _ABOUT)
                found += store.entries_by_row(connection, rows).values()
        living = sorted(found, key=lambda entry: (entry.status != "active", entry.created_at))
        return tuple(self.seen([entry for entry in living if entry.status in ("active", "proposed", "superseded")]))

    def symbol_page(self, name: str, *, path: str | None = None, line: int = 0) -> SymbolPage:
        """Return one symbol with its source, its signature and its namesakes; without `path` any spelling of its name will do.

        Raises:
            NotFoundError: nothing in the index bears the name.

        """
        from engrep.engine import browse

        return self._asked(lambda connection: browse.symbol_page(connection, self.root, readable(name), path, line))

    def neighbourhood(
        self, symbol: Hit, *, depth: int = 1, min_confidence: float = 0.0, width: int = 12
    ) -> Neighbourhood:
        """Return the call graph around a symbol that `symbol_page` gave, bounded to `width` symbols a step."""
        from engrep.engine import browse

        return self._asked(
            lambda connection: browse.neighbourhood(
                connection, symbol, depth=depth, min_confidence=min_confidence, width=width
            )
        )

    def file_page(self, path: str, *, start: int = 1, lines: int = 2000) -> Source:
        """Return lines of an indexed file as they stand now; raises NotFoundError."""
        from engrep.engine import browse

        return self._asked(lambda connection: browse.source_of(connection, self.root, path, start, start + lines - 1))

    def languages(self) -> dict[str, int]:
        """Return the languages of the indexed files, the commonest first; none without an index."""
        from engrep.engine.errors import NotIndexedError
        from engrep.engine.store import totals

        try:
            return self._asked(lambda connection: totals(connection).languages)
        except NotIndexedError:
            return {}


def _cursor(after: str | None) -> list[int | None]:
    """Read where a page begins: the last row that was shown, of the project's memories and of the user's."""
    if not after:
        return [None, None]
    parts = after.split(".")
    if len(parts) != 2 or not all(
        part == "" or (part.isascii() and part.isdigit() and len(part) < 19) for part in parts
    ):
        raise UsageError(f"{after} is no place to go on from")
    return [int(part) if part else None for part in parts]
