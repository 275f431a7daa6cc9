"""The seam between a run and what it measures: a task reads its data, and has every system answer its cases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from engrep.engine.errors import StateError
from engrep.eval.cases import Case, Corpus, Outcome, Prepared
from engrep.eval.datasets import Dataset, Places

Event = tuple[str, Outcome | Prepared]
"""What one system, by its name, has done."""


class Task(Protocol):
    """Something to be good at."""

    name: str  # "code-search"
    title: str  # one line
    kind: str  # which systems can do it: "code", "records", "edges" or "anchors"
    measures: tuple[str, ...]  # the first decides comparisons
    average: str  # "corpora": mean of the corpora's means; "cases": over all cases alike; "counts": so many of so few
    baselines: tuple[str, ...]  # systems that a run without --system takes, engrep's own included

    def dataset(self, places: Places) -> Dataset:
        """Return where the cases come from; MissingDataError when they are not here."""
        ...

    def corpora(self, places: Places) -> Sequence[Corpus]:
        """Return the corpora with their cases, without indexing anything."""
        ...

    def missing(self, corpus: Corpus, places: Places) -> str | None:
        """Return what has to be fetched before the corpus can be asked, None when it is all here."""
        ...

    def fetch(self, corpus: Corpus, places: Places, remote: str) -> None:
        """Bring what is missing from a git remote; `remote` is a template of its URL."""
        ...

    def answer(
        self, corpus: Corpus, systems: Mapping[str, Any], todo: Mapping[str, Sequence[Case]], places: Places
    ) -> Iterator[Event]:
        """Have each system answer its cases; a `Prepared` for each system first."""
        ...


def failed(what: str, failures: Sequence[str], advice: str) -> StateError:
    """Make the error that tells which corpora are not done, or not here, and why."""
    shown = "; ".join(failures[:3]) + (f"; and {len(failures) - 3} more" if len(failures) > 3 else "")
    many = "1 corpus is" if len(failures) == 1 else f"{len(failures)} corpora are"
    return StateError(f"{many} not {what}: {shown.rstrip('.')}. {advice}")


@runtime_checkable
class Configured(Protocol):
    """A task whose runs depend on more than data, system and commit."""

    def options(self) -> Mapping[str, Any]:
        """Return what two parts of one run must agree in; raises EngrepError where no run can begin."""
        ...


@runtime_checkable
class Published(Protocol):
    """A task on data for which others have published how they did."""

    def published(self, places: Places) -> Mapping[str, Mapping[str, float]]:
        """Return system → corpus → value of the first measure."""
        ...
