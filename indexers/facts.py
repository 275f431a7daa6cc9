"""What one file says, as plain frozen values: the contract between the indexers and the engine.

The row types are named tuples, not dataclasses, because hundreds of thousands of them cross a process boundary in
one index run: a tuple pickles several times faster, and goes into `executemany` as it is.

Lines are 1-based and inclusive; bytes are 0-based offsets into the file as it lies on disk, end exclusive; an index
into `FileFacts.symbols` is -1 where there is none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Symbol(NamedTuple):
    """A definition: `Symbol("backoff", "billing.retry.backoff", "function", …)`."""

    name: str
    qualified_name: str  # module path, enclosing symbols and name, joined by dots: "pkg.mod.Class.method"
    kind: str  # one of KINDS
    signature: str  # the header without its body, white space folded, at most 300 characters
    doc: str  # docstring or leading comment without its markers, at most 1,000 characters
    start_byte: int  # of the definition with its decorators, without its leading comment
    end_byte: int
    start_line: int
    end_line: int
    parent: int  # index of the enclosing symbol, or -1
    visibility: str  # one of VISIBILITIES, by the language's rule or custom
    is_test: bool
    signature_hash: int  # signed 64 bits, neither the name nor what is only form changes it: see plain.py
    body_hash: int  # signed 64 bits, comments, the docstring and what is only form do not change it
    bases: tuple[str, ...]  # base classes, interfaces, traits as written, type arguments dropped: ("Base", "pkg.Mixin")
    returns: str  # the return type's name as written, optional and pointer markers dropped; "" when not declared


class Reference(NamedTuple):
    """A use of a name: `a.b.save(x)` is `Reference("save", "a.b", "", …, "call")`."""

    name: str  # the last segment as written
    receiver: str  # what stands before it: "self", "a.b", "super()", "make()" for a call chain, "" for none; at most 80 characters
    receiver_type: str  # the receiver's type as far as this file tells: "Foo" (annotation), "Foo()" (assigned from that call), "" when unknown
    symbol: int  # index of the innermost enclosing function, method or class; -1 at module level
    line: int
    kind: str  # one of REFERENCE_KINDS


class Import(NamedTuple):
    """A name brought in: `from a.b import c as d` is `Import("a.b", "c", "d", …)`, `import a.b` is `Import("a.b", "", "a.b", …)`."""

    module: str  # as written, quotes and extensions dropped: "a.b", "..sib", "./x/y", "java.util", "crate::net"
    name: str  # the imported member, "" for the module itself, "*" for everything
    alias: str  # the name it is bound to in this file
    symbol: int  # the enclosing symbol for a local import, else -1
    line: int


class Chunk(NamedTuple):
    """The unit of search: one symbol, a part of a long one, or the prose between symbols."""

    symbol: int  # index of the symbol it shows, or -1
    start_byte: int
    end_byte: int
    start_line: int
    end_line: int
    name: str  # names defined here, blank separated: the symbol's, or those of small merged ones, or a heading
    comments: str  # text of the comments and docstrings inside it and right before it, without markers


class Problem(NamedTuple):
    """Something this file did to us that a person may want to know."""

    kind: str  # "syntax", "encoding", "too_deep", "timeout", "no_grammar", …
    line: int
    detail: str


@dataclass(frozen=True, slots=True)
class FileFacts:
    """All that one file says."""

    path: str  # relative to the root, "/" separated
    language: str  # "python", "go", … or "text"
    module: str  # dotted module path: "pkg.sub.mod"
    lines: int
    is_test: bool
    symbols: tuple[Symbol, ...]
    references: tuple[Reference, ...]
    imports: tuple[Import, ...]
    chunks: tuple[Chunk, ...]
    problems: tuple[Problem, ...]


KINDS = (
    "function",
    "method",
    "constructor",
    "class",
    "interface",
    "trait",
    "protocol",
    "struct",
    "union",
    "enum",
    "record",
    "object",
    "module",
    "namespace",
    "type",
    "macro",
    "constant",
    "variable",
    "field",
    "property",
    "enum_member",
    "heading",
)
PROSE = frozenset({"markdown", "rst", "text"})  # the languages without a grammar
VISIBILITIES = ("public", "protected", "private")
TYPE_KINDS = frozenset(
    {"class", "interface", "trait", "protocol", "struct", "union", "enum", "record", "object", "type"}
)
CALLABLE_KINDS = frozenset({"function", "method", "constructor", "macro"})
REFERENCE_KINDS = ("call", "construct", "inherit", "type", "decorate", "import")
