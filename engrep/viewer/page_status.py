"""What is indexed and remembered, what was left out and why, and whether all is sound."""

from __future__ import annotations

from collections.abc import Mapping

from engrep.viewer.asked import Ask, Page
from engrep.viewer.markup import Child, Markup, element
from engrep.viewer.parts import counted, link, mark, spaced

_MEGABYTE = 1_000_000


def status(ask: Ask) -> Page:
    """Show the index, and how far the work tree has moved on."""
    state = ask.memory.status()
    if not state.indexed:
        told = element("p", "Not indexed yet: run ", element("code", "engrep index"), ".", class_="empty")
        return Page("Status", [element("h1", "Status"), told, _doctor_link()], "status")
    moved = [(state.changed_files, "changed"), (state.new_files, "new"), (state.missing_files, "gone")]
    since = [f"{number:,} {word}" for number, word in moved if number]
    fresh = mark(f"{', '.join(since)} since: run engrep index", "warn") if since else mark("up to date", "ok")
    numbers = (
        ("files", state.files),
        ("lines", state.lines),
        ("symbols", state.symbols),
        ("references", state.references),
        ("edges", state.edges),
        ("chunks", state.chunks),
        ("vectors", state.vectors),
    )
    tiles = [element("li", element("b", f"{number:,}"), element("span", name)) for name, number in numbers]
    facts = (
        ("root", state.root),
        ("index", f"{state.database}, {state.bytes / _MEGABYTE:.1f} MB"),
        ("commit", state.commit or "none"),
        ("made", state.indexed_at or ""),
        (
            "embedder",
            f"{state.model or state.embedder or 'none'}"
            + (f", trusted {state.trust:.2f}" if state.trust is not None else ""),
        ),
        ("without vectors", state.without_vectors or ""),
    )
    listed = [[element("dt", name), element("dd", value)] for name, value in facts if value]
    body = [
        element("h1", "Status"),
        element("p", fresh, class_="summary"),
        element("ul", tiles, class_="tiles"),
        element("dl", listed, class_="facts"),
        element(
            "div",
            _counts("Languages", state.languages),
            _counts("How calls were resolved", state.rungs),
            _counts("Not indexed", state.skipped),
            _counts("Trouble in files", state.problems),
            class_="two",
        ),
        _doctor_link(),
    ]
    return Page("Status", body, "status")


def _doctor_link() -> Markup:
    return element("p", link("Check that all is sound", "/doctor", class_="button"), class_="hint")


def _counts(title: str, counts: Mapping[str, int]) -> Child:
    if not counts:
        return None
    most = max(counts.values())
    rows = [
        element(
            "li",
            element("span", spaced(name)),
            element(
                "svg",
                element("rect", width=f"{max(number / most * 100, 0.5):.1f}%", height="100%"),
                class_="bar",
                aria_hidden="true",
            ),
            element("span", f"{number:,}", class_="number"),
        )
        for name, number in sorted(counts.items(), key=lambda entry: -entry[1])
    ]
    return element("section", element("h2", title), element("ul", rows, class_="counts bars"))


def doctor(ask: Ask) -> Page:
    """Look everything over."""
    checks = ask.memory.doctor()
    rows = [
        element(
            "li",
            element("p", mark("ok", "ok") if check.ok else mark("wrong", "bad"), " ", element("b", check.name)),
            element("p", check.detail),
            element("p", check.fix, class_="hint") if check.fix else None,
        )
        for check in checks
    ]
    wrong = sum(not check.ok for check in checks)
    told = "Everything is sound." if not wrong else f"{counted(wrong, 'check')} failed."
    return Page(
        "Doctor",
        [element("h1", "Doctor"), element("p", told, class_="summary"), element("ul", rows, class_="checks")],
        "status",
    )
