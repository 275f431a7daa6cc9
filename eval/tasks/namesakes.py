"""Questions that mean one of several definitions of a name, which a system should answer with that very one.

A data set holds `repos.json` (see `eval/sources.py`) and `NAME.jsonl` for each repository, as `engrep eval generate` makes
them from Python's own parser and jedi. Right means the very definition; drift means that the first answer is another
definition of the same name.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

from engrep.eval.cases import Case, Corpus, Found, Outcome, Shown, Value
from engrep.eval.datasets import Dataset, Places
from engrep.eval.definitions import Definition, definitions, definitions_at
from engrep.eval.localisation import DefinitionsOf
from engrep.eval.measures import ranking_values
from engrep.eval.questions import SPELLED_KINDS, Question
from engrep.eval.sources import root, sources
from engrep.eval.systems.code import CodeIndex, CodeSystem, SymbolLookup
from engrep.eval.task import Event
from engrep.eval.tasks.in_code import DEPTH, KEPT, answer_in_tree, describe, work_folder
from engrep.eval.tasks.on_data import InSources

BY_SYMBOL = "by symbol "  # before the name of a measure of looking a spelled name up rather than searching for it


class Namesakes(InSources):
    """Generated questions; on a data set of the user's own the task is `namesakes:NAME`."""

    name = data = "namesakes"
    title = "questions that mean one of several definitions of a name, generated from Python's parser and jedi"
    kind = "code"
    measures: tuple[str, ...] = (
        "right@1", "drift", "RR@10", "ambiguous", f"{BY_SYMBOL}right@1", f"{BY_SYMBOL}drift",
    )  # fmt: skip
    average = "cases"
    baselines: tuple[str, ...] = ("engrep", "bm25", "ripgrep")

    def corpora(self, places: Places) -> Sequence[Corpus]:
        """Return a corpus for each repository."""
        data = self.dataset(places)
        return [
            Corpus(source.name, source.language, _cases(data, f"{source.name}.jsonl"), source)
            for source in sources(data)
        ]

    def answer(
        self, corpus: Corpus, systems: Mapping[str, CodeSystem], todo: Mapping[str, Sequence[Case]], places: Places
    ) -> Iterator[Event]:
        """Index the repository and ask; what spells a symbol is looked up too, by systems that can."""
        folder = root(corpus.detail, places)
        definitions_of = cache(lambda path: _definitions(folder / path))
        state = work_folder(places, self.name, corpus.name)
        return answer_in_tree(folder, state, systems, todo, lambda index, case: ask(index, case, definitions_of))


def _cases(data: Dataset, file: str) -> tuple[Case, ...]:
    questions = (Question(**entry) for entry in data.lines(file))
    return tuple(
        Case(
            str(at), each.question, each.kind, (f"{each.path}:{each.line} {each.qualified_name}",), each, each.from_file
        )
        for at, each in enumerate(questions)
    )


def _definitions(path: Path) -> Sequence[Definition]:
    return definitions(path.read_bytes()) if path.suffix == ".py" and path.is_file() else ()


def ask(index: CodeIndex, case: Case, definitions_of: DefinitionsOf) -> Outcome:
    """Ask one question by search, and by the look-up of symbols where that makes sense."""
    question: Question = case.detail
    started = time.perf_counter()
    answer = index.search(case.query, limit=DEPTH, from_file=case.from_file, per_symbol=False)
    ms = 1e3 * (time.perf_counter() - started)
    values = judge(question, answer, definitions_of)
    if question.kind in SPELLED_KINDS and isinstance(index, SymbolLookup):
        looked_up = judge(question, index.lookup(case.query, limit=DEPTH), definitions_of)
        values |= {BY_SYMBOL + measure: looked_up[measure] for measure in ("right@1", "drift")}
    top = [
        Shown(describe(each), each.score, (0,) if is_right(each, question, definitions_of) else (), each.why)
        for each in answer[:KEPT]
    ]
    return Outcome(case.case_id, values, ms, tuple(top), "ambiguous" if values["ambiguous"] else "")


def judge(question: Question, answer: Sequence[Found], definitions_of: DefinitionsOf) -> dict[str, Value]:
    """Score one answer."""
    held = [(0,) if is_right(each, question, definitions_of) else () for each in answer]
    values = ranking_values(held, 1, ("Success@1", "RR@10"))
    is_drift = bool(answer) and not held[0] and question.name in names_of(answer[0], definitions_of)
    return {
        "right@1": values["Success@1"],
        "drift": float(is_drift),
        "RR@10": values["RR@10"],
        "ambiguous": float(any(each.is_ambiguous for each in answer)),
    }


def is_right(found: Found, question: Question, definitions_of: DefinitionsOf) -> bool:
    """Tell whether a place is the gold definition: its file and local name, or its name around the gold line.

    Lines without a symbol are right where the gold definition is the one of its name that they show.
    """
    if found.path != question.path:
        return False
    if found.kind or found.symbol:
        if found.qualified_name and found.qualified_name.removeprefix(found.module + ".") == question.local:
            return True
        return found.symbol == question.name and found.start_line <= question.line <= found.end_line
    shown = definitions_at(definitions_of(found.path), found.start_line, found.end_line)
    return [each.line for each in shown if each.name == question.name] == [question.line]


def names_of(found: Found, definitions_of: DefinitionsOf) -> set[str]:
    """Return the names that a place defines."""
    if found.kind or found.symbol:
        return {found.symbol}
    return {each.name for each in definitions_at(definitions_of(found.path), found.start_line, found.end_line)}
