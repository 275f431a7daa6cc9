"""Answer questions with semble, by the protocol of systems/command.py; run by a Python that has semble.

semble_adapter.py hybrid|bm25 ROOT STATE        "bm25": its words and its ranking, without its model
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np

MODE, ROOT = sys.argv[1], Path(sys.argv[2])
os.environ["SEMBLE_CACHE_LOCATION"] = sys.argv[3]  # read when it is imported; it counts its searches there
os.environ.setdefault("HF_HUB_OFFLINE", "1")
from semble import SembleIndex  # noqa: E402
from semble.index.create import create_index_from_path  # noqa: E402


class NoModel:
    """Stand where semble wants a model: its zeros weigh nothing in a search with alpha 0."""

    dim = 1

    def encode(self, texts: list[str], **_options: Any) -> Any:  # noqa: D102
        return np.zeros((len(texts), 1), np.float32)


if MODE == "bm25":
    index = SembleIndex(NoModel(), *create_index_from_path(ROOT, NoModel(), display_root=ROOT)[:3], "none", root=ROOT)
else:
    try:
        index = SembleIndex.from_path(ROOT)
    except OSError as exc:
        sys.exit(f"semble finds no model, name a folder in SEMBLE_MODEL_NAME: {exc}")
print(json.dumps({"ready": True, "files": index.stats.indexed_files}), flush=True)
for line in sys.stdin:
    asked = json.loads(line)
    found = index.search(asked["query"], top_k=asked["limit"], alpha=0.0 if MODE == "bm25" else None)
    chunks = [(each.chunk, each.score) for each in found]
    hits = [{"path": c.file_path, "start_line": c.start_line, "end_line": c.end_line, "score": s} for c, s in chunks]
    print(json.dumps({"hits": hits}), flush=True)
