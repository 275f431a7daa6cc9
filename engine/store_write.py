"""Write the code index: one writer turns prepared files into rows, inside one transaction."""

from __future__ import annotations

import json
import pickle
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

from engrep.engine.db import Connection, only_row
from engrep.engine.prepare import Prepared
from engrep.engine.store_tables import has_vectors
from engrep.indexers.facts import REFERENCE_KINDS
from engrep.indexers.text import fold

_KIND_NUMBER = {kind: number for number, kind in enumerate(REFERENCE_KINDS)}


ReferenceFields = tuple[str, str, str, int, int, str]
"""The fields of a `Reference` as they come from a worker: plain tuples unpickle in half the time."""


class AddedFile(NamedTuple):
    """What the resolver needs of a file that was just written."""

    blob_id: int
    path: str
    module: str
    language: str
    is_test: bool
    symbol_id: int
    reference_id: int
    references: bytes
    looks_as_before: bool  # to other files: it took over the symbol ids of the version before it, and their edges


class Writer:
    """Assigns ids and writes rows; lives for one index run."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._names: dict[str, int] = {}
        self._borne: set[int] = set()
        self._used: Counter[int] = Counter()  # name → by how many files more (or fewer) it is referred to
        self._defined: set[int] = set()  # names of symbols that came or went
        self._added: set[int] = set()  # blobs
        self._removed = 0
        self._next = {
            table: only_row(connection, f"SELECT coalesce(max(id), 0) + 1 FROM {table}")[0]
            for table in ("blob", "symbol", "chunk", "name")
        }
        # References may end past the last stored one while they wait to be resolved.
        (self._next["reference"],) = only_row(
            connection, "SELECT coalesce(max(reference_id + reference_count), 1) FROM blob"
        )
        self._has_names = self._next["name"] > 1
        self._has_vectors = has_vectors(connection)

    def add(self, prepared: Prepared, symbol_id: int | None = None) -> AddedFile:
        """Write one file's rows except its references, which wait for `add_references`.

        With a symbol id the file takes over the ids, and so the edges, of a version removed by `remove_content`.
        """
        job = prepared.job
        looks_as_before = symbol_id is not None
        blob_id = self._take("blob", 1)
        self._added.add(blob_id)
        symbol_id = self._take("symbol", len(prepared.symbols)) if symbol_id is None else symbol_id
        reference_id = self._take("reference", prepared.reference_count)
        chunk_id = self._take("chunk", len(prepared.chunks))
        execute, executemany = self._connection.execute, self._connection.executemany
        execute(
            "INSERT INTO blob (id, path, hash, language, module, bytes, lines, is_test, symbol_id, symbols, reference_id, "
            "reference_count, chunk_id, chunks, code_terms, comment_terms) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
            (
                blob_id, job.path, prepared.hash, prepared.language, prepared.module, job.size, prepared.lines,
                prepared.is_test, symbol_id, len(prepared.symbols), reference_id, prepared.reference_count,
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
            "INSERT INTO import VALUES (?,?,?,?,?,?)",
            [(blob_id, i.module, i.name, i.alias, _id(symbol_id, i.symbol), i.line) for i in prepared.imports],
        )
        executemany(
            "INSERT INTO chunk VALUES (?,?,?,?,?,?,?)",
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
        execute("INSERT INTO blob_terms VALUES (?,?)", (blob_id, prepared.terms))
        execute("INSERT INTO blob_details VALUES (?,?)", (blob_id, prepared.details))
        if prepared.vectors and self._has_vectors:
            execute("INSERT INTO blob_vectors VALUES (?,?)", (blob_id, prepared.vectors))
            executemany(
                "INSERT INTO chunk_vec (rowid, embedding) VALUES (?, vec_bit(?))",
                [(chunk_id + at, bits) for at, bits in enumerate(prepared.bits)],
            )
        executemany("INSERT OR IGNORE INTO stem_word VALUES (?,?)", [(word, blob_id) for word in prepared.stem_words])
        executemany("INSERT INTO problem VALUES (?,?,?,?)", [(blob_id, *problem) for problem in prepared.problems])
        return AddedFile(
            blob_id,
            job.path,
            prepared.module,
            prepared.language,
            prepared.is_test,
            symbol_id,
            reference_id,
            prepared.references,
            looks_as_before,
        )

    def add_references(self, added: AddedFile, references: Sequence[ReferenceFields], outcomes: Iterable[int]) -> None:
        """Write one file's references with their outcomes, in order."""
        first = added.symbol_id
        name_id = self._name_id
        rows = [
            (
                added.reference_id + at, added.blob_id, name_id(name), name_id(receiver) if receiver else None,
                name_id(receiver_type) if receiver_type else None, _id(first, symbol), line, _KIND_NUMBER[kind], outcome,
            )
            for at, ((name, receiver, receiver_type, symbol, line, kind), outcome) in enumerate(
                zip(references, outcomes, strict=True)
            )
        ]  # fmt: skip
        self._connection.executemany("INSERT INTO reference VALUES (?,?,?,?,?,?,?,?,?)", rows)
        self._used.update({row[2] for row in rows})

    def add_edges(self, rows: Iterable[tuple[int, int, int, int]]) -> None:
        """Write edges: callee symbol, reference, rung, confidence per mille."""
        self._connection.executemany("INSERT OR IGNORE INTO edge VALUES (?,?,?,?)", rows)

    def replace_edges(self, reference_id: int, outcome: int, rows: Iterable[tuple[int, int, int, int]]) -> None:
        """Give a stored reference another outcome and other edges."""
        self._connection.execute("DELETE FROM edge WHERE reference_id = ?", (reference_id,))
        self._connection.execute("UPDATE reference SET outcome = ? WHERE id = ?", (outcome, reference_id))
        self.add_edges(rows)

    def remove(self, blob_id: int) -> None:
        """Remove a file version and everything that hangs on it, except its line in the tree."""
        first, count = only_row(self._connection, "SELECT symbol_id, symbols FROM blob WHERE id = ?", (blob_id,))
        self.remove_content(blob_id)
        self._connection.execute("DELETE FROM edge WHERE symbol_id >= ? AND symbol_id < ?", (first, first + count))

    def remove_content(self, blob_id: int) -> int:
        """Remove a file version but the edges of other files into it, and return the first of its symbol ids."""
        execute = self._connection.execute
        symbol_id, symbols, reference_id, references, chunk_id, chunks = only_row(
            self._connection,
            "SELECT symbol_id, symbols, reference_id, reference_count, chunk_id, chunks FROM blob WHERE id = ?",
            (blob_id,),
        )
        self._removed += 1
        self._forget_names((symbol_id, symbol_id + symbols), (reference_id, reference_id + references))
        chunk_ids = [(chunk_id + at,) for at in range(chunks)]
        self._connection.executemany("DELETE FROM chunk_fts WHERE rowid = ?", chunk_ids)
        self._connection.executemany("DELETE FROM name_fts WHERE rowid = ?", chunk_ids)
        if self._has_vectors:
            self._connection.executemany("DELETE FROM chunk_vec WHERE rowid = ?", chunk_ids)
        for table, first, count in (
            ("symbol", symbol_id, symbols),
            ("reference", reference_id, references),
            ("chunk", chunk_id, chunks),
        ):
            execute(f"DELETE FROM {table} WHERE id >= ? AND id < ?", (first, first + count))
        execute(
            "DELETE FROM edge WHERE reference_id >= ? AND reference_id < ?", (reference_id, reference_id + references)
        )
        for table in ("import", "blob_terms", "blob_details", "blob_vectors", "stem_word", "problem"):
            execute(f"DELETE FROM {table} WHERE blob_id = ?", (blob_id,))
        execute("DELETE FROM blob WHERE id = ?", (blob_id,))
        return int(symbol_id)

    def _forget_names(self, symbols: tuple[int, int], references: tuple[int, int]) -> None:
        """Note the names that a file version no longer bears or uses; the ranges are of its ids."""
        execute = self._connection.execute
        for (number,) in execute("SELECT DISTINCT name_id FROM reference WHERE id >= ? AND id < ?", references):
            self._used[number] -= 1
        self._defined.update(
            row[0] for row in execute("SELECT DISTINCT name_id FROM symbol WHERE id >= ? AND id < ?", symbols)
        )
        self._borne -= self._defined

    def remove_file(self, path: str) -> None:
        """Take a path out of the tree."""
        self._connection.execute("DELETE FROM file WHERE path = ?", (path,))

    def touch(self, path: str, size: int, mtime_ns: int) -> None:
        """Note a file's new times where its content stayed the same."""
        self._connection.execute("UPDATE file SET size = ?, mtime_ns = ? WHERE path = ?", (size, mtime_ns, path))

    def refresh_uses(self, *, bulk: bool) -> None:
        """Bring up to date by how many files each name is referred to, and each file's centrality.

        A file is central when many others refer to one of its own top-level names: a name of more than three letters
        that at most three files define.
        """
        changed = [(count, number) for number, count in self._used.items() if count]
        self._connection.executemany("UPDATE name SET uses = uses + ? WHERE id = ?", changed)
        self._connection.executemany(
            "UPDATE name SET folded = NULL WHERE id = ? AND NOT EXISTS (SELECT 1 FROM symbol WHERE name_id = name.id)",
            ((number,) for number in self._defined - self._borne),
        )
        if bulk:
            _refresh_all_centrality(self._connection)
            return
        names = {number for _, number in changed} | self._defined
        # A name may have had as many definitions more, or less, as files have changed.
        touched = _blobs_defining(self._connection, names, 3 + self._removed + len(self._added))
        _refresh_centrality(self._connection, touched | self._added)

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
        for at, s in enumerate(prepared.symbols):
            yield (
                first + at, blob_id, self._symbol_name_id(s.name), s.qualified_name, s.kind, s.start_line, s.end_line,
                _id(first, s.parent), s.visibility, s.is_test, " ".join(s.bases), s.returns,
            )  # fmt: skip

    def _symbol_name_id(self, text: str) -> int:
        number = self._name_id(text)
        if number not in self._borne:
            self._borne.add(number)
            self._defined.add(number)
            self._connection.execute("UPDATE name SET folded = ? WHERE id = ? AND folded IS NULL", (fold(text), number))
        return number

    def _name_id(self, text: str) -> int:
        number = self._names.get(text)
        if number is None:
            number = self._names[text] = self._stored_name_id(text)
        return number

    def _stored_name_id(self, text: str) -> int:
        if self._has_names:
            row = self._connection.execute("SELECT id FROM name WHERE text = ?", (text,)).fetchone()
            if row:
                return int(row[0])
        number = self._take("name", 1)
        self._connection.execute("INSERT INTO name (id, text) VALUES (?,?)", (number, text))
        return number

    def _take(self, table: str, count: int) -> int:
        first: int = self._next[table]
        self._next[table] = first + count
        return first


