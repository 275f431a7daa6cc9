"""The projects and call-graph sets that edges are measured on: where they are, at which revision, and how they are read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engrep.eval.datasets import Dataset, Places, dataset
from engrep.eval.fetch import tree
from engrep.eval.sources import inner_folder

DATASET = "edges"


@dataclass(frozen=True, slots=True)
class EdgeSource:
    """One row of the data set's `repos.json`."""

    corpus: str
    oracle: str  # "jedi", or the call-graph set that says how the folder is read
    repository: str  # owner/name
    revision: str
    folder: str  # of the repository that is read
    language: str
    licence: str
    sites: int = 0  # calls that are sampled, with `seed`, where jedi is asked
    seed: int = 0

    def root(self, places: Places) -> Path:
        """Return where the repository's files lie."""
        return tree(places, self.repository, self.revision)

    def read(self, places: Places) -> Path:
        """Return the folder of it that is read."""
        return self.root(places) / inner_folder(self.folder)


def edge_dataset(places: Places) -> Dataset:
    """Return the data set."""
    return dataset(DATASET, places.data)


def edge_sources(data: Dataset, *, of_jedi: bool) -> list[EdgeSource]:
    """Return the projects that jedi is asked about, or the call-graph sets."""
    rows: list[dict[str, Any]] = data.json("repos.json")
    return [source for row in rows if ((source := EdgeSource(**row)).oracle == "jedi") == of_jedi]
