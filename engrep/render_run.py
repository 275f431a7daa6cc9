"""What a run shows: a line for each step while it works, and what came of it at the end."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.text import Text

from engrep.output import make_console, safe_line

if TYPE_CHECKING:
    from rich.status import Status

    from engrep.agents.flow_types import Report, Step

_COLOURS = {"solved": "green", "failed": "red", "stopped": "yellow"}


@contextmanager
def steps_shown() -> Iterator[Callable[[Step], None]]:
    """Give a callback that shows each step on stderr: what is being done, then a line when it is; nothing in a pipe."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    console = make_console(stderr=True)
    with console.status("") as status:
        running: dict[tuple[str, str], None] = {}

        def show(step: Step) -> None:
            _note(running, step)
            if step.is_done:
                console.print(_step_line(step))
            _draw(status, running)

        yield show


def _note(running: dict[tuple[str, str], None], step: Step) -> None:
    if step.is_done:
        running.pop((step.role, step.what), None)
    else:
        running[step.role, step.what] = None


def _draw(status: Status, running: dict[tuple[str, str], None]) -> None:
    status.update(Text(" · ".join(f"{role} {safe_line(what)}" for role, what in running), style="dim"))


def _step_line(step: Step) -> Text:
    return Text.assemble((f"{step.role:<9} ", "cyan"), safe_line(step.what), (f"  {step.seconds:.1f} s", "dim"))


def report_lines(report: Report) -> Iterable[Text]:
    """Show a report: the verdict, what changed, what shows it, what was refused, what it took, and what to do next."""
    yield Text.assemble((report.status, f"bold {_COLOURS.get(report.status, '')}"), f"  {safe_line(report.reason)}")
    for change in report.files:
        yield Text.assemble(
            f"  {safe_line(change.path)}  ", (f"+{change.added}", "green"), " ", (f"−{change.removed}", "red")
        )
    for claim in report.claims:
        yield Text.assemble("  ", safe_line(claim.text), (f"  {', '.join(map(safe_line, claim.evidence))}", "dim"))
    for found in report.findings:
        yield Text.assemble((f"  {found.severity} ", "yellow"), safe_line(f"{found.path}:{found.line} {found.claim}"))
    for each in report.evidence:
        style = "green" if each.is_passed else "red"
        yield Text.assemble(
            (f"  {each.id} ", "dim"), (each.said, style), f"  {safe_line(each.command)}", (f"  {each.purpose}", "dim")
        )
    for refusal in report.refusals:
        yield Text.assemble(("  refused ", "yellow"), safe_line(f"{refusal.role}: {refusal.why}"))
    for told in report.notes:
        yield Text(f"  {safe_line(told)}", style="dim")
    yield Text(_took(report), style="dim")
    yield from _next(report)


def _took(report: Report) -> str:
    tokens = sum(each.sent + each.received for each in report.roles)
    costs: dict[str, float] = {}
    for each in report.roles:
        for currency, amount in each.costs.items():
            costs[currency] = costs.get(currency, 0.0) + amount
    money = "".join(f", {amount:.4f} {currency}" for currency, amount in costs.items())
    seconds = report.seconds
    return f"  {tokens:,} tokens{money}, {seconds.total:.1f} s (models {seconds.models:.1f}, commands {seconds.commands:.1f})"


def _next(report: Report) -> Iterable[Text]:
    yield Text(f"  report  {safe_line(report.report)}")
    if report.branch:
        yield Text.assemble("  take it in with ", (f"git merge {report.branch}", "bold"))
    elif report.patch:
        yield Text(f"  patch   {safe_line(report.patch)}")
    if report.resume:
        yield Text.assemble("  go on with ", (report.resume, "bold"))


def run_lines(runs: Sequence[dict[str, str]]) -> Iterable[Text]:
    """Show a line for each run."""
    for each in runs:
        style = _COLOURS.get(each["status"], "")
        yield Text.assemble(each["id"], "  ", (f"{each['status']:<10}", style), f"  {safe_line(each['task'])[:100]}")
    if not runs:
        yield Text("no runs yet")
