"""What a user of the evaluation sees: tables that fit, pictures that can be read, sentences that say what to do."""

from __future__ import annotations

import json
import re
import shutil
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from conftest import PROJECT, Cli
from eval_sets import write_set
from rich.cells import cell_len

from engrep.eval.cases import Result
from engrep.eval.compare import compare
from engrep.eval.drawing import spread
from engrep.eval.page import comparisons, page
from engrep.eval.plots import COLOURS, pictures, shown
from engrep.eval.report import reports
from engrep.eval.runs import file_name
from engrep.eval.tables import Table, differences, markdown_report, tables
from engrep.render_table import broken, table_lines

WIDE = Table(
    "Results",
    ("system", "nDCG@10", "engrep-test-prose-depth", "p", "prepare s"),
    (("engrep", "0.8903", "0.8880", "", "12.5"), ("热敏打印机", "0.8331", "0.8100", "< .001", "0.3")),
    "a note",
)


def run(system: str, values: list[float], commit: str = "abc", **case: Any) -> Result:
    """Make a run of as many cases as values, half of them of another category."""
    head = {
        "task": "t", "title": "a task", "system": system, "measures": ["Success@1"], "average": "cases", "commit": commit,
        "dataset": {"name": "d", "checksum": "0", "licence": "MIT"}, "engrep": "1", "date": "2026-01-02", "options": {},
        "machine": {"processor": "P", "cores": 2},
    }  # fmt: skip
    cases = tuple(
        {"corpus": "c", "language": "", "category": "ab"[at % 2], "id": str(at), "ms": 1.0, "query": f"q{at}",
         "values": {"Success@1": value}, **case}
        for at, value in enumerate(values)
    )  # fmt: skip
    return Result(head, cases, {})


def test_a_narrow_terminal_gets_all_of_a_table() -> None:
    """Columns that do not fit go below, beside the first one again; no line is longer than the terminal."""
    lines = [line.plain for line in table_lines(WIDE, 32)]
    assert max(map(cell_len, lines)) <= 32
    assert sum(line.startswith("热敏打印机") for line in lines) > 1
    for cell in (cell for row in WIDE.rows for cell in row):
        assert any(cell in line for line in lines)


def test_a_file_gets_a_row_a_line() -> None:
    """Without a terminal nothing is folded, so that a line can be searched and cut."""
    lines = [line.plain for line in table_lines(WIDE)]
    assert len(lines) == 1 + 1 + len(WIDE.rows) + 1
    assert all(cell in lines[3] for cell in WIDE.rows[1])


@pytest.mark.parametrize(
    ("head", "width", "expected"),
    [
        ("engrep-test-prose", 6, ["engrep-", "test-", "prose"]),
        ("engrep-test-prose", 12, ["engrep-test-", "prose"]),
        ("prepare s", 4, ["prepare", "s"]),
        ("bm25", 2, ["bm25"]),
    ],
)
def test_a_long_head_breaks_where_its_parts_join(head: str, width: int, expected: list[str]) -> None:
    """A head is as wide as its column, or as its longest part."""
    assert broken(head, width) == expected


def test_labels_are_moved_apart() -> None:
    """Labels stay in order, within bounds, and far enough from each other."""
    places = spread([0.1, 0.88, 0.885, 0.886, 0.9], 0.05, 0.0, 0.9)
    assert places == sorted(places)
    assert max(places) <= 0.9
    assert min(b - a for a, b in pairwise(places)) > 0.0499


def test_no_colour_stands_for_two_systems() -> None:
    """With more systems than colours the pictures show whole systems first, and say how many they leave out."""
    variants = [run(f"engrep-{name}", [1.0] * 19 + [0.0]) for name in ("a", "b", "c", "d", "e", "f", "g")]
    (report,) = reports([run("engrep", [1.0] * 20), *variants, run("bm25", [0.0, 1.0] * 10)])
    chosen = [line.system for line in shown(report)]
    assert len(chosen) == len(COLOURS)
    assert {"engrep", "bm25"} <= set(chosen)
    drawn = {each.title: each for each in pictures(report)}
    assert drawn["Success@1 by category"].note == "7 of 9 systems; the tables have all"
    assert all(f">{line.system}<" in drawn["Difference to engrep in Success@1"].svg for line in report.lines[1:])


