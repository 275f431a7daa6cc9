"""Keep the index in step with the files while an MCP server runs: a look before an answer, a run in the background.

The look compares sizes and times and takes a hundredth of a second at 1,000 files. An answer waits a moment for a run,
so that a small repository or a small edit is answered from a fresh index at the first call; what takes longer goes on
behind the answers, which say so.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from engrep.engine.errors import EngrepError

if TYPE_CHECKING:
    from anyio import Event
    from anyio.abc import Process, TaskGroup

    from engrep.engine.types import Moved

FIRST_WAIT, NEXT_WAIT = 6.0, 4.0  # seconds that answers wait for a run, counted from its start
AGAIN_WAIT = 2.0  # for the first run, when they have waited that long: who asks again at once would be told the same
LOOK_SECONDS = 0.1  # between two looks at the least
LOOK_SHARE, RUN_SHARE = 10, 1  # looks take at most a tenth of the time, runs half
FAILED_REST = 30.0  # seconds after a run that failed, before it is tried again

_START = "import sys; sys.path[:] = {path!r}; from engrep.mcp_child import main; main({root!r})"


class Indexing:
    """What is known of the index of one root, and the run that is under way."""

    def __init__(self, root: Path, moved_on: Callable[[], Awaitable[Moved | None]], refused: str) -> None:
        """`moved_on` looks at the files; `refused` says why a root that has no index is not indexed by itself, '' if it is."""
        import anyio

        self.root = root
        self._moved_on, self._refused = moved_on, refused
        self._looking = anyio.Lock()
        self._ended = anyio.Event()
        self.runs = 0  # that have ended: the index may be another one since
        self._tasks: TaskGroup | None = None
        self._is_running = False
        self._is_first = False
        self._progress = ""
        self._problem = ""
        self._moved: Moved | None = None
        self._started = self._next_look = 0.0

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """Allow runs while the block lasts; what is under way at its end is ended too."""
        import anyio

        async with anyio.create_task_group() as tasks:
            self._tasks = tasks
            try:
                yield
            finally:
                tasks.cancel_scope.cancel()

    async def ready(self, *, is_kept: bool = False) -> None:
        """Look whether files changed, start a run if so, and wait a moment for the one that is under way.

        What `is_kept`, a memory of the code, is not made of what was seen a moment ago.
        """
        async with self._looking:
            is_due = time.monotonic() >= self._next_look or (is_kept and not self._problem)
            if not self._is_running and is_due:
                await self._look()
                if self._moved is None or self._moved.files:
                    self._start()
        await self._wait()

    async def renew(self) -> None:
        """Run because an answer met files that changed, and wait a moment."""
        async with self._looking:
            if not self._is_running and not (self._problem and time.monotonic() < self._next_look):
                self._start()
        await self._wait()

    @property
    def is_first(self) -> bool:
        """Tell whether an index is being made where there was none that could be read."""
        return self._is_running and self._is_first

    def state(self) -> str:
        """Say how the index stands to the files."""
        if self.is_first:
            return f"being indexed for the first time ({self._progress}); call again in a few seconds"
        if self._is_running:
            return f"being renewed ({self._progress}); this answer is of the index before"
        if self._moved is None and self._refused:
            return f"not indexed: {self._refused}"
        problem = f"indexing failed: {self._problem}" if self._problem else ""
        if self._moved is None:
            return problem or "not indexed"
        changed = f"{self._moved.files:,} files changed since it was made" if self._moved.files else ""
        return "; ".join(each for each in (changed, problem) if each) or "up to date"

    async def look(self) -> None:
        """Look whether files changed, now."""
        async with self._looking:
            if not self._is_running:
                await self._look()

    async def _look(self) -> None:
        started = time.monotonic()
        self._moved = await self._moved_on()
        ended = time.monotonic()
        self._next_look = ended + max(LOOK_SECONDS, LOOK_SHARE * (ended - started))

    def _start(self) -> None:
        if self._tasks is None or (self._moved is None and self._refused):
            return
        import anyio

        self._is_running, self._is_first = True, self._moved is None
        self._progress, self._problem = "starting, or waiting for another process that indexes it", ""
        self._started, self._ended = time.monotonic(), anyio.Event()
        self._tasks.start_soon(self._run, self._ended)

    async def _wait(self) -> None:
        import anyio

        since = time.monotonic() - self._started
        wait = max(FIRST_WAIT - since, AGAIN_WAIT) if self._is_first else NEXT_WAIT - since
        if self._is_running and wait > 0:
            with anyio.move_on_after(wait):
                await self._ended.wait()

    async def _run(self, ended: Event) -> None:
        import anyio

        try:
            command = [sys.executable, "-c", _START.format(path=sys.path, root=str(self.root))]
            process = await anyio.open_process(command, stderr=None)
            try:
                await self._follow(process)
            finally:
                with anyio.CancelScope(shield=True):
                    await _end(process)
            self.runs += 1
            await self._look()
        except (OSError, EngrepError) as error:
            self._problem = str(error)
        finally:
            now = time.monotonic()
            rest = FAILED_REST if self._problem else RUN_SHARE * (now - self._started)
            self._next_look = max(self._next_look, now + rest)
            self._is_running = False
            ended.set()

    async def _follow(self, process: Process) -> None:
        """Read what a run tells until it ends."""
        if process.stdout is None:
            return
        self._problem = "the process that indexes ended without a word"
        rest = b""
        async for piece in process.stdout:
            *lines, rest = (rest + piece).split(b"\n")
            for line in lines:
                self._take(line)

    def _take(self, line: bytes) -> None:
        with suppress(ValueError):
            told = json.loads(line)
            if "stage" in told:
                self._progress = f"{told['done']:,} of {told['total']:,} files read" if told["total"] else told["stage"]
            else:
                self._problem = told.get("error", "")


async def _end(process: Process) -> None:
    """End a run, which undoes what it has not finished; closing its stdin ends its workers too."""
    with suppress(ProcessLookupError):
        process.terminate()
    await process.aclose()
