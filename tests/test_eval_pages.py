"""What a report and a comparison of runs show, in every form, and that they obey no text they show."""

from __future__ import annotations

import html.parser
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from mini_runs import lines, run_two

from engrep.eval.cases import Result
from engrep.eval.compare import compare
from engrep.eval.page import comparisons, page
from engrep.eval.plots import pictures
from engrep.eval.report import reports
from engrep.eval.runs import read_run

if TYPE_CHECKING:
    from conftest import Cli


@pytest.fixture
def ran(cli: Cli, tmp_path: Path) -> Path:
    """Run two systems on a few cases of the small corpus; give the folder of the run files."""
    return run_two(cli, tmp_path)


def test_compare_tells_a_loss(ran: Path, cli: Cli) -> None:
    """Exit 1 for a loss beyond chance, 0 for a gain and for runs that are equal."""
    better, worse = ran / "mini.engrep.jsonl", ran / "worse.jsonl"
    rows = lines(better)
    for row in rows:
        row.get("values", {}).update(dict.fromkeys(row.get("values", {}), 0.0))
    worse.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    lost = cli("eval", "compare", str(better), str(worse), cwd=ran)
    assert lost.returncode == 1
    assert "loss" in lost.stdout
    assert cli("eval", "compare", str(worse), str(better), cwd=ran).returncode == 0
    same = cli("eval", "compare", str(better), str(better), "--json", cwd=ran)
    assert same.returncode == 0
    assert json.loads(same.stdout)["measures"][0]["p"] == 1.0


def test_a_lost_case_tells_the_parts(ran: Path) -> None:
    """Where another hit comes first, the parts of the score that lift it are named."""
    first = read_run(ran / "mini.engrep.jsonl")
    case = {
        **first.cases[0],
        "values": {"Success@1": 0.0},
        "top": [
            {"item": "web/a.py:1 a", "score": 3.0, "why": {"named": 1.0, "stem": 2.0}},
            {"item": "net/b.py:1 b", "score": 2.0, "gold": [0], "why": {"named": 1.5, "test": 0.5}},
        ],
    }
    found = compare(first, Result(first.head, (case,), {}))
    assert found.lost[0].why_second == (
        "right at 2: net/b.py:1 b; above it web/a.py:1 a (stem +2.00, named -0.50, test -0.50)"
    )


def test_the_report_in_every_form(ran: Path, cli: Cli) -> None:
    """Terminal, Markdown, JSON and page show the same figures."""
    shown = cli("eval", "report", str(ran), "--html", "out/page.html", cwd=ran)
    assert shown.returncode == 0, shown.stderr
    data = json.loads(cli("eval", "report", str(ran), "--json", cwd=ran).stdout)
    text = cli("eval", "report", str(ran), "--markdown", cwd=ran).stdout
    written = (ran / "out" / "page.html").read_text(encoding="utf-8")
    systems = data["tasks"][0]["systems"]
    assert {each["system"] for each in systems} == {"engrep", "engrep=lexical"}
    for each in systems:
        figure = f"{each['figures']['Success@1']:.4f}"
        assert all(figure in form for form in (shown.stdout, text, written))


class Reader(html.parser.HTMLParser):
    """Collect tags, and addresses that a page would load."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.loaded: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        self.tags.append(tag)
        self.loaded += [value or "" for name, value in attrs if name in ("src", "href", "data")]


def test_the_page_needs_nothing_and_obeys_nobody(ran: Path) -> None:
    """No script runs and nothing is loaded, whatever a question or a path holds."""
    hostile = '<script>alert("x")</script> $\\frac{$'
    first, second = read_run(ran / "mini.engrep.jsonl"), read_run(ran / "mini.engrep=lexical.jsonl")
    spoilt = [{**case, "query": hostile, "category": hostile, "values": {"Success@1": 0.5}} for case in second.cases]
    made = reports([first, Result(second.head, tuple(spoilt), {})])
    reader = Reader()
    text = page(made, comparisons(made))
    reader.feed(text)
    assert hostile not in text
    assert "script" not in reader.tags
    assert reader.tags.count("svg") >= 1
    assert all(address.startswith("#") for address in reader.loaded)


def test_a_terminal_obeys_nobody(ran: Path, cli: Cli) -> None:
    """Whatever a run file says, no control character comes out of a report or a comparison."""
    path, escape = ran / "mini.engrep.jsonl", "\x1b[2J\u202e"
    head, *rows = lines(path)
    data = {**head["dataset"], "licence": escape}
    head = {**head, "title": escape, "system": f"s{escape}", "measures": [f"m{escape}"], "dataset": data}
    for name, value in (("odd.jsonl", 1.0), ("even.jsonl", 0.0)):
        said = [
            {**row, "corpus": f"c{escape}", "values": {f"m{escape}": value}} for row in rows if row["type"] == "case"
        ]
        (ran / name).write_text("".join(json.dumps(row) + "\n" for row in (head, *said)), encoding="utf-8")
    for command in (
        ("report", "odd.jsonl"),
        ("report", "odd.jsonl", "--markdown"),
        ("compare", "odd.jsonl", "even.jsonl"),
    ):
        done = cli("eval", *command, cwd=ran)
        assert done.returncode in (0, 1), done.stderr
        assert "2J" in done.stdout
        assert "\x1b" not in done.stdout + done.stderr
        assert "\u202e" not in done.stdout + done.stderr


def test_answers_in_no_time_are_drawn(ran: Path) -> None:
    """A picture with times has a place for those that are too short to tell."""
    found = [read_run(path) for path in sorted(ran.glob("*.jsonl"))]
    (made,) = reports([Result(run.head, tuple({**case, "ms": 0.0} for case in run.cases)) for run in found])
    assert pictures(made)[0].title == "Success@1 against the time of an answer"
