"""Small data sets for the evaluation's tests, and the runs that are made on them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from engrep.eval.cases import Result
from engrep.eval.datasets import seal
from engrep.eval.runs import read_run, run_files

if TYPE_CHECKING:
    from conftest import Cli


def write_set(folder: Path, files: Mapping[str, Any]) -> Path:
    """Write a sealed data set: the name of each file, and what it holds; rows where it is JSONL."""
    for name, content in {**files, "dataset.json": {"name": folder.name, "title": "t", "licence": "MIT"}}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = "".join(f"{json.dumps(row)}\n" for row in content) if name.endswith(".jsonl") else json.dumps(content)
        path.write_text(text, encoding="utf-8")
    seal(folder)
    return folder


class Evaluate(Protocol):
    """Run `engrep eval` with arguments."""

    def __call__(self, *arguments: str) -> subprocess.CompletedProcess[str]: ...


def evaluator(cli: Cli, folder: Path) -> Evaluate:
    """Make what runs `engrep eval` with its data sets in `folder/data`, and all else beside them."""

    def evaluate(*arguments: str) -> subprocess.CompletedProcess[str]:
        folders = ("--data", str(folder / "data"), "--cache", str(folder / "cache"))
        return cli("eval", *arguments, *folders, cwd=folder, ENGREP_EMBEDDER="none")

    return evaluate


def results(folder: Path) -> dict[str, Result]:
    """Read the runs that were made there: system → result."""
    return {result.head["system"]: result for result in map(read_run, run_files([folder / "runs"]))}
