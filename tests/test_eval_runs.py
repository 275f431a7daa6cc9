"""Runs of the evaluation: through the command line, stopped and taken up again, compared, reported."""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from conftest import PROJECT, Cli, MakeRepo, commit_all, git
from eval_sets import evaluator, write_set
from mini_runs import CASES, lines, run_mini, run_two

from engrep.engine.errors import StateError
from engrep.eval import runs
from engrep.eval.alone import alone_in, lock
from engrep.eval.runs import RunFile, read_run


@pytest.fixture
def ran(cli: Cli, tmp_path: Path) -> Path:
    """Run two systems on a few cases of the small corpus; give the folder of the run files."""
    return run_two(cli, tmp_path)


def test_a_run_says_what_it_is_of(ran: Path) -> None:
    """The first line names system, data with checksum and licence, version, machine and date; each case follows."""
    head, *rows = lines(ran / "mini.engrep.jsonl")
    assert head["type"] == "run"
    assert (head["task"], head["system"], head["dataset"]["licence"]) == ("mini", "engrep", "Apache-2.0")
    assert len(head["dataset"]["checksum"]) == 16
    assert head["machine"]["cores"] >= 1
    assert [row["type"] for row in rows] == ["prepared", *["case"] * CASES]
    assert rows[0]["files"] == 75
    assert rows[1]["query"] == "billing.retry.backoff"
    assert rows[1]["values"]["Success@1"] == 1.0
    assert rows[1]["top"][0]["why"]


def test_a_stopped_run_goes_on(ran: Path, cli: Cli) -> None:
    """A run cut off within a line answers what is missing, and nothing twice."""
    path = ran / "mini.engrep.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole[: whole.rindex(b'{"type":"case"') + 30])
    done = run_mini(cli, ran.parent, "--system", "engrep")
    assert done.returncode == 0, done.stderr
    ids = [row["id"] for row in lines(path) if row["type"] == "case"]
    assert sorted(ids, key=int) == [str(at) for at in range(CASES)]


def test_a_finished_run_is_not_run_again(ran: Path, cli: Cli) -> None:
    """The same command a second time changes nothing."""
    before = (ran / "mini.engrep.jsonl").read_bytes()
    run_mini(cli, ran.parent, "--system", "engrep")
    assert (ran / "mini.engrep.jsonl").read_bytes() == before


def test_another_run_is_not_mixed_in(ran: Path, cli: Cli) -> None:
    """A folder with a run of other options is left alone until it is asked for."""
    done = cli(
        "eval",
        "run",
        "mini",
        "--limit",
        "3",
        "--system",
        "engrep",
        "--cache",
        str(ran.parent / "cache"),
        cwd=ran.parent,
    )
    assert done.returncode == 2
    assert "options differ" in done.stderr
    assert len(lines(ran / "mini.engrep.jsonl")) == CASES + 2


def test_changed_data_are_refused(cli: Cli, tmp_path: Path) -> None:
    """A data set whose files are not those of its checksums is not measured on."""
    shutil.copytree(PROJECT / "datasets" / "namesakes-mini", tmp_path / "data" / "namesakes-mini")
    with (tmp_path / "data" / "namesakes-mini" / "corpus" / "net" / "retry.py").open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    done = run_mini(cli, tmp_path, "--data", str(tmp_path / "data"))
    assert done.returncode == 3
    assert "is not the file that dataset.json describes" in done.stderr
    sealed = cli("eval", "seal", str(tmp_path / "data" / "namesakes-mini"), cwd=tmp_path)
    assert sealed.returncode == 0, sealed.stderr
    assert run_mini(cli, tmp_path, "--data", str(tmp_path / "data"), "--system", "engrep").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("run", "nothing"), "there is no task nothing"),
        (("run", "mini", "--system", "nobody"), "there is no system nobody"),
        (("run", "mini", "--corpus", "elsewhere"), "there is no corpus elsewhere"),
        (("run", "mini", "--data", "nowhere"), "name the folder that holds it with --data"),
        (("report", "nowhere"), "nowhere"),
        (("report",), "there are no run files in runs: make some with `engrep eval run`"),
        (("compare", "a.jsonl", "b.jsonl"), "a.jsonl is not there"),
    ],
)
def test_what_cannot_be_done_says_why(cli: Cli, tmp_path: Path, arguments: tuple[str, ...], says: str) -> None:
    """Every mistake gives one line that names it, and nothing is written."""
    done = cli("eval", *arguments, cwd=tmp_path)
    assert done.returncode in (2, 3)
    assert says in done.stderr
    assert not list(tmp_path.iterdir())


def test_two_runs_do_not_write_one_file(ran: Path, cli: Cli) -> None:
    """A second run is sent away while the first one writes, and its file stays whole."""
    path = ran / "mini.engrep.jsonl"
    before = path.read_bytes()
    with path.open("ab") as held:
        lock(held, "held")
        for more in ((), ("--anew",)):
            done = run_mini(cli, ran.parent, "--system", "engrep", *more)
            assert done.returncode == 3
            assert "is being written by another run" in " ".join(done.stderr.split())
    assert path.read_bytes() == before