def test_a_loss_is_marked() -> None:
    """A difference beyond chance is marked in its cell, one within chance is not."""
    (report,) = reports([run("engrep", [1.0] * 20), run("worse", [0.0] * 20), run("even", [1.0] * 19 + [0.0])])
    table = tables(report)[0]
    column = table.head.index("against engrep")
    marked = {row[0]: table.marks.get((at, column)) for at, row in enumerate(table.rows)}
    assert marked == {"engrep": None, "worse": "loss", "even": None}


def test_a_page_names_two_data_sets_of_one_task_apart() -> None:
    """Sections have ids of their own, and links lead to each."""
    first, second = run("engrep", [1.0, 1.0]), run("engrep", [1.0, 0.0])
    second = replace(second, head={**second.head, "dataset": {**second.head["dataset"], "checksum": "1"}})
    made = reports([first, second])
    text = page(made, comparisons(made))
    ids = re.findall(r'<section id="([^"]+)"', text)
    assert len(set(ids)) == len(ids) == 2
    assert all(f'href="#{each}"' in text for each in ids)


def test_small_times_and_counts_are_not_zero() -> None:
    """An answer within a hundredth of a millisecond is not written as none; counts have no decimals."""
    quick = run("quick", [1.0, 1.0], ms=0.0312)
    (report,) = reports([quick, run("slow", [1.0, 0.0], ms=1234.5)])
    assert "| 0.03 | 0.03 |" in markdown_report([report])
    assert "| 1,234 | 1,234 |" in markdown_report([report])
    assert differences(compare(quick, run("other", [0.0, 1.0]))).rows[0][:4] == (
        "Success@1",
        "1.0000",
        "0.5000",
        "-0.5000",
    )


def test_a_program_goes_by_its_name() -> None:
    """What follows the name of a command is in the run, not in its file's name or the report."""
    spec = "command:mine=python3 /somewhere/mine.py --fast"
    assert file_name("mini", spec) == "mini.mine.jsonl"
    assert [line.system for line in reports([run(spec, [1.0])])[0].lines] == ["mine"]


