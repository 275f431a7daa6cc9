"""Rules about files as Claude Code writes them, as they are matched in one root.

    Read(//etc/**)             an absolute path
    Read(~/notes/**)           below the person's home
    Read(/src/**)              below the root, from its top
    Read(src/**), Read(./src)  below the root; a name alone at any depth

Absolute paths are written `//…` here, of rules and of files. Links and `..` in what stands before a rule's first wildcard are
followed, and those of a file too: either name of it is denied.
"""

from __future__ import annotations

import glob
import os
from fnmatch import fnmatchcase
from pathlib import Path

from engrep.agents.permissions import READ, Rule


def placed(rule: Rule, root: Path) -> tuple[Rule, ...]:
    """Return the rules that a rule comes to in a root: it as it stands or absolute, and where its links lead."""
    if not rule.on or not fnmatchcase(READ, rule.tool):
        return (rule,)
    top = glob.escape(root.absolute().as_posix())
    on = rule.on.replace("\\", "/")
    is_relative = not on.startswith(("/", "~/"))
    if on.startswith("//"):
        drive = os.name == "nt" and on[3:4] == "/"  # //c/Users, as Claude Code writes C:\Users
        path = f"{on[2]}:{on[3:]}" if drive else on[1:]
    elif on.startswith("~/"):
        path = f"{glob.escape(Path.home().as_posix())}{on[1:]}"
    else:
        path = f"{top}/{on.removeprefix('./').lstrip('/')}"
    real = _followed(path)
    names = dict.fromkeys([path, real])
    if is_relative:
        names.pop(path)
        if real == f"{_followed(top)}/{on.removeprefix('./').rstrip('/')}":
            names.pop(real, None)
    absolute = tuple(Rule(rule.tool, f"/{name}" if name.startswith("/") else f"//{name}") for name in names)
    return (rule, *absolute) if is_relative else absolute


def _followed(path: str) -> str:
    """Return a pattern with links and `..` followed in what stands before its first wildcard."""
    parts = path.rstrip("/").split("/")
    fixed = next((at for at, part in enumerate(parts) if glob.has_magic(part.replace("[[]", ""))), len(parts))
    before = "/".join(parts[:fixed]).replace("[[]", "[").replace("[*]", "*").replace("[?]", "?")
    real = glob.escape(os.path.realpath(before or "/").replace("\\", "/")).rstrip("/")
    return "/".join([real, *parts[fixed:]])
