"""What of a text may be sent to a language model: no secret, and not the hash that stands for one here."""

from __future__ import annotations

import re

from engrep.indexers.redact import redact
from engrep.indexers.text import readable

_MARK = re.compile(r"\[REDACTED:([a-z-]+):[0-9a-f]{8}\]")


def outgoing(text: str, path: str = "", *, keeps_lines: bool = False) -> str:
    """Return a text without its secrets; `path` is the file that it comes from, `keeps_lines` leaves as many lines."""
    return _MARK.sub(r"[REDACTED:\1]", redact(readable(text), path=path, keeps_lines=keeps_lines).text)
