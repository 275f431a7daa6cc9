"""Installing into a project and out of it again, as the command does it."""

from __future__ import annotations

from pathlib import Path

from engrep.install import carry_out, plan_install, plan_uninstall
from engrep.install_programs import targets


def files_of(folder: Path) -> dict[str, bytes]:
    """Give the files of a project with their bytes."""
    return {
        each.relative_to(folder).as_posix(): each.read_bytes()
        for each in folder.rglob("*")
        if each.is_file() and ".git/" not in each.as_posix()
    }


def install(program: str, folder: Path) -> list[str]:
    """Install into a project and give what became of each file."""
    changes = plan_install(targets(program, folder), folder)
    carry_out(changes)
    return [each.state for each in changes]


def uninstall(program: str, folder: Path) -> list[str]:
    """Take an installation back and give what became of each file."""
    changes = plan_uninstall(targets(program, folder), folder)
    carry_out(changes)
    return [each.state for each in changes]
