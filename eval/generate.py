"""Make a data set of namesake questions from any Python repository, or add the repository to one."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from engrep.engine.errors import UsageError
from engrep.eval.call_sites import call_site_questions
from engrep.eval.collisions import all_definitions
from engrep.eval.datasets import MANIFEST, seal
from engrep.eval.questions import Question, text_questions


def generate(root: Path, seed: int, per_kind: int) -> list[Question]:
    """Make the questions of a repository; the same seed and sources give the same questions."""
    found = all_definitions(root)
    return [*text_questions(found, seed, per_kind), *call_site_questions(root, found, seed, per_kind)]


def write_set(root: Path, folder: Path, repository: str | None, seed: int, per_kind: int) -> dict[str, int]:
    """Add a repository's questions to the data set in `folder`, and return how many there are of each kind.

    With a repository's name the set says that its tree is to be fetched, at the commit that `root` is at; without one, that
    it lies at `root`.

    Raises:
        UsageError: no name collides there; or the tree that was named is not as git has it.

    """
    root = root.resolve()
    if not root.is_dir():
        message = f"{root}: no such folder"
        raise UsageError(message)
    source = _fetched(root, repository) if repository else {"folder": str(root)}
    questions = generate(root, seed, per_kind)
    if not questions:
        hint = f"; it is a package itself: name {root.parent}" if (root / "__init__.py").exists() else ""
        message = f"no name in {root} is defined in three modules of a package: there is nothing to ask{hint}"
        raise UsageError(message)
    folder.mkdir(parents=True, exist_ok=True)
    lines = "".join(json.dumps(asdict(each), ensure_ascii=False) + "\n" for each in questions)
    (folder / f"{root.name}.jsonl").write_text(lines, encoding="utf-8")
    entries = [entry for entry in _read(folder / "repos.json", []) if entry["name"] != root.name]
    _write(folder / "repos.json", [*entries, {"name": root.name, "language": "python", **source}])
    described = {
        "name": folder.resolve().name,
        "title": "Questions that mean one of several definitions of a name",
        "origin": "generated with `engrep eval generate`",
        "licence": "that of the repositories",
        "note": f"seed {seed}, up to {per_kind} questions of each kind",
    }
    _write(folder / MANIFEST, _read(folder / MANIFEST, described))
    seal(folder.resolve())
    return dict(Counter(each.kind for each in questions))


def _fetched(root: Path, repository: str) -> dict[str, str]:
    if _git(root, "status", "--porcelain"):
        message = f"{root} has changes that no commit holds: commit them, or leave --repository out"
        raise UsageError(message)
    return {"repository": repository, "revision": _git(root, "rev-parse", "HEAD")}


def _git(root: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(["git", "-C", str(root), *arguments], check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as exc:
        message = f"{root} is no git repository, so that it has no revision to name: leave --repository out"
        raise UsageError(message) from exc
    return done.stdout.strip()


def _read(path: Path, otherwise: Any) -> Any:
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else otherwise


def _write(path: Path, value: dict[str, Any] | Sequence[dict[str, Any]]) -> None:
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
