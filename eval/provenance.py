"""By which program and on which machine something was measured."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import subprocess
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any


def engrep_version() -> str | None:
    """Return the version that is installed, None where engrep runs from its sources without being installed."""
    with suppress(PackageNotFoundError):
        return version("engrep")
    return None


def machine() -> dict[str, Any]:
    """Describe the machine: figures of time mean nothing without."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "load": None if load is None else round(load, 2),
    }


def _processor() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return platform.processor()
    found = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    return found[1] if found else platform.processor()


def source_commit() -> str | None:
    """Return the commit that engrep runs from, None for an installed one.

    Where files differ from it "+" and a sum of the differences follow, so that two states of work are two programs.
    """
    root = Path(__file__).resolve().parent.parent
    if not (root / ".git").exists():
        return None
    try:
        commit, changes = (
            subprocess.run(["git", "-C", str(root), *asked], check=True, capture_output=True).stdout
            for asked in (("rev-parse", "--short=10", "HEAD"), ("diff", "--binary", "--no-ext-diff", "HEAD"))
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return commit.decode().strip() + (f"+{hashlib.sha256(changes).hexdigest()[:6]}" if changes else "")
