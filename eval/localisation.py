"""The rules of issue localisation: which functions an answer names, and what counts as one function."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from engrep.eval.cases import Found
from engrep.eval.definitions import Definition, definitions_at
from engrep.indexers.facts import CALLABLE_KINDS, TYPE_KINDS

DefinitionsOf = Callable[[str], Sequence[Definition]]
"""Returns what a file defines, nothing where it cannot be read."""


def kinds(found: Iterable[Definition]) -> dict[str, bool]:
    """Return local name → whether it is a class, for the definitions of a file."""
    return {each.local: each.is_class for each in found}


def fold(local: str, is_class: Mapping[str, bool]) -> str:
    """Fold a nested function to its outermost one, and `X.__init__` to `X`."""
    parts = local.split(".")
    for length in range(1, len(parts)):
        if is_class.get(".".join(parts[:length])) is False:
            parts = parts[:length]
            break
    if len(parts) > 1 and parts[-1] == "__init__":
        parts.pop()
    return ".".join(parts)


def fold_gold(functions: Iterable[str], definitions_of: DefinitionsOf) -> dict[str, list[int]]:
    """Fold the gold functions, written "path:name"; return each with the places of those that became it."""
    folded: dict[str, list[int]] = {}
    for at, function in enumerate(functions):
        path, local = function.rsplit(":", 1)
        folded.setdefault(f"{path}:{fold(local, kinds(definitions_of(path)))}", []).append(at)
    return folded


def functions_of(answer: Iterable[Found], definitions_of: DefinitionsOf) -> list[str]:
    """Return the distinct Python functions of an answer as "path:name", by the same rule.

    A class stands for its constructor, so one that defines none is no function; text between symbols is none either. Where
    a system gives lines and no symbols, it is the definitions that these lines show.
    """
    names: dict[str, None] = {}
    for found in answer:
        if found.path.endswith(".py"):
            names |= dict.fromkeys(f"{found.path}:{local}" for local in _locals(found, definitions_of(found.path)))
    return list(names)


def _locals(found: Found, defined: Sequence[Definition]) -> Iterator[str]:
    is_class = kinds(defined)
    for local in _shown(found, defined):
        if is_class.get(local) is not True or f"{local}.__init__" in is_class:
            yield fold(local, is_class)


def _shown(found: Found, defined: Sequence[Definition]) -> list[str]:
    if not found.kind:
        return [each.local for each in definitions_at(defined, found.start_line, found.end_line)]
    is_function = found.kind in CALLABLE_KINDS | TYPE_KINDS
    return [found.qualified_name.removeprefix(found.module + ".")] if is_function else []
