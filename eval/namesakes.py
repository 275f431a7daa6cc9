"""Ask for one of several definitions of a name, and count how often search gives that one.

    python -m engrep.eval.namesakes generate ROOT SET_JSONL [--seed 0] [--per-kind 150]
    python -m engrep.eval.namesakes score ROOT SET_JSONL [--json OUT]

The questions come from Python's own parser and jedi, never from the index under test. Right means the very definition;
drift means that the first answer is another definition of the same name.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from engrep.engine.errors import NotFoundError
from engrep.eval.call_sites import call_site_questions
from engrep.eval.collisions import all_definitions
from engrep.eval.figures import share, table
from engrep.eval.questions import SPELLED_KINDS, Question, text_questions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engrep.engine.memory import Memory
    from engrep.engine.types import Hit, Search

DEPTH = 10


@dataclass(frozen=True, slots=True)
class Answered:
    """How one question went, asked by one verb."""

    kind: str
    verb: str
    question: str
    from_file: str | None
    gold: str
    rank: int | None  # of the right definition among the hits
    drifted: bool
    is_ambiguous: bool  # the engine said that it cannot tell
    top: tuple[str, ...]


def generate(root: Path, seed: int, per_kind: int) -> list[Question]:
    """Make the questions of a repository."""
    found = all_definitions(root)
    return [*text_questions(found, seed, per_kind), *call_site_questions(root, found, seed, per_kind)]


def is_right(hit: Hit, question: Question) -> bool:
    """Tell whether a hit is the gold definition: its file and local name, or its name around the gold line."""
    if hit.path != question.path:
        return False
    if hit.qualified_name.removeprefix(hit.module + ".") == question.local:
        return True
    return hit.symbol == question.name and hit.start_line <= question.line <= hit.end_line


def judge(question: Question, verb: str, answer: Search | None) -> Answered:
    """Score one answer, None standing for a refusal."""
    hits = answer.hits if answer is not None else ()
    rank = next((place for place, hit in enumerate(hits, 1) if is_right(hit, question)), None)
    drifted = bool(hits) and rank != 1 and hits[0].symbol == question.name
    top = tuple(f"{hit.path}:{hit.start_line} {hit.qualified_name}" for hit in hits[:3])
    gold = f"{question.path}:{question.line} {question.qualified_name}"
    is_ambiguous = answer is not None and answer.ambiguous is not None
    return Answered(question.kind, verb, question.question, question.from_file, gold, rank, drifted, is_ambiguous, top)


def score(memory: Memory, questions: Sequence[Question]) -> list[Answered]:
    """Ask every question by search, and those that spell a symbol by the symbol verb too."""
    answered = []
    for question in questions:
        found = memory.search(question.question, limit=DEPTH, from_file=question.from_file)
        answered.append(judge(question, "search", found))
        if question.kind in SPELLED_KINDS:
            answered.append(judge(question, "symbol", _symbol(memory, question.question)))
    return answered


def _symbol(memory: Memory, name: str) -> Search | None:
    try:
        return memory.symbol(name, limit=DEPTH)
    except NotFoundError:
        return None


def report(answered: Sequence[Answered]) -> str:
    """Write right-namesake@1, drift and the rest per kind and verb as Markdown."""
    rows = []
    for kind, verb in dict.fromkeys((row.kind, row.verb) for row in answered):
        part = [row for row in answered if (row.kind, row.verb) == (kind, verb)]
        counts = Counter(
            right=sum(row.rank == 1 for row in part),
            found=sum(row.rank is not None for row in part),
            drifted=sum(row.drifted for row in part),
            ambiguous=sum(row.is_ambiguous for row in part),
        )
        shares = [share(counts[what], len(part)) for what in ("right", "drifted")]
        rest = [f"{100 * counts[what] / len(part):.1f}" for what in ("found", "ambiguous")]
        rows.append((kind, verb, len(part), *shares, *rest))
    return table(("kind", "verb", "n", "right@1 %", "drift %", f"in first {DEPTH} %", "said ambiguous %"), rows)


def write_jsonl(path: Path, rows: Sequence[Question] | Sequence[Answered]) -> None:
    """Write one JSON object a line."""
    path.write_text("".join(json.dumps(asdict(row), ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def main() -> None:
    """Generate a set, or score one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=("generate", "score"))
    parser.add_argument("root", type=Path)
    parser.add_argument("set", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--per-kind", type=int, default=150)
    parser.add_argument("--json", type=Path, help="write one JSON line per answer here")
    arguments = parser.parse_args()
    if arguments.command == "generate":
        questions = generate(arguments.root, arguments.seed, arguments.per_kind)
        write_jsonl(arguments.set, questions)
        print(json.dumps(Counter(question.kind for question in questions)))
        return
    from engrep.engine.memory import Memory

    lines = arguments.set.read_text(encoding="utf-8").splitlines()
    with Memory.open(arguments.root) as memory:
        memory.index()
        answered = score(memory, [Question(**json.loads(line)) for line in lines])
    print(report(answered))
    if arguments.json:
        write_jsonl(arguments.json, answered)


if __name__ == "__main__":
    main()
