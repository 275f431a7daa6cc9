"""Questions in Chinese over code, and the rules that they keep.

A row of `questions.jsonl`:

    {"id": "gocron-paraphrase-02", "corpus": "gocron", "kind": "paraphrase", "query": "任务出错之后…",
     "places": [{"path": "internal/service/task.go", "symbol": "execJob", "lines": [463, 497]}], "comment": "执行具体任务"}

Any of the places answers the question, so that together they are one gold item. `comment` is what the sources say of them.

    comment      the comment is the question, word for word
    paraphrase   asked as a developer would, in other words than the comment's
    mixed        names an identifier
    cross        the code and its comments are English only
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engrep.eval.cjk_comments import HAN, known_items

KINDS = ("comment", "paraphrase", "mixed", "cross")
SHARED_RUN = 4  # characters that a paraphrase may not have in common with the comment, one after the other
SEED, DRAWN = "engrep", 15  # known items of a corpus
_HAN_RUN = re.compile(rf"{HAN.pattern}+")
_IDENTIFIER = re.compile(r"[A-Za-z_$][\w$]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Place:
    """Where an answer stands."""

    path: str  # relative to the root that is indexed
    symbol: str
    start_line: int
    end_line: int


@dataclass(frozen=True, slots=True)
class Question:
    """A question with every place that answers it."""

    question_id: str
    corpus: str
    kind: str
    query: str
    places: tuple[Place, ...]
    comment: str


def question(row: Mapping[str, Any]) -> Question:
    """Read a row."""
    places = tuple(Place(each["path"], each["symbol"], *each["lines"]) for each in row["places"])
    return Question(row["id"], row["corpus"], row["kind"], row["query"], places, row["comment"])


def broken_rules(questions: Sequence[Question]) -> list[str]:
    """Return what is wrong with questions, as far as it shows without their sources."""
    ids = Counter(each.question_id for each in questions)
    queries = Counter(each.query for each in questions)
    wrong = [f"{name} stands twice" for name, n in (ids + queries).items() if n > 1]
    return wrong + [f"{each.question_id}: {problem}" for each in questions for problem in _problems(each)]


def _problems(asked: Question) -> Iterator[str]:
    if asked.kind not in KINDS:
        yield f"there is no kind {asked.kind}"
    if not asked.places or any(not 0 < place.start_line <= place.end_line for place in asked.places):
        yield "it has no place"
    if not HAN.search(asked.query):
        yield "it is not in Chinese"
    if any(place.path in asked.query or Path(place.path).name in asked.query for place in asked.places):
        yield "it names its file"
    if asked.kind == "comment" and asked.comment != asked.query:
        yield "it is not the comment"
    if asked.kind in ("paraphrase", "cross") and any(place.symbol in asked.query for place in asked.places):
        yield "it names its symbol"
    if asked.kind == "paraphrase" and (shared := shared_run(asked.query, asked.comment)):
        yield f"it repeats the comment: {shared}"
    if asked.kind == "mixed" and not any(len(word) > 3 for word in _IDENTIFIER.findall(asked.query)):
        yield "it names no identifier"


def shared_run(query: str, comment: str) -> str:
    """Return a run of Chinese characters that both texts have, as long as a paraphrase may not have it."""
    for run in _HAN_RUN.findall(query):
        for at in range(len(run) - SHARED_RUN + 1):
            if run[at : at + SHARED_RUN] in comment:
                return str(run[at : at + SHARED_RUN])
    return ""


def broken_places(questions: Sequence[Question], root: Path) -> list[str]:
    """Return what is wrong with the questions over one source tree: a place that is not there, a comment not drawn."""
    wrong = [f"{each.question_id}: {problem}" for each in questions for problem in _lost(each, root)]
    asked = {each.query for each in questions if each.kind == "comment"}
    drawn = {item.sentence for item in known_items(root, DRAWN, SEED)} if asked else set()
    return wrong + [f"{sentence} is not a known item of these sources" for sentence in sorted(asked ^ drawn)]


def _lost(asked: Question, root: Path) -> Iterator[str]:
    for place in asked.places:
        path = root / place.path
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines() if path.is_file() else []
        if place.symbol not in "\n".join(lines[place.start_line - 1 : place.end_line]):
            yield f"{place.symbol} is not in {place.path}:{place.start_line}-{place.end_line}"
