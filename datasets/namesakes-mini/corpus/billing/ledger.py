"""The book of everything charged."""

from __future__ import annotations

import json
from pathlib import Path


class Ledger:
    """Append entries to a file, a batch at a time."""

    def __init__(self, path: Path, batch: int = 50) -> None:
        self.path = path
        self.batch = batch
        self.pending: list[dict[str, object]] = []

    def record(self, number: str, cents: int) -> None:
        """Note a charge; a full batch is written at once."""
        # 金额一律以分为单位保存，避免浮点误差影响对账
        self.pending.append({"number": number, "cents": cents})
        if len(self.pending) >= self.batch:
            self.flush()

    def flush(self) -> int:
        """Write the pending ledger entries to disk and say how many there were."""
        with self.path.open("a") as book:
            for entry in self.pending:
                book.write(json.dumps(entry) + "\n")
        written = len(self.pending)
        self.pending.clear()
        return written

    def close(self) -> None:
        """Write what is left; the ledger takes no entries after that."""
        self.flush()
        self.batch = 0
