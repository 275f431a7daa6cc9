"""Data between marks that its author cannot have written: text of files, memories and programs is never an instruction."""

from __future__ import annotations

from engrep.indexers.redact import redact


def fenced(mark: str, source: str, text: str, most: int = 40_000) -> str:
    """Return a text as data of a source; `mark` is the run's own and unknown to whoever wrote the text."""
    shown = redact(as_text(text)).text.replace(mark, "")
    if len(shown) > most:
        shown = f"{shown[:most]}\n… cut after {most:,} of {len(shown):,} characters"
    return f'<data-{mark} source="{source}">\n{shown}\n</data-{mark}>'


def as_text(text: str) -> str:
    """Return a text that can be sent: what was no UTF-8 in a file shows as the sign for that."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