def test_two_runs_do_not_work_in_one_folder(cli: Cli, tmp_path: Path) -> None:
    """Trees are switched between commits and indexes made anew: another run would read half of each."""
    with alone_in(tmp_path / "cache" / "work" / "mini" / "namesakes-mini"):
        done = run_mini(cli, tmp_path, "--system", "engrep")
    assert done.returncode == 3
    assert "another run is at work in" in " ".join(done.stderr.split())
    assert run_mini(cli, tmp_path, "--system", "engrep").returncode == 0


def test_any_text_is_kept(ran: Path) -> None:
    """A question with line ends of its own, and a file name that is no text, are written and read again."""
    path = ran / "mini.engrep.jsonl"
    head, *rows = lines(path)
    odd = {**rows[-1], "id": "odd", "query": "a\u2028b\x85c", "top": [{"item": "\udcff.py", "score": 1.0}]}
    with closing(RunFile(path, head)) as file:
        file.add(odd)
    assert [case for case in read_run(path).cases if case["id"] == "odd"] == [odd]
    with closing(RunFile(path, head)) as file:
        assert ("namesakes-mini", "odd") in file.done


def test_the_first_preparation_counts(ran: Path) -> None:
    """A run that goes on finds its indexes there, and is ready in no time."""
    path = ran / "mini.engrep.jsonl"
    head, prepared, *_ = lines(path)
    with closing(RunFile(path, head)) as file:
        file.add({**prepared, "seconds": 0.0})
    assert read_run(path).corpora["namesakes-mini"] == prepared


def test_two_states_of_work_are_two_programs(repo: MakeRepo) -> None:
    """A run is not taken up again after an edit, as if the answers were those of one program."""
    source = (PROJECT / "eval" / "provenance.py").read_text(encoding="utf-8")
    root = repo("#- eval/provenance.py\n#- engine.py\nx = 1")
    (root / "eval" / "provenance.py").write_text(source, encoding="utf-8")
    commit_all(root)
    commits = []
    for text in ("x = 1\n", "x = 2\n", "x = 3\n"):
        (root / "engine.py").write_text(text, encoding="utf-8")
        asked = "import provenance; print(provenance.source_commit())"
        done = subprocess.run(
            [sys.executable, "-c", asked], cwd=root / "eval", capture_output=True, text=True, check=True
        )
        commits.append(done.stdout.strip())
    assert commits[0] == git(root, "rev-parse", "--short=10", "HEAD").strip()
    assert all(commit.startswith(f"{commits[0]}+") for commit in commits[1:])
    assert len(set(commits)) == 3


def test_what_is_no_run_file_is_told(ran: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Spoilt, foreign and endless files give a sentence."""
    head = lines(ran / "mini.engrep.jsonl")[0]
    packed = gzip.compress((json.dumps(head) + "\n" + " " * 100_000).encode())
    spoilt = {
        "cut.jsonl.gz": packed[:-20], "spoilt.jsonl.gz": packed[:40] + b"spoilt" + packed[46:],
        "other.jsonl": b'{"type":"run","format":1}\n', "list.jsonl": b"[]\n", "empty.jsonl": b"",
        "row.jsonl": json.dumps(head).encode() + b'\n{"type":"case"}\n',
    }  # fmt: skip
    for name, content in spoilt.items():
        (ran / name).write_bytes(content)
        with pytest.raises(StateError, match="is no run file"):
            read_run(ran / name)
    monkeypatch.setattr(runs, "MOST_BYTES", 50_000)
    (ran / "endless.jsonl.gz").write_bytes(packed)
    with pytest.raises(StateError, match="more than 50,000 bytes"):
        read_run(ran / "endless.jsonl.gz")


def test_names_that_stand_twice_are_refused(cli: Cli, tmp_path: Path) -> None:
    """Of two questions with one name the second would be taken for answered."""
    asked = {"questionId": "q", "question": "What did I plant?", "questionType": "x", "haystackSessionIds": ["S1"]}
    session = {
        "sessionId": "S1",
        "metadata": {"project": "p", "date": "2024-01-01"},
        "messages": [{"role": "user", "content": "I planted beans"}],
    }
    write_set(tmp_path / "data" / "mine", {"questions.json": [asked, asked], "sessions.json": [session]})
    done = evaluator(cli, tmp_path)("run", "memory-recall:mine", "--system", "bm25")
    assert done.returncode == 3
    assert "has two cases q in the corpus mine" in " ".join(done.stderr.split())


def test_one_kept_run_does_not_replace_another(ran: Path, cli: Cli) -> None:
    """Two runs of one system want one name: none is kept, and it is said."""
    path = ran / "mini.engrep.jsonl"
    done = cli("eval", "keep", str(path), str(path), "--out", "kept", cwd=ran)
    assert done.returncode == 2
    assert "keep it in another --out" in " ".join(done.stderr.split())
    assert not (ran / "kept").exists()


def test_kept_runs_hold_figures_only(ran: Path, cli: Cli) -> None:
    """A run to be kept in a repository has no questions and no hits, and the same figures."""
    path = ran / "mini.engrep.jsonl"
    done = cli("eval", "keep", str(path), "--out", "kept", cwd=ran)
    assert done.returncode == 0, done.stderr
    copy = ran / "kept" / "mini.engrep.jsonl.gz"
    assert not {"query", "gold", "top"} & {key for case in read_run(copy).cases for key in case}
    compared = json.loads(cli("eval", "compare", str(path), str(copy), "--json", cwd=ran).stdout)
    assert all(test["p"] == 1.0 and test["first"] == test["second"] for test in compared["measures"])
    assert compared["only_one"] == 0
