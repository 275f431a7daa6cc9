"""A project's own commands and agents: `.claude/commands/**/*.md` and `.claude/agents/**/*.md`, and the person's beside them.

They are texts that a stranger may have written. A command becomes a question and an agent becomes instructions, with fewer tools
if it names some; neither runs anything, nor is anything allowed because it says so.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from engrep.agents import told
from engrep.agents.confined import lines_of, path_inside
from engrep.agents.permission_files import claude_folder
from engrep.agents.permissions import ALLOW, READ, Permissions
from engrep.agents.tools import Tool
from engrep.engine.errors import EngrepError

MAX_BYTES, MOST_FILES, MOST_LINES = 64 << 10, 500, 400
_KEY = re.compile(r"([A-Za-z_][\w-]*)\s*:\s*(.*)")
_SHELL = re.compile(r"(?<![\w`])!`([^`\n]+)`")
_FILE = re.compile(r"(?<![\w@`])@([\w.@+/-]*[\w/])")
_PLACEHOLDER = re.compile(r"\$(ARGUMENTS|[1-9])")
# What Claude Code's tools come to here; those that write or run have no counterpart.
_TOOLS = {
    "read": ("read",),
    "grep": ("search", "symbol", "callers", "callees"),
    "glob": ("search",),
    "ls": ("search",),
    "search": ("search", "symbol", "callers", "callees"),
}


@dataclass(frozen=True, slots=True)
class CommandFile:
    """A command that a file describes."""

    name: str  # folders before it: frontend:component for frontend/component.md
    text: str
    description: str = ""
    hint: str = ""  # what its arguments are
    is_own: bool = False  # the person's, not the project's


@dataclass(frozen=True, slots=True)
class AgentFile:
    """An agent that a file describes."""

    name: str
    text: str
    description: str = ""
    tools: tuple[str, ...] | None = None  # as written; None for all
    model: str = ""
    is_own: bool = False


def commands(root: Path) -> dict[str, CommandFile]:
    """Return the commands of a project and of the person by name; the project's comes first where both have one."""
    found: dict[str, CommandFile] = {}
    for name, fields, text, is_own in _files(root, "commands"):
        described = " ".join(fields.get("description", ())) or next(
            (line.strip("# ") for line in text.split("\n") if line.strip()), ""
        )
        hint = " ".join(fields.get("argument-hint", ()))
        found.setdefault(name, CommandFile(name, text, described[:200], hint, is_own))
    return found


def agents(root: Path) -> dict[str, AgentFile]:
    """Return the agents of a project and of the person by name."""
    found: dict[str, AgentFile] = {}
    for name, fields, text, is_own in _files(root, "agents"):
        called = next(iter(fields.get("name", ())), "") or name
        tools = fields.get("tools")
        described = " ".join(fields.get("description", ()))[:200]
        found.setdefault(
            called, AgentFile(called, text, described, tools, next(iter(fields.get("model", ())), ""), is_own)
        )
    return found


def tools_of(agent: AgentFile | None, tools: Mapping[str, Tool]) -> tuple[dict[str, Tool], tuple[str, ...]]:
    """Return the tools that an agent has, and the names in its file that mean nothing here."""
    if agent is None or agent.tools is None:
        return dict(tools), ()
    kept, unknown = dict[str, Tool](), list[str]()
    for written in agent.tools:
        name = written.partition("(")[0].strip()
        name = (
            name
            if name.startswith("mcp__") and not name.startswith("mcp__engrep__")
            else name.removeprefix("mcp__engrep__").lower()
        )
        named = [each for each in (name, *_TOOLS.get(name, ())) if each in tools]
        named += [each for each in tools if each.startswith(f"{name}__")]
        if not named:
            unknown.append(written)
        kept.update({each: tools[each] for each in named})
    return kept, tuple(unknown)


