"""The inbox: what was only inferred, and what may contradict something; a decision is one key or one button away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engrep.viewer.asked import Ask, Page
from engrep.viewer.markup import Child, Markup, block, element, link_to
from engrep.viewer.parts import action, anchor_link, counted, day, link, mark, memory_marks, state_mark

if TYPE_CHECKING:
    from engrep.engine.memory_types import Entry
    from engrep.engine.review import Open

PAGE = 20
_QUOTES = 2


def review(ask: Ask) -> Page:
    """List what waits for a decision."""
    skip = ask.number("skip", 0, 10_000_000)
    total = ask.memory.waiting()
    waiting = ask.memory.review_page(skip=skip, limit=PAGE)
    if not waiting and skip and total:
        waiting, skip = ask.memory.review_page(limit=PAGE), 0
    told = f"{counted(total, 'decision')} waiting. Approving one closes what it contradicts; what is rejected is not taken up again."
    rows: Child = (
        element("ol", [_open(ask, each) for each in waiting], class_="inbox")
        if waiting
        else element("p", "Nothing waits for a decision.", class_="empty")
    )
    earlier = link("Earlier", link_to("/review", skip=max(skip - PAGE, 0)), rel="prev") if skip else None
    later = link("Later", link_to("/review", skip=skip + PAGE), rel="next") if skip + len(waiting) < total else None
    pages = (
        element("nav", earlier, later, class_="pages", aria_label="Pages of decisions") if earlier or later else None
    )
    return Page("Review", [element("h1", "Review"), element("p", told, class_="summary"), rows, pages], "review")


def _open(ask: Ask, waiting: Open) -> Markup:
    entry, own = waiting.memory, {"id": waiting.memory.id}
    if not waiting.against:
        buttons = [
            action(ask, "approve", "Approve", own, class_="strong", key="a"),
            action(ask, "reject", "Reject", own, key="x"),
        ]
        return element("li", _memory(entry), element("div", buttons, class_="actions"), data_row=True)
    together = " ".join((entry.id, *(each.id for each in waiting.against)))
    buttons = [
        action(ask, "approve", "This one holds", own, class_="strong", key="a"),
        action(ask, "approve", "Both hold" if len(waiting.against) == 1 else "All hold", {"id": together}),
        action(ask, "reject", "Reject it", own, key="x"),
    ]
    others = [
        element(
            "div",
            element("p", mark("may contradict", "warn")),
            _memory(each),
            element(
                "div",
                action(ask, "approve", "That one holds", {"id": each.id}),
                action(ask, "merge", "Merge the new one into it", {"id": each.id, "other": entry.id}),
                class_="actions",
            ),
        )
        for each in waiting.against
    ]
    first = element(
        "div", element("p", mark("said later", "info")), _memory(entry), element("div", buttons, class_="actions")
    )
    return element("li", element("div", first, others, class_="sides"), data_row=True, class_="conflict")


def _memory(entry: Entry) -> Child:
    quotes = list(dict.fromkeys(each.quote for each in entry.evidence if each.quote))[:_QUOTES]
    where = [(anchor_link(anchor), " ", state_mark(anchor.state), " ") for anchor in entry.anchors[:2]]
    return [
        element("h2", link(entry.body or entry.title, link_to("/memory", id=entry.id), class_="open")),
        element("p", "because ", entry.reason, class_="reason") if entry.reason else None,
        [element("blockquote", block(quote)) for quote in quotes],
        element("p", memory_marks(entry), where, day(entry.valid_from), _sessions(entry), class_="about"),
    ]


def _sessions(entry: Entry) -> Child:
    for each in entry.evidence[:1]:
        if each.session != "commit" and each.turn.isascii() and each.turn.isdigit():
            return [
                " ",
                link(f"turn {each.turn}", f"{link_to('/session', id=each.session, turn=each.turn)}#t{each.turn}"),
            ]
    return None
