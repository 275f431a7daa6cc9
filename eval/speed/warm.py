"""Ask engrep questions in one process and print the milliseconds of each, after one round that is not counted.

Run it as `python -m engrep.eval.speed.warm ROOT QUERIES_JSON`.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path


def warm_milliseconds(root: Path, queries: list[str]) -> list[float]:
    """Time each question with all lanes."""
    from engrep.engine.memory import Memory

    times = []
    with Memory.open(root) as memory:
        for query in queries:
            memory.search(query, limit=10)
        for query in queries:
            started = time.perf_counter()
            memory.search(query, limit=10)
            times.append((time.perf_counter() - started) * 1e3)
    return times


if __name__ == "__main__":
    print(json.dumps(warm_milliseconds(Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text(encoding="utf-8")))))