def expanded(command: CommandFile, arguments: str, root: Path, permissions: Permissions) -> tuple[str, tuple[str, ...]]:
    """Return the question that a command asks with its arguments, and notes about what was left undone.

    Files that it names with @ are put in where they may be read; programs that it names are not run.
    """
    notes: list[str] = []

    def unrun(match: re.Match[str]) -> str:
        notes.append(f"not run: {match[1]}")
        return f"(the output of `{match[1]}` is not here: chat runs no programs)"

    text = _SHELL.sub(unrun, command.text)
    files = list(dict.fromkeys(match[1] for match in _FILE.finditer(text)))
    try:
        words = shlex.split(arguments)
    except ValueError:  # an open quotation mark
        words = arguments.split()

    def filled(match: re.Match[str]) -> str:
        if match[1] == "ARGUMENTS":
            return arguments
        at = int(match[1]) - 1
        return words[at] if at < len(words) else ""

    asked = _PLACEHOLDER.sub(filled, text)
    if arguments and not _PLACEHOLDER.search(text):
        asked = f"{asked}\n\n{arguments}"
    parts = [part for file in files if (part := _file(file, root, permissions, notes))]
    return "\n\n".join([*parts, asked]), tuple(notes)


def _file(path: str, root: Path, permissions: Permissions, notes: list[str]) -> str:
    """Return the text of a file that a command names; '' where there is none or it may not be read."""
    try:
        relative = path_inside(root, path)
        if not (root / relative).is_file():
            return ""  # what stands behind an @ need not be a file
        if permissions.decide(READ, relative) != ALLOW:
            notes.append(f"{relative} was not put in: a rule keeps it from being read")
            return ""
        relative, lines, _ = lines_of(root, relative, 1, MOST_LINES)
    except EngrepError as error:
        notes.append(str(error))
        return ""
    return "\n".join([f"{relative} ({told.DATA})", *told.numbered(lines, 1)])


def _files(root: Path, kind: str) -> Iterator[tuple[str, dict[str, tuple[str, ...]], str, bool]]:
    for folder, is_own in ((root / ".claude" / kind, False), (claude_folder() / kind, True)):
        try:
            real = folder.resolve()
            paths = sorted(real.rglob("*.md"))[:MOST_FILES] if is_own or real.is_relative_to(root.resolve()) else []
        except OSError:
            continue
        for path in paths:
            try:
                if not path.resolve().is_relative_to(real) or path.stat().st_size > MAX_BYTES:
                    continue
                fields, text = front_matter(path.read_text(encoding="utf-8-sig", errors="replace"))
            except OSError:
                continue
            name = ":".join(path.relative_to(real).with_suffix("").parts)
            if text.strip():
                yield name, fields, text.strip(), is_own


def front_matter(text: str) -> tuple[dict[str, tuple[str, ...]], str]:
    """Return the fields that stand before a text, and the text; lists may be written with commas or a line each."""
    lines = text.replace("\r\n", "\n").split("\n")
    if lines[0].strip() != "---":
        return {}, text
    end = next((at for at, line in enumerate(lines[1:], 1) if line.strip() == "---"), 0)
    fields: dict[str, tuple[str, ...]] = {}
    key = ""
    for line in lines[1:end]:
        found = _KEY.fullmatch(line.strip()) if not line.startswith((" ", "\t", "-")) else None
        if found:
            key = found[1].lower()
            said = "" if found[2].strip() in (">", "|", ">-", "|-") else found[2]
            fields[key] = _values(said.strip("[]") if key != "argument-hint" else said, key)
        elif key and line.strip():
            fields[key] = (*fields[key], *_values(line.strip().removeprefix("- "), key))
    return {name: values for name, values in fields.items() if values or name == "tools"}, "\n".join(lines[end + 1 :])


def _values(text: str, key: str) -> tuple[str, ...]:
    parts = [text] if key in ("description", "argument-hint", "name", "model") else text.split(",")
    return tuple(part for each in parts if (part := each.strip().strip("\"'")))
