"""One use of a tool that a model asked for: looked at, decided upon, done. Whatever goes wrong is told to the model."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace

from engrep.agents import told
from engrep.agents.chat_types import ALWAYS, YES, Agree, Heard, Noted, Use, Used, Using, Wish
from engrep.agents.model_types import TOOL, Message, ToolCall, arguments_of
from engrep.agents.outgoing import outgoing
from engrep.agents.permissions import ALLOW, ASK, DENY, Permissions, Rule
from engrep.agents.tools import TOOL_TOKENS, Tool
from engrep.engine.errors import EngrepError

log = logging.getLogger(__name__)


class Toolbox:
    """The tools of a session and what they may do; what a person agreed to for the session is remembered here."""

    def __init__(self, tools: Mapping[str, Tool], permissions: Permissions, agree: Agree | None = None) -> None:
        self.tools = dict(tools)
        self.permissions = permissions
        self.agree = agree

    def use(self, call: ToolCall, heard: Heard) -> tuple[Message, Use]:
        """Do what a model asked for, if it may, and return what it is told."""
        use = self._used(call, heard)
        heard(Used(use))
        # What a tool gives stands within marks, and cannot end them.
        text = use.result if not use.error else f"not done: {use.error}"
        return Message(TOOL, told.framed("result", [outgoing(text)]), call_id=call.id), use

    def _used(self, call: ToolCall, heard: Heard) -> Use:
        tool = self.tools.get(call.name)
        if tool is None:
            return Use(call.name, {}, "", DENY, f"there is no tool {call.name}; there are {', '.join(self.tools)}")
        use = Use(call.name, {}, "", DENY)
        try:
            given = arguments_of(call)
            use = replace(use, arguments=given)
            subject = tool.subject(given)
            decision = self.permissions.decide(tool.name, subject, tool.otherwise)
            use = replace(use, subject=subject, decision=decision)
            if decision == ASK:
                use = replace(use, decision=self._asked(Wish(tool.name, subject, given), heard))
            if use.decision != ALLOW:
                return replace(use, error=_refusal(use.decision, tool.name))
            heard(Using(tool.name, subject))
            return replace(use, result=told.cut(tool.run(given, self.permissions), TOOL_TOKENS))
        except EngrepError as error:
            return replace(use, error=str(error))
        except Exception as error:  # a tool of another program may fail in any way; the session goes on
            log.info("%s failed", call.name, exc_info=True)
            return replace(use, error=f"{call.name} failed: {type(error).__name__}: {error}")

    def _asked(self, wish: Wish, heard: Heard) -> str:
        if self.agree is None:
            heard(Noted(f"{wish.tool} was refused: nobody is there to agree; --allow {wish.tool} allows it"))
            return ASK
        said = self.agree(wish)
        if said == ALWAYS:
            self.permissions = self.permissions.agree(Rule(wish.tool))
        return ALLOW if said in (YES, ALWAYS) else ASK


def _refusal(decision: str, tool: str) -> str:
    if decision == DENY:
        return f"a rule forbids this use of {tool}: do without it, and tell the person if you cannot"
    return f"the person did not agree to this use of {tool}: do without it"
