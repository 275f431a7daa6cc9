"""Time what a chat adds to a model: from a question to the first piece of the answer, recall and archive included.

    python -m engrep.eval.speed.chat ROOT [QUESTIONS]

The model is the configured one; one that answers at once (a scripted server) leaves our own part alone. It prints, as JSON and
in milliseconds: `first`, from the question to the first piece; `model`, from the request to the first piece as the client of
the model saw it; `added`, the difference; each as median and as what 95 of 100 stay under, and the first question of the
session apart. `cpu` is what a busy machine does not lengthen. The questions are made from the files (queries.py); sessions are
kept as in a real chat, so give it an index whose memories may grow.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from pathlib import Path

from engrep.agents.chat_open import opened
from engrep.engine.errors import UsageError
from engrep.eval.speed.corpus import Source
from engrep.eval.speed.measuring import percentile_95
from engrep.eval.speed.queries import make_queries
from engrep.indexers.walk import FoundFile, walk

QUESTIONS = 60


def main() -> None:
    """Ask, and print the times."""
    root = Path(sys.argv[1])
    count = int(sys.argv[2]) if len(sys.argv) > 2 else QUESTIONS
    with opened(root) as talk:
        chat = talk.chat
        if chat.models is None:
            message = "no model is configured: set ENGREP_MODEL and ENGREP_MODEL_URL"
            raise UsageError(message)
        chat.warm()
        time.sleep(2)  # a person takes longer for the first question
        firsts, models, cpu = [], [], []
        for query in make_queries(_sources(root), count):
            before = time.process_time()
            reply = chat.ask(query)
            cpu.append((time.process_time() - before) * 1000)
            firsts.append((reply.first_seconds or 0.0) * 1000)
            models.append(chat.models.account.calls[-1].first_seconds * 1000)
    added = [first - model for first, model in zip(firsts, models, strict=True)]
    told = {"first": firsts[1:], "model": models[1:], "added": added[1:], "cpu": cpu[1:]}
    print(json.dumps({
        "questions": len(firsts), "first_question": {"first": round(firsts[0], 1), "added": round(added[0], 1)},
        **{name: {"p50": round(statistics.median(each), 1), "p95": round(percentile_95(each), 1)} for name, each in told.items()},
    }))  # fmt: skip


def _sources(root: Path) -> list[Source]:
    found = [each for each in walk(root) if isinstance(each, FoundFile)]
    return [Source(root / each.path, each.path, "", 0, 0, "") for each in found]


if __name__ == "__main__":
    main()
