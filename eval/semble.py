"""Score search on questions in the format of semble's benchmark: NDCG@10 of files, beside the published figures.

    python -m engrep.eval.semble DATA_DIR CORPORA_DIR [--lanes L,…] [--repo NAME]… [--json OUT] [--questions OUT]

DATA_DIR holds repos.json, annotations/NAME.json and published_ndcg10.json; CORPORA_DIR/NAME is the repository's tree at
its revision, of which only `benchmark_root` is indexed.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engrep.eval.figures import bootstrap, mean, ndcg, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engrep.engine.types import Hit

DEPTH = 10
SHOWN = 5  # paths kept of each ranking for failure analysis
CATEGORIES = ("symbol", "semantic", "architecture")


@dataclass(frozen=True, slots=True)
class Target:
    """A file, or lines of it, that answers a question."""

    path: str
    start_line: int | None = None
    end_line: int | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """A question and all its targets, which gain alike."""

    query: str
    category: str
    targets: tuple[Target, ...]


@dataclass(frozen=True, slots=True)
class Scored:
    """How one question went."""

    repo: str
    category: str
    query: str
    score: float
    ranks: tuple[int | None, ...]
    top: tuple[str, ...]
    gold: tuple[str, ...]


def read_questions(annotations: Path) -> list[Question]:
    """Read one annotation file; a target is a path, or an object with a path and lines."""
    entries = json.loads(annotations.read_text(encoding="utf-8"))
    return [
        Question(entry["query"], entry["category"], tuple(map(_target, entry["relevant"] + entry["secondary"])))
        for entry in entries
    ]


def _target(entry: str | dict[str, Any]) -> Target:
    if isinstance(entry, str):
        return Target(entry)
    return Target(entry["path"], entry["start_line"], entry["end_line"])


def matches(path: str, start_line: int, end_line: int, target: Target) -> bool:
    """Tell whether a hit answers: its path ends with the target's on a folder boundary, and the lines overlap."""
    if path != target.path and not path.endswith("/" + target.path):
        return False
    if target.start_line is None or target.end_line is None:
        return True
    return start_line <= target.end_line and end_line >= target.start_line


def target_ranks(hits: Sequence[Hit], targets: Sequence[Target], root: str) -> tuple[int | None, ...]:
    """Return the 1-based rank of the first hit for each target; later hits of the same target gain nothing.

    `root` is the indexed folder within the repository ("" for all of it): targets are named from the repository.
    """
    prefix = root + "/" if root else ""

    def rank(target: Target) -> int | None:
        for place, hit in enumerate(hits, 1):
            if matches(prefix + hit.path, hit.start_line, hit.end_line, target):
                return place
        return None

    return tuple(rank(target) for target in targets)


def score_repository(spec: dict[str, Any], data: Path, corpora: Path, lanes: tuple[str, ...] | None) -> list[Scored]:
    """Index one repository and ask all its questions."""
    from engrep.engine.memory import Memory

    name, root = spec["name"], spec["benchmark_root"] or ""
    scored = []
    with Memory.open(corpora / name / root) as memory:
        memory.index()
        for question in read_questions(data / "annotations" / f"{name}.json"):
            hits = memory.search(question.query, limit=DEPTH, lanes=lanes).hits
            ranks = target_ranks(hits, question.targets, root)
            top = tuple(f"{hit.path}:{hit.start_line} {hit.symbol}" for hit in hits[:SHOWN])
            gold = tuple(target.path for target in question.targets)
            score = ndcg(ranks, DEPTH)
            scored.append(Scored(name, question.category, question.query, score, ranks, top, gold))
    return scored


def summarise(scored: list[Scored], published: dict[str, dict[str, float]]) -> dict[str, Any]:
    """Return the mean per repository, per category and over repositories, and the peers on the same repositories."""
    repos = sorted({row.repo for row in scored})
    by_repo = {repo: mean(row.score for row in scored if row.repo == repo) for repo in repos}
    peers = {
        peer: {"mean": mean(figures[repo] for repo in repos), "better": sum(by_repo[r] > figures[r] for r in repos)}
        for peer, figures in published.items()
        if all(repo in figures for repo in repos)
    }
    return {
        "questions": len(scored),
        "ndcg10": mean(by_repo.values()),
        "interval": bootstrap(list(by_repo.values())),
        "categories": {
            category: mean(row.score for row in scored if row.category == category) for category in CATEGORIES
        },
        "repos": by_repo,
        "peers": peers,
    }


def report(summary: dict[str, Any], published: dict[str, dict[str, float]]) -> str:
    """Write the summary as Markdown: the mean beside the peers, the categories, every repository."""
    low, high = summary["interval"]
    n_repos = len(summary["repos"])
    rows: list[tuple[object, ...]] = [
        (peer, f"{row['mean']:.4f}", f"{row['better']} of {n_repos}")
        for peer, row in sorted(summary["peers"].items(), key=lambda item: item[1]["mean"])
    ]
    rows.append(("**engrep**", f"**{summary['ndcg10']:.4f}** [{low:.4f}, {high:.4f}]", ""))
    peers = table(("system", "NDCG@10 (95 % over repositories)", "engrep better in"), rows)
    categories = ", ".join(f"{name} {value:.4f}" for name, value in summary["categories"].items())
    best = {repo: max((row.get(repo, 0.0) for row in published.values()), default=0.0) for repo in summary["repos"]}
    repos = table(
        ("repository", "engrep", "best published"),
        [(repo, f"{value:.4f}", f"{best[repo]:.4f}") for repo, value in summary["repos"].items()],
    )
    return f"{peers}\n\n{summary['questions']} questions by category: {categories}\n\n{repos}"


def main() -> None:
    """Score the repositories and print the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("corpora", type=Path)
    parser.add_argument("--lanes", help="comma separated; all that the engine uses when left out")
    parser.add_argument("--repo", action="append", help="only this repository; may be repeated")
    parser.add_argument("--json", type=Path, help="write the summary here")
    parser.add_argument("--questions", type=Path, help="write one JSON line per question here")
    arguments = parser.parse_args()
    published = json.loads((arguments.data / "published_ndcg10.json").read_text(encoding="utf-8"))
    specs = json.loads((arguments.data / "repos.json").read_text(encoding="utf-8"))
    lanes = tuple(arguments.lanes.split(",")) if arguments.lanes else None
    scored: list[Scored] = []
    for spec in specs:
        if not arguments.repo or spec["name"] in arguments.repo:
            scored += score_repository(spec, arguments.data, arguments.corpora, lanes)
    if not scored:
        parser.error("no repository of that name in repos.json")
    summary = summarise(scored, published)
    print(report(summary, published))
    if arguments.json:
        arguments.json.write_text(json.dumps(summary, indent=1), encoding="utf-8")
    if arguments.questions:
        lines = [json.dumps(asdict(row), ensure_ascii=False) for row in scored]
        arguments.questions.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
