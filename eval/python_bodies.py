"""What Python's own parser says that a function or class is, apart from how it is written.

Two definitions with equal bodies differ at most in comments, docstrings, layout and the prefix of a string.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

Defined = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
SKIPPED = {
    ("Constant", "kind"),  # u"…"
    ("arg", "annotation"), ("FunctionDef", "returns"), ("AsyncFunctionDef", "returns"),  # kept apart, see `annotations`
    ("arg", "type_comment"), ("FunctionDef", "type_comment"), ("AsyncFunctionDef", "type_comment"),
}  # fmt: skip
_QUOTED, _WORD = re.compile(r"'([^']*)'"), re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Body:
    """A function or class of one file."""

    name: str  # within its file: enclosing classes and its own, joined by dots
    start_line: int  # 1-based, with decorators
    end_line: int
    kind: str  # of syntax: "FunctionDef", "AsyncFunctionDef", "ClassDef"
    decorators: str
    contract: str  # parameters with their defaults, or bases: what a caller has to know
    annotations: str  # what may be written or left out: types of parameters and results, also inside, and base `object`
    statements: str
    size: int  # nodes of the statements

    @property
    def content(self) -> tuple[str, str, str, str]:
        """All that a place keeps when it only moves or gets another name."""
        return self.kind, self.decorators, self.contract, self.statements

    def words(self) -> Counter[str]:
        """Count the names and the words of texts, for telling how alike two bodies are; syntax is alike everywhere."""
        return Counter(
            word for held in _QUOTED.findall(self.contract + self.statements) for word in _WORD.findall(held)
        )


def bodies(source: bytes) -> list[Body] | None:
    """Return the functions and classes that can be named from outside, None where Python cannot parse the file."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            module = ast.parse(source)
            return [_body(node, name) for node, name in _named(module, "")]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _named(node: ast.AST, prefix: str) -> Iterator[tuple[Defined, str]]:
    """Yield definitions with their names; also those under an `if` or `try`, but none inside a function."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Defined):
            yield child, prefix + child.name
        if isinstance(child, ast.ClassDef):
            yield from _named(child, f"{prefix}{child.name}.")
        elif isinstance(child, ast.If | ast.Try | ast.With | ast.ExceptHandler):
            yield from _named(child, prefix)


def _body(node: Defined, name: str) -> Body:
    start = min([node.lineno, *(each.lineno for each in node.decorator_list)])
    statements = _statements(node)
    known: object = node.args if not isinstance(node, ast.ClassDef) else [*_bases(node), *node.keywords]
    return Body(
        name, start, node.end_lineno or node.lineno, type(node).__name__, _shape(node.decorator_list),
        _shape(known), "\n".join(_annotations(node)),
        _shape(statements), sum(1 for each in statements for _ in ast.walk(each)),
    )  # fmt: skip


def _shape(value: object) -> str:
    """Write a part of the syntax tree without what is skipped."""
    if isinstance(value, list):
        return "[" + ",".join(map(_shape, value)) + "]"
    if not isinstance(value, ast.AST):
        return repr(value)
    fields = dict(ast.iter_fields(value))
    if isinstance(value, Defined):
        fields["body"] = _statements(value)
    if isinstance(value, ast.ClassDef):
        fields["bases"] = _bases(value)
    kept = (_shape(held) for field, held in fields.items() if (type(value).__name__, field) not in SKIPPED)
    return f"{type(value).__name__}({','.join(kept)})"


def _statements(node: Defined) -> list[ast.stmt]:
    """Return what a definition does: no docstring, and no `pass`, which only stands where nothing else does."""
    has_docstring = ast.get_docstring(node, clean=False) is not None
    return [each for each in node.body[has_docstring:] if not isinstance(each, ast.Pass)]


def _bases(node: ast.ClassDef) -> list[ast.expr]:
    """Return the bases but for `object`, which is one unsaid."""
    return [each for each in node.bases if not (isinstance(each, ast.Name) and each.id == "object")]


def _annotations(node: Defined) -> Iterator[str]:
    for each in ast.walk(node):
        if isinstance(each, ast.ClassDef):
            yield _shape(each.bases)
        elif isinstance(each, ast.arg):
            yield _shape(each.annotation)
        elif isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef):
            yield _shape(each.returns)
