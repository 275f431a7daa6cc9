"""Put a chat together: memory, models, tools, rules, and what the project's own files add."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from engrep.agents.chat import Chat
from engrep.agents.chat_files import AgentFile, CommandFile, agents, commands, tools_of
from engrep.agents.chat_keep import newest
from engrep.agents.mcp_agreed import is_agreed
from engrep.agents.mcp_servers import Server, servers_of
from engrep.agents.permission_files import permissions_for
from engrep.agents.tool_use import Toolbox
from engrep.agents.tools import Tool, toolset
from engrep.engine.errors import NotFoundError, StateError, UsageError

if TYPE_CHECKING:
    from engrep.agents.chat_types import Agree
    from engrep.agents.mcp_client import Running
    from engrep.agents.models import Models
    from engrep.engine.memory import Memory
    from engrep.engine.memory_types import Session

WITHOUT = "none"  # as --model: extracts, though a model is configured
PATIENCE = 10.0  # seconds that a question waits for a server that is being started


@dataclass(slots=True)
class Talk:
    """A chat and all that its commands need."""

    chat: Chat
    tools: dict[str, Tool]  # of the repository and of MCP servers, before an agent file takes some away
    commands: dict[str, CommandFile]
    agents: dict[str, AgentFile]
    servers: tuple[Server, ...] = ()  # that the project names
    notes: list[str] = field(default_factory=list)  # what a person should know before the next question
    resumed: Session | None = None
    _before: Models | None = None  # what answered before an agent file chose another model
    _running: Running | None = None
    # The tools that each will have, and until when they are waited for.
    _starting: dict[str, tuple[Future[dict[str, Tool]], float]] = field(default_factory=dict)

    @property
    def root(self) -> Path:
        """The root that it is about."""
        return self.chat.memory.root

    def ask_with(self, agree: Agree) -> None:
        """Let a person be asked for leave."""
        self.chat.toolbox.agree = agree

    def choose_agent(self, name: str) -> tuple[str, ...]:
        """Follow an agent file, '' for none, and return the tools it names that there are not.

        Raises:
            NotFoundError: there is no such agent.

        """
        agent = self._agent(name)
        tools, unknown = tools_of(agent, self.tools)
        toolbox = self.chat.toolbox
        self.chat.use_agent(agent, Toolbox(tools, toolbox.permissions, toolbox.agree))
        self._follow_model(agent)
        return unknown

    def _follow_model(self, agent: AgentFile | None) -> None:
        """Have the model answer that an agent file names, where this person has one of that name; else the session's."""
        if self._before is not None:
            self.chat.use_model(self._before)
            self._before = None
        held = self.chat.models
        if agent is None or held is None or agent.model in ("", "inherit"):
            return
        if agent.model in held.settings.names():
            self.choose_model(agent.model)
            self._before = held
        else:
            self.notes.append(
                f"{agent.name} names the model {agent.model}, and none here is called so: {self.chat.model} answers"
            )

    def add_tools(self, more: dict[str, Tool]) -> None:
        """Add the tools of an MCP server."""
        self.tools.update(more)
        tools, _ = tools_of(self.chat.agent, self.tools)
        self.chat.toolbox.tools = tools

    def unagreed(self) -> list[Server]:
        """Return the servers that this person has not agreed to start."""
        return [each for each in self.servers if not is_agreed(self.root, each)]

    def start(self, servers: Sequence[Server]) -> None:
        """Start servers in the background; `wait` waits for them."""
        from engrep.agents.mcp_client import Running

        if servers and self._running is None:
            self._running = Running(self.root)
        if self._running is not None:
            self._starting |= {each.name: (self._running.start(each), monotonic() + PATIENCE) for each in servers}

    def wait(self) -> None:
        """Take in the tools of the servers that are up; one that is not is waited for a while, and goes on starting."""
        for name, (tools, until) in list(self._starting.items()):
            try:
                self.add_tools(tools.result(max(until - monotonic(), 0)))
            except TimeoutError:
                if until:
                    self.notes.append(f"the MCP server {name} is still starting: its tools come when it is up")
                self._starting[name] = tools, 0
                continue
            except StateError as error:
                self.notes.append(str(error))
            del self._starting[name]

    def close(self) -> None:
        """End the servers."""
        if self._running is not None:
            self._running.close()

    def choose_model(self, spec: str) -> None:
        """Ask another model from now on; the account goes on.

        Raises:
            UsageError: it names none.

        """
        from engrep.agents.models import Models

        self._before = None
        if spec == WITHOUT:
            self.chat.use_model(None)
            return
        held = self.chat.models
        self.chat.use_model(Models.open(self.root, spec, account=held.account if held else None))

    def _agent(self, name: str) -> AgentFile | None:
        if not name:
            return None
        if name not in self.agents:
            raise NotFoundError(f"there is no agent {name} in .claude/agents", tuple(self.agents)[:3])
        return self.agents[name]


@contextmanager
def opened(
    repo: Path | None,
    *,
    model: str | None = None,
    agent: str = "",
    resume: str = "",
    allow: Sequence[str] = (),
    is_script: bool = False,
) -> Iterator[Talk]:
    """Open a chat; a script's is kept only where a model answers, for extracts say nothing that is not kept already.

    Raises:
        UsageError: the root, the model, or a rule is not understood.
        NotFoundError: there is no such agent or session.

    """
    from engrep.agents.config import config_path
    from engrep.engine.memory import Memory

    with ExitStack() as stack:
        memory = stack.enter_context(Memory.open(repo))
        models = _models(memory, model, stack)
        permissions = permissions_for(memory.root, config_path(), allow)
        tools = toolset(memory, lambda: chat.kept.asked())  # noqa: PLW0108 - the chat comes below
        found = agents(memory.root)
        chat = Chat(memory, models, Toolbox(tools, permissions), keep=models is not None or not is_script)
        servers, problems = servers_of(memory.root)
        talk = Talk(chat, tools, commands(memory.root), found, servers, list(problems))
        stack.callback(talk.close)
        if models is not None:  # without a model nobody would use them
            talk.start([each for each in servers if is_agreed(memory.root, each)])
        if agent:
            talk.choose_agent(agent)
        if resume:
            talk.resumed = chat.resume(_named(memory, resume))
        yield talk


def _models(memory: Memory, model: str | None, stack: ExitStack) -> Models | None:
    if model == WITHOUT:
        return None
    from engrep.agents.models import Models

    models = stack.enter_context(Models.open(memory.root, model))
    return models if models.is_configured() else None


def _named(memory: Memory, resume: str) -> str:
    if resume != "last":
        return resume
    held = [each for each in newest(memory) if each.program == "engrep"]
    if not held:
        raise UsageError("no chat is kept of this repository yet")
    return held[0].id
