"""How an installation looks: the files, and in a dry run what would stand in them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.text import Text

from engrep.output import safe_line

_COLOURS = {"+": "green", "-": "red", "@": "cyan"}


def install_lines(found: dict[str, Any]) -> Iterator[Text]:
    """Show each file and what became of it; a dry run shows the lines."""
    for file in found["files"]:
        state = f"would be {file['state']}" if found["dry_run"] and file["state"] != "unchanged" else file["state"]
        line = Text.assemble((safe_line(file["path"]), "bold"), "  ", state)
        if file["note"]:
            line.append(f"; it {file['note']}", "yellow")
        yield line
        if found["dry_run"]:
            yield from (Text(safe_line(each), _COLOURS.get(each[:1], "")) for each in file["diff"].splitlines())
    yield from map(Text, found["still_asked"])
    if found["dry_run"]:
        yield Text("Nothing was written.", "dim")
