"""Make, empty and finish the code index's tables and indexes as wholes; their rows are written by store_write.py."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources

from engrep.engine.db import Connection, only_row

FULL_TEXT = ("chunk_fts", "name_fts", "mention_fts")


def has_vectors(connection: Connection, table: str = "chunk_vec") -> bool:
    """Tell whether a table of vectors exists: it is made when a model is first at hand."""
    return connection.execute("SELECT 1 FROM sqlite_schema WHERE name = ?", (table,)).fetchone() is not None


def make_vectors(connection: Connection, dimensions: int) -> None:
    """Create the table of vectors for a model."""
    connection.execute(f"CREATE VIRTUAL TABLE IF NOT EXISTS chunk_vec USING vec0 (embedding bit[{dimensions:d}])")


def drop_vectors(connection: Connection) -> None:
    """Drop the vectors of all files."""
    connection.execute("DROP TABLE IF EXISTS chunk_vec")
    connection.execute("DELETE FROM blob_vectors")


def wipe(connection: Connection) -> None:
    """Empty the index, inside the running transaction: readers keep the old one until it is committed."""
    drop_vectors(connection)
    for table in FULL_TEXT:
        connection.execute(f"INSERT INTO {table} ({table}) VALUES ('delete-all')")
    for table in (
        "meta", "name", "blob", "blob_terms", "blob_details", "blob_references", "file", "skipped", "problem",
        "symbol", "import", "edge", "chunk", "stem_word", "followed",
    ):  # fmt: skip
        connection.execute(f"DELETE FROM {table}")


def merge_full_text(connection: Connection) -> None:
    """Merge the segments of the full-text tables after a bulk load; what is written next reuses the pages they leave."""
    for table in FULL_TEXT:
        connection.execute(f"INSERT INTO {table} ({table}) VALUES ('optimize')")


def drop_indexes(connection: Connection) -> None:
    """Drop the secondary indexes before a bulk load: built once at the end they cost a third."""
    for name in _index_statements():
        connection.execute(f"DROP INDEX IF EXISTS {name}")


def make_indexes(connection: Connection) -> None:
    """Create the secondary indexes that are not there."""
    present = {row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'index'")}
    for name, statement in _index_statements().items():
        if name not in present:
            connection.execute(statement)


def finish(connection: Connection, values: Mapping[str, str | int | float | None], *, bulk: bool) -> None:
    """Store what searches need to know of the whole, and tidy up."""
    sums = only_row(connection, "SELECT total(chunks), total(code_terms), total(comment_terms), count(*) FROM blob")
    numbers = dict(zip(("chunks", "code_terms", "comment_terms", "blobs"), sums, strict=True))
    connection.executemany("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", {**numbers, **values}.items())
    if bulk:
        connection.execute("ANALYZE")


def _index_statements() -> dict[str, str]:
    schema = resources.files("engrep.engine").joinpath("schema.sql").read_text(encoding="utf-8")
    statements = [line for line in schema.splitlines() if line.startswith("CREATE INDEX ")]
    return {line.split()[2]: line.split(";")[0] for line in statements}
