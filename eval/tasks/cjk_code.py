"""Questions in Chinese over repositories with Chinese comments, and over one without."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from engrep.engine.errors import StateError
from engrep.eval.cases import Case, Corpus, Found
from engrep.eval.cjk_questions import Place, Question, broken_places, question
from engrep.eval.datasets import Dataset, Places, dataset
from engrep.eval.fetch import fetch_tree, tree
from engrep.eval.systems.code import CodeSystem
from engrep.eval.task import Event
from engrep.eval.tasks.in_code import answer_in_tree


@dataclass(frozen=True, slots=True)
class Source:
    """A repository at a revision, and the folder in it that is indexed."""

    repository: str
    revision: str
    root: str

    def folder(self, places: Places) -> Path:
        """Return where the sources lie, whether or not they are there."""
        return tree(places, self.repository, self.revision) / self.root


class CjkCode:
    """Known items, paraphrases, questions with an identifier, and Chinese over English code."""

    name = "cjk-code"
    title = "questions in Chinese over code: comments, paraphrases, with an identifier, over English code"
    kind = "code"
    measures: tuple[str, ...] = ("nDCG@10", "Success@1", "RR@10", "R@1000t")
    average = "cases"
    baselines: tuple[str, ...] = ("engrep", "bm25")

    def dataset(self, places: Places) -> Dataset:
        """Return the data set."""
        return dataset("cjk", places.data)

    def corpora(self, places: Places) -> Sequence[Corpus]:
        """Return a corpus for each repository."""
        data = self.dataset(places)
        questions = [question(row) for row in data.lines("questions.jsonl")]
        return [
            Corpus(
                row["name"],
                row["language"],
                tuple(_case(each) for each in questions if each.corpus == row["name"]),
                Source(row["repository"], row["revision"], row["root"]),
            )
            for row in data.json("corpora.json")
        ]

    def missing(self, corpus: Corpus, places: Places) -> str | None:
        """Tell whether the tree has to be fetched."""
        source: Source = corpus.detail
        if source.folder(places).is_dir():
            return None
        return f"{source.repository} at {source.revision[:12]} is not here"

    def fetch(self, corpus: Corpus, places: Places, remote: str) -> None:
        """Bring the tree."""
        source: Source = corpus.detail
        fetch_tree(places, remote, source.repository, source.revision)

    def answer(
        self, corpus: Corpus, systems: Mapping[str, CodeSystem], todo: Mapping[str, Sequence[Case]], places: Places
    ) -> Iterator[Event]:
        """Ask about one tree, once it is sure that the questions fit it.

        Raises:
            StateError: a place that a question names is not there, or what it quotes.

        """
        source: Source = corpus.detail
        root = source.folder(places)
        every = next(each for each in self.corpora(places) if each.name == corpus.name)
        wrong = broken_places([case.detail for case in every.cases], root)
        if wrong:
            message = f"{root} is not what the questions were written for ({wrong[0]}): delete it and fetch it again"
            raise StateError(message)
        yield from answer_in_tree(root, places.work / self.name / corpus.name, systems, todo, is_right, self.measures)


def _case(asked: Question) -> Case:
    gold = " or ".join(f"{place.path}:{place.start_line} {place.symbol}" for place in asked.places)
    return Case(asked.question_id, asked.query, asked.kind, (gold,), asked)


def is_right(case: Case, found: Found) -> Collection[int]:
    """Tell whether a place shows some of the lines that answer the question."""
    asked: Question = case.detail
    return (0,) if any(_overlaps(place, found) for place in asked.places) else ()


def _overlaps(place: Place, found: Found) -> bool:
    return found.path == place.path and found.start_line <= place.end_line and found.end_line >= place.start_line
