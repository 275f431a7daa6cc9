"""What a tool may do: rules that allow, ask or deny, by tool and by what it is used on.

    read(src/**)          the tool `read`, on files below src
    remember              the tool, on anything
    mcp__tickets__close   a tool of an MCP server; mcp__tickets for all of that server's

A rule that denies wins over all others. A file that comes with a project is a stranger's: its rules count where they deny or
ask, and never where they allow.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path

from engrep.engine.errors import UsageError
from engrep.engine.globs import path_fits
from engrep.indexers.secret_files import holds_secrets

ALLOW, ASK, DENY = "allow", "ask", "deny"
READ = "read"
_RULE = re.compile(r"([A-Za-z_][\w*-]*)(?:\((.*)\))?", re.DOTALL)
# What Claude Code calls its tools, whose rules stand in a project's settings: who may not read a file may not search in it.
_ALIASES = {"glob": "search", "grep": "search"}


@dataclass(frozen=True, slots=True)
class Rule:
    """One pattern: a tool, and what it is used on ('' for anything)."""

    tool: str
    on: str = ""

    def __str__(self) -> str:
        return f"{self.tool}({self.on})" if self.on else self.tool

    def matches(self, tool: str, subject: str) -> bool:
        """Tell whether a use of a tool is meant."""
        of_server = self.tool.count("__") == 1 and tool.startswith(f"{self.tool}__")
        if not (of_server or fnmatchcase(tool, self.tool)):
            return False
        if not self.on or self.on == "*":
            return True
        if tool == READ:
            return self.on.startswith("//") == subject.startswith("//") and _is_path(subject, self.on)
        return fnmatchcase(subject, self.on) or (self.on.endswith(":*") and subject.startswith(self.on[:-2]))


@dataclass(frozen=True, slots=True)
class Permissions:
    """All rules that hold: those of the person, those of the project, and what was agreed to just now."""

    allow: tuple[Rule, ...] = ()
    ask: tuple[Rule, ...] = ()
    deny: tuple[Rule, ...] = ()
    agreed: tuple[Rule, ...] = ()  # by --allow, or by an answer in the session: nobody is asked again
    root: str = ""  # where paths begin that are relative; '' where no links are followed

    def decide(self, tool: str, subject: str, otherwise: str = ALLOW) -> str:
        """Return allow, ask or deny; `otherwise` is what holds where no rule says anything."""
        subjects: tuple[str, ...] = ()
        for rules, decision in ((self.deny, DENY), (self.agreed, ALLOW), (self.ask, ASK), (self.allow, ALLOW)):
            if any(rule.on for rule in rules):
                subjects = subjects or self._names(tool, subject)
            if any(rule.matches(tool, each) for rule in rules for each in subjects or (subject,)):
                return decision
        return otherwise

    def _names(self, tool: str, subject: str) -> tuple[str, ...]:
        """Return what a file is called: as given, without links and `..`, and both as absolute paths, which begin with //."""
        if tool != READ or not self.root or not subject or "\0" in subject:
            return (subject,)
        path = os.path.join(self.root, subject)  # noqa: PTH118 - it may be absolute
        top, real = os.path.realpath(self.root), os.path.realpath(path)
        inside = os.path.relpath(real, top) if Path(real).is_relative_to(top) else subject
        names = (subject, inside, *(f"//{each.replace(os.sep, '/').lstrip('/')}" for each in (path, real)))
        return tuple(dict.fromkeys(name.replace(os.sep, "/") for name in names))

    def may_show(self, path: str, root: Path | None = None) -> bool:
        """Tell whether what stands in a file may be shown to a model: it holds no secrets, and no rule keeps it from being read.

        A path of an earlier session may be an absolute one below the root; what is of no file may be shown.
        """
        if root is not None and Path(path).is_relative_to(root):
            path = Path(path).relative_to(root).as_posix()
        return not path or (not holds_secrets(path) and self.decide(READ, path) == ALLOW)

    def agree(self, rule: Rule) -> Permissions:
        """Return the rules with one more that a person agreed to."""
        return replace(self, agreed=(*self.agreed, rule))

    def tightened(self, other: Permissions) -> Permissions:
        """Return the rules with what a project's own file denies and asks; what it allows is left out."""
        return replace(self, ask=(*self.ask, *other.ask), deny=(*self.deny, *other.deny))


def read_rule(text: str) -> Rule:
    """Return the rule that a text writes.

    Raises:
        UsageError: it is none.

    """
    found = _RULE.fullmatch(text.strip())
    if found is None:
        message = f"{text} is no rule: write a tool (remember), or a tool and what it is used on (read(src/**))"
        raise UsageError(message)
    tool, on = found[1], (found[2] or "").strip()
    if not tool.startswith("mcp__"):
        tool = tool.lower()
    if tool.startswith("mcp__engrep__"):
        tool = tool.removeprefix("mcp__engrep__")
    return Rule(_ALIASES.get(tool, tool), on)


def read_rules(allow: Sequence[str] = (), ask: Sequence[str] = (), deny: Sequence[str] = ()) -> Permissions:
    """Return the rules that texts write; raises UsageError for one that is none."""
    return Permissions(tuple(map(read_rule, allow)), tuple(map(read_rule, ask)), tuple(map(read_rule, deny)))


def _is_path(path: str, glob: str) -> bool:
    """Tell whether a path relative to the root is meant by a pattern as ignore files write them, or an absolute by one."""
    if glob.startswith("//"):
        wanted = glob.lower().rstrip("/").removesuffix("/**") or "/"
        return path_fits(path.lower(), wanted) or path_fits(path.lower(), f"{wanted.rstrip('/')}/*")
    wanted = glob.replace("\\", "/").removeprefix("./")
    bare = wanted.removeprefix("**/").strip("/").lower()
    # A name alone means a file or folder at any depth.
    if "/" not in bare and any(fnmatchcase(part, bare) for part in path.lower().split("/")):
        return True
    if wanted.endswith("/"):
        wanted += "**"
    wanted = wanted.lstrip("/").lower()
    return path_fits(path.lower(), wanted.removesuffix("/**")) or path_fits(path.lower(), wanted)
