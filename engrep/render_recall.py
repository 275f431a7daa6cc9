"""What recall and brief show on a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.text import Text

from engrep.engine.recall_types import Brief, Item, Recall
from engrep.output import safe_block, safe_line

MOST_LINES = 12  # of one place in the code


def recall_lines(found: Recall, *, why: bool) -> Iterable[Text]:
    """Show an answer, best first, and what was kept back."""
    yield from _items(found.items, why=why)
    if found.ambiguous is not None:
        names = ", ".join(safe_line(each.qualified_name) for each in found.ambiguous.candidates[:3])
        yield Text(f"{safe_line(found.ambiguous.name)} may be {names}: name the module, or say --from", style="yellow")
    if found.stale_withheld:
        what = "memory is" if found.stale_withheld == 1 else "memories are"
        yield Text(f"{found.stale_withheld} {what} about code that changed: --include-stale shows what", style="yellow")
    if not found.items:
        yield Text(f"Nothing known about {safe_line(found.query[:80])}" if found.query.strip() else "Nothing asked")


def brief_lines(found: Brief) -> Iterable[Text]:
    """Show what a session starts with."""
    yield from _items(found.items, why=False)
    if not found.items:
        yield Text("Nothing to tell yet")


def _items(items: Sequence[Item], *, why: bool) -> Iterable[Text]:
    for item in items:
        yield _headline(item)
        lines = safe_block(item.text).splitlines()
        for line in lines[:MOST_LINES]:
            yield Text(f"  {line}")
        if len(lines) > MOST_LINES:
            yield Text(f"  … {len(lines) - MOST_LINES} more lines", style="dim")
        if item.files:
            rest = f" and {item.touched - len(item.files)} more" if item.touched > len(item.files) else ""
            yield Text(f"  {', '.join(map(safe_line, item.files))}{rest}", style="dim")
        if item.changed:
            yield Text(f"  {safe_line(item.changed)}", style="yellow")
        if item.contradicted:
            yield Text(f"  {safe_line(item.contradicted)} says otherwise", style="yellow")
        if why:
            yield Text("  " + "  ".join(f"{part.part} {part.value:+.2f}" for part in item.why), style="dim")


def _headline(item: Item) -> Text:
    if item.type == "code":
        place = f"{safe_line(item.path)}:{item.start_line}"
        return Text.assemble(
            (safe_line(item.qualified_name) or place, "bold"), f"  {place}" if item.qualified_name else ""
        )
    when = item.learned.at[:10] if item.learned else ""
    if item.type == "commit":
        return Text.assemble((item.id[:10], "bold"), "  commit", (f"  {when}", "dim"))
    if item.type == "turn":
        return Text.assemble(
            (f"{safe_line(item.session)} {item.number}", "bold"), f"  {item.role}", (f"  {when}", "dim")
        )
    about = "".join(f"  about {safe_line(each.qualified_name)}" for each in item.anchors[:2])
    said = f"  said in {safe_line(item.learned.session)}" if item.learned and item.learned.session else ""
    return Text.assemble((item.id, "bold"), f"  {item.kind}{about}", (f"  {when}{said}", "dim"))
