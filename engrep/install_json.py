"""Add entries to a JSON file of somebody else's and take them out again, leaving every other byte as it is.

Comments and trailing commas, which some programs allow, are kept. Nothing is parsed into values and written anew: entries are
put into the text where they belong, in the file's own indentation and line ends.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from engrep.engine.errors import StateError

Path = tuple[str, ...]
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|//[^\n]*|/\*.*?\*/|[{}\[\],:]|[^\s{}\[\],:"/]+|\S', re.DOTALL)
_NOTE_BEHIND = re.compile(r"[ \t]*(?://[^\n]*|/\*.*?\*/)(?=[ \t]*\r?\n)")
_INDENT = re.compile(r"[ \t]*")
_LINE_END = re.compile(r"[ \t]*\r?\n")


@dataclass(slots=True)
class Node:
    """A value in the text."""

    start: int
    end: int = 0
    kind: str = ""  # { or [ or '' for what holds nothing
    entries: list[Entry] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Entry:
    """A member of an object, or an item of an array."""

    key: str
    start: int
    node: Node


def value_of(text: str) -> Any:
    """Return what a text says.

    Raises:
        StateError: it is no JSON.

    """
    tokens = [match[0] for match in _tokens(text)]
    kept = [
        each for each, after in zip(tokens, [*tokens[1:], ""], strict=True) if each != "," or after not in ("}", "]")
    ]
    try:
        return json.loads(" ".join(kept))
    except (ValueError, RecursionError) as exc:
        raise StateError(f"it is no JSON: {exc}") from exc


def _tokens(text: str) -> Iterator[re.Match[str]]:
    return (match for match in _TOKEN.finditer(text) if not match[0].startswith(("//", "/*")))


def tree(text: str) -> Node:
    """Return where the values of a text stand, which is JSON."""
    top = Node(0, len(text))
    stack, key, start = [top], "", -1
    for match in _tokens(text):
        mark, inside = match[0], stack[-1]
        if mark in "}]":
            stack.pop().end = match.end()
        elif mark in ",:":
            start = -1 if mark == "," else start
        elif inside.kind == "{" and start < 0:
            key, start = json.loads(mark), match.start()
        else:
            node = Node(match.start(), match.end(), mark if mark in "{[" else "")
            inside.entries.append(
                Entry(key if inside.kind == "{" else "", start if start >= 0 else match.start(), node)
            )
            start = -1
            if node.kind:
                stack.append(node)
    return top.entries[0].node


def find(node: Node, path: Sequence[str]) -> Node | None:
    """Return the value at a path of keys, the last one where a key stands twice."""
    for key in path:
        held = [entry.node for entry in node.entries if entry.key == key] if node.kind == "{" else []
        if not held:
            return None
        node = held[-1]
    return node


def put(text: str, path: Path, value: object) -> tuple[str, list[Path]]:
    """Put a member where none is, with the objects around it; return the text, and the paths of those that were made.

    Raises:
        StateError: something else than an object is in the way.

    """
    made = [path[:n] for n in range(1, len(path)) if find(tree(text), path[:n]) is None]
    around = made[0][:-1] if made else path[:-1]
    for key in reversed(path[len(around) + 1 :]):
        value = {key: value}
    return _inserted(text, _must_be(text, around, "{"), path[len(around)], value), made


def append(text: str, path: Path, value: object) -> tuple[str, list[Path]]:
    """Append an item to an array, which is made where there is none; return as `put` does.

    Raises:
        StateError: something else is in the way.

    """
    if find(tree(text), path) is None:
        text, made = put(text, path, [value])
        return text, [*made, path]
    return _inserted(text, _must_be(text, path, "["), "", value), []


def _must_be(text: str, path: Path, kind: str) -> Node:
    node = find(tree(text), path)
    if node is None or node.kind != kind:
        what = "an object" if kind == "{" else "an array"
        raise StateError(f"{'.'.join(path) or 'the whole file'} is not {what}")
    return node


def _inserted(text: str, node: Node, key: str, value: object) -> str:
    """Put an entry at the end of an object or array."""
    newline = "\r\n" if "\r\n" in text else "\n"
    unit = _unit(text)
    if not node.entries:
        inner = text[node.start + 1 : node.end - 1]
        outer = _indent_at(text, node.start)
        shown = _shown(key, value, outer + unit, unit, newline)
        kept = inner.rstrip() if inner.strip() else ""
        return f"{text[: node.start + 1]}{kept}{newline}{outer}{unit}{shown}{newline}{outer}{text[node.end - 1 :]}"
    first, last = node.entries[0], node.entries[-1].node
    comma = next((m.start() for m in _tokens(text[last.end : node.end - 1])), -1)
    at = last.end + comma + 1 if comma >= 0 else last.end
    note = _NOTE_BEHIND.match(text, at)
    end = note.end() if note else at
    # Behind a comment that goes to the end of its line nothing can be put on that line.
    is_long = "\n" in text[node.start : first.start] or (note is not None and "//" in note[0])
    indent = _indent_at(text, first.start)
    shown = newline + indent + _shown(key, value, indent, unit, newline) if is_long else " " + _short(key, value)
    return text[:at] + ("" if comma >= 0 else ",") + text[at:end] + shown + text[end:]


def _shown(key: str, value: object, indent: str, unit: str, newline: str) -> str:
    name = f"{json.dumps(key, ensure_ascii=False)}: " if key else ""
    lines = json.dumps(value, ensure_ascii=False, indent=unit).split("\n")
    return name + (newline + indent).join(lines)


def _short(key: str, value: object) -> str:
    name = f"{json.dumps(key, ensure_ascii=False)}: " if key else ""
    return name + json.dumps(value, ensure_ascii=False)


def _unit(text: str) -> str:
    """Return what one step of the file's indentation is."""
    found = re.search(r"^[ \t]+(?=\S)", text, re.MULTILINE)
    return found[0] if found else "  "


