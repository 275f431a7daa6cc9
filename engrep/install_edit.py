"""What becomes of the text of one file: with our entries in it, and without them."""

from __future__ import annotations

from dataclasses import dataclass

from engrep import install_json as in_json
from engrep import install_toml as in_toml
from engrep.engine.errors import StateError
from engrep.install_programs import SERVER, Target, is_our_server, is_ours

_OTHER = "has an MCP server engrep of its own: it was left as it is"
Made = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Edited:
    """A text with our entries."""

    text: str
    made: Made = ()  # objects and arrays that were not there before
    note: str = ""


def with_ours(target: Target, text: str) -> Edited:
    """Add our entries to a text that has none.

    Raises:
        StateError: the text cannot be read, or something else stands where an entry belongs.

    """
    if target.toml_server is not None:
        return _toml(target.toml_server, text)
    text = text if text.strip() else "{}\n"
    held = in_json.value_of(text)
    if not isinstance(held, dict):
        raise StateError("the whole file is not an object")
    made: list[tuple[str, ...]] = []
    note = ""
    for path, value in target.needs.items():
        if in_json.find(in_json.tree(text), path) is None:
            text, new = in_json.put(text, path, value)
            made += [*new, path]
    for path, value in target.members.items():
        if in_json.find(in_json.tree(text), path) is not None:
            note = _OTHER
            continue
        text, new = in_json.put(text, path, value)
        made += new
    for path, value in target.items.items():
        text, new = in_json.append(text, path, value)
        made += new
    if not note and not has_all(target, text):
        raise StateError("our entries cannot be put into it as it is written")
    return Edited(text, tuple(made), note)


def has_all(target: Target, text: str) -> bool:
    """Tell whether a text has our entries, each as it is to be.

    Raises:
        StateError: the text cannot be read.

    """
    if target.toml_server is not None:
        bare = in_toml.without_block(text)
        in_toml.value_of(text)
        return bare != text and in_toml.value_of(text) == in_toml.value_of(
            in_toml.with_server(bare, SERVER, *target.toml_server)
        )
    if not text.strip():
        return False
    held = in_json.value_of(text)
    own = [(path, [value]) for path, value in target.items.items()] + list(target.members.items())
    for path, value in own:
        inside = held
        for key in path:
            inside = inside.get(key) if isinstance(inside, dict) else None
        mine = [each for each in inside if is_ours(each)] if isinstance(inside, list) else inside
        if mine != value:
            return False
    return True


def without_ours(target: Target, text: str, made: Made | None = None) -> str:
    """Take our entries out of a text, and what was made for them where it is empty now.

    Where nobody knows what was made, all that is empty now and was not before is taken for it.

    Raises:
        StateError: the text cannot be read.

    """
    if target.toml_server is not None:
        in_toml.value_of(text)
        return in_toml.without_block(text)
    if not text.strip():
        return text
    if not isinstance(in_json.value_of(text), dict):
        return text
    was = text
    for path in target.items:
        text = in_json.without(text, path, is_ours)
    for path in target.members:
        node = in_json.find(in_json.tree(text), path)
        if node is not None and is_our_server(in_json.value_of(text[node.start : node.end])):
            text = in_json.dropped(text, path)
    emptied = made if made is not None else _around(target) if text != was else ()
    for path in sorted(emptied, key=len, reverse=True):
        if in_json.is_empty(text, path) and (made is not None or not in_json.is_empty(was, path)):
            text = in_json.dropped(text, path)
    for path, value in target.needs.items():
        if path in (made or ()) and in_json.value_of(text) == {path[0]: value}:
            text = in_json.dropped(text, path)
    in_json.value_of(text)
    return text


def _around(target: Target) -> set[tuple[str, ...]]:
    """Return the objects and arrays that our entries stand in."""
    places = [*target.items, *(path[:-1] for path in target.members)]
    return {path[:n] for path in places for n in range(1, len(path) + 1)}


def _toml(server: tuple[str, list[str]], text: str) -> Edited:
    held = in_toml.value_of(text).get("mcp_servers", {})
    if not isinstance(held, dict):
        raise StateError("mcp_servers is not a table")
    if SERVER in held:
        return Edited(text, note=_OTHER)
    return Edited(in_toml.with_server(text, SERVER, *server))
