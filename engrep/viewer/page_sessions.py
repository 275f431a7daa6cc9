"""The sessions that are kept, and one of them turn by turn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engrep.viewer.asked import Ask, Page
from engrep.viewer.markup import Child, Markup, block, element, link_to, together
from engrep.viewer.parts import counted, day, link, mark

if TYPE_CHECKING:
    from engrep.engine.memory_types import Session, Turn

PAGE, TURNS = 100, 50
MOST_SHOWN, FOLDED = 40_000, 1_200  # characters of a turn: more is cut off, and longer ones are folded


def sessions(ask: Ask) -> Page:
    """List the sessions, the latest first."""
    every = ask.memory.sessions()[::-1]
    skip = ask.number("skip", 0, 10_000_000)
    shown = every[skip : skip + PAGE]
    empty = element(
        "p",
        "No session is kept. ",
        element("code", "engrep import claude"),
        " takes in those that Claude Code kept of this project.",
        class_="empty",
    )
    rows: Child = element("ol", [_row(each) for each in shown], class_="rows sessions") if shown else empty
    later = link("Later ones", link_to("/sessions", skip=max(skip - PAGE, 0)), rel="prev") if skip else None
    earlier = (
        link("Earlier ones", link_to("/sessions", skip=skip + PAGE), rel="next") if skip + PAGE < len(every) else None
    )
    pages = element("nav", later, earlier, class_="pages", aria_label="Pages of sessions") if later or earlier else None
    return Page(
        "Sessions",
        [element("h1", "Sessions"), element("p", counted(len(every), "session"), class_="summary"), rows, pages],
        "sessions",
    )


def _row(session: Session) -> Markup:
    title = element("h3", link(session.title or session.id, link_to("/session", id=session.id), class_="open"))
    told = [
        mark(session.program, "kind"),
        mark(session.branch) if session.branch else None,
        element("span", counted(session.turns, "turn"), class_="dim"),
    ]
    return element(
        "li",
        title,
        element("p", told, class_="about"),
        element("p", day(session.started_at), class_="when"),
        data_row=True,
    )


def session(ask: Ask) -> Page:
    """Show a page of one session; `turn` shows the page that holds it."""
    turn = ask.number("turn", 0, 10_000_000)
    after = max(0, (turn - 1) // TURNS * TURNS) if turn else ask.number("after", 0, 10_000_000)
    found = ask.memory.session(ask.query.get("id", ""), after=after, limit=TURNS)
    about = found.session
    earlier = (
        link("Earlier", link_to("/session", id=about.id, after=max(after - TURNS, 0)), rel="prev") if after else None
    )
    later = (
        link("Later", link_to("/session", id=about.id, after=found.next_after), rel="next")
        if found.next_after
        else None
    )
    pages = (
        element("nav", earlier, later, class_="pages", aria_label="Pages of the session") if earlier or later else None
    )
    told = [
        mark(about.program, "kind"),
        mark(about.branch) if about.branch else None,
        " ",
        day(about.started_at),
        f" · {counted(about.turns, 'turn')} · ",
        element("code", about.id, class_="dim"),
    ]
    turns = element("ol", [_turn(each, each.number == turn) for each in found.turns], class_="turns", start=after + 1)
    return Page(
        about.title or about.id,
        [element("h1", about.title or about.id), element("p", told, class_="summary"), pages, turns, pages],
        "sessions",
    )


def _turn(turn: Turn, is_meant: bool) -> Markup:
    text = turn.text if len(turn.text) <= MOST_SHOWN else turn.text[:MOST_SHOWN] + "\n… cut off here"
    is_tool = turn.role in ("call", "result", "error")
    said: Child = element("pre" if is_tool else "div", block(text), class_="text")
    if is_tool or len(text) > FOLDED:
        first = text.strip().split("\n", 1)[0][:160]
        said = element("details", element("summary", first or "(nothing)"), said, open=is_meant)
    who = together(
        element("b", turn.tool or turn.role),
        " ",
        mark("error", "bad") if turn.role == "error" else None,
        element("span", turn.path, class_="place") if turn.path else None,
    )
    number = element("a", f"{turn.number}", href=f"#t{turn.number}", class_="dim", aria_label=f"Turn {turn.number}")
    return element(
        "li",
        element("p", who, number, class_="who"),
        said,
        id=f"t{turn.number}",
        class_=f"turn {turn.role}{' meant' if is_meant else ''}",
        data_row=True,
    )
