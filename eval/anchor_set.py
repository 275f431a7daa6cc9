"""Make a data set of anchors from the git history of a Python repository, or add the repository to one."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from engrep.engine.errors import UsageError
from engrep.eval.anchor_cases import History, draw, rows
from engrep.eval.datasets import MANIFEST, seal
from engrep.eval.snapshots import git
from engrep.eval.systems.anchors import STATES


def write_anchors(
    clone: Path, folder: Path, repository: str, revisions: Sequence[str], per_verdict: int, seed: int
) -> dict[str, int]:
    """Draw cases between neighbouring revisions, and return how many there are of each verdict.

    Raises:
        UsageError: fewer than two revisions, one that is not in the history, or no case between them.

    """
    history = History(_git_dir(clone))
    commits = [_commit(history.git_dir, revision) for revision in revisions]
    if len(commits) < 2:
        message = "name two revisions at least, the older first"
        raise UsageError(message)
    counts: Counter[str] = Counter()
    lines = []
    for step in pairwise(commits):
        drawn = draw(history, step, per_verdict, seed)
        counts.update(each.verdict for each in drawn)
        lines += [json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows(repository, step, drawn)]
    if not counts:
        message = f"between these revisions {clone} has no Python function of which it can be told what became of it"
        raise UsageError(message)
    _write(folder, repository, "".join(f"{line}\n" for line in lines))
    return {state: counts[state] for state in STATES}


def _write(folder: Path, repository: str, text: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{repository.replace('/', '+')}.jsonl").write_text(text, encoding="utf-8")
    manifest = folder / MANIFEST
    if not manifest.is_file():
        described = {
            "name": folder.resolve().name,
            "title": "What became of functions and classes between two commits",
            "origin": "drawn with `engrep eval replay`",
            "licence": "that of the repositories",
            "note": "names, places and verdicts by Python's own parser; nothing of the code",
        }
        manifest.write_text(json.dumps(described, indent=1) + "\n", encoding="utf-8")
    seal(folder.resolve())


def _git_dir(clone: Path) -> Path:
    try:
        found = subprocess.run(
            ["git", "-C", str(clone), "rev-parse", "--absolute-git-dir"], check=True, capture_output=True, text=True
        )
    except (OSError, subprocess.CalledProcessError) as exc:
        message = f"{clone} is no git repository"
        raise UsageError(message) from exc
    return Path(found.stdout.strip())


def _commit(git_dir: Path, revision: str) -> str:
    try:
        return git(git_dir, "rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}").decode().strip()
    except subprocess.CalledProcessError as exc:
        message = f"{git_dir} has no revision {revision}"
        raise UsageError(message) from exc
