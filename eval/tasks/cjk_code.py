"""Questions in Chinese over repositories with Chinese comments, and over one without."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from engrep.engine.errors import StateError
from engrep.eval.cases import Case, Corpus, Found
from engrep.eval.cjk_questions import Place, Question, broken_places, question
from engrep.eval.datasets import Places
from engrep.eval.sources import root, sources
from engrep.eval.systems.code import CodeSystem
from engrep.eval.task import Event
from engrep.eval.tasks.in_code import answer_in_tree, asking, work_folder
from engrep.eval.tasks.on_data import InSources


class CjkCode(InSources):
    """Known items, paraphrases, questions with an identifier, and Chinese over English code."""

    name = "cjk-code"
    data = "cjk"
    title = "questions in Chinese over code: comments, paraphrases, with an identifier, over English code"
    kind = "code"
    measures: tuple[str, ...] = ("nDCG@10", "Success@1", "RR@10", "R@1000t")
    average = "cases"
    baselines: tuple[str, ...] = ("engrep", "bm25")

    def corpora(self, places: Places) -> Sequence[Corpus]:
        """Return a corpus for each repository."""
        data = self.dataset(places)
        questions = [question(row) for row in data.lines("questions.jsonl")]
        return [
            Corpus(
                source.name,
                source.language,
                tuple(_case(each) for each in questions if each.corpus == source.name),
                source,
            )
            for source in sources(data, "corpora.json", "root")
        ]

    def answer(
        self, corpus: Corpus, systems: Mapping[str, CodeSystem], todo: Mapping[str, Sequence[Case]], places: Places
    ) -> Iterator[Event]:
        """Ask about one tree, once it is sure that the questions fit it.

        Raises:
            StateError: a place that a question names is not there, or what it quotes.

        """
        folder = root(corpus.detail, places)
        every = next(each for each in self.corpora(places) if each.name == corpus.name)
        wrong = broken_places([case.detail for case in every.cases], folder)
        if wrong:
            message = f"{folder} is not what the questions were written for ({wrong[0]}): delete it and fetch it again"
            raise StateError(message)
        ask = asking(folder, is_right, self.measures)
        yield from answer_in_tree(folder, work_folder(places, self.name, corpus.name), systems, todo, ask)


def _case(asked: Question) -> Case:
    gold = " or ".join(f"{place.path}:{place.start_line} {place.symbol}" for place in asked.places)
    return Case(asked.question_id, asked.query, asked.kind, (gold,), asked)


def is_right(case: Case, found: Found) -> Collection[int]:
    """Tell whether a place shows some of the lines that answer the question."""
    asked: Question = case.detail
    return (0,) if any(_overlaps(place, found) for place in asked.places) else ()


def _overlaps(place: Place, found: Found) -> bool:
    return found.path == place.path and found.start_line <= place.end_line and found.end_line >= place.start_line