def _indent_at(text: str, place: int) -> str:
    begin = text.rfind("\n", 0, place) + 1
    found = _INDENT.match(text, begin)
    return found[0] if found else ""


def without(text: str, path: Path, is_ours: Callable[[Any], bool]) -> str:
    """Take out of an array what is ours."""
    while True:
        node = find(tree(text), path)
        ours = [
            at
            for at, entry in enumerate(node.entries if node is not None and node.kind == "[" else ())
            if is_ours(value_of(text[entry.node.start : entry.node.end]))
        ]
        if node is None or not ours:
            return text
        text = _cut(text, node, ours[-1])


def dropped(text: str, path: Path) -> str:
    """Take a member out; without it the text stays as it is."""
    node = find(tree(text), path[:-1])
    places = [at for at, entry in enumerate(node.entries) if entry.key == path[-1]] if node is not None else []
    return _cut(text, node, places[-1]) if node is not None and places else text


def is_empty(text: str, path: Path) -> bool:
    """Tell whether an object or array is there and holds nothing."""
    node = find(tree(text), path)
    return node is not None and bool(node.kind) and not node.entries


def _cut(text: str, node: Node, at: int) -> str:
    entry = node.entries[at]
    if len(node.entries) == 1:
        left = text[node.start + 1 : entry.start] + text[entry.node.end : node.end - 1]
        kept = "" if not left.strip(" \t\r\n,") else left.replace(",", "", 1)
        return text[: node.start + 1] + kept + text[node.end - 1 :]
    if at + 1 < len(node.entries):
        return text[: entry.start] + text[node.entries[at + 1].start :]
    before = node.entries[at - 1].node.end
    comma = before + next(m.start() for m in _tokens(text[before : entry.start]))
    between, behind = text[comma + 1 : entry.start], text[entry.node.end :]
    if "//" not in between or _LINE_END.match(behind):  # else what is behind would become part of the comment
        between = between.rstrip()
    return text[:comma] + between + behind
