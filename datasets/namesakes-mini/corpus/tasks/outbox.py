"""Tasks that wait on disk."""

from __future__ import annotations

import json
from pathlib import Path


class Outbox:
    """A queue that survives a restart."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.tasks: list[dict[str, object]] = json.loads(path.read_text()) if path.exists() else []

    def put(self, task: dict[str, object]) -> None:
        """Add a task to the queue."""
        self.tasks.append(task)

    def take(self, now: float) -> dict[str, object] | None:
        """Remove and return the first task that is due."""
        for task in self.tasks:
            if float(str(task.get("due", 0))) <= now:
                self.tasks.remove(task)
                return task
        return None

    def flush(self) -> None:
        """Replace the file with the tasks that still wait."""
        self.path.write_text(json.dumps(self.tasks))
