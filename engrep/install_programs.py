"""Which files of which program get which entries: one table row a file, nothing is read or written here."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SERVER = "engrep"
SECONDS = 10  # that a program waits for a hook at most
NAMES = ("claude", "codex", "gemini", "cursor", "vscode")
# Both spellings of our own command: the script, and the module of a Python.
_OURS = re.compile(r"(?:^|[\s\"'/\\])engrep(?:\.exe)?[\"']?\s+hook(?:\s|$)")

_EDITS = "Edit|Write|MultiEdit|NotebookEdit"
_EVENTS: dict[str, dict[str, str]] = {
    "claude": {
        "SessionStart": "startup|resume|clear|compact", "UserPromptSubmit": "", "PreToolUse": f"Read|{_EDITS}",
        "PostToolUse": _EDITS, "PreCompact": "", "Stop": "", "SessionEnd": "",
    },
    "codex": {
        "SessionStart": "startup|resume|clear|compact", "UserPromptSubmit": "", "PostToolUse": "apply_patch|Edit|Write",
        "PreCompact": "", "Stop": "",
    },
    "gemini": {
        "SessionStart": "", "BeforeAgent": "", "AfterTool": "read_file|write_file|replace", "PreCompress": "",
        "AfterAgent": "", "SessionEnd": "",
    },
    "cursor": {
        "sessionStart": "", "postToolUse": "Read|Write", "afterFileEdit": "", "preCompact": "", "stop": "", "sessionEnd": "",
    },
}  # fmt: skip

# What a program asks of its person before it uses what was written: a hook that waits for that says nothing.
_CLAUDE = "Claude Code asks once whether this project's MCP server engrep may be used: say yes."
_CODEX_TRUST = "Codex loads hooks of a project only where the person trusts its folder: say yes when it asks."
_CODEX_HOOKS = "Codex runs a new hook only after it was looked over: type /hooks in it and trust those of engrep."
_GEMINI = "Where Gemini CLI asks whether to trust this folder, say yes: without that it reads no settings of a project."
_PERSON_ASKED = {"codex": (_CODEX_HOOKS,)}
_PROJECT_ASKED = {"claude": (_CLAUDE,), "codex": (_CODEX_TRUST, _CODEX_HOOKS), "gemini": (_GEMINI,)}


@dataclass(frozen=True, slots=True)
class Target:
    """One file and what belongs into it."""

    path: Path
    members: Mapping[tuple[str, ...], object] = field(default_factory=dict)  # where → an MCP server
    items: Mapping[tuple[str, ...], object] = field(default_factory=dict)  # array → a hook
    needs: Mapping[tuple[str, ...], object] = field(default_factory=dict)  # what the file must say, where it does not
    toml_server: tuple[str, list[str]] | None = None


def targets(program: str, root: Path | None) -> list[Target]:
    """Return the files of a program: those of a project, or with None those of the user."""
    words = _words(root)
    arguments = [*words[1:], "mcp"]
    server: dict[str, Any] = {"command": words[0], "args": arguments}
    hooks = hooks_of(program, [*words, "hook", "--program", program]) if program in _EVENTS else {}
    home = Path.home()
    match program:
        case "claude":
            set_home = os.environ.get("CLAUDE_CONFIG_DIR")
            settings = (root or home) / ".claude" / "settings.json"
            servers = root / ".mcp.json" if root else home / ".claude.json"
            if root is None and set_home:
                settings, servers = Path(set_home) / "settings.json", Path(set_home) / ".claude.json"
            return [Target(settings, items=hooks), Target(servers, {("mcpServers", SERVER): server})]
        case "codex":
            folder = root / ".codex" if root else Path(os.environ.get("CODEX_HOME") or home / ".codex")
            config = Target(folder / "config.toml", toml_server=(words[0], arguments))
            return [Target(folder / "hooks.json", items=hooks), config]
        case "gemini":
            return [Target((root or home) / ".gemini" / "settings.json", {("mcpServers", SERVER): server}, hooks)]
        case "cursor":
            folder = (root or home) / ".cursor"
            server["args"] = [*arguments, "--repo", "${workspaceFolder}"]
            told = Target(folder / "hooks.json", items=hooks, needs={("version",): 1})
            return [told, Target(folder / "mcp.json", {("mcpServers", SERVER): server})]
    server = {"type": "stdio", **server, "args": [*arguments, "--repo", "${workspaceFolder}"]}
    path = root / ".vscode" / "mcp.json" if root else _vscode_user() / "mcp.json"
    return [Target(path, {("servers", SERVER): server})]


def still_asked(program: str, root: Path | None) -> tuple[str, ...]:
    """Return what is left to the person before the program uses what was installed, in a project or for all of them."""
    return (_PERSON_ASKED if root is None else _PROJECT_ASKED).get(program, ())


def hooks_of(program: str, command: list[str]) -> dict[tuple[str, ...], object]:
    """Return the hooks of a program: the array that each belongs into, and the entry."""
    line = command_line(command, program)
    found: dict[tuple[str, ...], object] = {}
    for event, matcher in _EVENTS[program].items():
        if program == "cursor":
            entry: dict[str, Any] = {"command": line, "timeout": SECONDS}
            found["hooks", event] = {**entry, "matcher": matcher} if matcher else entry
            continue
        seconds = SECONDS * 1000 if program == "gemini" else SECONDS  # Gemini CLI counts milliseconds
        named = {"name": SERVER} if program == "gemini" else {}
        hook = {"type": "command", "command": line, **named, "timeout": seconds}
        found["hooks", event] = {**({"matcher": matcher} if matcher else {}), "hooks": [hook]}
    return found


def command_line(words: list[str], program: str, *, is_windows: bool = os.name == "nt") -> str:
    """Write a command as the shell reads it that the program starts: sh, and on Windows also bash, cmd or PowerShell."""
    if not is_windows:
        return shlex.join(words)
    words = [word.replace("\\", "/") for word in words]
    quoted = [f'"{word}"' if re.search(r"[^\w./:=+-]", word) else word for word in words]
    # A quoted word at the beginning is a text to PowerShell, not a program.
    return f"& {' '.join(quoted)}" if quoted[0] != words[0] and program == "gemini" else " ".join(quoted)


def is_ours(entry: Any) -> bool:
    """Tell whether an entry of an array of hooks is one of ours: all its commands are `engrep hook`."""
    if not isinstance(entry, dict):
        return False
    inner = entry.get("hooks", [entry])
    if not isinstance(inner, list) or not inner:
        return False
    return all(isinstance(each, dict) and _OURS.search(str(each.get("command", ""))) is not None for each in inner)


def is_our_server(entry: Any) -> bool:
    """Tell whether an MCP server is ours: it starts `engrep mcp`."""
    if not isinstance(entry, dict) or not isinstance(entry.get("args", []), list):
        return False
    words = [str(entry.get("command", "")), *map(str, entry.get("args", []))]
    names = [re.split(r"[/\\]", word)[-1].removesuffix(".exe") for word in words]
    return any(before == "engrep" and after == "mcp" for before, after in zip(names, words[1:], strict=False))


def _words(root: Path | None) -> list[str]:
    """Return how engrep is called: by its name in files that others share, else by where it is."""
    if root is not None:
        return ["engrep"]
    found = shutil.which("engrep")
    # -P: agents call it in a project, whose modules must not be run in the place of ours.
    return [found] if found else [sys.executable, "-P", "-m", "engrep"]


def _vscode_user() -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA") or Path.home() / "AppData" / "Roaming") / "Code" / "User"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "Code" / "User"
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "Code" / "User"
