"""Run the examples of a page: a `console` block, in which what each line that starts with `$ ` prints stands below it.

The lines run one after the other on a copy of docs/example, with memories and an index of its own. `$ engrep` is the real
command line, `$ sed -i s/OLD/NEW/ FILE` an edit.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

PROJECT = Path(__file__).resolve().parent.parent
EXAMPLE = PROJECT / "docs" / "example"
_SAME = (
    re.compile(r"^```\w+\n.*?^```$", re.MULTILINE | re.DOTALL),
    re.compile(r"<!-- figures from docs/runs -->.*?<!-- end of figures -->", re.DOTALL),
)
MEMORY_IDS, DAY, QUIET = ("m4f7k2qxa", "m9d3t6wnc", "m1h8v5zpe"), "2026-11-22", "0.2 s"


def with_examples(text: str) -> str:
    """Run the examples of a page anew."""
    with TemporaryDirectory() as folder:
        root = Path(folder).resolve() / EXAMPLE.name
        shutil.copytree(EXAMPLE, root, ignore=shutil.ignore_patterns(".engrep", "__pycache__"))
        ids: dict[str, str] = {}
        return re.sub(
            r"(?<=^```console\n).*?(?=^```$)",
            lambda block: "\n".join(
                _without_chance(_example(line, root), ids)
                for line in block.group().splitlines()
                if line.startswith("$ ")
            ),
            text,
            flags=re.MULTILINE | re.DOTALL,
        )


def mirrored(translated: str, original: str) -> str:
    """Give a translated page the blocks of code and the tables of figures of its original, in their order.

    Raises:
        ValueError: the pages have not as many of them.

    """
    for kind in _SAME:
        between, there = kind.split(translated), kind.findall(original)
        if len(between) != len(there) + 1:
            raise ValueError("the translated page has not as many blocks of code as its original")
        translated = "".join(text + same for text, same in zip(between, [*there, ""], strict=True))
    return translated


def _without_chance(printed: str, ids: dict[str, str]) -> str:
    """Give each memory the next of some fixed ids, every answer the same day, and every run the time of a quiet machine."""
    named = re.sub(
        r"^m[0-9a-z]{8}(?=  )",
        lambda found: ids.setdefault(found.group(), MEMORY_IDS[len(ids) % len(MEMORY_IDS)]),
        printed,
        flags=re.MULTILINE,
    )
    named = re.sub(r"(?<=  )\d+\.\d s$", QUIET, named, flags=re.MULTILINE)
    return re.sub(r"\b20\d\d-\d\d-\d\d\b", DAY, named)


def _example(line: str, root: Path) -> str:
    program, *arguments = shlex.split(line.removeprefix("$ "))
    if program == "sed":
        return f"{line}\n{_edited(root, *arguments)}"
    if program != "engrep":
        raise ValueError(f"an example in README.md must start with engrep or sed: {line}")
    environment = {name: value for name, value in os.environ.items() if name != "FORCE_COLOR"}
    environment |= {"PYTHONPATH": str(PROJECT), "ENGREP_HOME": str(root.parent / "home")}
    command = [sys.executable, "-m", "engrep", *arguments, "--repo", str(root)]
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, encoding="utf-8", check=False)
    if done.returncode > 1:
        raise RuntimeError(f"{line} in README.md exits with {done.returncode}: {done.stderr}")
    printed = (done.stdout + done.stderr).replace(str(root), f"~/{root.name}")
    return f"{line}\n{printed.rstrip()}\n"


def _edited(root: Path, _in_place: str, rule: str, path: str) -> str:
    """Do what `sed -i s/OLD/NEW/ PATH` does, on any machine; it prints nothing."""
    _, old, new, _ = rule.split("/")
    file = root / path
    text = file.read_text(encoding="utf-8")
    if old not in text:
        raise ValueError(f"an example in README.md edits what is not there: {old}")
    file.write_text(text.replace(old, new), encoding="utf-8")
    return ""
