"""Read the arguments of a tool as models send them: other spellings, numbers as text, one value for a list.

What is not understood is ignored and reported; what is understood but cannot be is an error that says what can.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engrep.engine.errors import UsageError
from engrep.mcp_tools import Parameter, Tool

ALIASES = {
    "query": ("q", "question", "text", "prompt", "search", "search_query", "pattern", "keywords", "name", "symbol"),
    "name": (
        "symbol",
        "symbol_name",
        "qualified_name",
        "function",
        "function_name",
        "identifier",
        "target",
        "query",
        "q",
    ),
    "path": (
        "file",
        "file_path",
        "filepath",
        "glob",
        "path_glob",
        "file_pattern",
        "directory",
        "dir",
        "folder",
        "include",
    ),
    "from_file": ("from", "current_file", "file", "file_path", "filepath", "path", "context_file"),
    "limit": ("k", "n", "top_k", "max_results", "num_results", "count", "page_size", "size", "max"),
    "language": ("lang",),
    "kind": ("type", "category", "symbol_kind"),
    "cursor": ("next_cursor", "page_token", "page"),
    "budget": ("max_tokens", "token_budget", "tokens", "max_output_tokens"),
    "depth": ("max_depth", "hops", "levels"),
    "direction": ("mode", "relation"),
    "diff": ("rev", "revision", "since", "base", "ref", "commit"),
    "min_confidence": ("confidence", "threshold"),
    "types": ("type", "only", "kinds"),
    "text": ("content", "fact", "memory", "statement", "message", "note", "body"),
    "about": ("anchors", "symbols", "files", "paths", "symbol", "file", "path", "file_path"),
    "why": ("reason", "rationale", "because", "cause"),
    "id": ("memory_id", "session_id", "memory", "session"),
    "action": ("mode", "operation"),
    "pinned": ("pin",),
    "include_stale": ("stale", "with_stale"),
    "stale": ("only_stale",),
}
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
MOST_NAME, MOST_NAMES = 4096, 100  # characters of a name or path, as long as a path may be; and how many in a list
_PROSE = frozenset({"query", "text", "why"})  # of any length: the library cuts or refuses what is too much
_TRUE, _FALSE = frozenset({"true", "yes", "on", "1"}), frozenset({"false", "no", "off", "0"})


@dataclass(frozen=True, slots=True)
class Arguments:
    """What a tool was asked for."""

    values: dict[str, Any]  # by parameter; None where nothing was said and nothing is the default
    notes: tuple[str, ...]  # what was ignored or set right

    def __getitem__(self, name: str) -> Any:
        """Return the value of a parameter."""
        return self.values[name]


def read(tool: Tool, given: Mapping[str, Any]) -> Arguments:
    """Return the arguments of a tool by the names of its parameters.

    Raises:
        UsageError: one is missing, or cannot be what it must be.

    """
    found, ignored = _named(tool, {name: value for name, value in given.items() if value is not None})
    values: dict[str, Any] = {}
    notes: list[str] = []
    if ignored:
        known = ", ".join(each.name for each in tool.parameters) or "no arguments"
        notes.append(f"ignored {', '.join(sorted(ignored))}: {tool.name} takes {known}")
    for parameter in tool.parameters:
        if parameter.name not in found:
            values[parameter.name] = parameter.default
            continue
        values[parameter.name], note = _fitted(parameter, _typed(parameter, found[parameter.name]))
        notes += [note] if note else []
    missing = [each.name for each in tool.parameters if each.is_required and not values[each.name]]
    if missing:
        told = f"; {notes[0]}" if ignored else f": it takes {', '.join(each.name for each in tool.parameters)}"
        message = f"{tool.name} needs `{missing[0]}`{told}"
        raise UsageError(message)
    return Arguments(values, tuple(notes))


def _named(tool: Tool, given: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Return what was given by parameter, exact names first, and what no parameter goes by."""
    names = {each.name for each in tool.parameters}
    exact_last = sorted(given.items(), key=lambda each: each[0] in names)  # so that of two spellings it stays
    spelt = {_CAMEL.sub("_", name).lower().replace("-", "_"): (name, value) for name, value in exact_last}
    found = {name: spelt.pop(name)[1] for name in names & set(spelt)}
    for parameter in sorted(tool.parameters, key=lambda each: not each.is_required):
        for alias in ALIASES.get(parameter.name, ()):
            if parameter.name not in found and alias in spelt:
                found[parameter.name] = spelt.pop(alias)[1]
    return found, [name for name, _ in spelt.values()]


def _typed(parameter: Parameter, value: Any) -> Any:
    """Return a value in its parameter's type; raises UsageError."""
    reader = {"string": _text, "strings": _texts, "integer": _whole, "number": _number, "boolean": _truth}[
        parameter.type
    ]
    found = reader(value)
    if found is None:
        what = {
            "strings": "a list of texts",
            "integer": "a whole number",
            "number": "a number",
            "boolean": "true or false",
        }
        message = f"`{parameter.name}` must be {what.get(parameter.type, 'a text')}, not {_shown(value)}"
        raise UsageError(message)
    if parameter.name not in _PROSE:
        _bearable(parameter.name, [found] if isinstance(found, str) else found if isinstance(found, list) else [])
    return found


def _bearable(parameter: str, names: list[str]) -> None:
    """Refuse names that nothing bears: some take a minute to look for, and an answer would say them again."""
    if len(names) > MOST_NAMES:
        message = f"`{parameter}` may hold {MOST_NAMES}, not {len(names):,}"
        raise UsageError(message)
    longest = max(map(len, names), default=0)
    if longest > MOST_NAME:
        message = f"`{parameter}` may have {MOST_NAME:,} characters, not {longest:,}"
        raise UsageError(message)
    if any("\0" in each or re.search("[\ud800-\udfff]", each) for each in names):
        message = f"`{parameter}` holds a character that no name has"
        raise UsageError(message)


def _fitted(parameter: Parameter, value: Any) -> tuple[Any, str]:
    """Return a value within its bounds, and a note where it was too large; raises UsageError where it makes no sense."""
    if parameter.one_of and value not in parameter.one_of:
        if not isinstance(value, str) or value.lower() not in parameter.one_of:
            message = f"`{parameter.name}` must be one of {', '.join(parameter.one_of)}, not {_shown(value)}"
            raise UsageError(message)
        value = value.lower()
    if parameter.least is not None and value < parameter.least:
        if parameter.name == "budget" and value > 0:
            return parameter.least, f"budget was raised to {parameter.least:g}, the least"
        message = f"`{parameter.name}` must be from {parameter.least:g} to {parameter.most:g}, not {_shown(value)}"
        raise UsageError(message)
    if parameter.most is not None and value > parameter.most:
        return parameter.most, f"{parameter.name} was cut to {parameter.most:g}, the most"
    return value, ""


def _text(value: Any) -> str | None:
    if isinstance(value, str):
        return value
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], str):
        return value[0]
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _texts(value: Any) -> list[str] | None:
    if isinstance(value, str) and value.lstrip().startswith("["):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return [value]
    values = value if isinstance(value, list) else [value]
    found = [_text(each) for each in values]
    return None if None in found else [each.strip() for each in found if each and each.strip()]


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def _whole(value: Any) -> int | None:
    found = _number(value)
    return int(found) if found is not None and found == int(found) else None


def _truth(value: Any) -> bool | None:
    if isinstance(value, bool):
        return value
    said = str(value).strip().lower()
    return True if said in _TRUE else False if said in _FALSE else None


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=True, default=str)
    return text if len(text) <= 60 else text[:59] + "…"
