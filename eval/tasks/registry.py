"""Tasks by name."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from typing import Any

from engrep.engine.errors import StateError, UsageError
from engrep.eval.datasets import MissingDataError, Places
from engrep.eval.task import Task
from engrep.eval.tasks.conversations import Conversations
from engrep.eval.tasks.memory_precision import MemoryPrecision
from engrep.eval.tasks.memory_recall import MemoryRecall
from engrep.eval.tasks.mini import Mini

TASKS: dict[str, Task] = {task.name: task for task in (Mini(), MemoryRecall(), MemoryPrecision(), Conversations())}


def task(name: str) -> Task:
    """Return a task.

    Raises:
        UsageError: there is none of that name.

    """
    if name not in TASKS:
        message = f"there is no task {name}; there are {', '.join(TASKS)}"
        raise UsageError(message)
    return TASKS[name]


def listed(places: Places) -> list[dict[str, Any]]:
    """Return what each task is, and what of its data is here."""
    return [
        {"name": each.name, "title": each.title, "kind": each.kind, **_state(each, places)} for each in TASKS.values()
    ]


def published(names: Iterable[str], places: Places) -> dict[str, dict[str, dict[str, float]]]:
    """Return what other systems' authors give for tasks: task → system → corpus → the deciding measure."""
    found = {}
    for name in names:
        figures = getattr(TASKS.get(name), "published", None)
        with contextlib.suppress(MissingDataError):
            if figures is not None:
                found[name] = figures(places)
    return found


def _state(each: Task, places: Places) -> dict[str, Any]:
    try:
        data, corpora = each.dataset(places), each.corpora(places)
    except StateError as error:
        return {"cases": 0, "corpora": 0, "present": 0, "licence": "", "state": str(error)}
    present = sum(each.missing(corpus, places) is None for corpus in corpora)
    cases = sum(len(corpus.cases) for corpus in corpora)
    state = f"{cases:,} cases, {data.licence}; {present} of {len(corpora)} corpora are here"
    return {
        "cases": cases, "corpora": len(corpora), "present": present, "licence": data.licence, "state": state,
        "checksum": data.checksum,
    }  # fmt: skip
