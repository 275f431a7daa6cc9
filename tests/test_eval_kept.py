"""The runs that the published figures come from: read whole, and fit to catch a loss and to pass what is none."""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from conftest import PROJECT, Cli

from engrep.eval.cases import Result
from engrep.eval.compare import compare
from engrep.eval.datasets import places
from engrep.eval.runs import read_run, run_files
from engrep.eval.tasks.registry import task

KEPT = PROJECT / "docs" / "runs"
FILES = run_files([KEPT])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_kept_run_is_whole(path: Path) -> None:
    """It is of the data that are here now, from a commit without changes, with no other model, and has the cases."""
    run, at = read_run(path), places(PROJECT / "datasets")
    measured = task(run.head["task"])
    assert run.head["dataset"]["checksum"] == measured.dataset(at).checksum
    assert run.head["commit"]
    assert not run.head["commit"].endswith("+")
    assert (run.head["options"]["model"] or "static").startswith("static")
    expected = {(corpus.name, case.case_id) for corpus in measured.corpora(at) for case in corpus.cases}
    answered = {(case["corpus"], case["id"]) for case in run.cases}
    if expected:  # some sets' cases come with their corpora, which are fetched
        assert answered <= expected
        assert len(answered) >= 0.85 * len(expected)  # what is missing shows in the n of the page


def test_a_planted_loss_is_caught(cli: Cli, tmp_path: Path) -> None:
    """Without its prior on depth engrep is a little worse at code search, and the gate says so."""
    before, after = (KEPT / f"code-search.{name}.jsonl.gz" for name in ("engrep", "engrep-depth"))
    done = cli("eval", "compare", str(before), str(after), cwd=tmp_path)
    assert done.returncode == 1
    assert "loss" in done.stdout


def test_chance_is_not_called_a_loss() -> None:
    """The two systems' answers dealt out at random, twenty times: at most one is called a loss."""
    first, second = (read_run(KEPT / f"code-search.{name}.jsonl.gz") for name in ("engrep", "engrep-depth"))
    others = {(case["corpus"], case["id"]): case for case in second.cases}
    head = {**first.head, "measures": first.head["measures"][:1]}
    flagged = 0
    for seed in range(20):
        dealt: tuple[list[Mapping[str, Any]], list[Mapping[str, Any]]] = ([], [])
        generator = random.Random(seed)
        for case in first.cases:
            pair = (case, others[case["corpus"], case["id"]])
            side = generator.random() < 0.5
            dealt[0].append(pair[side])
            dealt[1].append(pair[not side])
        flagged += compare(Result(head, tuple(dealt[0])), Result(head, tuple(dealt[1]))).is_loss
    assert flagged <= 1


def test_other_programs_score_as_they_publish() -> None:
    """semble, run through its adapter without its model, gets what its authors publish: the harness measures the same."""
    run, at = read_run(KEPT / "code-search.semble-bm25.jsonl.gz"), places(PROJECT / "datasets")
    figures = task("code-search").published(at)["semble_bm25_ranked"]  # type: ignore[attr-defined]
    by_corpus: dict[str, list[float]] = {}
    for case in run.cases:
        by_corpus.setdefault(case["corpus"], []).append(case["values"]["nDCG@10"])
    ours = {corpus: sum(values) / len(values) for corpus, values in by_corpus.items()}
    assert sum(ours.values()) / len(ours) == pytest.approx(sum(figures[name] for name in ours) / len(ours), abs=0.005)
