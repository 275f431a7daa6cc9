"""Systems by name."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from engrep.engine.errors import UsageError
from engrep.eval.systems.agents import AGENTS
from engrep.eval.systems.anchor_baselines import ANCHOR_BASELINES, Baseline
from engrep.eval.systems.bm25 import Bm25
from engrep.eval.systems.command import command
from engrep.eval.systems.ctags import ctags
from engrep.eval.systems.dense import dense
from engrep.eval.systems.engrep_anchors import EngrepAnchors
from engrep.eval.systems.engrep_code import engrep_code
from engrep.eval.systems.engrep_edges import NameEdges, engrep_edges
from engrep.eval.systems.engrep_records import engrep_records
from engrep.eval.systems.floor import Floor
from engrep.eval.systems.record_baselines import RECORD_BASELINES
from engrep.eval.systems.ripgrep import ripgrep
from engrep.eval.systems.semble import semble

Maker = Callable[[str], Any]
"""Makes a system from what follows its name: `engrep-dense` is the maker "engrep" with "-dense"."""


def _alone(name: str, make: Callable[[], Any]) -> Maker:
    """Make a system that has no variants."""

    def maker(rest: str) -> Any:
        if rest:
            message = f"there is no system {name}{rest}; {name} has no variants"
            raise UsageError(message)
        return make()

    return maker


def _given(system: Any) -> Any:
    return system


MAKERS: dict[str, dict[str, tuple[Maker, str]]] = {
    "code": {
        "engrep": (
            engrep_code,
            "engrep; engrep-dense-test without parts, engrep=lexical with a lane alone, engrep@none or @PATH.npz: the model",
        ),
        "ripgrep": (_alone("ripgrep", ripgrep), "files by how many of the question's words rg finds in them"),
        "bm25": (_alone("bm25", Bm25), "SQLite's BM25 over windows of lines"),
        "dense": (dense, "vectors alone; dense@PATH.npz with another model"),
        "ctags": (_alone("ctags", ctags), "definitions that universal-ctags knows by the question's words"),
        "floor": (
            _alone("floor", Floor),
            "BM25 over whole files, or Python functions, tests and documents last: the floor of localisation",
        ),
        "semble": (semble, "semble, where it is installed; semble-bm25 without its model"),
        "command": (command, "any program: command:NAME=PROGRAM ARGUMENTS, as `engrep eval systems --help` tells"),
    },
    "records": {
        "engrep": (
            engrep_records,
            "engrep's own archive and memories; @none without a model, @PATH.npz with another one",
        ),
        **RECORD_BASELINES,
    },
    "edges": {
        "engrep": (engrep_edges, "the edges that answers use; engrep@0.5 those of at least that confidence"),
        "names": (
            _alone("names", lambda: NameEdges("names", only_unique=False)),
            "every definition of the called name, as grep would find",
        ),
        "unique-name": (
            _alone("unique-name", lambda: NameEdges("unique-name", only_unique=True)),
            "the definition of the name where it has one",
        ),
    },
    "anchors": {
        "engrep": (_alone("engrep", EngrepAnchors), "memories about the places, followed by index runs"),
        **{
            name: (_alone(name, partial(Baseline, name, judge)), title)
            for name, (judge, title) in ANCHOR_BASELINES.items()
        },
    },
    "agents": {name: (_alone(name, partial(_given, system)), title) for name, (system, title) in AGENTS.items()},
}
"""Kind of task → name → what makes the system, and one line about it."""


def make(spec: str, kind: str) -> Any:
    """Return the system that a spec names: a name, and perhaps what is to be different about it.

    Raises:
        UsageError: there is no such system for this kind of task.

    """
    makers = MAKERS[kind]
    named = max((name for name in makers if spec.startswith(name)), key=len, default=None)
    rest = spec.removeprefix(named or "")
    if named is None or (rest and rest[0].isalnum()):
        message = f"there is no system {spec} for this task; there are {', '.join(makers)}"
        raise UsageError(message)
    return makers[named][0](rest)


def listed() -> list[dict[str, str]]:
    """Return each system's name, the kind of task it can do, and a line about it."""
    return [
        {"name": name, "kind": kind, "title": title}
        for kind, makers in MAKERS.items()
        for name, (_, title) in makers.items()
    ]
