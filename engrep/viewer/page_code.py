"""A file of the index, with its lines as they stand now."""

from __future__ import annotations

from engrep.viewer.asked import Ask, Page
from engrep.viewer.code import numbered
from engrep.viewer.markup import Child, element, link_to
from engrep.viewer.parts import link, mark

LINES = 1500


def file(ask: Ask) -> Page:
    """Show a part of a file, around the line that was asked for."""
    path = ask.query.get("path", "")
    line = ask.number("line", 1, 10_000_000)
    start = max(1, (line - 1) // LINES * LINES + 1)
    source = ask.memory.file_page(path, start=start, lines=LINES)
    heading = element("h1", path, mark("changed since indexed", "warn") if source.stale else None, class_="path")
    if source.missing:
        return Page(path, [heading, element("p", "The file cannot be read now.", class_="empty")], "search")
    is_full = len(source.lines) >= LINES or source.cut
    earlier = (
        link(f"Lines {start - LINES:,} – {start - 1:,}", link_to("/file", path=path, line=start - LINES), rel="prev")
        if start > 1
        else None
    )
    later = (
        link(f"From line {start + LINES:,} on", link_to("/file", path=path, line=start + LINES), rel="next")
        if is_full
        else None
    )
    around: Child = (
        element("nav", earlier, later, class_="pages", aria_label="Parts of the file") if earlier or later else None
    )
    return Page(path, [heading, around, numbered(source.lines, path, start), around], "search")
