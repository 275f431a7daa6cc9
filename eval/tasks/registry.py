"""Tasks by name."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from typing import Any

from engrep.engine.errors import EngrepError, UsageError
from engrep.eval.cases import Result
from engrep.eval.datasets import MissingDataError, Places
from engrep.eval.task import Published, Task
from engrep.eval.tasks.agents import AgentTasks
from engrep.eval.tasks.anchors import Anchors
from engrep.eval.tasks.cjk_code import CjkCode
from engrep.eval.tasks.cjk_memory import CjkMemory
from engrep.eval.tasks.code_search import CodeSearch
from engrep.eval.tasks.conversations import Conversations
from engrep.eval.tasks.edges_jedi import EdgesJedi
from engrep.eval.tasks.edges_programs import EdgesPrograms
from engrep.eval.tasks.localisation import Localisation
from engrep.eval.tasks.memory_precision import MemoryPrecision
from engrep.eval.tasks.memory_recall import MemoryRecall
from engrep.eval.tasks.mini import Mini
from engrep.eval.tasks.namesakes import Namesakes

TASKS: dict[str, Task] = {
    task.name: task
    for task in (
        CodeSearch(),
        Localisation(),
        Namesakes(),
        Mini(),
        CjkCode(),
        MemoryRecall(),
        MemoryPrecision(),
        CjkMemory(),
        Conversations(),
        EdgesJedi(),
        EdgesPrograms(),
        Anchors(),
        AgentTasks(),
    )
}
ON_OWN_DATA: dict[str, Callable[[str, str], Task]] = {
    "code-search": CodeSearch,
    "localisation": Localisation,
    "namesakes": Namesakes,
    "memory-recall": MemoryRecall,
    "memory-precision": MemoryPrecision,
    "conversations": Conversations,
    "anchors": Anchors,
    "agents": AgentTasks,
}
"""What makes a task from its whole name, `code-search:mine`, and the data set that follows the colon."""


def task(name: str) -> Task:
    """Return a task; `code-search:mine` is code search on the data set `mine`.

    Raises:
        UsageError: there is none of that name.

    """
    if name in TASKS:
        return TASKS[name]
    made, _, data = name.partition(":")
    if made not in ON_OWN_DATA or not data:
        message = (
            f"there is no task {name}; there are {', '.join(TASKS)}; "
            f"on data of your own {', '.join(f'{each}:NAME' for each in ON_OWN_DATA)}"
        )
        raise UsageError(message)
    return ON_OWN_DATA[made](name, data)


def listed(places: Places) -> list[dict[str, Any]]:
    """Return what each task is, and what of its data is here."""
    return [
        {"name": each.name, "title": each.title, "kind": each.kind, **_state(each, places)} for each in TASKS.values()
    ]


def by_kind() -> dict[str, list[str]]:
    """Return the names of the tasks of each kind."""
    kinds: dict[str, list[str]] = {}
    for each in TASKS.values():
        kinds.setdefault(each.kind, []).append(each.name)
    return kinds


def in_order(results: Iterable[Result]) -> list[Result]:
    """Sort runs by their task, as the tasks are listed, then by name."""
    places = {name: at for at, name in enumerate(TASKS)}
    return sorted(results, key=lambda each: (places.get(each.head["task"], len(places)), each.head["task"]))


def published(names: Iterable[str], places: Places) -> dict[str, dict[str, dict[str, float]]]:
    """Return what other systems' authors give for tasks: task → system → corpus → the deciding measure."""
    found = {}
    for name in names:
        with contextlib.suppress(MissingDataError, UsageError):
            asked = task(name)
            if isinstance(asked, Published):
                found[name] = {system: dict(figures) for system, figures in asked.published(places).items()}
    return found


def _state(each: Task, places: Places) -> dict[str, Any]:
    try:
        data, corpora = each.dataset(places), each.corpora(places)
    except MissingDataError as error:
        return {"cases": 0, "corpora": 0, "present": 0, "licence": "", "state": str(error).partition(": ")[0]}
    except EngrepError as error:
        return {"cases": 0, "corpora": 0, "present": 0, "licence": "", "state": str(error)}
    present = sum(each.missing(corpus, places) is None for corpus in corpora)
    cases = sum(len(corpus.cases) for corpus in corpora)
    n = f"{cases:,} cases" if cases else "cases are made of what is fetched"
    here = "all corpora are here" if present == len(corpora) else f"{present} of {len(corpora)} corpora are here"
    how = "" if present == len(corpora) else f": engrep eval fetch {each.name}"
    state = f"{n}; {data.licence}; {here}{how}"
    return {
        "cases": cases, "corpora": len(corpora), "present": present, "licence": data.licence, "state": state,
        "checksum": data.checksum,
    }  # fmt: skip
