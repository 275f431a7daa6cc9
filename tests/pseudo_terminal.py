"""A command in a real pseudo-terminal: what a person types, and what they see once escapes are taken out."""

from __future__ import annotations

import contextlib
import os
import re
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

_LINK = re.compile(r"\x1b\]8;;[^\x1b]*\x1b\\")
_ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\r")
PATIENCE = 30.0  # seconds that something may take to be seen


class Terminal:
    """One running command."""

    def __init__(self, descriptor: int, process: subprocess.Popen[bytes]) -> None:
        self._descriptor, self.process = descriptor, process
        self.raw = ""
        self._at = 0

    @property
    def seen(self) -> str:
        """All that was shown, without escapes."""
        return _ESCAPE.sub("", _LINK.sub("", self.raw))

    def type(self, text: str) -> None:
        """Type something."""
        os.write(self._descriptor, text.encode())

    def wait(self, *texts: str) -> None:
        """Wait until texts are shown that were not waited for before."""
        until = monotonic() + PATIENCE
        for text in texts:
            while text not in self.seen[self._at :]:
                assert monotonic() < until, f"{text!r} was not shown:\n{self.seen[self._at :]}"
                if not self._pump(0.1) and self.process.poll() is not None:
                    raise AssertionError(f"it ended before {text!r} was shown:\n{self.seen}")
            self._at = self.seen.index(text, self._at) + len(text)

    def ready(self) -> None:
        """Wait until it asks for the next line."""
        self.wait("› ")
        while self._pump(0.15):
            pass
        self._at = len(self.seen)

    def end(self) -> int:
        """Wait for its end and give the exit code."""
        until = monotonic() + PATIENCE
        while self.process.poll() is None:
            assert monotonic() < until, f"it does not end:\n{self.seen}"
            self._pump(0.1)
        while self._pump(0.05):
            pass
        return int(self.process.returncode)

    def _pump(self, seconds: float) -> bool:
        ready, _, _ = select.select([self._descriptor], [], [], seconds)
        if not ready:
            return False
        try:
            data = os.read(self._descriptor, 1 << 16)
        except OSError:  # it has ended
            return False
        if b"\x1b[6n" in data:  # it asks where the cursor is
            os.write(self._descriptor, b"\x1b[1;1R")
        self.raw += data.decode("utf-8", "replace")
        return bool(data)


@contextmanager
def terminal(*arguments: str, cwd: Path, environment: dict[str, str], columns: int = 100) -> Iterator[Terminal]:
    """Run engrep in a terminal of so many columns."""
    import fcntl
    import pty
    import struct
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 12, columns, 0, 0))
    command = [sys.executable, "-m", "engrep", *arguments]
    try:
        with subprocess.Popen(
            command, cwd=cwd, env=environment, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - Ctrl-C needs a terminal of its own
        ) as process:  # fmt: skip
            os.close(theirs)
            try:
                yield Terminal(ours, process)
            finally:
                with contextlib.suppress(OSError):
                    process.kill()
    finally:
        os.close(ours)
