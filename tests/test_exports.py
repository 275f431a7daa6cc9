"""What `from engrep import …` promises."""

from __future__ import annotations

import subprocess
import sys

import pytest

import engrep
from engrep.engine import errors, score_types, types

RESULTS = {
    "Ambiguity", "Candidate", "Check", "Edge", "Edges", "Hit", "IndexReport", "IndexState", "Moved", "Search", "SkippedFile",
    "Status", "Why",
}  # fmt: skip
ERRORS = {
    "BudgetError", "EngrepError", "MissingExtraError", "ModelError", "NotFoundError", "NotIndexedError", "SchemaError",
    "StateError", "UsageError",
}  # fmt: skip


def test_the_public_names_are_pinned() -> None:
    """A public name is added or removed on purpose only."""
    assert set(engrep.__all__) == RESULTS | ERRORS | {"Memory", "__version__"}
    assert engrep.__all__ == sorted(engrep.__all__)


@pytest.mark.parametrize("name", sorted(RESULTS | ERRORS | {"Memory"}))
def test_every_public_name_loads(name: str) -> None:
    """Every public name can be imported and is listed by dir()."""
    assert getattr(engrep, name).__name__ == name
    assert name in dir(engrep)


def test_every_result_and_error_is_public() -> None:
    """No result type and no error of the engine is forgotten."""
    assert {
        name
        for name, value in vars(types).items()
        if isinstance(value, type) and value.__module__ in (types.__name__, score_types.__name__)
    } == RESULTS
    assert {name for name, value in vars(errors).items() if isinstance(value, type)} == ERRORS


def test_an_unknown_name_is_an_attribute_error() -> None:
    """A misspelled name fails the way Python users expect."""
    with pytest.raises(AttributeError, match="no attribute 'Memmory'"):
        _ = engrep.Memmory


@pytest.mark.parametrize(("module", "heavy"), [
    ("engrep", {"numpy", "apsw", "typer", "rich", "tree_sitter", "engrep.engine"}),
    ("engrep.cli", {"numpy", "apsw", "rich", "tree_sitter", "engrep.engine.memory", "openai", "pydantic", "keyring"}),
    ("engrep.agents.models", {"openai", "httpx2", "pydantic", "keyring", "numpy", "apsw"}),
])  # fmt: skip
def test_importing_a_door_loads_nothing_heavy(module: str, heavy: set[str]) -> None:
    """A door starts without the libraries that only its verbs need."""
    program = f"import sys, {module}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert not heavy & set(done.stdout.split())
