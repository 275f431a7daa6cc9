"""What the evaluation commands show on a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.text import Text

from engrep.output import safe_line


def run_lines(files: Sequence[Path]) -> Iterable[Text]:
    """Name the run files, and how to look at them."""
    for path in files:
        yield Text(safe_line(str(path)))
    yield Text(f"look at them with: engrep eval report {files[0].parent}", style="dim")


def fetched_lines(fetched: Mapping[str, Any]) -> Iterable[Text]:
    """Tell what was brought."""
    yield Text(f"{fetched['task']}: {len(fetched['fetched'])} fetched, {len(fetched['present'])} here already")


def generated_lines(folder: Path, counts: Mapping[str, int]) -> Iterable[Text]:
    """Tell how many questions were made, and how to ask them."""
    yield Text(", ".join(f"{count} {kind}" for kind, count in counts.items()))
    whole = folder.resolve()
    yield Text(safe_line(f"ask them with: engrep eval run namesakes:{whole.name} --data {whole.parent}"), style="dim")


def task_lines(found: Sequence[Mapping[str, Any]]) -> Iterable[Text]:
    """List tasks."""
    width = max(len(each["name"]) for each in found)
    for each in found:
        yield Text.assemble((f"{each['name']:{width}}  ", "bold"), each["title"])
        yield Text(f"{'':{width}}  {each['state']}", style="dim")


def system_lines(found: Sequence[Mapping[str, Any]]) -> Iterable[Text]:
    """List systems by the kind of task they can do."""
    width = max(len(each["name"]) for each in found)
    for each in found:
        yield Text.assemble((f"{each['name']:{width}}  ", "bold"), each["title"], (f"  ({each['kind']})", "dim"))
