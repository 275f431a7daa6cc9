"""The commands that set a coding agent up for engrep, and take it back: install and uninstall."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engrep.options import Json, Repo
from engrep.output import FOUND, USAGE, emit, note

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

Program = Annotated[str, typer.Argument(metavar="PROGRAM", help="claude, codex, gemini, cursor or vscode.")]
Scope = Annotated[bool, typer.Option("--user/--project", help="For all projects of this person, or for this one.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would be written, and write nothing.")]


def install(
    program: Program, user: Scope = False, dry_run: DryRun = False, repo: Repo = None, as_json: Json = False
) -> int:
    """Set a coding agent up: its hooks, so that memories arrive by themselves, and the MCP server.

    What stands in its files stays; run again, it changes nothing.
    """
    return _run(program, repo, is_user=user, dry_run=dry_run, as_json=as_json, back=False)


def uninstall(
    program: Program, user: Scope = False, dry_run: DryRun = False, repo: Repo = None, as_json: Json = False
) -> int:
    """Take back what install wrote.

    A file that nobody wrote since is given back byte for byte; of any other only our entries are taken out.
    """
    return _run(program, repo, is_user=user, dry_run=dry_run, as_json=as_json, back=True)


def _run(program: str, repo: Path | None, *, is_user: bool, dry_run: bool, as_json: bool, back: bool) -> int:
    from engrep.engine.places import find_root
    from engrep.install import carry_out, plan_install, plan_uninstall
    from engrep.install_programs import NAMES, still_asked, targets

    if program not in NAMES:
        note(f"there is no program {program}; there are {', '.join(NAMES)}")
        return USAGE
    root = None if is_user else find_root(repo)
    plan = plan_uninstall if back else plan_install
    changes = plan(targets(program, root), root)
    if not dry_run:
        carry_out(changes)
    found: dict[str, Any] = {
        "program": program,
        "scope": "user" if is_user else "project",
        "dry_run": dry_run,
        "files": [
            {"path": str(each.path), "state": each.state, "note": each.note, "diff": each.diff} for each in changes
        ],
        "still_asked": [] if back else list(still_asked(program, root)),
    }

    def view(_console: Console) -> Iterable[Text]:
        from engrep.render_install import install_lines

        return install_lines(found)

    emit(found, view, as_json=as_json)
    return FOUND
