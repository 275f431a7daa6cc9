"""Put a block between marks at the end of a TOML file, and take it out again; the rest is left as it is."""

from __future__ import annotations

import json
import re
import tomllib
from typing import Any

from engrep.engine.errors import StateError

_BEGIN, _END = "# >>> engrep >>>", "# <<< engrep <<<"
_BLOCK = re.compile(rf"(?:\r?\n)?^{re.escape(_BEGIN)}\r?$.*?^{re.escape(_END)}(?:\r?\n|\Z)", re.MULTILINE | re.DOTALL)


def value_of(text: str) -> dict[str, Any]:
    """Return what a text says.

    Raises:
        StateError: it is no TOML.

    """
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as exc:
        raise StateError(f"it is no TOML: {exc}") from exc


def with_server(text: str, name: str, command: str, arguments: list[str]) -> str:
    """Append the table of an MCP server.

    Raises:
        StateError: the file has its servers in a form that cannot be appended to.

    """
    table = f"[mcp_servers.{name}]\ncommand = {_quoted(command)}\nargs = {_quoted(arguments)}\n"
    newline = "\r\n" if "\r\n" in text else "\n"
    block = f"{_BEGIN}\n{table}{_END}\n".replace("\n", newline)
    gap = "" if not text else newline if text.endswith("\n") else newline * 2
    made = text + gap + block
    value_of(made)
    return made


def without_block(text: str) -> str:
    """Take the block out, with the empty line before it."""
    return _BLOCK.sub("", text)


def _quoted(value: str | list[str]) -> str:
    """Write a string, or an array of them: TOML's basic strings are JSON's."""
    return json.dumps(value, ensure_ascii=False)
