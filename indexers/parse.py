"""One file's text in, its facts out."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from engrep.indexers.chunks import code_chunks
from engrep.indexers.collect import collect
from engrep.indexers.facts import FileFacts, Import, Problem
from engrep.indexers.grammars import ParseTimeoutError, grammar_of, parse_tree
from engrep.indexers.languages import language_of
from engrep.indexers.modules import module_path
from engrep.indexers.prose import prose_facts
from engrep.indexers.receivers import inherited, owners, references, with_held_types, with_used_bases
from engrep.indexers.source import read_source
from engrep.indexers.spelling import dotted
from engrep.indexers.symbols import nest
from engrep.indexers.testing import is_test_path
from engrep.indexers.unwrapped import parse_items
from engrep.indexers.wide import matches_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tree_sitter import Tree

    from engrep.indexers.collect import Matches
    from engrep.indexers.languages import Language
    from engrep.indexers.matched import Imported
    from engrep.indexers.modules import ProjectHints
    from engrep.indexers.receivers import Owners
    from engrep.indexers.source import Source

_GO_VERSION = re.compile(r"^v\d+$")
_ESCAPED = re.compile("[\udc80-\udcff]")
MAX_CHILDREN = 10_000  # of a node that is searched for the first error
_SCRIPT_ENDING = re.compile(r"(?<=[\w])\.(?:[cm]?[jt]sx?|d\.ts|h|hh|hpp|hxx|rb|lua|sh|bash|php|zig)$")


def code_facts(path: str, data: bytes, root_facts: ProjectHints) -> FileFacts:
    """Read everything a file says; a file that cannot be parsed gives its text in chunks and the reason as a problem."""
    language = language_of(path, data)
    problems = encoding_problems(data)
    if not language.grammar:
        return prose(path, data, language, root_facts, problems)
    try:
        grammar = grammar_of(language)
    except ImportError:
        return prose(path, data, language, root_facts, [*problems, Problem("no_grammar", 1, language.grammar)])
    try:
        read = parse_items if language.name == "rust" else parse_tree
        tree = read(grammar.parser, _readable(data) if problems else data)
    except ParseTimeoutError:
        return prose(path, data, language, root_facts, [*problems, Problem("timeout", 1, "parsing took too long")])
    matches, narrowed = matches_in(tree.root_node, grammar.query, data)
    problems += [*syntax_problems(tree), *narrowed]
    return assemble(path, data, language, root_facts, collect(grammar, matches, data, language.builtins), problems)


def assemble(
    path: str, data: bytes, language: Language, hints: ProjectHints, found: Matches, problems: list[Problem]
) -> FileFacts:
    """Build the facts of a file from what its query matched."""
    spoken = [each.doc for each in found.definitions if each.doc]
    source = read_source(data, found.comments, spoken, found.forms, language.name)
    is_test = is_test_path(path)
    module, prefix = _module(path, language, hints, found)
    symbols, too_deep = nest(with_held_types(found.definitions, found.bindings), source, language, prefix, is_test)
    around = owners(symbols)
    uses = references(found.uses, found.bindings, symbols, around, source, language)
    uses += inherited(found.definitions, symbols, source)
    symbols = with_used_bases(symbols, uses)
    imports = _imports(found.imports, around, source, language)
    docs = sorted([*found.comments, *spoken])
    chunks = code_chunks(source, symbols, docs)
    return FileFacts(
        path,
        language.name,
        module,
        line_count(data),
        is_test,
        tuple(symbols),
        tuple(uses),
        tuple(imports),
        tuple(chunks),
        (*problems, *too_deep),
    )


def prose(path: str, data: bytes, language: Language, hints: ProjectHints, problems: list[Problem]) -> FileFacts:
    """Give the facts of a file that has no grammar."""
    facts = prose_facts(path, data, language, module_path(path, language, hints))
    return replace(facts, problems=(*problems, *facts.problems))


def line_count(data: bytes) -> int:
    """Count lines as editors number them: a last one without a line break counts."""
    return data.count(b"\n") + (bool(data) and not data.endswith(b"\n"))


def encoding_problems(data: bytes) -> list[Problem]:
    """Report bytes that are no UTF-8; they are read with replacement characters."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return [Problem("encoding", line, f"not UTF-8 at byte {error.start}")]
    return []


def _readable(data: bytes) -> bytes:
    """Replace each byte that is no UTF-8 by a letter-like one: query predicates raise on them, offsets must stay."""
    return _ESCAPED.sub("_", data.decode("utf-8", "surrogateescape")).encode()


def syntax_problems(tree: Tree) -> list[Problem]:
    """Report the first place that does not parse."""
    root = tree.root_node
    if not root.has_error:
        return []
    node = root
    while True:
        broken = next((child for child in node.children if child.has_error or child.is_missing), None)
        if node.is_error or broken is None or node.child_count > MAX_CHILDREN:
            break
        node = broken
    return [Problem("syntax", node.start_point.row + 1, "does not parse in full")]


def _module(path: str, language: Language, hints: ProjectHints, found: Matches) -> tuple[str, str]:
    """Give the module path and the prefix of qualified names; a namespace in the file stands in the names already."""
    if language.module_rule != "declared":
        module = module_path(path, language, hints)
        return module, module
    declared = ".".join(dotted(package.strip()) for package in found.packages)
    if declared:
        return declared, declared
    outermost = min(found.definitions, key=lambda each: (each.start, -each.end), default=None)
    if outermost is not None and outermost.kind in ("scope", "namespace", "module"):
        return dotted(outermost.name), ""
    module = module_path(path, language, hints)
    return module, module


def _imports(found: Sequence[Imported], around: Owners, source: Source, language: Language) -> list[Import]:
    imports = []
    strip = language.module_rule == "path"
    for each, owner in zip(found, around.at([each.start for each in found]), strict=True):
        module = (
            _SCRIPT_ENDING.sub("", each.module) if strip and ("/" in each.module or "." in each.module) else each.module
        )
        alias = _go_package_name(module) if language.name == "go" and each.alias == module else each.alias
        imports.append(Import(module, each.name, alias, owner, source.line(each.start)))
    return imports


def _go_package_name(module: str) -> str:
    """Guess the name a Go import is used by: its last word without a version, `gopkg.in/yaml.v3` gives `yaml`."""
    words = [word for word in module.split("/") if not _GO_VERSION.match(word)] or [module]
    return words[-1].partition(".")[0].removeprefix("go-")
