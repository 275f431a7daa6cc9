"""Questions in semble's format are matched and scored by its published rule."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from engrep.engine.types import Hit
from engrep.eval.semble import Scored, Target, read_questions, score_repository, summarise, target_ranks


def a_hit(path: str, start_line: int = 1, end_line: int = 10) -> Hit:
    """Make a hit of which only the place matters."""
    return Hit(path, start_line, end_line, "", "", "", "text", 0.0, (), "")


def check_ranks(hits: list[Hit], targets: list[Target], expected: tuple[int | None, ...], root: str = "") -> None:
    """Rank the targets among the hits."""
    assert target_ranks(hits, targets, root) == expected


def test_the_first_hit_of_a_file_counts() -> None:
    """A second hit of the same file takes a place and gains nothing."""
    check_ranks([a_hit("a.py"), a_hit("a.py"), a_hit("b.py")], [Target("b.py"), Target("a.py")], (3, 1))


def test_a_path_matches_on_a_folder_boundary() -> None:
    """The end of a path is a target only from a folder's start."""
    check_ranks([a_hit("xb.py"), a_hit("a/b.py")], [Target("b.py")], (2,))


def test_a_shorter_path_is_no_match() -> None:
    """The file of that name at the root is not the deeper one that was asked for."""
    check_ranks([a_hit("init.lua")], [Target("core/init.lua")], (None,))


def test_targets_are_named_from_the_repository() -> None:
    """The indexed folder stands before the paths of hits."""
    check_ranks([a_hit("lib.rs")], [Target("axum/src/lib.rs")], (1,), root="axum/src")


def test_lines_must_overlap_where_given() -> None:
    """A hit above the target's lines does not count, one that touches them does."""
    hits = [a_hit("a.py", 1, 9), a_hit("a.py", 20, 30)]
    check_ranks(hits, [Target("a.py", 10, 20), Target("a.py", 5, 6), Target("a.py", 31, 40)], (2, 1, None))


def test_targets_are_paths_or_places(tmp_path: Path) -> None:
    """Relevant and secondary targets come together, as plain paths or with lines."""
    entry = {
        "query": "q",
        "category": "symbol",
        "relevant": [{"path": "a.py", "start_line": 3, "end_line": 4}],
        "secondary": ["b.py"],
    }
    file = tmp_path / "x.json"
    file.write_text(json.dumps([entry]), encoding="utf-8")
    assert read_questions(file)[0].targets == (Target("a.py", 3, 4), Target("b.py"))


def test_repositories_weigh_alike() -> None:
    """The mean is over repositories, however many questions each has, and peers are compared on the same ones."""
    rows = [Scored(repo, "symbol", "q", score, (1,), (), ()) for repo, score in (("a", 1.0), ("a", 1.0), ("b", 0.5))]
    summary = summarise(rows, {"peer": {"a": 0.9, "b": 0.9, "c": 0.0}, "partial": {"a": 1.0}})
    assert summary["ndcg10"] == pytest.approx(0.75)
    assert summary["peers"] == {"peer": {"mean": pytest.approx(0.9), "better": 1}}


def test_a_repository_is_indexed_and_asked(tmp_path: Path) -> None:
    """The real engine is asked, and a question that names a symbol finds its file first."""
    root = tmp_path / "corpora" / "mini" / "src"
    root.mkdir(parents=True)
    (root / "retry.py").write_text("def backoff(n):\n    return 2 ** n\n", encoding="utf-8")
    (root / "queue.py").write_text("def enqueue(job):\n    return [job]\n", encoding="utf-8")
    notes = tmp_path / "annotations"
    notes.mkdir()
    question = {"query": "backoff", "category": "symbol", "relevant": ["src/retry.py", "src/gone.py"], "secondary": []}
    (notes / "mini.json").write_text(json.dumps([question]), encoding="utf-8")
    spec = {"name": "mini", "benchmark_root": "src"}
    (row,) = score_repository(spec, tmp_path, tmp_path / "corpora", None)
    assert row.ranks == (1, None)
    assert row.score == pytest.approx(1 / (1 + 1 / math.log2(3)))
    assert row.top[0].startswith("retry.py:1")