def _id(first: int, at: int) -> int | None:
    return None if at < 0 else first + at


def _refresh_all_centrality(connection: Connection) -> None:
    """Reckon how central every file is."""
    connection.execute(
        "WITH own AS (SELECT name_id FROM symbol GROUP BY name_id HAVING count(DISTINCT blob_id) <= 3), "
        "central AS (SELECT s.blob_id AS blob_id, max(n.uses) AS uses FROM symbol s JOIN own ON own.name_id = s.name_id "
        "JOIN name n ON n.id = s.name_id WHERE s.parent_id IS NULL AND length(n.text) > 3 GROUP BY s.blob_id) "
        "UPDATE blob SET centrality = coalesce((SELECT uses FROM central WHERE blob_id = blob.id), 0)",
    )


def _refresh_centrality(connection: Connection, blob_ids: Collection[int]) -> None:
    """Reckon again how central some files are."""
    connection.execute(
        "WITH touched (id) AS (SELECT value FROM json_each(?)), "
        "borne AS MATERIALIZED (SELECT s.blob_id, s.name_id, n.uses FROM touched JOIN blob b ON b.id = touched.id "
        "JOIN symbol s ON s.id >= b.symbol_id AND s.id < b.symbol_id + b.symbols JOIN name n ON n.id = s.name_id "
        "WHERE s.parent_id IS NULL AND length(n.text) > 3), "
        "own AS (SELECT name_id FROM symbol WHERE name_id IN (SELECT name_id FROM borne) "
        "GROUP BY name_id HAVING count(DISTINCT blob_id) <= 3), "
        "central AS MATERIALIZED (SELECT blob_id, max(uses) AS uses FROM borne WHERE name_id IN own GROUP BY blob_id) "
        "UPDATE blob SET centrality = coalesce((SELECT uses FROM central WHERE blob_id = blob.id), 0) "
        "WHERE id IN (SELECT id FROM touched)",
        (json.dumps(sorted(blob_ids)),),
    )


def _blobs_defining(connection: Connection, names: Collection[int], at_most: int) -> set[int]:
    """Return the files that define any of some names which at most so many files define."""
    rows = connection.execute(
        "WITH rare AS (SELECT name_id FROM symbol WHERE name_id IN (SELECT value FROM json_each(?)) "
        "GROUP BY name_id HAVING count(DISTINCT blob_id) <= ?) SELECT DISTINCT blob_id FROM symbol WHERE name_id IN rare",
        (json.dumps(sorted(names)), at_most),
    )
    return {row[0] for row in rows}


def unpacked(added: AddedFile) -> list[ReferenceFields]:
    """Return a file's references, as plain tuples of the fields of `Reference`."""
    references: list[ReferenceFields] = pickle.loads(added.references)  # noqa: S301 - from our own worker
    return references
