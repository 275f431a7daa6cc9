"""Tools and instructions for the OpenAI Agents SDK: `Agent(instructions=instructions(memory), tools=tools(memory))`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from engrep.adapters.told import framework, told

if TYPE_CHECKING:
    from engrep.engine.memory import Memory

TOKENS = 1200  # of one answer


def tools(memory: Memory) -> list[Any]:
    """Return the tools by which an agent asks what is known, finds code, and keeps what it decided."""
    function_tool = framework("agents", "openai-agents").function_tool

    def recall(query: str) -> str:
        """Bring back what was decided, learned and written about something, with the code that it concerns.

        Args:
            query: a question or a few words; names of functions and files help.

        """
        return told(memory.recall(query, budget=TOKENS).items)

    def find_code(query: str) -> str:
        """Find the places in the code that answer a question.

        Args:
            query: what the code does, or what it is called.

        """
        return told(memory.recall(query, budget=TOKENS, types=("code",)).items)

    def remember(text: str, why: str = "") -> str:
        """Keep a decision or rule for later sessions.

        Args:
            text: the fact in one sentence.
            why: the reason for it.

        """
        return f"remembered as {memory.remember(text, why=why, actor='agent').id}"

    return [function_tool(each) for each in (recall, find_code, remember)]


def instructions(memory: Memory, own: str = "") -> Callable[[Any, Any], str]:
    """Return instructions that begin with an agent's own and tell what holds in the project when a run begins."""

    def told_now(_context: Any, _agent: Any) -> str:
        items = memory.brief().items
        return f"{own}\n\nNotes from earlier sessions:\n{told(items)}".strip() if items else own

    return told_now
