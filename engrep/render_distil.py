"""What distilling and reviewing show on a terminal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich.text import Text

from engrep.output import safe_line
from engrep.render_memory import entry_lines

if TYPE_CHECKING:
    from engrep.engine.distil import Drawn
    from engrep.engine.distil_verbs import DistilReport
    from engrep.engine.memory_types import Entry
    from engrep.engine.review import Open


def distilled_lines(report: DistilReport) -> Iterable[Text]:
    """Tell what sessions gave."""
    for session in report.sessions:
        if session.drawn:
            yield Text(safe_line(session.session), style="bold")
            for drawn in session.drawn:
                yield from _drawn_lines(drawn)
    yield from _model_lines(report)
    if not report.turns and not report.sessions:
        yield Text("nothing new to read")
        return
    verb = "would be " if report.dry_run else ""
    known = f", {report.known_already} known already" if report.known_already else ""
    rejected = f", {report.rejected_before} left out because they were rejected" if report.rejected_before else ""
    yield Text(
        f"{report.turns} turns read: {report.active} {verb}kept, {report.proposed} {verb}proposed for `engrep review`{known}{rejected}"
    )


def _model_lines(report: DistilReport) -> Iterable[Text]:
    done = report.model
    if done is None:
        return
    name = safe_line(f"{done.model} at {done.where}")
    if report.dry_run:
        new = done.passages - done.kept
        yield Text(
            f"{name} would be asked to read {new} passages, about {done.estimated_tokens:,} tokens; nothing was sent"
        )
        return
    cost = "" if not done.cost else f", {done.cost:.4f} {done.currency}"
    kept = f", {done.kept} passages answered before" if done.kept else ""
    refused = f"; {done.refused} statements refused that the session does not bear out" if done.refused else ""
    yield Text(f"{name}: {done.requests} requests, {done.tokens:,} tokens{cost}{kept}{refused}")
    if done.problem:
        sessions = f"{len(done.left_to_rules)} session{'s' if len(done.left_to_rules) != 1 else ''}"
        yield Text(f"the model failed, so the rules alone read {sessions}: {safe_line(done.problem)}", "yellow")


def _drawn_lines(drawn: Drawn) -> Iterable[Text]:
    turns = ", ".join(map(str, drawn.turns))
    yield Text.assemble(
        "  ", (drawn.id and f"{drawn.id}  ", "bold"), f"{drawn.kind} · {drawn.status}", (f"  turn {turns}", "dim")
    )
    yield Text(f"    {safe_line(drawn.text)}")
    if drawn.duplicate_of:
        yield Text("    known already", style="dim")
    for old in drawn.superseded:
        yield Text(f"    takes the place of {old}")
    for other in drawn.conflicts:
        yield Text(f"    may contradict {other}", style="yellow")


def open_lines(waiting: Open) -> Iterable[Text]:
    """Show one decision that waits, with the passages that it rests on."""
    yield from _with_evidence(waiting.memory)
    for other in waiting.against:
        yield Text("  may contradict", style="yellow")
        yield from _with_evidence(other)


def _with_evidence(entry: Entry) -> Iterable[Text]:
    yield from entry_lines(entry)
    for quote in dict.fromkeys(each.quote for each in entry.evidence if each.quote):
        yield Text(f"  “{safe_line(quote)}”", style="dim")
    for each in entry.evidence:
        yield Text(f"  session {safe_line(each.session)} turn {safe_line(each.turn)}", style="dim")
