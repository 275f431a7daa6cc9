"""Write the code index: one writer turns prepared files into rows, inside one transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from engrep.engine import store_centrality, store_project, store_vectors
from engrep.engine.db import Connection, only_row
from engrep.engine.prepare import Prepared
from engrep.engine.references import Meaning, Use, pack_meanings, unpack_meanings, unpack_uses
from engrep.engine.store_tables import has_vectors
from engrep.engine.vectors import Embedded
from engrep.indexers.text import fold

_OF_BLOB = ("import", "blob_references", "blob_terms", "blob_details", "blob_vectors", "stem_word", "problem")


class AddedFile(NamedTuple):
    """What the resolver needs of a file that was just written."""

    blob_id: int
    path: str
    is_test: bool
    symbol_id: int
    chunk_id: int
    uses: bytes
    looks_as_before: bool  # to other files: it took over the symbol ids of the version before it, and their edges


class Writer:
    """Assigns ids and writes rows; lives for one index run."""

    def __init__(self, connection: Connection) -> None:
        self.departed: list[store_vectors.Entry] = []  # vectors of what was removed
        self._connection = connection
        self._names: dict[str, int] = {}
        self._new_names: dict[str, int] = {}
        self._used: Counter[str] = Counter()  # name → by how many files more (or fewer) it is referred to
        self._defined: set[int] = set()  # names of symbols that came or went
        self._unborne: set[int] = set()  # names of symbols that went
        self._added: set[int] = set()  # blobs
        self._removed = 0
        self._next = {
            table: only_row(connection, f"SELECT coalesce(max(id), 0) + 1 FROM {table}")[0]
            for table in ("blob", "symbol", "chunk", "name")
        }
        self._is_empty = self._next["blob"] == 1
        self._has_vectors = has_vectors(connection)

    def add(self, prepared: Prepared, symbol_id: int | None = None) -> AddedFile:
        """Write one file's rows but its references and vectors, which wait for `add_references` and `add_vectors`.

        With a symbol id the file takes over the ids, and so the edges, of a version removed by `remove_content`.
        """
        job = prepared.job
        looks_as_before = symbol_id is not None
        blob_id = self._take("blob", 1)
        self._added.add(blob_id)
        symbol_id = self._take("symbol", len(prepared.symbols)) if symbol_id is None else symbol_id
        chunk_id = self._take("chunk", len(prepared.chunks))
        execute, executemany = self._connection.execute, self._connection.executemany
        execute(
            "INSERT INTO blob (id, path, hash, language, module, bytes, lines, is_test, symbol_id, symbols, "
            "reference_count, chunk_id, chunks, code_terms, comment_terms) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
            (
                blob_id, job.path, prepared.hash, prepared.language, prepared.module, job.size, prepared.lines,
                prepared.is_test, symbol_id, len(prepared.symbols), prepared.reference_count,
                chunk_id, len(prepared.chunks), prepared.code_terms, prepared.comment_terms,
            ),
        )  # fmt: skip
        execute(
            "INSERT OR REPLACE INTO file (path, blob_id, size, mtime_ns) VALUES (?,?,?,?)",
            (job.path, blob_id, job.size, job.mtime_ns),
        )
        executemany(
            "INSERT INTO symbol VALUES (?,?,?,?,?,?,?,?,?,?,?,?)", self._symbol_rows(prepared, blob_id, symbol_id)
        )
        executemany(
            "INSERT INTO import VALUES (?,?,?,?,?)",
            [(blob_id, *names, _id(symbol_id, symbol)) for *names, symbol in prepared.imports],
        )
        executemany(
            "INSERT INTO chunk VALUES (?,?,?,?,?)",
            [(chunk_id + at, blob_id, _id(symbol_id, row[0]), *row[1:]) for at, row in enumerate(prepared.chunks)],
        )
        executemany(
            "INSERT INTO chunk_fts (rowid, text) VALUES (?,?)",
            [(chunk_id + at, text) for at, (_, text) in enumerate(prepared.search_rows)],
        )
        executemany(
            "INSERT INTO name_fts (rowid, name) VALUES (?,?)",
            [(chunk_id + at, name) for at, (name, _) in enumerate(prepared.search_rows) if name],
        )
        execute("INSERT INTO mention_fts (rowid, numbers) VALUES (?,?)", (blob_id, prepared.mentions))
        execute("INSERT INTO blob_terms VALUES (?,?)", (blob_id, prepared.terms))
        execute("INSERT INTO blob_details VALUES (?,?)", (blob_id, prepared.details))
        executemany("INSERT OR IGNORE INTO stem_word VALUES (?,?)", [(word, blob_id) for word in prepared.stem_words])
        executemany("INSERT INTO problem VALUES (?,?,?,?)", [(blob_id, *problem) for problem in prepared.problems])
        return AddedFile(
            blob_id,
            job.path,
            prepared.is_test,
            symbol_id,
            chunk_id,
            prepared.uses,
            looks_as_before,
        )

    def add_vectors(self, added: AddedFile, embedded: Embedded) -> None:
        """Write the vectors of one file's chunks."""
        if self._has_vectors:
            store_vectors.add_file(self._connection, added.blob_id, added.chunk_id, embedded)

    def write_names(self) -> None:
        """Write the names that are new; the resolver reads them."""
        self._connection.executemany(
            "INSERT INTO name (id, text, folded) VALUES (?,?,?)",
            [(number, text, fold(text)) for text, number in self._new_names.items()],
        )

    def add_references(self, blob_id: int, packed: bytes, uses: Sequence[Use], meanings: Sequence[Meaning]) -> None:
        """Write a new file's references and what they mean."""
        self._used.update({use.name for use in uses})
        self._connection.execute(
            "INSERT INTO blob_references VALUES (?,?,?,?)",
            (blob_id, _edge_count(uses, meanings), pack_meanings(meanings), packed),
        )
        self._add_edges(blob_id, _symbols_of(meanings))

    def replace_meanings(
        self, blob_id: int, uses: Sequence[Use], before: Sequence[Meaning], meanings: Sequence[Meaning]
    ) -> None:
        """Write what a stored file's references mean now."""
        self._connection.execute(
            "UPDATE blob_references SET edges = ?, meanings = ? WHERE blob_id = ?",
            (_edge_count(uses, meanings), pack_meanings(meanings), blob_id),
        )
        old, new = _symbols_of(before), _symbols_of(meanings)
        self._remove_edges(blob_id, old - new)
        self._add_edges(blob_id, new - old)

    def _add_edges(self, blob_id: int, symbol_ids: Iterable[int]) -> None:
        self._connection.executemany(
            "INSERT OR IGNORE INTO edge VALUES (?,?)", [(symbol_id, blob_id) for symbol_id in sorted(symbol_ids)]
        )

    def _remove_edges(self, blob_id: int, symbol_ids: Iterable[int]) -> None:
        self._connection.executemany(
            "DELETE FROM edge WHERE symbol_id = ? AND blob_id = ?", [(symbol_id, blob_id) for symbol_id in symbol_ids]
        )

    def remove(self, blob_id: int) -> None:
        """Remove a file version and everything that hangs on it, except its line in the tree."""
        first, count = only_row(self._connection, "SELECT symbol_id, symbols FROM blob WHERE id = ?", (blob_id,))
        self.remove_content(blob_id)
        self._connection.execute("DELETE FROM edge WHERE symbol_id >= ? AND symbol_id < ?", (first, first + count))

    def remove_content(self, blob_id: int) -> int:
        """Remove a file version but the edges of other files into it, and return the first of its symbol ids."""
        execute = self._connection.execute
        symbol_id, symbols, chunk_id, chunks = only_row(
            self._connection, "SELECT symbol_id, symbols, chunk_id, chunks FROM blob WHERE id = ?", (blob_id,)
        )
        self._removed += 1
        self._forget_references(blob_id)
        borne = execute(
            "SELECT DISTINCT name_id FROM symbol WHERE id >= ? AND id < ?", (symbol_id, symbol_id + symbols)
        )
        self._unborne.update(row[0] for row in borne)
        self._defined |= self._unborne
        if self._has_vectors:
            self.departed += store_vectors.entries_of(self._connection, blob_id, chunk_id)
        chunk_ids = [(chunk_id + at,) for at in range(chunks)]
        self._connection.executemany("DELETE FROM chunk_fts WHERE rowid = ?", chunk_ids)
        self._connection.executemany("DELETE FROM name_fts WHERE rowid = ?", chunk_ids)
        if self._has_vectors:
            self._connection.executemany("DELETE FROM chunk_vec WHERE rowid = ?", chunk_ids)
        for table, first, count in (("symbol", symbol_id, symbols), ("chunk", chunk_id, chunks)):
            execute(f"DELETE FROM {table} WHERE id >= ? AND id < ?", (first, first + count))
        for table in _OF_BLOB:
            execute(f"DELETE FROM {table} WHERE blob_id = ?", (blob_id,))
        execute("DELETE FROM mention_fts WHERE rowid = ?", (blob_id,))
        execute("DELETE FROM blob WHERE id = ?", (blob_id,))
        return int(symbol_id)

    def _forget_references(self, blob_id: int) -> None:
        row = self._connection.execute(
            "SELECT uses, meanings FROM blob_references WHERE blob_id = ?", (blob_id,)
        ).fetchone()
        if row is not None:
            self._used.subtract({use.name for use in unpack_uses(row[0])})
            self._remove_edges(blob_id, _symbols_of(unpack_meanings(row[1])))

    def remove_file(self, path: str) -> None:
        """Take a path out of the tree."""
        self._connection.execute("DELETE FROM file WHERE path = ?", (path,))

    def touch(self, path: str, size: int, mtime_ns: int) -> None:
        """Note a file's new times where its content stayed the same."""
        self._connection.execute("UPDATE file SET size = ?, mtime_ns = ? WHERE path = ?", (size, mtime_ns, path))

    def refresh_names(self, *, bulk: bool) -> None:
        """Bring up to date by how many files each name is referred to, drop unborne names, reckon store_centrality.

        A file is central when many others refer to one of its own top-level names: a name of more than three letters
        that at most three files define.
        """
        if bulk:
            self._store_all_uses()
            store_centrality.refresh_all(self._connection)
        else:
            # A name may have had as many definitions more, or less, as files have changed.
            names = self._refresh_uses() | self._defined
            touched = store_centrality.blobs_defining(self._connection, names, 3 + self._removed + len(self._added))
            store_centrality.refresh(self._connection, touched | self._added)
        self._connection.executemany(
            "DELETE FROM name WHERE id = ? AND NOT EXISTS (SELECT 1 FROM symbol WHERE name_id = name.id)",
            ((number,) for number in self._unborne),
        )

    def _store_all_uses(self) -> None:
        counts = self._used if self._is_empty else store_project.count_uses(self._connection)
        names: list[Any] = self._connection.execute("SELECT id, text, uses FROM name").fetchall()
        rows = [(counts[text], number) for number, text, uses in names if counts[text] != uses]
        self._connection.executemany("UPDATE name SET uses = ? WHERE id = ?", rows)

    def _refresh_uses(self) -> set[int]:
        """Store by how many files names are referred to, and return which names that changed."""
        changed = {text: count for text, count in self._used.items() if count and text not in self._new_names}
        known = ((count, self._known_name(text)) for text, count in changed.items())
        rows = [(count, number) for count, number in known if number is not None]
        self._connection.executemany("UPDATE name SET uses = uses + ? WHERE id = ?", rows)
        counted = [(self._count_uses(text), number) for text, number in self._new_names.items()]
        self._connection.executemany("UPDATE name SET uses = ? WHERE id = ?", counted)
        return {row[1] for row in rows} | set(self._new_names.values())

    def _count_uses(self, name: str) -> int:
        """Count the files that refer to a name."""
        blobs = store_project.blobs_mentioning(self._connection, [name])
        found = store_project.references_of(self._connection, blobs)
        return sum(any(use.name == name for use in unpack_uses(uses)) for _, _, uses, _ in found)

    def set_skipped(self, rows: Iterable[tuple[str, str, int, int]]) -> None:
        """Store which files were passed over: path, reason, size, mtime_ns."""
        wanted = {row[0]: row for row in rows}
        stored = {row[0]: row for row in self._connection.execute("SELECT path, reason, size, mtime_ns FROM skipped")}
        self._connection.executemany(
            "DELETE FROM skipped WHERE path = ?", ((path,) for path in stored.keys() - wanted.keys())
        )
        changed = (row for path, row in wanted.items() if stored.get(path) != row)
        self._connection.executemany("INSERT OR REPLACE INTO skipped VALUES (?,?,?,?)", changed)

    def _symbol_rows(self, prepared: Prepared, blob_id: int, first: int) -> Iterator[tuple[object, ...]]:
        for at, (name, local_name, kind, start_line, end_line, parent, *rest) in enumerate(prepared.symbols):
            yield (
                first + at, blob_id, self._name_id(name), local_name, kind, start_line, end_line, _id(first, parent), *rest,
            )  # fmt: skip

    def _name_id(self, text: str) -> int:
        number = self._known_name(text)
        if number is None:
            number = self._names[text] = self._new_names[text] = self._take("name", 1)
        self._defined.add(number)
        return number

    def _known_name(self, text: str) -> int | None:
        number = self._names.get(text)
        if number is None and not self._is_empty:
            row = self._connection.execute("SELECT id FROM name WHERE text = ?", (text,)).fetchone()
            if row:
                number = self._names[text] = int(row[0])
        return number

    def _take(self, table: str, count: int) -> int:
        first: int = self._next[table]
        self._next[table] = first + count
        return first


def _id(first: int, at: int) -> int | None:
    return None if at < 0 else first + at


def _edge_count(uses: Sequence[Use], meanings: Sequence[Meaning]) -> int:
    return sum(len(use.lines) * len(meaning.edges) for use, meaning in zip(uses, meanings, strict=True))


def _symbols_of(meanings: Sequence[Meaning]) -> set[int]:
    return {edge.symbol_id for meaning in meanings for edge in meaning.edges}
