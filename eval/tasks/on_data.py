"""What tasks share whatever they ask: the data set they are on, and where their corpora come from."""

from __future__ import annotations

from engrep.eval.cases import Corpus
from engrep.eval.datasets import Dataset, Places, dataset
from engrep.eval.sources import fetch_source, missing_tree


class OnDataset:
    """A task on the data set that comes with it, or as `TASK:DATA` on one of the user's own."""

    name: str
    data: str

    def __init__(self, name: str = "", data: str = "") -> None:
        self.name = name or self.name
        self.data = data or self.data

    def dataset(self, places: Places) -> Dataset:
        """Return the data set."""
        return dataset(self.data, places.data)


class BesideQuestions(OnDataset):
    """Its corpora lie in the data set itself."""

    def missing(self, corpus: Corpus, places: Places) -> str | None:
        """Nothing is ever missing."""
        del corpus, places
        return None

    def fetch(self, corpus: Corpus, places: Places, remote: str) -> None:
        """Do nothing."""


class InSources(OnDataset):
    """Its corpora are source trees, each a `Source` in the corpus's detail."""

    def missing(self, corpus: Corpus, places: Places) -> str | None:
        """Return what is not here of the tree."""
        return missing_tree(corpus.detail, places)

    def fetch(self, corpus: Corpus, places: Places, remote: str) -> None:
        """Bring the tree at its revision."""
        fetch_source(corpus.detail, places, remote)
