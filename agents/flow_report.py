"""The report of a run: as values, as JSON beside its journal, and as Markdown in which every claim leads to what shows it."""

from __future__ import annotations

import json
import re
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engrep.agents.flow_fence import as_text
from engrep.agents.flow_types import (
    SOLVED,
    STOPPED,
    Claim,
    Evidence,
    FileChange,
    Found,
    Refusal,
    Report,
    RoleSum,
    Seconds,
)  # fmt: skip
from engrep.indexers.redact import redact

if TYPE_CHECKING:
    from engrep.agents.flow_run import Run

MARKDOWN, JSON, PATCH, JOURNAL = "report.md", "report.json", "change.patch", "journal.jsonl"
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")
_CHANGES = {"A": "added", "D": "deleted"}


def write(run: Run, start: dict[str, Any]) -> Report:
    """Write the report and the patch of a run into its folder and return the report."""
    told = _clean(asdict(_made(run, start)))
    made = Report(**{**told, **_typed(told)})
    if made.patch:
        patch = run.space.patch(run.outcome.tree or run.tree)
        Path(made.patch).write_bytes(patch.encode("utf-8", "surrogateescape"))
    run.path(JSON).write_text(json.dumps(told, ensure_ascii=False, indent=1), encoding="utf-8")
    run.path(MARKDOWN).write_text(redact(markdown(made)).text, encoding="utf-8")
    return made


def read(folder: Path) -> Report | None:
    """Return the report that lies in a run's folder, None where there is none that can be read."""
    try:
        told = json.loads((folder / JSON).read_text(encoding="utf-8"))
        return Report(**{**told, **_typed(told)})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _clean(value: Any) -> Any:
    """Return a value without secrets, and without what is no text: names of files may be any bytes."""
    if isinstance(value, str):
        return redact(as_text(value)).text
    if isinstance(value, dict):
        return {name: _clean(each) for name, each in value.items()}
    return [_clean(each) for each in value] if isinstance(value, list | tuple) else value


def _typed(told: dict[str, Any]) -> dict[str, Any]:
    claims = tuple(Claim(each["text"], tuple(each["evidence"])) for each in told["claims"])
    roles = tuple(RoleSum(**{**each, "models": tuple(each["models"])}) for each in told["roles"])
    kinds = {"files": FileChange, "evidence": Evidence, "findings": Found, "refusals": Refusal}
    lists = {name: tuple(kind(**each) for each in told[name]) for name, kind in kinds.items()}
    plain = {name: tuple(told[name]) for name in ("plan", "memories", "notes")}
    return {**lists, **plain, "claims": claims, "roles": roles, "seconds": Seconds(**told["seconds"])}


def _made(run: Run, start: dict[str, Any]) -> Report:
    outcome, name = run.outcome, run.space.folder.name
    tree = outcome.tree or run.tree
    files = _files(run, tree)
    patch = run.path(PATCH).as_posix() if files else ""
    resume = "" if outcome.status == SOLVED else f"engrep run --resume {name}"
    notes = (*outcome.notes, *_protections(run), *_tests_touched(files))
    return Report(
        name, outcome.status, outcome.reason, run.wish.task, str(start["commit"]), outcome.approved, outcome.verified,
        outcome.rounds, outcome.branch, outcome.commit, patch, files, outcome.plan, tuple(outcome.claims), run.evidence,
        tuple(outcome.findings), run.refusals, tuple(outcome.memories), notes, _roles(run), _seconds(run),
        run.space.folder.as_posix(), run.path(MARKDOWN).as_posix(), resume,
    )  # fmt: skip


def _files(run: Run, tree: str) -> tuple[FileChange, ...]:
    counts = {path: (added, removed) for added, removed, path in run.space.counts(tree)}
    return tuple(
        FileChange(path, _CHANGES.get(letter, "changed"), *counts.get(path, (0, 0)))
        for letter, path in run.space.changed(tree)
    )


def _protections(run: Run) -> list[str]:
    """Say which protections of commands this system did not give."""
    told: list[str] = []
    for what, values in (
        ("The network of commands was", {each.network for each in run.evidence}),
        ("Writing outside the work tree was", {each.writes for each in run.evidence}),
        ("Reading the person's keys was", {each.secrets for each in run.evidence if each.secrets}),
    ):
        told += [f"{what} not taken away: {value.removeprefix('on: ')}." for value in sorted(values) if value != "off"]
    return told


def _tests_touched(files: tuple[FileChange, ...]) -> list[str]:
    from engrep.indexers.testing import is_test_path

    touched = [each.path for each in files if is_test_path(each.path) and each.change != "added" and each.removed]
    return [f"Tests that were there before lost lines: {', '.join(touched)}."] if touched else []


def _roles(run: Run) -> tuple[RoleSum, ...]:
    calls = run.models.account.calls
    found: list[RoleSum] = []
    for role, each in run.models.account.by_role().items():
        names = tuple(dict.fromkeys(call.name for call in calls if call.role == role))
        found.append(RoleSum(
            role, names, each.calls, each.failed, each.usage.sent, each.usage.received, each.usage.is_estimated,
            dict(each.costs), each.unpriced, round(each.seconds, 2),
        ))  # fmt: skip
    return tuple(found)


