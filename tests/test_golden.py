"""Golden ranking pages: what a small corpus full of namesakes answers, question by question.

The corpus and the questions are in `datasets/namesakes-mini`. `make golden` rewrites `tests/golden`, so that a change
of the ranking shows as a difference that can be read; the bars below hold whatever the pages say.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import PROJECT, cli_environment, commit_all

from engrep import Memory
from engrep.engine.types import Hit, IndexReport, Search

DATASET = PROJECT / "datasets" / "namesakes-mini"
GOLDEN = PROJECT / "tests" / "golden"
WRITES = os.environ.get("ENGREP_GOLDEN") == "write"

EXACT_KINDS = ("qualified", "suffix", "path")
PROSE_KINDS = ("prose", "docstring", "cjk")  # they name no symbol, so only another module is a wrong namesake
DEPTH = 10  # how far down an answer is looked for
SHOWN = 5  # hits on a page


@dataclass(frozen=True, slots=True)
class Question:
    """One question with what is right: a first hit, namesakes that nothing tells apart, or a name to suggest."""

    kind: str
    text: str
    from_file: str | None
    path: str
    qualified_name: str
    ambiguous: frozenset[str]
    suggested: str

    @property
    def slug(self) -> str:
        """Return the name of the question's page, the same on every file system."""
        asked = f"{self.text} from {self.from_file}" if self.from_file else self.text
        readable = re.sub(r"[^a-z0-9]+", "-", asked.lower()).strip("-")[:48].strip("-")
        return f"{self.kind}-{readable}-{hashlib.sha256(asked.encode()).hexdigest()[:6]}".replace("--", "-")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with its answer."""

    question: Question
    answer: Search

    @property
    def rank(self) -> int:
        """Return the place of the right hit, counted from 1; 0 when it is not there."""
        places = (at for at, hit in enumerate(self.answer.hits[:DEPTH], 1) if is_right(self.question, hit))
        return next(places, 0)

    @property
    def is_answered(self) -> bool:
        """Tell whether the answer is right: its first hit, or what it lists when there is no one right hit."""
        if self.question.suggested:
            return self.question.suggested in self.answer.did_you_mean
        if self.question.ambiguous:
            listed = self.answer.ambiguous.candidates if self.answer.ambiguous else ()
            return self.question.ambiguous <= {candidate.qualified_name for candidate in listed}
        return self.rank == 1

    @property
    def is_right_namesake(self) -> bool:
        """Tell whether the first hit belongs where it should: the named symbol, or for prose the right module."""
        if self.question.kind in PROSE_KINDS:
            return bool(self.answer.hits) and self.answer.hits[0].path == self.question.path
        return self.rank == 1

    @property
    def drifted(self) -> bool:
        """Tell whether the first hit is a namesake of the right one, from another place."""
        if self.is_right_namesake or not self.answer.hits or not self.question.qualified_name:
            return False
        return self.answer.hits[0].symbol.lower() == self.question.qualified_name.rpartition(".")[2].lower()


@dataclass(frozen=True, slots=True)
class Session:
    """Everything that was asked, and the index it was asked of."""

    asked: tuple[Asked, ...]
    report: IndexReport
    rungs: dict[str, int]


def is_right(question: Question, hit: Hit) -> bool:
    """Tell whether a hit shows what was asked for; a question in prose may be shown the type around a method."""
    if not question.path or hit.path != question.path:
        return False
    if hit.qualified_name == question.qualified_name:
        return True
    name = question.qualified_name.rpartition(".")[2]
    return question.kind in PROSE_KINDS and re.search(rf"\b{name}\b", hit.text) is not None


def questions() -> tuple[Question, ...]:
    """Read the questions of the dataset."""
    return tuple(
        Question(
            kind=row["kind"],
            text=row["question"],
            from_file=row.get("from"),
            path=row.get("path", ""),
            qualified_name=row.get("qualified_name", ""),
            ambiguous=frozenset(row.get("ambiguous", ())),
            suggested=row.get("did_you_mean", ""),
        )
        for row in json.loads((DATASET / "questions.json").read_text(encoding="utf-8"))
    )


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """Index a copy of the corpus as a git repository and ask everything, without an embedding model."""
    root = tmp_path_factory.mktemp("golden") / "parcel"
    shutil.copytree(DATASET / "corpus", root, ignore=shutil.ignore_patterns("__pycache__"))
    commit_all(root)
    with pytest.MonkeyPatch.context() as patch, Memory.open(root, home=root.parent / "home") as memory:
        patch.setenv("ENGREP_EMBEDDER", "none")
        report = memory.index(jobs=1)
        asked = tuple(
            Asked(each, memory.search(each.text, limit=DEPTH, from_file=each.from_file)) for each in questions()
        )
        yield Session(asked, report, memory.status().rungs)


def statistics(session: Session) -> str:
    """Render the measures for each kind of question, and what the index holds."""
    lines = [f"{'kind':<14}{'n':>5}{'hits@1':>8}{'MRR':>8}{'right@1':>9}{'drift':>8}"]
    kinds = list(dict.fromkeys(each.question.kind for each in session.asked))
    for kind in [*kinds, "all"]:
        asked = [each for each in session.asked if kind in ("all", each.question.kind)]
        placed = [each for each in asked if each.question.path]
        answered = f"{kind:<14}{len(asked):>5}{mean([each.is_answered for each in asked]):>8.3f}"
        if not placed:
            lines.append(f"{answered}{'-':>8}{'-':>9}{'-':>8}")
            continue
        reciprocal = mean([1.0 / each.rank if each.rank else 0.0 for each in placed])
        right = mean([each.is_right_namesake for each in placed])
        lines.append(f"{answered}{reciprocal:>8.3f}{right:>9.3f}{mean([each.drifted for each in placed]):>8.3f}")
    report = session.report
    lines += [
        "",
        *(f"{name} {getattr(report, name)}" for name in ("files", "lines", "symbols", "references", "edges", "chunks")),
    ]
    lines += ["", *(f"{rung}: {count}" for rung, count in sorted(session.rungs.items()))]
    return "\n".join(lines) + "\n"


def mean(values: list[bool] | list[float]) -> float:
    """Return the mean; 0 of nothing."""
    return sum(values) / len(values) if values else 0.0


def page(asked: Asked) -> str:
    """Render one question: what is right, the first hits with the parts of their scores, and the undecided namesakes."""
    question, answer = asked.question, asked.answer
    lines = [f"question: {question.text}", f"kind: {question.kind}"]
    lines += [f"from: {question.from_file}"] if question.from_file else []
    if question.path:
        lines += [f"right: {question.path} {question.qualified_name}", f"rank: {asked.rank or '-'}"]
    elif question.ambiguous:
        lines += [
            f"undecided: {' '.join(sorted(question.ambiguous))}",
            f"listed: {'yes' if asked.is_answered else 'no'}",
        ]
    else:
        lines += [f"suggest: {question.suggested}", f"suggested: {' '.join(answer.did_you_mean) or '-'}"]
    for at, hit in enumerate(answer.hits[:SHOWN], 1):
        margin = "" if hit.margin is None else f" margin {rounded(hit.margin)}"
        lines += ["", f"{at}. {hit.path}:{hit.start_line}-{hit.end_line} {hit.qualified_name or '(text)'}"]
        lines += [f"   score {rounded(hit.score)}{margin}"]
        lines += [f"   {part.part} {rounded(part.value)}" for part in sorted(hit.why, key=lambda part: part.part)]
    if answer.ambiguous:
        lines += ["", f"ambiguous: {answer.ambiguous.name}, margin {rounded(answer.ambiguous.margin)}"]
        lines += [f"   {each.qualified_name} {rounded(each.score)}" for each in answer.ambiguous.candidates]
    return "\n".join(lines) + "\n"


def rounded(value: float) -> str:
    """Return a number to two decimals, without a sign before zero."""
    return f"{round(value, 2) + 0.0:.2f}"


def test_the_dataset_has_its_checksum() -> None:
    """The files of the dataset are those that its README speaks of."""
    files = [DATASET / "questions.json", *(path for path in (DATASET / "corpus").rglob("*") if path.is_file())]
    names = {path.relative_to(DATASET).as_posix(): path for path in files if "__pycache__" not in path.parts}
    lines = [f"{hashlib.sha256(names[name].read_bytes()).hexdigest()}  {name}\n" for name in sorted(names)]
    checksum = hashlib.sha256("".join(lines).encode()).hexdigest()
    readme = (DATASET / "README.md").read_text(encoding="utf-8")
    assert checksum in readme, f"datasets/namesakes-mini/README.md should name {checksum}"


def test_every_right_answer_is_in_the_corpus(session: Session) -> None:
    """Every place that a question calls right exists, and every file it is asked from."""
    for question in (each.question for each in session.asked):
        name = question.qualified_name.rpartition(".")[2]
        assert not question.path or name in (DATASET / "corpus" / question.path).read_text(encoding="utf-8"), question
        assert not question.from_file or (DATASET / "corpus" / question.from_file).is_file(), question


def test_each_question_has_a_page_of_its_own() -> None:
    """No two questions share a page."""
    slugs = [question.slug for question in questions()]
    assert len(set(slugs)) == len(slugs)


@pytest.mark.parametrize("kind", EXACT_KINDS)
def test_a_name_spelled_out_is_always_found(session: Session, kind: str) -> None:
    """A qualified name, a suffix of one or a path gives the right namesake first, without exception."""
    wrong = [each for each in session.asked if each.question.kind == kind and not each.is_answered]
    assert not wrong, "\n".join(page(each) for each in wrong)


def test_the_right_namesake_comes_first(session: Session) -> None:
    """Of 100 questions that have one right place, at least 95 are not led astray to another module."""
    placed = [each for each in session.asked if each.question.path]
    wrong = [f"{each.question.kind}: {each.question.text}" for each in placed if not each.is_right_namesake]
    assert len(wrong) <= 0.05 * len(placed), "\n".join(wrong)


def test_the_golden_pages_are_as_stored(session: Session) -> None:
    """Ranking changes only on purpose: `make golden` rewrites the pages, and the commit says why."""
    pages = {"rank_stats.txt": statistics(session)}
    pages |= {f"{each.question.slug}.txt": page(each) for each in session.asked}
    if WRITES:
        shutil.rmtree(GOLDEN, ignore_errors=True)
        GOLDEN.mkdir(parents=True)
        for name, text in pages.items():
            (GOLDEN / name).write_text(text, encoding="utf-8", newline="\n")
    stored = {path.name: path.read_text(encoding="utf-8") for path in GOLDEN.glob("*.txt")}
    changed = sorted(name for name in pages.keys() | stored.keys() if pages.get(name) != stored.get(name))
    assert not changed, f"these pages differ, look at `make golden` and `git diff tests/golden`: {changed}"
    assert not any(str(PROJECT) in text for text in pages.values())


def test_the_pages_do_not_depend_on_the_run(session: Session, tmp_path: Path) -> None:
    """Another process with another hash seed and two workers, in another folder, gives the same first hits."""
    root = tmp_path / "elsewhere"
    shutil.copytree(DATASET / "corpus", root, ignore=shutil.ignore_patterns("__pycache__"))
    commit_all(root)
    program = (
        "import json, pathlib, sys\n"
        "from engrep import Memory\n"
        "if __name__ == '__main__':\n"
        "    with Memory.open(sys.argv[1], home=pathlib.Path(sys.argv[1] + '.home')) as memory:\n"
        "        memory.index(jobs=2)\n"
        "        answers = [memory.search(text, from_file=asker or None).hits for text, asker in json.load(sys.stdin)]\n"
        "        print(json.dumps([[(hit.path, hit.start_line, hit.score) for hit in hits] for hits in answers]))\n"
    )
    some = session.asked[::5]
    environment = cli_environment(PYTHONHASHSEED="7")
    environment["ENGREP_EMBEDDER"] = "none"
    done = subprocess.run(
        [sys.executable, "-c", program, str(root)],
        input=json.dumps([(each.question.text, each.question.from_file) for each in some]),
        env=environment, capture_output=True, encoding="utf-8", check=True, timeout=120,
    )  # fmt: skip
    expected = [[[hit.path, hit.start_line, hit.score] for hit in each.answer.hits] for each in some]
    assert json.loads(done.stdout) == expected
