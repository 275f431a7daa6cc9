"""Where rules stand: in the person's own files, and in a project's `.claude/settings.json`, which may only tighten them.

The person's: `[permissions]` in engrep's config.toml, and `~/.claude/settings.json` with `CLAUDE_CONFIG_DIR` in its place.
"""

from __future__ import annotations

import json
import logging
import os
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from engrep.agents.permission_paths import placed
from engrep.agents.permissions import ALLOW, ASK, DENY, Permissions, Rule, read_rule, read_rules
from engrep.engine.errors import UsageError

MAX_BYTES = 256 << 10
PROJECT_FILES = (".claude/settings.json", ".claude/settings.local.json")

log = logging.getLogger(__name__)


def claude_folder() -> Path:
    """Return the folder of the person's own Claude Code settings, whether there is one or not."""
    return Path(os.environ.get("CLAUDE_CONFIG_DIR") or Path.home() / ".claude").expanduser()


def permissions_for(root: Path, config: Path, agreed: Sequence[str] = ()) -> Permissions:
    """Return the rules that hold in a root; `agreed` are those of the command line.

    Raises:
        UsageError: a rule in engrep's configuration is none, or a file that is there cannot be read: it may deny something.

    """
    own = _of_config(config)
    theirs = _of_settings(claude_folder() / "settings.json")
    found = Permissions(
        (*own.allow, *theirs.allow), (*own.ask, *theirs.ask), (*own.deny, *theirs.deny), tuple(map(read_rule, agreed))
    )
    for name in PROJECT_FILES:
        found = found.tightened(_of_settings(root / name))
    allow, ask, deny, taken = (
        tuple(each for rule in rules for each in placed(rule, root))
        for rules in (found.allow, found.ask, found.deny, found.agreed)
    )
    return Permissions(allow, ask, deny, taken, str(root.absolute()))


def _of_config(path: Path) -> Permissions:
    try:
        table = tomllib.loads(path.read_bytes()[:MAX_BYTES].decode("utf-8-sig")).get("permissions", {})
    except OSError:
        return Permissions()
    except ValueError as exc:
        message = f"{path} is no TOML: {exc}"
        raise UsageError(message) from exc
    if not isinstance(table, dict) or set(table) - {ALLOW, ASK, DENY}:
        message = f"{path}: [permissions] has lists called allow, ask and deny, and nothing else"
        raise UsageError(message)
    return read_rules(*(_texts(table.get(name)) for name in (ALLOW, ASK, DENY)))


def _of_settings(path: Path) -> Permissions:
    """Read a settings file of Claude Code; a rule that is not understood is passed over: it may be meant for tools that are not here."""
    try:
        with path.open("rb") as file:
            told: Any = json.loads(file.read(MAX_BYTES).decode("utf-8-sig"))
    except (FileNotFoundError, NotADirectoryError):
        return Permissions()
    except (OSError, ValueError, RecursionError) as exc:
        message = f"{path} cannot be read, and it may deny something: {exc}; mend it or take it away"
        raise UsageError(message) from exc
    table = told.get("permissions") if isinstance(told, dict) else None
    if not isinstance(table, dict):
        return Permissions()
    allow, ask, deny = (tuple(_understood(table.get(name), path)) for name in (ALLOW, ASK, DENY))
    return Permissions(allow, ask, deny)


def _understood(texts: object, path: Path) -> list[Rule]:
    found = []
    for text in _texts(texts):
        try:
            found.append(read_rule(text))
        except UsageError:
            log.info("%s: %s is no rule", path, text)
    return found


def _texts(value: object) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []
