"""Find the files and functions that fix real issues: strict Acc@k on SWE-bench-like data, beside a BM25 floor.

    python -m engrep.eval.swebench ISSUES_JSONL --mirror REPO=GIT_DIR… --work DIR
        [--limit N] [--per-repo N] [--lanes L,…] [--json OUT]

Only projects with a mirror are run. One folder per project under DIR is switched from base commit to base commit in
order of time, so that most of an index run is unchanged files; it holds Python and text files only and no history.
OUT gets one JSON line per issue as it is done; issues already in it are not run again.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engrep.eval.floor import rank_files, tokens
from engrep.eval.localisation import Located, file_kinds, fold_gold, functions_of, report, strict_rank
from engrep.eval.snapshots import commit_time, switch

if TYPE_CHECKING:
    from collections.abc import Iterator

FILES = 20  # distinct files looked at
FUNCTIONS = 60  # hits asked for; repeats of a function and text between functions fall out
KEPT = 20  # items of each ranking kept in OUT


class Floor:
    """The BM25 floor over one project; counts the words of each blob once."""

    def __init__(self) -> None:
        """Start with no counts."""
        self._counts: dict[str, Counter[str]] = {}

    def ranks(self, folder: Path, blobs: dict[str, str], query: str) -> list[str]:
        """Rank the Python files of the folder, given path → blob id."""
        wanted = {path: blob for path, blob in blobs.items() if path.endswith(".py")}
        held = self._counts
        self._counts = {blob: held.get(blob) or _count(folder / path) for path, blob in wanted.items()}
        return rank_files({path: self._counts[blob] for path, blob in wanted.items()}, query)


def _count(path: Path) -> Counter[str]:
    return tokens(path.read_text(encoding="utf-8", errors="replace"))


def locate(issue: dict[str, Any], folder: Path, floor: list[str], lanes: tuple[str, ...] | None) -> Located:
    """Index the folder as it is, ask the issue's text, and rank files and functions."""
    from engrep.engine.memory import Memory

    kinds_of = cache(lambda path: file_kinds(folder / path))
    text = issue["problem_statement"]
    with Memory.open(folder) as memory:
        started = time.perf_counter()
        memory.index()
        indexed = time.perf_counter()
        files = [hit.path for hit in memory.search(text, limit=FILES, lanes=lanes, per_symbol=False).hits]
        searched = time.perf_counter()
        functions = functions_of(memory.search(text, limit=FUNCTIONS, lanes=lanes, per_symbol=True).hits, kinds_of)
    gold_functions = fold_gold(issue["gold_functions_flat"], kinds_of)
    return Located(
        instance_id=issue["instance_id"],
        repo=issue["repo"],
        namesakes=max(issue["name_collisions"].values(), default=0),
        file_rank=strict_rank(files, issue["gold_files"]),
        function_rank=strict_rank(functions, gold_functions),
        floor_rank=strict_rank(floor, issue["gold_files"]),
        files=tuple(dict.fromkeys(files)),
        functions=tuple(functions[:KEPT]),
        gold_files=tuple(issue["gold_files"]),
        gold_functions=tuple(gold_functions),
        index_seconds=round(indexed - started, 3),
        search_ms=round(1e3 * (searched - indexed), 1),
    )


def run_project(
    issues: list[dict[str, Any]], git_dir: Path, work: Path, lanes: tuple[str, ...] | None
) -> Iterator[Located]:
    """Yield the result of each issue of one project, in order of their base commits."""
    floor = Floor()
    folder = work / issues[0]["repo"].replace("/", "__")
    for issue in sorted(issues, key=lambda issue: (commit_time(git_dir, issue["base_commit"]), issue["instance_id"])):
        blobs = switch(git_dir, issue["base_commit"], folder)
        yield locate(issue, folder, floor.ranks(folder, blobs, issue["problem_statement"]), lanes)


def choose(issues: list[dict[str, Any]], repos: set[str], per_repo: int, limit: int | None) -> list[dict[str, Any]]:
    """Return the issues to run: of these projects, at most so many of each and in all, in the file's order."""
    taken: Counter[str] = Counter()
    chosen = []
    for issue in issues:
        taken[issue["repo"]] += 1
        if issue["repo"] in repos and taken[issue["repo"]] <= per_repo:
            chosen.append(issue)
    return chosen[:limit]


def read_rows(path: Path | None) -> dict[str, Located]:
    """Read the results of an earlier run by issue, none where there was no run."""
    if path is None or not path.exists():
        return {}
    rows = [Located(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]
    return {row.instance_id: row for row in rows}


def main() -> None:
    """Run the issues that have no result yet and print the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("issues", type=Path)
    parser.add_argument("--mirror", action="append", required=True, metavar="REPO=GIT_DIR")
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--limit", type=int)
    parser.add_argument("--per-repo", type=int, default=10_000)
    parser.add_argument("--lanes", help="comma separated; all that the engine uses when left out")
    parser.add_argument("--json", type=Path, help="JSON lines, one per issue; appended to")
    arguments = parser.parse_args()
    mirrors = {repo: Path(git_dir) for repo, git_dir in (each.split("=", 1) for each in arguments.mirror)}
    lanes = tuple(arguments.lanes.split(",")) if arguments.lanes else None
    issues = [json.loads(line) for line in arguments.issues.read_text(encoding="utf-8").splitlines()]
    chosen = choose(issues, set(mirrors), arguments.per_repo, arguments.limit)
    rows = read_rows(arguments.json)
    for repo, git_dir in mirrors.items():
        todo = [issue for issue in chosen if issue["repo"] == repo and issue["instance_id"] not in rows]
        for row in run_project(todo, git_dir, arguments.work, lanes) if todo else ():
            rows[row.instance_id] = row
            if arguments.json:
                with arguments.json.open("a", encoding="utf-8") as out:
                    out.write(json.dumps(asdict(row)) + "\n")
    print(report([rows[issue["instance_id"]] for issue in chosen]))


if __name__ == "__main__":
    main()