def _seconds(run: Run) -> Seconds:
    """Say where the time of this process went; waits that overlap count once."""
    total = run.seconds_spent
    models = _covered([(begun, end) for kind, begun, end in run.waits if kind == "model"])
    programs = _covered([(begun, end) for kind, begun, end in run.waits if kind == "command"])
    own = time.monotonic() - run.begun - _covered([(begun, end) for _, begun, end in run.waits])
    return Seconds(round(total, 3), round(models, 3), round(programs, 3), round(own, 3))


def _covered(spans: list[tuple[float, float]]) -> float:
    covered, until = 0.0, float("-inf")
    for begun, end in sorted(spans):
        covered += max(end - max(begun, until), 0.0)
        until = max(until, end)
    return covered


def markdown(report: Report) -> str:
    """Return a report as a page."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> list[str]:
    title = {SOLVED: "Solved", STOPPED: "Stopped"}.get(report.status, "Not solved")
    lines = [
        f"# {title}: {_one_line(report.task)}",
        "",
        f"Run {report.id}, {report.rounds} round(s), on {report.base[:12]}.",
        "",
    ]
    lines += [f"**{report.status}**: {_one_line(report.reason)}.", ""]
    lines += [f"Approved by a review: {_yes(report.approved)}. Verified: {_yes(report.verified)}.", ""]
    if report.branch:
        lines += [
            f"Result: branch `{report.branch}`, commit {report.commit[:12]}. `git merge {report.branch}` takes it in.",
            "",
        ]
    if report.resume:
        lines += [f"Everything is kept. `{report.resume}` goes on.", ""]
    lines += _section(
        "What changed",
        [f"`{_one_line(each.path)}` {each.change}, +{each.added} −{each.removed}" for each in report.files],
    )
    if report.patch:
        lines += [f"All of it: [{PATCH}]({PATCH})", ""]
    lines += _section(
        "What is claimed, and what shows it",
        [f"{_one_line(each.text)} {_links(each, report)}" for each in report.claims],
    )
    lines += _section("Findings of the review", [
        f"{each.severity}: `{each.path}:{each.line}` {_one_line(each.claim)} {_one_line(each.advice)}".rstrip() for each in report.findings
    ])  # fmt: skip
    lines += _section("Evidence", [
        f"**{each.id}** {each.purpose}: `{_one_line(each.command)}` → {each.said}, {each.seconds:.1f} s, [{each.log}]({each.log})" for each in report.evidence
    ])  # fmt: skip
    lines += _section(
        "Refused",
        [f"{each.role}: {each.tool} `{_one_line(each.wanted)}`: {_one_line(each.why)}" for each in report.refusals],
    )
    lines += _section("Remembered", [f"`{each}`" for each in report.memories])
    lines += _section("To know", [_one_line(each) for each in report.notes])
    return [*lines, *_costs(report)]


def _costs(report: Report) -> list[str]:
    lines = [
        "## What it took",
        "",
        "| role | model | calls | tokens sent | received | cost | seconds |",
        "|---|---|---|---|---|---|---|",
    ]
    for each in report.roles:
        cost = ", ".join(f"{amount:.4f} {currency}" for currency, amount in each.costs.items()) or (
            "unknown" if each.unpriced else "0"
        )
        about = "about " if each.is_estimated else ""
        failed = f" ({each.failed} failed)" if each.failed else ""
        lines.append(
            f"| {each.role} | {', '.join(each.models)} | {each.calls}{failed} | {about}{each.sent:,} | {about}{each.received:,} | {cost} | {each.seconds:.1f} |"
        )
    took = report.seconds
    told = f"{took.total:.1f} s in all: models {took.models:.1f}, commands {took.commands:.1f}, engrep's own {took.own:.1f}."
    return [*lines, "", told]


def _section(title: str, items: list[str]) -> list[str]:
    return [f"## {title}", "", *(f"- {each}" for each in items), ""] if items else []


def _links(claim: Claim, report: Report) -> str:
    logs = {each.id: each.log for each in report.evidence}
    links = []
    for each in claim.evidence:
        place = logs.get(each) or {"diff": PATCH}.get(each) or (JOURNAL if ":" not in each else "")
        links.append(f"[{each}]({place})" if place else f"`{each}`")
    return f"({', '.join(links)})" if links else ""


def _one_line(text: str) -> str:
    """Return a stranger's text as one line in which nothing is a link, a tag or a sign for a terminal."""
    shown = _UNSEEN.sub("\N{REPLACEMENT CHARACTER}", " ".join(text.split()))
    return re.sub(r"([|\[\]])", r"\\\1", shown).replace("<", "&lt;").rstrip(".")


def _yes(value: bool) -> str:
    return "yes" if value else "no"
