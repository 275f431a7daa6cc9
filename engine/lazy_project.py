"""A project whose tables fill as they are asked: one changed file looks up a hundred names, not all of them.

At a million lines, arranging every symbol costs a second; an edit inside one function needs a few milliseconds of it.
The answers are those of the whole project: a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from engrep.engine import store_project as stored
from engrep.engine.db import Connection
from engrep.engine.project import NO_OWNER, Project, SymbolRow, project_of
from engrep.indexers.facts import CALLABLE_KINDS, TYPE_KINDS

_FILE_TABLES = ("top_level", "file_symbols", "file_imports", "imports", "stars", "local_names", "held")


class _Lazy(dict[Any, Any]):
    """A mapping that asks for the value of each key once; None stands for a key that is not there."""

    def __init__(self, load: Callable[[Any], Any]) -> None:
        super().__init__()
        self._load = load

    def __missing__(self, key: Any) -> Any:
        found = self[key] = self._load(key)
        return found

    def get(self, key: Any, default: Any = None) -> Any:
        found = self[key]
        return default if found is None else found


def lazy_project(connection: Connection) -> Project:
    """Return the project of an index; it is right as long as neither symbols nor imports are written."""
    files = stored.file_rows(connection)
    project = project_of(files, (), ())
    _Loader(connection, project, {row[0]: row for row in files})
    return project


class _Loader:
    """Fills the tables of one project."""

    def __init__(self, connection: Connection, project: Project, files: dict[int, stored.Row]) -> None:
        self._connection, self._project, self._files = connection, project, files
        self._parts = _Lazy(self._file)
        project.symbols = _Lazy(self._symbol)
        project.owners = _Lazy(self._owner)
        project.by_name = _Lazy(self._by_name)
        project.qualified = _Lazy(lambda name: self._definitions(name)[-1] if self._definitions(name) else None)
        project.namesakes = _Lazy(lambda name: self._definitions(name) if len(self._definitions(name)) > 1 else None)
        project.local_imports = _Lazy(
            lambda symbol: self._parts[project.symbols[symbol].file_id].local_imports.get(symbol)
        )
        for table in _FILE_TABLES:
            setattr(project, table, _Lazy(partial(self._of_file, table)))
        self._is_local = _Lazy(self._is_within_callable)
        self._found = _Lazy(self._with_qualified_name)
        self._named = _Lazy(self._bearers)

    def _file(self, file_id: int) -> Project:
        symbols = stored.symbols_of_file(self._connection, file_id)
        imports = stored.imports_of_file(self._connection, file_id)
        part = project_of([self._files[file_id]], symbols, imports)
        dict.update(self._project.symbols, part.symbols)
        return part

    def _of_file(self, table: str, file_id: int) -> object:
        return getattr(self._parts[file_id], table).get(file_id)

    def _symbol(self, symbol_id: int) -> SymbolRow | None:
        row = stored.symbol_of_id(self._connection, symbol_id)
        return SymbolRow._make(row) if row else None

    def _owner(self, symbol_id: int) -> int:
        row = self._project.symbols[symbol_id]
        if row.kind in TYPE_KINDS:
            return symbol_id
        holder = (self._project.held.get(row.file_id) or {}).get(symbol_id)
        if holder is not None:
            return ~int(holder)
        around: int = self._project.owners[row.parent_id] if row.parent_id is not None else NO_OWNER
        return ~around if around >= 0 else around

    def _is_within_callable(self, symbol_id: int) -> bool:
        parent_id = self._project.symbols[symbol_id].parent_id
        if parent_id is None:
            return False
        return self._project.symbols[parent_id].kind in CALLABLE_KINDS or bool(self._is_local[parent_id])

    def _bearers(self, name: str) -> list[SymbolRow]:
        """Return the symbols of a name, by file and place."""
        rows = [SymbolRow._make(row) for row in stored.symbols_of_names(self._connection, [name])]
        kept = [row for row in rows if row.kind != "heading"]
        dict.update(self._project.symbols, {row.symbol_id: row for row in kept})
        return kept

    def _by_name(self, name: str) -> list[int] | None:
        return [row.symbol_id for row in self._named[name] if not self._is_local[row.symbol_id]] or None

    def _definitions(self, qualified_name: str) -> list[int]:
        found: list[int] = self._found[qualified_name]
        return found

    def _with_qualified_name(self, qualified_name: str) -> list[int]:
        """Look a qualified name up by each name that it may end in: names may hold dots themselves."""
        parts = qualified_name.split(".")
        rows = [row for at in range(len(parts)) for row in self._named[".".join(parts[at:])]]
        found = [row for row in rows if row.qualified_name == qualified_name]
        place = {file_id: at for at, file_id in enumerate(self._files)} if len(found) > 1 else {}
        return [row.symbol_id for row in sorted(found, key=lambda row: (place.get(row.file_id, 0), row.symbol_id))]
