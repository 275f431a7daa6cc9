"""Rust items inside a macro call: `cfg_rt! { pub struct JoinHandle … }` is a heap of tokens to the grammar.

Where nothing but items stands between the braces, the file is parsed again with the call around them blanked out: every
item then lies where it lay, at the same bytes, and is read like any other.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from engrep.indexers.grammars import parse_tree

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node, Parser, Tree

_CALL = re.compile(rb"^[ \t]*\w+!\s*\{", re.MULTILINE)
_ITEM = re.compile(rb"\b(?:fn|struct|enum|trait|impl|mod|use)\b")
_VISIBLE = re.compile(rb"\S")
MAX_ROUNDS = 3  # macro calls within macro calls that are opened


def parse_items(parser: Parser, data: bytes) -> Tree:
    """Parse a Rust file, with the items in macro calls as items; raises as `parse_tree`."""
    tree = parse_tree(parser, data)
    for _ in range(MAX_ROUNDS if _CALL.search(data) else 0):
        wrapped = list(_wrapped(tree.root_node, data))
        if not wrapped:
            break
        data = _blanked(data, wrapped)
        opened = parse_tree(parser, data)
        if opened.root_node.has_error and not tree.root_node.has_error:
            break  # between some braces stands no Rust
        tree = opened
    return tree


def _wrapped(parent: Node, data: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield the macro calls with items at the top of a file or module: start, start and end of what is in the braces."""
    for node in parent.named_children:
        if node.type == "mod_item" and (body := node.child_by_field_name("body")) is not None:
            yield from _wrapped(body, data)
        call = node.named_children[0] if node.type == "expression_statement" else node
        if call.type != "macro_invocation":
            continue
        tokens = call.named_children[-1]
        start, end = tokens.start_byte + 1, tokens.end_byte - 1
        if tokens.type == "token_tree" and data[start - 1 : start] == b"{" and _ITEM.search(data, start, end):
            yield node.start_byte, start, end


def _blanked(data: bytes, wrapped: list[tuple[int, int, int]]) -> bytes:
    left = bytearray(data)
    for before, start, end in wrapped:
        left[before:start] = _VISIBLE.sub(b" ", data[before:start])
        left[end : end + 1] = b" "
    return bytes(left)
