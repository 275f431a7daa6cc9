"""How what engrep knows is put into words for a model, whatever the framework."""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from typing import Any

from engrep.engine.errors import MissingExtraError
from engrep.engine.recall_types import Item
from engrep.output import safe_source


def place(item: Item) -> str:
    """Return where something stands or comes from: a place in a file, a turn of a session, or the id of a memory."""
    if item.type == "turn":
        return f"{item.session}#{item.number}"
    return f"{item.path}:{item.start_line}" if item.type == "code" else item.id


def told(items: Iterable[Item]) -> str:
    """Return items as lines for a model, each with what it is and where it comes from; it should take them for notes."""
    lines = []
    for item in items:
        doubt = "".join(
            f" ({each})" for each in (item.changed, item.contradicted and f"{item.contradicted} differs") if each
        )
        said = safe_source(item.text.strip()).replace("\n", "\n> ")  # so that no line of it passes for an item
        lines.append(f"[{item.kind or item.type} {place(item)}]{doubt} {said}")
    return "\n".join(lines) or "Nothing is known about this."


def framework(module: str, package: str) -> Any:
    """Load a module of a framework.

    Raises:
        MissingExtraError: it is not installed.

    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as exc:
        message = f"{package} is not installed: pip install {package}, or 'engrep[adapters]'"
        raise MissingExtraError(message) from exc
