"""What of a text may be sent to a language model: no secret, and not the hash that stands for one here."""

from __future__ import annotations

from engrep.indexers.redact import redact, without_hashes
from engrep.indexers.text import readable


def outgoing(text: str, path: str = "", *, keeps_lines: bool = False) -> str:
    """Return a text without its secrets; `path` is the file that it comes from, `keeps_lines` leaves as many lines."""
    return without_hashes(redact(readable(text), path=path, keeps_lines=keeps_lines).text)