def test_runs_without_answers_are_left_out(cli: Cli, tmp_path: Path) -> None:
    """A run that was stopped before its first answer is told of, and hides no other."""
    for name, result in (("a", run("engrep", [1.0, 0.0])), ("b", run("bm25", []))):
        rows = [{**result.head, "type": "run", "format": 1}, *({**case, "type": "case"} for case in result.cases)]
        (tmp_path / f"{name}.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    done = cli("eval", "report", ".", "--json", cwd=tmp_path)
    assert done.stderr == "engrep: b.jsonl holds no answers yet and is left out\n"
    assert [each["system"] for each in json.loads(done.stdout)["tasks"][0]["systems"]] == ["engrep"]
    wrong = cli("eval", "report", ".", "--against", "nobody", cwd=tmp_path)
    assert wrong.returncode == 2
    assert "no run is of nobody" in wrong.stderr


OWN: dict[str, list[dict[str, Any]]] = {
    "repos.json": [{"name": "shop", "language": "python", "folder": ""}],
    "annotations/shop.json": [
        {"query": "wait before trying again", "category": "semantic", "relevant": ["net/retry.py"]},
        {"query": "columns of a table", "category": "semantic", "relevant": ["ui/table.py"]},
    ],
}


def own_set(folder: Path) -> Path:
    """Write a data set of one's own over a folder of two files."""
    for path, text in (("net/retry.py", "# wait before trying again\n"), ("ui/table.py", "# columns of a table\n")):
        (folder / "src" / path).parent.mkdir(parents=True)
        (folder / "src" / path).write_text(text, encoding="utf-8")
    repos = [{**OWN["repos.json"][0], "folder": str(folder / "src")}]
    return write_set(folder / "datasets" / "mine", {**OWN, "repos.json": repos})


def test_the_program_in_the_documentation_answers(cli: Cli, tmp_path: Path) -> None:
    """The adapter that datasets/README.md shows finds what its words stand in, and is short."""
    own_set(tmp_path)
    text = (PROJECT / "datasets" / "README.md").read_text(encoding="utf-8")
    program = re.findall(r"```python\n(.*?)```", text, re.DOTALL)[0]
    assert len(program.splitlines()) < 40
    (tmp_path / "lines.py").write_text(program, encoding="utf-8")
    spec = f"command:lines={Path(sys.executable).as_posix()} {(tmp_path / 'lines.py').as_posix()}"
    places = ("--data", "datasets", "--cache", "cache")
    done = cli("eval", "run", "code-search:mine", "--system", spec, *places, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    found = json.loads(cli("eval", "report", "--json", *places[:2], cwd=tmp_path).stdout)["tasks"][0]["systems"][0]
    assert (found["system"], found["figures"]["Success@1"]) == ("lines", 1.0)


@pytest.mark.parametrize(
    ("file", "content", "says"),
    [
        ("dataset.json", '{"name": "mine"}', "has no checksums yet: `engrep eval seal"),
        ("dataset.json", '{"name": ', "dataset.json cannot be read"),
        ("annotations/shop.json", '[{"query": "x",}]', "shop.json cannot be read as JSON"),
        ("annotations/shop.json", '[{"query": "x", "relevant": []}]', "an entry lacks 'category'"),
    ],
)
def test_a_data_set_that_cannot_be_read_says_why(cli: Cli, tmp_path: Path, file: str, content: str, says: str) -> None:
    """What is wrong with a data set of one's own is told with the file, and never as an error of the program."""
    folder = own_set(tmp_path)
    (folder / file).write_text(content, encoding="utf-8")
    if file != "dataset.json":
        assert cli("eval", "seal", str(folder), cwd=tmp_path).returncode == 0
    done = cli("eval", "run", "code-search:mine", "--data", "datasets", "--system", "bm25", cwd=tmp_path)
    assert done.returncode == 3
    assert says in done.stderr
    assert "TRACEBACK" not in done.stderr


def test_what_is_wrong_with_a_place_is_told(cli: Cli, tmp_path: Path) -> None:
    """A folder in a file's place, a package in a repository's place and a mirror that is not there are told as such."""
    (tmp_path / "taken").write_text("", encoding="utf-8")
    done = cli("eval", "run", "mini", "--system", "bm25", "--out", "taken", "--cache", "cache", cwd=tmp_path)
    assert (done.returncode, "taken cannot be written" in done.stderr) == (3, True)
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "__init__.py").write_text("", encoding="utf-8")
    assert "is a package itself" in cli("eval", "generate", "package", "new", cwd=tmp_path).stderr
    assert "no such folder" in cli("eval", "generate", "nowhere", "new", cwd=tmp_path).stderr
    nowhere = f"file://{tmp_path.as_posix()}/{{name}}"
    done = cli(
        "eval", "fetch", "code-search", "--corpus", "aeson", "--remote", nowhere, "--cache", "cache", cwd=tmp_path
    )
    assert done.returncode == 3
    assert "1 corpus is not here: aeson: haskell/aeson does not come from file://" in done.stderr


def test_data_sets_are_looked_for_in_the_current_folder(cli: Cli, tmp_path: Path) -> None:
    """An engrep without data sets beside it, as it is installed, takes those of the folder that the user is in."""
    shutil.copytree(PROJECT / "datasets" / "namesakes-mini", tmp_path / "datasets" / "namesakes-mini")
    for package in ("engrep", "engine", "eval", "indexers", "agents"):
        shutil.copytree(
            PROJECT / package, tmp_path / "site" / "engrep" / ("" if package == "engrep" else package),
            ignore=shutil.ignore_patterns("engine", "eval", "indexers", "agents", "__pycache__"), dirs_exist_ok=True,
        )  # fmt: skip
    listed = cli("eval", "tasks", "--json", cwd=tmp_path, PYTHONPATH=str(tmp_path / "site"))
    assert listed.returncode == 0, listed.stderr
    present = {each["name"]: each["present"] for each in json.loads(listed.stdout)["tasks"]}
    assert (present["mini"], present["namesakes"]) == (1, 0)


def test_the_group_alone_shows_its_help(cli: Cli, tmp_path: Path) -> None:
    """`engrep eval` lists its commands, as `engrep` does."""
    done = cli("eval", cwd=tmp_path)
    assert done.returncode == 0
    assert "Commands:" in done.stdout
