"""One memory: what it says, on what grounds, about which code, all that happened to it, and the means to correct it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engrep.engine.memory_types import KINDS
from engrep.viewer.asked import Ask, Page
from engrep.viewer.markup import Child, Markup, block, element, link_to
from engrep.viewer.parts import action, anchor_link, choice, day, link, mark, memory_marks, spaced, state_mark, wording

if TYPE_CHECKING:
    from engrep.engine.memory_types import Anchor, Change, Entry, Evidence

GONE = ("superseded", "rejected", "forgotten")


def memory(ask: Ask) -> Page:
    """Show one memory."""
    entry = ask.memory.memory(ask.query.get("id", ""))
    headline, said = wording(entry)
    body = element(
        "article",
        element("h1", headline),
        element("p", memory_marks(entry), element("code", entry.id, class_="dim"), class_="about"),
        element("p", said, class_="body") if said else None,
        element("p", element("span", "because ", class_="dim"), entry.reason, class_="because")
        if entry.reason
        else None,
        _actions(ask, entry),
        _rivals(ask, entry, ask.memory.rivals(entry.id)),
        element(
            "div",
            element(
                "div", _anchors(entry), _evidence(entry), _edit(ask, entry), _history(ask.memory.history(entry.id))
            ),
            _facts(entry),
            class_="beside facts-beside",
        ),
        class_="memory",
    )
    return Page(entry.title or entry.id, body, "memories")


def _actions(ask: Ask, entry: Entry) -> Markup:
    own = {"id": entry.id}
    moved = any(anchor.state not in ("fresh", "unknown") for anchor in entry.anchors)
    proposed, gone = entry.status == "proposed", entry.status in GONE
    buttons = [
        action(ask, "approve", "Approve", own, class_="strong") if proposed else None,
        action(ask, "reject", "Reject", own) if not gone else None,
        action(ask, "confirm", "Still holds", own, class_="strong") if moved and not gone else None,
        action(ask, "pin", "Pin", own) if not entry.pinned and not gone else None,
        action(ask, "unpin", "Unpin", own) if entry.pinned else None,
        action(ask, "forget", "Forget", own) if not gone else None,
        action(ask, "restore", "Restore", own, class_="strong") if gone else None,
        action(ask, "undo", "Undo last change", own),
    ]
    return element("div", buttons, class_="actions", role="group", aria_label="Correct this memory")


def _rivals(ask: Ask, entry: Entry, others: tuple[Entry, ...]) -> Child:
    if not others:
        return None
    cards = [
        element(
            "li",
            link(other.title, link_to("/memory", id=other.id)),
            element("p", other.body) if other.body != other.title else None,
            element(
                "div",
                action(ask, "merge", "Merge it into this one", {"id": entry.id, "other": other.id}),
                class_="actions",
            ),
            class_="card",
        )
        for other in others
    ]
    return element("section", element("h2", "May contradict"), element("ul", cards, class_="cards"), class_="undecided")


def _facts(entry: Entry) -> Markup:
    def fact(name: str, value: Child) -> Child:
        return [element("dt", name), element("dd", value)] if value else None

    taken = link(entry.superseded_by, link_to("/memory", id=entry.superseded_by)) if entry.superseded_by else None
    until: Child = [" – ", day(entry.valid_to)] if entry.valid_to else None
    return element(
        "dl",
        fact("kind", spaced(entry.kind)),
        fact("scope", f"{entry.scope} {entry.place}".strip()),
        fact("holds", [day(entry.valid_from), until] if entry.valid_from else None),
        fact("its place was taken by", taken),
        fact("trust", entry.trust),
        fact("subject", entry.subject),
        fact("answers", entry.slot),
        fact("shown", f"{entry.uses} times, last {(entry.used_at or '')[:10]}" if entry.uses else "not yet"),
        class_="facts",
    )


def _anchors(entry: Entry) -> Child:
    if not entry.anchors:
        return None
    return element(
        "section",
        element("h2", "About this code"),
        element("ul", [_anchor(each) for each in entry.anchors], class_="anchors"),
    )


def _anchor(anchor: Anchor) -> Markup:
    was = element("p", "was ", element("code", anchor.was), class_="dim") if anchor.was else None
    declared = None
    if anchor.state == "signature_changed" and anchor.signature:
        declared = element(
            "div",
            element("pre", element("del", anchor.signature)),
            element("pre", element("ins", anchor.now)),
            class_="changed",
        )
    elif anchor.now and anchor.now != anchor.signature and anchor.state != "fresh":
        declared = element("p", "now ", element("code", anchor.now), class_="dim")
    path = (
        link(anchor.path, link_to("/file", path=anchor.path), class_="place")
        if anchor.path and anchor.state != "missing"
        else element("span", anchor.path, class_="dim")
    )
    commit = element("span", f"at {anchor.commit[:9]}", class_="dim") if anchor.commit else None
    return element(
        "li",
        element("p", anchor_link(anchor), " ", state_mark(anchor.state)),
        element("p", path, " ", commit),
        was,
        declared,
    )


def _evidence(entry: Entry) -> Child:
    if not entry.evidence:
        return None
    return element(
        "section",
        element("h2", "Rests on"),
        element("ul", [_passage(each) for each in entry.evidence], class_="evidence"),
    )


def _passage(each: Evidence) -> Markup:
    quote = element("blockquote", block(each.quote)) if each.quote else None
    if each.session == "commit":
        return element("li", quote, element("p", "commit ", element("code", each.turn[:12]), class_="dim"))
    number = each.turn if each.turn.isascii() and each.turn.isdigit() else ""
    address = f"{link_to('/session', id=each.session, turn=number)}{f'#t{number}' if number else ''}"
    return element(
        "li", quote, element("p", link(f"turn {each.turn} of session {each.session[:12]}", address), class_="dim")
    )


def _edit(ask: Ask, entry: Entry) -> Markup:
    fields = [
        element("input", type="hidden", name="csrf", value=ask.site.csrf),
        element("input", type="hidden", name="verb", value="edit"),
        element("input", type="hidden", name="id", value=entry.id),
        element("input", type="hidden", name="back", value=link_to("/memory", id=entry.id)),
        element(
            "label",
            element("span", "It says"),
            element("textarea", entry.body, name="text", rows=3),
            class_="field wide",
        ),
        element(
            "label",
            element("span", "Because"),
            element("textarea", entry.reason, name="why", rows=2),
            class_="field wide",
        ),
        element(
            "label", element("span", "Title"), element("input", name="title", value=entry.title), class_="field wide"
        ),
        choice("kind", "Kind", entry.kind, [(kind, spaced(kind)) for kind in KINDS]),
        element("label", element("span", "Answers"), element("input", name="slot", value=entry.slot), class_="field"),
        element("button", "Save", class_="strong"),
    ]
    form = element("form", fields, method="post", action="/act", class_="edit")
    return element("details", element("summary", "Say it otherwise"), form, class_="fold")


def _history(changes: tuple[Change, ...]) -> Markup:
    rows = [_change(change) for change in reversed(changes)]
    return element("section", element("h2", "History"), element("ol", rows, class_="history"))


def _change(change: Change) -> Markup:
    before, after = change.before, change.after
    cause = element("span", change.cause) if change.cause else None
    told = None
    if after is not None and (before is None or before.body != after.body):
        told = [
            element("del", before.body) if before is not None else None,
            element("ins" if before is not None else "p", after.body),
        ]
    status = None
    if before is not None and after is not None and before.status != after.status:
        status = mark(f"{before.status} → {after.status}")
    return element(
        "li",
        element("p", element("b", change.verb), " by ", change.actor, " ", status, " ", cause),
        told,
        element("time", change.at.replace("T", " ").removesuffix("Z"), datetime=change.at),
    )
