"""What Python's own parser says is defined in a file: the ground truth that owes nothing to the index."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Definition:
    """A function or class: `Definition("save", "Model.save", False, 12, 15, "Store it.", False)`."""

    name: str
    local: str  # name within its file: enclosing classes and functions, joined by dots
    is_class: bool
    line: int  # of "def" or "class", 1-based, below any decorator
    end_line: int  # inclusive
    doc: str
    is_nested: bool  # inside a function, so that nobody can name it from outside


def definitions(source: str | bytes) -> list[Definition]:
    """Return the definitions of a file in source order, none where Python cannot parse it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    return list(_inside(tree, "", is_nested=False))


def definitions_at(found: Sequence[Definition], start_line: int, end_line: int) -> list[Definition]:
    """Return the definitions of a file that lines of it show: those that begin there, else the innermost around them."""
    begun = [each for each in found if start_line <= each.line <= end_line]
    around = [each for each in found if each.line < start_line <= each.end_line]
    return begun or around[-1:]


def _inside(node: ast.AST, prefix: str, *, is_nested: bool) -> Iterator[Definition]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            is_class = isinstance(child, ast.ClassDef)
            local = prefix + child.name
            end, doc = child.end_lineno or child.lineno, ast.get_docstring(child) or ""
            yield Definition(child.name, local, is_class, child.lineno, end, doc, is_nested)
            yield from _inside(child, local + ".", is_nested=is_nested or not is_class)
        elif isinstance(child, ast.stmt | ast.excepthandler | ast.match_case):
            yield from _inside(child, prefix, is_nested=is_nested)
