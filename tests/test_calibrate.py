"""How far an embedder may be trusted: known items without their documentation, and what follows from searching for them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from conftest import Cli, write_files, write_model
from embedding_server import EmbeddingServer, serving

from engrep import Memory, UsageError
from engrep.cli_eval_calibrate import calibrate
from engrep.eval import calibrate as measuring
from engrep.eval.calibrate import TRUSTS, conclude
from engrep.eval.known_items import copy_with_items
from engrep.render_eval import calibration_lines

MIXED = """
    #- jobs.py
    def enqueue(job):
        '''Put a task at the end of the waiting line.

        More of it.
        '''
        line = []
        return line

    @cached
    def drop(job):
        '''Forget one waiting task without running it at all.'''
        return None

    def same(a):
        '''Give back what was handed over unchanged here.'''
        a = a
        return a
    def twin(a):
        '''Give back what was handed over unchanged here.'''
        a = a
        return a
    def only_a_docstring(a):
        '''Has nothing besides these several telling words.'''
    def quoted(a):
        '''Explain every strange and curious behaviour somewhere else.'''
        a = 1
        return a
    #- notes.md
    Explain every strange and curious behaviour, somewhere else.
    #- pool/pool.go
    package pool
    // Release gives a borrowed connection back to its owner.
    // It may be called twice.
    func Release(c int) int {
        c = c + 1
        return c
    }
    #- Clock.java
    class Clock {
        /**
         * Turns the hands forward by some whole hours.
         * @param hours how many
         */
        @Deprecated
        int advance(int hours) {
            return hours;
        }
    }
    #- wait.rs
    /// Sleeps until the given moment has finally come.
    #[inline]
    pub fn nap(moment: u64) -> u64 {
        let x = moment;
        x
    }
    #- tests/test_jobs.py
    def test_line(job):
        '''Checks that a waiting line keeps its order.'''
        line = []
        return line
"""
QUESTIONS = {
    "Put a task at the end of the waiting line": ("jobs.py", 1),
    "Forget one waiting task without running it at all": ("jobs.py", 9),
    "gives a borrowed connection back to its owner": ("pool/pool.go", 4),
    "Turns the hands forward by some whole hours": ("Clock.java", 6),
    "Sleeps until the given moment has finally come": ("wait.rs", 2),
}


@pytest.fixture
def server() -> Iterator[EmbeddingServer]:
    """Run an embedding server."""
    with serving() as running:
        running.width = 64
        yield running


def test_items_are_asked_of_a_copy_without_their_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Comments and docstrings go, lines stay; what stands elsewhere, twice, in tests or alone in its function is not asked."""
    monkeypatch.setattr("engrep.eval.known_items.SHARE", 1)
    root = write_files(tmp_path / "root", MIXED)
    (tmp_path / "copy").mkdir()
    items = copy_with_items(root, tmp_path / "copy", 99, 0)
    assert {item.question: (item.path, item.start_line) for item in items} == QUESTIONS
    for item in items:
        before, after = ((folder / item.path).read_text(encoding="utf-8") for folder in (root, tmp_path / "copy"))
        assert len(before.splitlines()) == len(after.splitlines())
        assert item.question not in " ".join(after.split())
        assert before.splitlines()[item.start_line - 1] == after.splitlines()[item.start_line - 1]
    with Memory.open(tmp_path / "copy", home=tmp_path / "home", embedder="none") as memory:
        memory.index(jobs=1)
        assert memory.search("enqueue").hits[0].start_line == 1


def test_only_a_share_loses_its_words(tmp_path: Path) -> None:
    """Of the documented functions a third is asked about, drawn by the seed."""
    text = "".join(
        f"#- m{n}.py\ndef step(a):\n    '''Number {n} walks word{n} over hill{n}.'''\n    a = 1\n    return a\n"
        for n in range(30)
    )
    root = write_files(tmp_path / "root", text)
    drawn: list[set[str]] = []
    for seed in (0, 0, 1):
        folder = tmp_path / f"copy{len(drawn)}"
        folder.mkdir()
        drawn.append({item.path for item in copy_with_items(root, folder, 99, seed)})
    assert [len(each) for each in drawn] == [10, 10, 10]
    assert drawn[0] == drawn[1] != drawn[2]


def gains(best_at: float, height: float, n: int = 400) -> np.ndarray:
    """Give items that gain with the trust up to a point, and lose behind it, with noise."""
    generator = np.random.default_rng(3)
    curve = np.array([height * (1 - abs(trust - best_at) / 2) for trust in TRUSTS])
    return 0.5 + curve + generator.normal(0, 0.1, (n, 1)) + generator.normal(0, 0.05, (n, len(TRUSTS)))


