"""Bring a database to the schema of this engrep: numbered steps, each in a transaction of its own."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from engrep.engine.errors import SchemaError

if TYPE_CHECKING:
    from engrep.engine.db import Connection

log = logging.getLogger(__name__)

Migrations = tuple[Callable[["Connection"], None], ...]
"""The steps; a file's schema version is the number of those that it has seen."""


def is_older(connection: Connection, migrations: Migrations) -> bool:
    """Tell whether a file that is not empty lacks some of the steps."""
    return 0 < int(connection.pragma("user_version")) < len(migrations)


def migrate(connection: Connection, path: Path, migrations: Migrations, *, is_precious: bool) -> None:
    """Take the steps that a file lacks; a precious one is copied before.

    Raises:
        SchemaError: the file was written by a newer engrep.

    """
    version, known = connection.pragma("user_version"), len(migrations)
    if version > known:
        afresh = "" if is_precious else ", or move the file away to start afresh"
        message = f"{path} has schema version {version}, this engrep knows {known}; upgrade engrep{afresh}"
        raise SchemaError(message)
    if 0 < version < known and is_precious:
        _keep_copy(connection, path, version)
    for number in range(version, known):
        connection.execute("BEGIN IMMEDIATE")
        try:
            if connection.pragma("user_version") == number:
                migrations[number](connection)
                connection.pragma("user_version", number + 1)
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        log.info("migrated %s to schema version %d", path, number + 1)


def _keep_copy(connection: Connection, path: Path, version: int) -> None:
    """Copy the file beside itself, whole or not at all, before a migration touches it."""
    half = path.with_name(f"{path.name}.v{version}.{os.getpid()}")
    half.unlink(missing_ok=True)
    try:
        connection.execute("VACUUM INTO ?", (os.fspath(half),))
        half.replace(path.with_name(f"{path.name}.v{version}"))
    finally:
        half.unlink(missing_ok=True)
