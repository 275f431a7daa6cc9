"""A conversation: lines in, answers out; in a terminal with its comforts, in a pipe a line at a time."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from engrep.chat_json import code_of
from engrep.chat_stage import Stage
from engrep.chat_view import View
from engrep.output import FOUND

if TYPE_CHECKING:
    from engrep.agents.chat_open import Talk


def converse(talk: Talk, *, as_json: bool) -> int:
    """Hold a conversation until its end, and return the exit code: the worst of its answers in a pipe."""
    if sys.stdin.isatty() and sys.stdout.isatty() and not as_json:
        from engrep.chat_terminal import hold

        hold(talk)
        return FOUND
    lines = (line.decode("utf-8", "replace") for line in sys.stdin.buffer)
    if as_json:
        from engrep.chat_json import hear

        codes = list[int]()
        for line in lines:
            if line.strip() in ("/quit", "/exit"):
                break
            if line.strip():
                codes.append(hear(talk, line.strip()))
        talk.chat.end()
        return max(codes, default=FOUND)
    stage = Stage(talk, View(talk.root, talk.chat.citations))
    for line in lines:
        stage.hear(line)
        if stage.is_over:
            break
    stage.finish()
    return max(map(code_of, stage.replies), default=FOUND)
