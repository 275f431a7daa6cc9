"""Run a query over a tree without meeting the quadratic cases of tree-sitter's query cursor.

For every node the cursor looks whether a named sibling follows; among n loose tokens (a megabyte of `{` under an
ERROR node, `[,,,,,]`) that costs n² steps: 16,000 take 0.1 s, a million hours. Where a node holds that many, the query
runs on the subtrees around it instead; patterns that need the wide node itself are lost, everything inside stays.
A chain of n calls keeps n matches open at once, which costs n² as well: so their number is limited.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engrep.indexers.facts import Problem

if TYPE_CHECKING:
    from tree_sitter import Node, Query

    Match = tuple[int, dict[str, list[Node]]]

SMALL_FILE = 16_384  # bytes; the worst such file costs 0.1 s
MAX_LOOSE = 8_192  # unnamed children a node may have before the query goes around it
MAX_START_DEPTH = 2_000  # levels of the tree; past 65,535 the cursor counts wrong and takes a minute for 100 KB
MAX_OPEN = 256  # matches in progress; none of the 125 largest files of five projects needs as many

_LOOSE_RUNS = (b"," * MAX_LOOSE, b";" * MAX_LOOSE)  # the tokens that valid code may repeat without end


def matches_in(root: Node, query: Query, data: bytes) -> tuple[list[Match], list[Problem]]:
    """Give all matches, and the problems met where some could not be found."""
    from tree_sitter import QueryCursor

    suspicious = len(data) > SMALL_FILE and (root.has_error or _repeats(data))
    nodes = _around_wide_nodes(root) if suspicious else [root]
    found: list[Match] = []
    problems: list[Problem] = []
    for node in nodes:
        cursor = QueryCursor(query, match_limit=MAX_OPEN)
        cursor.set_max_start_depth(MAX_START_DEPTH)
        found += cursor.matches(node)
        if cursor.did_exceed_match_limit and not problems:
            problems.append(Problem("too_deep", node.start_point.row + 1, "nested too deep to find everything in it"))
    if suspicious and nodes != [root]:
        problems.append(Problem("syntax", 1, f"over {MAX_LOOSE} loose tokens in one place; not searched as a whole"))
    return found, problems


def _repeats(data: bytes) -> bool:
    if data.count(b",") < MAX_LOOSE and data.count(b";") < MAX_LOOSE:
        return False
    dense = data.translate(None, b" \t\r\n")
    return any(run in dense for run in _LOOSE_RUNS)


def _around_wide_nodes(root: Node) -> list[Node]:
    """Give the largest subtrees that neither are nor contain a node with too many loose tokens, in order."""
    split = _wide_ids(root)
    if not split:
        return [root]
    found: list[Node] = []
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node.id in split:
            waiting += [child for child in reversed(node.named_children) if child.child_count]
        else:
            found.append(node)
    return found


def _wide_ids(root: Node) -> set[int]:
    """Give the ids of the nodes that are too wide and of all nodes above them, by one walk without recursion."""
    cursor = root.walk()
    path: list[int] = []
    split: set[int] = set()
    while True:
        node = cursor.node
        if node is not None and node.child_count:
            if node.child_count - node.named_child_count > MAX_LOOSE:
                split.update(path)
                split.add(node.id)
            if cursor.goto_first_child():
                path.append(node.id)
                continue
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                return split
            path.pop()
