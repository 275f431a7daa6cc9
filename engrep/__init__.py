"""engrep: find the right code in a large repository, offline.

    from engrep import Memory

    with Memory.open("path/to/repository") as memory:
        memory.index()
        for hit in memory.search("where are retries delayed").hits:
            print(hit.path, hit.start_line, hit.qualified_name)

Names are loaded when they are first used, so that `import engrep` costs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engrep.engine.errors import (
        BudgetError,
        EngrepError,
        MissingExtraError,
        ModelError,
        NotFoundError,
        NotIndexedError,
        SchemaError,
        StateError,
        UsageError,
    )
    from engrep.engine.memory import Memory
    from engrep.engine.types import (
        Ambiguity,
        Candidate,
        Check,
        Edge,
        Edges,
        Hit,
        IndexReport,
        IndexState,
        Moved,
        Search,
        SkippedFile,
        Status,
        Why,
    )

__version__ = "0.1.0"

__all__ = [
    "Ambiguity",
    "BudgetError",
    "Candidate",
    "Check",
    "Edge",
    "Edges",
    "EngrepError",
    "Hit",
    "IndexReport",
    "IndexState",
    "Memory",
    "MissingExtraError",
    "ModelError",
    "Moved",
    "NotFoundError",
    "NotIndexedError",
    "SchemaError",
    "Search",
    "SkippedFile",
    "StateError",
    "Status",
    "UsageError",
    "Why",
    "__version__",
]


def __getattr__(name: str) -> object:
    """Load a public name from the module that defines it."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    home = "memory" if name == "Memory" else "errors" if name.endswith("Error") else "types"
    value: object = getattr(import_module(f"engrep.engine.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
