"""HTML that is escaped by construction: an element is made of a tag, attributes and children, never of a string of markup.

Names and texts from a repository, a memory or a session are hostile. A child that is a plain string becomes text, with
control characters and bidirectional marks made visible; only `element` makes markup, and only of what it escaped itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import TypeAlias
from urllib.parse import quote, urlencode

from engrep.output import safe_block, safe_line

VOID = frozenset({"br", "hr", "img", "input", "link", "meta"})
Value: TypeAlias = "str | int | float | bool | None"


class Markup:
    """A piece of HTML that was made here."""

    __slots__ = ("html",)

    def __init__(self, html: str) -> None:
        self.html = html


Child: TypeAlias = "Markup | str | int | Iterable[Child] | None"


def element(tag: str, *children: Child, **attributes: Value) -> Markup:
    """Make an element; a trailing `_` in an attribute's name is dropped, the others become `-`: `class_`, `aria_label`."""
    opened = f"<{tag}{''.join(_attribute(name, value) for name, value in attributes.items())}>"
    return Markup(opened if tag in VOID else f"{opened}{_inner(children)}</{tag}>")


def together(*children: Child) -> Markup:
    """Put children beside each other, without an element around them."""
    return Markup(_inner(children))


def block(text: str) -> Markup:
    """Give a text of several lines, as it stands in a `pre`."""
    return Markup(escape(safe_block(text)))


def link_to(page: str, **query: str | int | None) -> str:
    """Give the address of a page of the viewer; what is None or '' is left out."""
    given = {name.rstrip("_"): str(value) for name, value in query.items() if value not in (None, "")}
    return page + ("?" + urlencode(given, errors="surrogateescape", quote_via=quote) if given else "")


def document(title: str, head: Child, body: Child) -> bytes:
    """Give a whole page."""
    inside = element(
        "html", element("head", element("meta", charset="utf-8"), element("title", title), head), body, lang="en"
    )
    return ("<!doctype html>\n" + inside.html).encode("utf-8", "replace")


def _inner(children: Child) -> str:
    if children is None:
        return ""
    if isinstance(children, Markup):
        return children.html
    if isinstance(children, str):
        return escape(safe_line(children))
    if isinstance(children, int):
        return str(children)
    return "".join(map(_inner, children))


def _attribute(name: str, value: Value) -> str:
    if value is None or value is False:
        return ""
    written = name.rstrip("_").replace("_", "-")
    if value is True:
        return f" {written}"
    return f' {written}="{escape(safe_line(str(value)), quote=True)}"'
