"""How index reports, status and checks look to a person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from engrep.output import safe_line
from engrep.render import NAME, PLACE, QUIET, WARN, counted
from engrep.render_columns import GAP, columns

if TYPE_CHECKING:
    from engrep.engine.secrets_kept import Leak
    from engrep.engine.types import Check, IndexReport, SkippedFile, Status


# The choice stays with the index: whoever made it once in passing would search without vectors ever after, and not know.
_NO_VECTORS = "none, by choice: `engrep index --embedder static` makes them"


def report_lines(report: IndexReport) -> Iterator[Text]:
    """Give the lines of an index run: what it did, then what the index holds."""
    yield Text.assemble(("Indexed ", QUIET), (safe_line(report.root), NAME), (f"{GAP}{report.seconds:.1f} s", QUIET))
    yield Text(f"{GAP}{report.updated:,} updated, {report.removed:,} removed, {sum(report.skipped.values()):,} skipped")
    yield from _facts(
        {
            "files": f"{report.files:,}",
            "lines": f"{report.lines:,}",
            "symbols": f"{report.symbols:,}",
            "calls": f"{report.references:,} references, {report.edges:,} edges",
            "chunks": f"{report.chunks:,}",
            "vectors": _NO_VECTORS if report.embedder == "none" else "",
            "languages": tally(report.languages),
            "skipped": tally(report.skipped),
        }
    )


def status_lines(status: Status, skipped: Sequence[SkippedFile]) -> Iterator[Text]:
    """Give the lines of a status: the index, then how far the files have moved on."""
    yield Text(safe_line(status.root), NAME)
    if not status.indexed:
        advice = "run `engrep index`, which makes it anew" if status.outdated else "run `engrep index`"
        yield Text(f"{GAP}{safe_line(status.outdated or 'not indexed yet')}: {advice}", WARN)
        return
    yield from _facts(
        {
            "indexed": " at ".join(filter(None, (status.indexed_at, (status.commit or "")[:9]))),
            "files": f"{status.files:,}",
            "lines": f"{status.lines:,}",
            "symbols": f"{status.symbols:,}",
            "calls": f"{status.references:,} references, {status.edges:,} edges",
            "rungs": tally(status.rungs),
            "chunks": f"{status.chunks:,}",
            "vectors": _vectors(status),
            "languages": tally(status.languages),
            "skipped": tally(status.skipped),
            "problems": tally(status.problems),
            "database": f"{safe_line(status.database)} ({status.bytes / 1e6:,.1f} MB)",
        }
    )
    if status.without_vectors:
        yield Text(f"{GAP}no vectors in searches: {safe_line(status.without_vectors)}", WARN)
    yield _drift(status)
    yield from columns([[Text(safe_line(file.path), PLACE), Text(safe_line(file.reason), QUIET)] for file in skipped])


def check_lines(checks: Sequence[Check]) -> Iterator[Text]:
    """Give one line per check, and below a failed one what to do."""
    width = max((len(check.name) for check in checks), default=0)
    for check in checks:
        yield Text.assemble(
            ("✓ ", "green") if check.ok else ("✗ ", "bold red"),
            (f"{safe_line(check.name):<{width}}{GAP}", NAME),
            (safe_line(check.detail), QUIET if check.ok else ""),
        )
        if not check.ok and check.fix:
            yield Text(f"{GAP}{' ' * width}{GAP}{safe_line(check.fix)}", WARN)


def leak_lines(leaks: Sequence[Leak]) -> Iterator[Text]:
    """Give one line per place that holds secrets, and what to do about them."""
    if not leaks:
        yield Text.assemble(("✓ ", "green"), ("no secrets in what is stored", QUIET))
        return
    for database in dict.fromkeys(leak.database for leak in leaks):
        yield Text.assemble(("✗ ", "bold red"), f"secrets in {safe_line(database)}")
        for leak in leaks:
            if leak.database == database:
                yield Text.assemble(f"{GAP}{safe_line(leak.place)}", (f"{GAP}{tally(leak.kinds)}", QUIET))
    yield Text(
        f"{GAP}in code: take them out of it, and run `engrep index`. In memories: `engrep export FILE`, move the database away, "
        "`engrep import FILE`; both take out what today's rules find. Then change each secret: it was on the disk.",
        WARN,
    )


def tally(counts: Mapping[str, int]) -> str:
    """Write counts with the largest first: `"python 812 · go 201"`."""
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return " · ".join(f"{safe_line(name)} {number:,}" for name, number in ordered)


def _facts(facts: Mapping[str, str]) -> Iterator[Text]:
    width = max(map(len, facts))
    for name, value in facts.items():
        if value:
            yield Text.assemble((f"{GAP}{name:<{width}}{GAP}", QUIET), value)


def _vectors(status: Status) -> str:
    """Write whose vectors there are, whether all, and how far they are trusted: `"all, of small-1f2e, trusted 0.3 (not measured)"`."""
    if status.embedder == "none":
        return _NO_VECTORS + (f"; those of {safe_line(status.model)} are kept" if status.model else "")
    if not status.model:
        return ""
    share = "all" if status.vectors == status.chunks else f"{status.vectors:,} of {status.chunks:,} chunks"
    trusted = "" if status.trust is None else f", trusted {status.trust:g} ({status.trust_grounds})"
    advice = ": run `engrep eval calibrate`" if status.trust_grounds == "not measured" else ""
    return f"{share}, of {safe_line(status.model)}{trusted}{advice}"


def _drift(status: Status) -> Text:
    parts = (("changed", status.changed_files), ("new", status.new_files), ("gone", status.missing_files))
    moved = ", ".join(f"{number:,} {word}" for word, number in parts if number)
    if not moved:
        return Text(f"{GAP}up to date", "green")
    total = sum(number for _, number in parts)
    return Text(f"{GAP}{counted(total, 'file')} moved on since ({moved}): run `engrep index`", WARN)