def test_a_helpful_embedder_is_trusted() -> None:
    """The trust lies at the best figure or just below; the interval of its gain is above nothing."""
    found = conclude("good-1", [gains(1.0, 0.2)], ("shop",)).calibration
    assert 0.75 <= found.trust <= 1.0
    assert found.low <= 1.0 <= found.high
    assert 0.0 < found.gain_low < found.gain < found.gain_high
    assert (found.items, found.corpora) == (400, ("shop",))


def test_a_useless_embedder_is_not_trusted() -> None:
    """Vectors that change nothing but by chance, or that hurt, get no say."""
    flat = conclude("flat-1", [gains(0.0, 0.0)], ("shop",)).calibration
    assert flat.trust <= 0.1
    harmful = conclude("bad-1", [gains(0.0, 0.2, 200), gains(0.0, 0.2, 200)], ("a", "b"))
    assert (harmful.calibration.trust, harmful.calibration.gain) == (0.0, 0.0)
    assert [trust for trust, _ in harmful.curve] == list(TRUSTS)
    assert harmful.curve[0][1] > harmful.curve[-1][1]


def test_too_few_items_say_nothing() -> None:
    """Less than fifty functions are no measurement."""
    with pytest.raises(UsageError, match=r"49 functions .* too few"):
        conclude("any", [gains(1.0, 0.2, 49)], ("shop",))


def test_the_command_measures_and_keeps(
    cli: Cli,
    tmp_path: Path,
    server: EmbeddingServer,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """An embedder that knows what no word shows is found to help; searches trust it from then on; none is not measured."""
    monkeypatch.setattr(measuring, "TRUSTS", (0.0, 0.3, 1.0))
    monkeypatch.setattr(measuring, "FEWEST_ITEMS", 20)
    names = [f"{first}{second}" for first in "bcdfgh" for second in "qrstvwxzjk"]
    text = "".join(
        f"#- m{n}.py\ndef qu{name}(a):\n    '''Wo{name} wo{name}wa wo{name}we wo{name}wi.'''\n    a = 1\n    return a\n"
        for n, name in enumerate(names)
    )
    folder = write_files(tmp_path / "shop", text)
    home = {"ENGREP_HOME": str(tmp_path / "home")}
    monkeypatch.setenv(*next(iter(home.items())))
    server.meaning = lambda text: " ".join(re.findall(r"(?:qu|[Ww]o)(\w\w)", text)[:1])  # which function is meant
    spec = f"openai:small@{server.url}"
    assert calibrate([folder], embedder=spec, jobs=1, as_json=True) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["calibration"]["items"], found["calibration"]["trust"]) == (20, 0.3)
    assert found["calibration"]["gain_low"] > 0.3
    assert Path(found["kept"]).is_relative_to(tmp_path / "home")
    assert cli("index", "--embedder", spec, cwd=folder, **home).returncode == 0
    assert "trusted 0.3 (measured here)" in cli("status", cwd=folder, **home).stdout
    none = cli("eval", "calibrate", "--embedder", "none", cwd=folder, **home)
    assert (none.returncode, none.stdout) == (2, "")
    assert "none makes no vectors" in none.stderr


def test_a_measurement_is_shown_as_a_curve() -> None:
    """Every trust with its figure, the one that was taken, and where it is kept or belongs."""
    found = conclude("good-1", [gains(1.0, 0.2)], ("shop",))
    lines = [text.plain for text in calibration_lines(found, None)]
    assert len([line for line in lines if re.fullmatch(r" \d\.\d\d  \d\.\d{4}(  ← taken)?", line)]) == len(TRUSTS)
    assert lines[-1] == f"not kept; a model's own file says it as trust = {found.calibration.trust:g}"
    assert "400 functions of shop" in lines[-2]
    assert [text.plain for text in calibration_lines(found, Path("x.json"))][-1] == "kept in x.json"


def test_a_static_model_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is stored as a sum of rows is compared as one while it is measured."""
    monkeypatch.setattr(measuring, "FEWEST_ITEMS", 2)
    monkeypatch.setattr("engrep.eval.known_items.SHARE", 1)
    monkeypatch.setenv("ENGREP_HOME", str(tmp_path / "home"))
    root = write_files(tmp_path / "root", MIXED)
    found = measuring.calibrate(str(write_model(tmp_path / "own.npz")), measuring.Wish((root,), jobs=1), None)
    assert found.calibration.items == 5
    assert found.calibration.identity.startswith("own-")
