"""Questions in semble's format are matched by its published rule, and asked of real repositories."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from conftest import Cli, MakeRepo, git
from eval_sets import Evaluate, evaluator, results, write_set

from engrep.eval.datasets import places
from engrep.eval.tasks.code_search import Target, answered_targets, read_cases
from engrep.eval.tasks.registry import published

SHOP = """
    #- src/retry.py
    def backoff(n):
        return 2 ** n
    #- src/queue.py
    def enqueue(job):
        return [job]
    #- docs/outside.py
    def backoff(n): ...
"""
QUESTION = {"query": "backoff", "category": "symbol", "relevant": ["src/retry.py"], "secondary": ["src/gone.py"]}


def check_answered(place: tuple[str, int, int], targets: list[Target], expected: list[int]) -> None:
    """Ask which targets a place answers."""
    assert answered_targets(targets, *place) == expected


def test_a_path_matches_on_a_folder_boundary() -> None:
    """The end of a path is a target only from a folder's start."""
    check_answered(("xb.py", 1, 9), [Target("b.py")], [])
    check_answered(("a/b.py", 1, 9), [Target("c.py"), Target("b.py")], [1])


def test_a_shorter_path_is_no_match() -> None:
    """The file of that name at the root is not the deeper one that was asked for."""
    check_answered(("init.lua", 1, 9), [Target("core/init.lua")], [])


def test_lines_must_overlap_where_given() -> None:
    """A place above the target's lines does not count, one that touches them does."""
    targets = [Target("a.py", 10, 20), Target("a.py", 5, 6), Target("a.py", 31, 40)]
    check_answered(("a.py", 1, 9), targets, [1])
    check_answered(("a.py", 20, 30), targets, [0])


def test_targets_are_paths_or_places() -> None:
    """Relevant and secondary targets come together, as plain paths or with lines."""
    place = {"path": "a.py", "start_line": 3, "end_line": 4}
    (case,) = read_cases([{"query": "q", "category": "symbol", "relevant": [place], "secondary": ["b.py"]}])
    assert case.detail == (Target("a.py", 3, 4), Target("b.py"))
    assert case.gold == ("a.py:3-4", "b.py")


@pytest.fixture
def shop(repo: MakeRepo, tmp_path: Path, cli: Cli) -> Evaluate:
    """Make a data set of one question about one folder of a repository."""
    origin = repo(SHOP, git=True)
    spec = {
        "name": "shop",
        "language": "python",
        "repository": "team/repo",
        "revision": git(origin, "rev-parse", "HEAD").strip(),
    }
    write_set(
        tmp_path / "data" / "mine",
        {
            "repos.json": [{**spec, "benchmark_root": "src"}],
            "annotations/shop.json": [QUESTION],
            "published_ndcg10.json": {"other": {"shop": 0.5}},
        },
    )
    return evaluator(cli, tmp_path)


def test_a_data_set_of_ones_own_is_fetched_and_asked(shop: Evaluate, tmp_path: Path) -> None:
    """Nothing runs before the tree is here; then only its one folder is indexed, by every system."""
    early = shop("run", "code-search:mine", "--system", "engrep", "--out", "runs")
    assert early.returncode == 3
    assert "team/repo at" in early.stderr
    assert "engrep eval fetch code-search:mine" in early.stderr
    assert shop("fetch", "code-search:mine", "--remote", f"{tmp_path}/{{name}}").returncode == 0
    done = shop("run", "code-search:mine", "--system", "engrep", "--system", "floor", "--out", "runs")
    assert done.returncode == 0, done.stderr
    for result in results(tmp_path).values():
        (row,) = result.cases
        assert row["values"]["nDCG@10"] == pytest.approx(1 / (1 + 1 / math.log2(3)), abs=1e-5)
        assert (row["values"]["Success@1"], row["values"]["R@10"]) == (1.0, 0.5)
        assert row["top"][0]["item"].startswith("retry.py:1")
        assert result.corpora["shop"]["files"] == 2


def test_a_task_runs_what_can_run_here(shop: Evaluate, tmp_path: Path) -> None:
    """Of the systems that a task takes by itself one without its model or program is left out, and named."""
    shop("fetch", "code-search:mine", "--remote", f"{tmp_path}/{{name}}")
    done = shop("run", "code-search:mine", "--out", "runs", "--json")
    assert done.returncode == 0, done.stderr
    assert "dense: dense needs a model" in json.loads(done.stdout)["left_out"][-1]
    assert {"engrep", "bm25"} <= results(tmp_path).keys() <= {"engrep", "bm25", "ripgrep"}
    asked = shop("run", "code-search:mine", "--system", "dense")
    assert (asked.returncode, "dense needs a model" in asked.stderr) == (3, True)


def test_what_cannot_be_fetched_is_told(shop: Evaluate, tmp_path: Path) -> None:
    """A repository that is not at the remote gives one line that names it, and exit code 3."""
    done = shop("fetch", "code-search:mine", "--remote", f"{tmp_path}/nowhere/{{name}}")
    assert done.returncode == 3
    assert "1 corpus is not here: shop: team/repo does not come from" in done.stderr
    assert "nowhere" in done.stderr


def test_published_figures_are_at_hand(shop: Evaluate, tmp_path: Path) -> None:
    """Others' figures come with the data set, and other tasks have none."""
    del shop
    where = places(tmp_path / "data", tmp_path / "cache")
    assert published(["code-search:mine", "mini", "gone"], where) == {"code-search:mine": {"other": {"shop": 0.5}}}
