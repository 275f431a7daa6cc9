"""What the commands of the archive show on a terminal."""

from __future__ import annotations

from collections.abc import Iterable

from rich.text import Text

from engrep.engine.memory_types import Session, Turn
from engrep.engine.report_types import Archived, Exported, SessionTurns
from engrep.output import safe_block, safe_line


def import_lines(done: Archived) -> Iterable[Text]:
    """Tell what an import took in, and what it left."""
    memories = [(done.memories_added, "new"), (done.memories_updated, "newer"), (done.memories_unchanged, "unchanged")]
    has_memories = any(number for number, _ in memories)
    if has_memories:
        kinds = " · ".join(f"{number:,} {what}" for number, what in memories if number)
        yield Text(f"{_count(sum(number for number, _ in memories), 'memory', 'memories')}: {kinds}")
    taken = done.sessions_new + done.sessions_grown + done.sessions_reread
    verb = "would be taken in" if done.dry_run else "taken in"
    if taken or not has_memories:
        what = f"{_count(taken, 'session')}, {_count(done.turns, 'turn')}" if taken else "nothing"
        yield Text(f"{what} {verb} ({done.seconds:.1f} s)")
    parts = [
        (done.sessions_new, "new"), (done.sessions_grown, "grown"), (done.sessions_reread, "read anew"),
        (done.sessions_unchanged, "unchanged"), (done.sessions_elsewhere, "of other projects, not taken"),
    ]  # fmt: skip
    found = " · ".join(f"{number:,} {what}" for number, what in parts if number)
    if found:
        yield Text(f"  {found}", style="dim")
    if done.redacted:
        yield Text(f"  {_count(done.redacted, 'secret')} taken out", style="yellow")
    if done.left_out:
        yield Text("  left out: " + " · ".join(f"{n:,} {name}" for name, n in done.left_out.items()), style="dim")
    for problem in done.problems:
        yield Text(f"  {safe_line(problem)}", style="red")


def export_lines(done: Exported) -> Iterable[Text]:
    """Tell what was written."""
    if done.format == "block":
        what = _count(done.memories, "memory", "memories")
        more = f", {done.left_out:,} had no room" if done.left_out else ""
        said = f"{what} between the marks{more}" if done.memories else "nothing of engrep's is in it"
        yield Text(f"{safe_line(done.path or '')}: {said}{'' if done.changed else ' (as before)'}")
        return
    yield Text(f"{_count(done.memories, 'memory', 'memories')} written to {safe_line(done.path or 'stdout')}")


def _count(number: int, what: str, several: str = "") -> str:
    return f"{number:,} {what if number == 1 else several or f'{what}s'}"


def session_line(session: Session) -> Text:
    """Show a session as its index line."""
    where = f" {safe_line(session.branch)}" if session.branch else ""
    return Text.assemble(
        (safe_line(session.id), "bold"),
        (f"  {session.started_at[:16].replace('T', ' ')}  {session.program}{where}  {session.turns:,} turns  ", "dim"),
        safe_line(session.title),
    )


def page_lines(page: SessionTurns) -> Iterable[Text]:
    """Show a page of a session."""
    yield session_line(page.session)
    for turn in page.turns:
        yield from _turn_lines(turn)
    if page.next_after is not None:
        yield Text(f"more: engrep sessions {safe_line(page.session.id)} --after {page.next_after}", style="dim")


def _turn_lines(turn: Turn) -> Iterable[Text]:
    what = " ".join(safe_line(part) for part in (turn.role, turn.tool, turn.path) if part)
    yield Text.assemble((f"{turn.number} ", "bold"), what, (f"  {turn.at[:16].replace('T', ' ')}", "dim"))
    for line in safe_block(turn.text).splitlines():
        yield Text(f"  {line}")
