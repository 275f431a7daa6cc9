"""The small things that several pages show: links to symbols and memories, marks, times, forms of one button."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from engrep.engine.memory_types import WITHHELD
from engrep.viewer.asked import Ask
from engrep.viewer.markup import Child, Markup, Value, element, link_to, together

if TYPE_CHECKING:
    from engrep.engine.memory_types import Anchor, Entry
    from engrep.engine.types import Why

STATES = {
    "fresh": ("ok", "fresh"),
    "moved": ("info", "moved"),
    "renamed": ("info", "renamed"),
    "body_changed": ("warn", "code changed"),
    "signature_changed": ("bad", "signature changed"),
    "missing": ("bad", "gone"),
    "unknown": ("quiet", "not looked at"),
}
STATUS_MARKS = {"active": "ok", "proposed": "warn", "superseded": "quiet", "rejected": "bad", "forgotten": "quiet"}


def link(text: Child, address: str, **attributes: Value) -> Markup:
    """Give a link to a page of the viewer."""
    return element("a", text, href=address, **attributes)


def mark(text: str, tone: str = "quiet", **attributes: Value) -> Markup:
    """Give a small word with a tone: ok, info, warn, bad or quiet."""
    return element("span", text, class_=f"mark {tone}", **attributes)


def trouble(told: str) -> Child:
    """Say on a page what it lacks; nothing where it lacks nothing."""
    return element("p", mark("not all is here", "warn"), " ", told, class_="hint") if told else None


def spaced(name: str) -> str:
    """Write a name of the engine as words: `bug_fix` is "bug fix"."""
    return name.replace("_", " ")


def counted(number: int, noun: str) -> str:
    """Write a number with its noun: "1 caller", "2,000 callees"."""
    plural = noun if number == 1 else f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number:,} {plural}"


def day(at: str) -> Markup:
    """Show a time as its day; the whole of it is a touch away."""
    return element("time", at[:10] or "–", datetime=at, title=at)


def symbol_name(qualified_name: str) -> Markup:
    """Write a qualified name with its own part before the eye and the rest behind it."""
    before, dot, own = qualified_name.rpartition(".")
    return element(
        "span",
        element("span", _breakable(before + dot), class_="dim") if before else None,
        element("b", own),
        class_="name",
    )


def _breakable(text: str) -> Child:
    """Let a long name break after its dots."""
    return [together(part, ".", element("wbr")) for part in text.split(".")[:-1]] if "." in text else text


def symbol_link(qualified_name: str, path: str | None = None, line: int | None = None, **attributes: Value) -> Markup:
    """Give a link to a symbol's page."""
    return link(
        symbol_name(qualified_name), link_to("/symbol", name=qualified_name, path=path, line=line), **attributes
    )


def place(path: str, line: int) -> Markup:
    """Give a link to a line of a file."""
    return link(f"{path}:{line}", f"{link_to('/file', path=path, line=line)}#L{line}", class_="place")


def bars(why: Sequence[Why], most: float, shown: int = 6) -> Markup:
    """Draw the parts of a score, the largest first, each as a bar with its number."""
    parts = sorted(why, key=lambda part: -abs(part.value))
    rest = parts[shown:]
    more = (
        element(
            "details",
            element("summary", f"{len(rest)} smaller parts"),
            element("ul", [_bar(part, most) for part in rest]),
        )
        if rest
        else None
    )
    return element("div", element("ul", [_bar(part, most) for part in parts[:shown]]), more, class_="bars")


def _bar(part: Why, most: float) -> Markup:
    share = min(abs(part.value) / most, 1.0) if most else 0.0
    drawn = element(
        "svg",
        element("rect", width=f"{share * 100:.1f}%", height="100%"),
        class_="bar minus" if part.value < 0 else "bar",
        aria_hidden="true",
    )
    return element(
        "li", element("span", spaced(part.part)), drawn, element("span", f"{part.value + 0.0:.2f}", class_="number")
    )


def worst_state(entry: Entry) -> str:
    """Return the state of the anchor that is worst off, '' for a memory about no place."""
    order = list(STATES)
    return max(
        (anchor.state for anchor in entry.anchors),
        key=lambda state: order.index(state) if state in order else 0,
        default="",
    )


def state_mark(state: str) -> Markup:
    """Say what became of a place in the code."""
    tone, told = STATES.get(state, ("quiet", spaced(state)))
    return mark(told, tone)


def anchor_link(anchor: Anchor) -> Markup:
    """Give a link to the place that a memory is about."""
    if anchor.kind == "symbol" and anchor.state not in WITHHELD - {"signature_changed"}:
        return symbol_link(anchor.qualified_name, anchor.path)
    if anchor.kind == "file" and anchor.state != "missing":
        return link(anchor.path, link_to("/file", path=anchor.path), class_="place")
    return symbol_name(anchor.qualified_name or anchor.path)


def wording(entry: Entry) -> tuple[str, str]:
    """Return what stands above a memory and what below it: its title, unless that is only the beginning of what it says."""
    begins = entry.title.rstrip("…")
    return (entry.body, "") if entry.body.startswith(begins) else (entry.title, entry.body)


def memory_marks(entry: Entry) -> Child:
    """Say what kind of memory it is, and what is not as usual with it."""
    return [mark(spaced(entry.kind), "kind"), *exceptions(entry)]


def exceptions(entry: Entry) -> list[Markup | None]:
    """Say what is not as usual with a memory."""
    state = worst_state(entry)
    return [
        mark(entry.status, STATUS_MARKS.get(entry.status, "quiet")) if entry.status != "active" else None,
        mark("pinned", "info") if entry.pinned else None,
        mark(f"{entry.scope} {entry.place}".strip()) if entry.scope != "project" else None,
        state_mark(state) if state not in ("", "fresh") else None,
    ]


def action(
    ask: Ask, verb: str, label: str, fields: Mapping[str, str], *, class_: str = "", key: str = "", back: str = ""
) -> Markup:
    """Give a form of one button that does something."""
    hidden = {"csrf": ask.site.csrf, "verb": verb, "back": back or without_notice(ask.address), **fields}
    inputs = [element("input", type="hidden", name=name, value=value) for name, value in hidden.items()]
    button = element(
        "button",
        label,
        element("kbd", key, aria_hidden="true") if key else None,
        class_=class_ or None,
        data_key=key or None,
    )
    return element("form", inputs, button, method="post", action="/act")


def without_notice(address: str) -> str:
    """Return an address without the notice that was shown there."""
    path, mark_, query = address.partition("?")
    kept = [part for part in query.split("&") if part and not part.startswith("n=")]
    return path + mark_ + "&".join(kept) if kept else path


def choice(name: str, label: str, chosen: str, options: Sequence[tuple[str, str]]) -> Markup:
    """Give a list to choose from."""
    listed = [element("option", text, value=value, selected=value == chosen) for value, text in options]
    return element("label", element("span", label), element("select", listed, name=name), class_="field")
