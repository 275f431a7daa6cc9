"""What tests of the chat share: a shop that remembers, and a chat with a scripted model or without one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from asked_models import models_of
from conftest import commit_all, write_files
from retry_shop import SHOP

from engrep.agents.chat import Chat
from engrep.agents.chat_turn import Limits
from engrep.agents.chat_types import Agree, Event
from engrep.agents.permissions import Permissions, read_rules
from engrep.agents.tool_use import Toolbox
from engrep.agents.tools import toolset
from engrep.engine.memory import Memory

if TYPE_CHECKING:
    from openai_server import ModelServer

BANK = "Payments are retried once a day"


def remembering_shop(folder: Path) -> str:
    """Make an indexed repository with namesakes and one memory, and give the memory's id."""
    write_files(folder, SHOP)
    commit_all(folder)
    with Memory.open(folder) as memory:
        memory.index()
        return memory.remember(BANK, about=["billing.retry.backoff"], why="the bank said so").id


@contextmanager
def talking(
    root: Path,
    server: ModelServer | None = None,
    *,
    rules: Permissions | None = None,
    agree: Agree | None = None,
    limits: Limits | None = None,
    **more: Any,
) -> Iterator[Chat]:
    """Give a chat about a root."""
    with Memory.open(root) as memory:
        toolbox = Toolbox(toolset(memory), rules or read_rules(), agree)
        models = models_of(server) if server is not None else None
        yield Chat(memory, models, toolbox, limits=limits, **more)
        if models is not None:
            models.close()


class Ear:
    """Hears what a chat tells."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def __call__(self, event: Event) -> None:
        self.events.append(event)

    def of(self, kind: type) -> Sequence[Any]:
        """Give the events of a kind."""
        return [event for event in self.events if isinstance(event, kind)]
