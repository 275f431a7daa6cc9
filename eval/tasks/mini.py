"""The small corpus of namesakes that is part of the project: seconds to run, nothing to fetch."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from engrep.eval.cases import Case, Corpus, Found
from engrep.eval.datasets import Places
from engrep.eval.systems.code import CodeSystem
from engrep.eval.task import Event
from engrep.eval.tasks.in_code import answer_in_tree, asking, work_folder
from engrep.eval.tasks.on_data import BesideQuestions

PROSE_KINDS = ("prose", "docstring", "cjk")  # they name no symbol, so that the type around a method is right too


class Mini(BesideQuestions):
    """Namesakes in eight languages, 75 files: each question has one right definition."""

    name = "mini"
    data = "namesakes-mini"
    title = "a small corpus of namesakes in eight languages; nothing to fetch"
    kind = "code"
    measures: tuple[str, ...] = ("Success@1", "RR@10", "nDCG@10", "R@1000t", "tokens")
    average = "cases"
    baselines: tuple[str, ...] = ("engrep", "bm25")

    def corpora(self, places: Places) -> Sequence[Corpus]:
        """Return the one corpus, with the questions that have one right answer."""
        rows = self.dataset(places).json("questions.json")
        cases = [
            Case(str(at), row["question"], row["kind"], (row["qualified_name"],), row, row.get("from"))
            for at, row in enumerate(rows)
            if "qualified_name" in row
        ]
        return (Corpus("namesakes-mini", "", tuple(cases)),)

    def answer(
        self, corpus: Corpus, systems: Mapping[str, CodeSystem], todo: Mapping[str, Sequence[Case]], places: Places
    ) -> Iterator[Event]:
        """Ask about the corpus."""
        root, state = self.dataset(places).folder / "corpus", work_folder(places, self.name, corpus.name)
        return answer_in_tree(root, state, systems, todo, asking(root, is_right, self.measures))


def is_right(case: Case, found: Found) -> Collection[int]:
    """Tell whether a place shows what was asked for: by its name, or where a system gives none by holding it."""
    row: dict[str, Any] = case.detail
    if found.path != row["path"]:
        return ()
    if found.qualified_name == row["qualified_name"]:
        return (0,)
    name = row["qualified_name"].rpartition(".")[2]
    if found.qualified_name and row["kind"] not in PROSE_KINDS:
        return ()
    return (0,) if found.text is not None and re.search(rf"\b{re.escape(name)}\b", found.text) else ()
