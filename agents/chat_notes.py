"""What our own log warns of while somebody waits for an answer: told to them, not written beside it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from engrep.agents.chat_types import Heard, Noted


@contextmanager
def warnings_told(heard: Heard) -> Iterator[None]:
    """Tell warnings as notes: that a model failed and which is asked instead, that a reply was of no use."""
    source = logging.getLogger("engrep")

    class _Teller(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            heard(Noted(record.getMessage()))

    teller = _Teller(logging.WARNING)
    source.addHandler(teller)
    try:
        yield
    finally:
        source.removeHandler(teller)
