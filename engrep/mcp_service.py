"""One server's state: the memory of a root, the threads that ask it, and how an answer is made of a tool and its arguments.

The protocol's loop never waits for the library: verbs run in threads, index runs in a process of their own.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

from engrep import mcp_code, mcp_memory
from engrep.engine.errors import EngrepError, NotFoundError, NotIndexedError
from engrep.failures import did_you_mean
from engrep.mcp_answer import Answer
from engrep.mcp_arguments import Arguments, read
from engrep.mcp_index import Indexing
from engrep.mcp_shapes import Data, clean
from engrep.mcp_tools import BY_NAME, Tool

if TYPE_CHECKING:
    from engrep.engine.memory import Memory
    from engrep.engine.types import Moved

log = logging.getLogger(__name__)

Given = TypeVar("Given")
Verb = Callable[["Memory", Arguments], Answer]

THREADS = 4  # each has its own connections and their caches
VERBS: dict[str, Verb] = {
    "search": mcp_code.search, "symbol": mcp_code.symbol, "callers": mcp_code.callers, "impact": mcp_code.impact,
    "recall": mcp_memory.recall, "remember": mcp_memory.remember, "forget": mcp_memory.forget,
    "memories": mcp_memory.memories, "sessions": mcp_memory.sessions, "status": mcp_memory.status,
}  # fmt: skip


class ToolFailure(Exception):  # noqa: N818 - it is an answer: the model reads it and tries again
    """What a model is told when a tool cannot do what it was asked."""


class Service:
    """The memory of one root, for one server."""

    def __init__(self, root: Path, *, is_named: bool) -> None:
        """`is_named` says that a person named the root: it is indexed then, repository or not."""
        self.root = root
        self.indexing = Indexing(root, self._moved_on, "" if is_named else _refused(root))
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="engrep")
        self._memory: Memory | None = None
        self._opening = threading.Lock()  # the first questions come in several threads at once

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[Self]:
        """Answer while the block lasts."""
        try:
            async with self.indexing.serving():
                yield self
        finally:
            self._pool.shutdown(wait=False, cancel_futures=True)
            if self._memory is not None:
                self._memory.close()

    async def ask(self, act: Callable[[Memory], Given]) -> Given:
        """Ask the memory in a thread; it is opened when something is asked for the first time."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, lambda: act(self._opened()))

    async def call(self, name: str, given: Mapping[str, Any]) -> tuple[Data, str]:
        """Return the answer of a tool, as JSON and as text.

        Raises:
            ToolFailure: it cannot answer; the message says what to do.

        """
        tool = BY_NAME.get(name)
        if tool is None:
            raise ToolFailure(f"there is no tool {name}; there are {', '.join(BY_NAME)}")
        if not self.root.is_dir():  # what is remembered would make it anew
            raise ToolFailure(f"{self.root} is gone; start the server in another folder")
        try:
            asked = read(tool, given)
            return await self._answered(tool, asked)
        except (EngrepError, OSError) as error:
            raise ToolFailure(self.told(error)) from error
        except Exception as error:
            log.exception("the tool %s failed", name)  # to stderr: stdout is the protocol's
            raise ToolFailure(
                f"{name} failed inside engrep ({type(error).__name__}: {error}); other calls may work"
            ) from error

    async def _answered(self, tool: Tool, asked: Arguments) -> tuple[Data, str]:
        try:
            answer = await self._fresh(tool, asked)
        except EngrepError as error:
            if tool.is_write or not (isinstance(error, NotIndexedError) or self.indexing.is_first):
                raise
            reason = clean(f"the code is {self.indexing.state()}")
            answer = Answer({next(iter(tool.gives)): [], "reason": reason}, "nothing yet", [])
        if tool.name == "status":
            await self.indexing.look()
            answer = answer.with_state(self.indexing.state())
        index = await self._index(answer) if tool.reads_code and not tool.is_write else None
        return answer.finished(index, asked.notes)

    async def _fresh(self, tool: Tool, asked: Arguments) -> Answer:
        """Ask while the files are looked at; when they led to a new index, or the answer shows that they should, ask again."""
        verb = VERBS[tool.name]
        if tool.is_write or not tool.reads_code:
            if tool.is_write and (asked.values.get("about") or asked.values.get("action") == "confirm"):
                await self.indexing.ready(is_kept=True)
            return await self.ask(lambda memory: verb(memory, asked))
        runs = self.indexing.runs
        first, _ = await asyncio.gather(self._tried(verb, asked), self.indexing.ready())
        if self.indexing.runs == runs and isinstance(first, NotIndexedError):
            await self.indexing.look()  # the index went since the last look
        if self.indexing.runs == runs and _is_behind(first):
            await self.indexing.renew()
        if self.indexing.runs != runs:
            first = await self._tried(verb, asked)
        if isinstance(first, EngrepError):
            raise first
        return first

    async def _tried(self, verb: Verb, asked: Arguments) -> Answer | EngrepError:
        try:
            return await self.ask(lambda memory: verb(memory, asked))
        except EngrepError as error:
            return error

    async def _index(self, answer: Answer) -> Data:
        """Return which state of the code an answer speaks of."""
        state: Data = {"state": self.indexing.state()}
        if answer.is_stale:
            state["state"] += "; what is marked stale changed since it was indexed"
        try:
            found = await self.ask(lambda memory: memory.index_state())
        except EngrepError:
            return state
        return {"commit": found.commit, "files": found.files, **state}

    def told(self, error: Exception) -> str:
        """Say what went wrong and what to do."""
        if isinstance(error, NotIndexedError):
            return str(clean(f"the code is {self.indexing.state()}; a memory without `about` is kept at once"))
        if isinstance(error, OSError):
            return f"{error.filename or self.root}: {error.strerror or error}"
        near = error.near if isinstance(error, NotFoundError) else ()
        return str(clean(f"{error}{did_you_mean(near)}"))

    async def _moved_on(self) -> Moved | None:
        return await self.ask(lambda memory: memory.moved_on())

    def _opened(self) -> Memory:
        with self._opening:
            if self._memory is None:
                from engrep.engine.memory import Memory

                self._memory = Memory.open(self.root)
            return self._memory


def _is_behind(first: Answer | EngrepError) -> bool:
    """Tell whether an answer met code that changed since it was indexed, or no index any more."""
    return first.is_stale if isinstance(first, Answer) else isinstance(first, NotIndexedError)


def _refused(root: Path) -> str:
    """Say why a root is not indexed by itself, '' where it is: a person's whole home is none that anybody meant."""
    told = f"run `engrep index {root}`, or start the server with --repo"
    if root in (Path.home(), Path(root.anchor)):
        return f"{root} is no project; {told}"
    return "" if (root / ".git").exists() else f"{root} is no git repository; {told}"
