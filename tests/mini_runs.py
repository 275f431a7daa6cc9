"""Runs of the smallest task of the evaluation, and their files."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from conftest import Cli


CASES = 6


def run_mini(cli: Cli, folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """Run the smallest task with its files below a folder."""
    command = ("eval", "run", "mini", "--limit", str(CASES), "--cache", str(folder / "cache"), *more)
    return cli(*command, cwd=folder)


def lines(path: Path) -> list[dict[str, Any]]:
    """Read a run file as it lies there."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def run_two(cli: Cli, folder: Path) -> Path:
    """Run two systems on a few cases of the small corpus; give the folder of the run files."""
    done = run_mini(cli, folder, "--system", "engrep", "--system", "engrep=lexical")
    assert done.returncode == 0, done.stderr
    return folder / "runs"
