"""Call-graph sets are fetched, and calls sampled, on the real command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from call_graph_sets import PYTHON
from conftest import Cli, commit_all, git, write_files


@pytest.fixture
def lab(tmp_path: Path, cli: Cli) -> Path:
    """Give a folder with two repositories, and a data set that names their commits."""
    (tmp_path / "remote").mkdir()
    revisions = {}
    for name, text in (("snippets", PYTHON), ("package", PACKAGE)):
        folder = tmp_path / "remote" / f"x+{name}"
        folder.mkdir()
        write_files(folder, text)
        if name == "snippets":
            (folder / "classes/shop/callgraph.json").write_text(json.dumps({"main.run": ["basket.empty"]}))
        commit_all(folder)
        revisions[name] = git(folder, "rev-parse", "HEAD").strip()
    rows: list[dict[str, Any]] = [
        {"corpus": "pycg", "oracle": "pycg", "repository": "x/snippets", "folder": ".", "revision": revisions["snippets"]},
        {
            "corpus": "shop", "oracle": "jedi", "repository": "x/package", "folder": "src/shop", "sites": 50, "seed": 1,
            "revision": revisions["package"],
        },
    ]  # fmt: skip
    data = tmp_path / "data" / "edges"
    data.mkdir(parents=True)
    rows = [{**row, "language": "python", "licence": "MIT"} for row in rows]
    (data / "repos.json").write_text(json.dumps(rows), encoding="utf-8")
    manifest = {"name": "edges", "title": "t", "origin": "o", "licence": "MIT", "note": ""}
    (data / "dataset.json").write_text(json.dumps(manifest), encoding="utf-8")
    assert cli("eval", "seal", str(data), cwd=tmp_path).returncode == 0
    return tmp_path


PACKAGE = """
    #- src/shop/__init__.py
    #- src/shop/basket.py
    class Basket:
        def add(self, item): pass
        def clear(self): pass
    #- src/shop/log.py
    def clear(): pass
    #- src/shop/main.py
    import os

    from shop.basket import Basket

    def run():
        basket = Basket()
        basket.clear()
        os.getcwd()
    """


def answers(lab: Path, cli: Cli, task: str, *systems: str) -> dict[str, dict[str, Any]]:
    """Fetch and run a task; give each system's cases by id."""
    places = ("--data", str(lab / "data"), "--cache", str(lab / "cache"))
    absent = cli("eval", "run", task, *places, cwd=lab)
    assert absent.returncode == 3
    assert f"engrep eval fetch {task}" in absent.stderr
    fetched = cli("eval", "fetch", task, "--remote", str(lab / "remote" / "{owner}+{name}"), *places, cwd=lab)
    assert fetched.returncode == 0, fetched.stderr
    named = [part for system in systems for part in ("--system", system)]
    done = cli("eval", "run", task, *named, *places, "--json", cwd=lab)
    assert done.returncode == 0, done.stderr
    files = [Path(lab, name) for name in json.loads(done.stdout)["runs"]]
    rows = [[json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()] for file in files]
    return {
        system: {row["id"]: row for row in kept if row["type"] == "case"}
        for system, kept in zip(systems, rows, strict=True)
    }


def test_programs_are_fetched_and_answered(lab: Path, cli: Cli) -> None:
    """What a set holds becomes cases once it is here; edges it does not name are kept as false ones."""
    kept = answers(lab, cli, "edges-programs", "engrep")["engrep"]
    assert kept["classes/shop"]["values"] == {"complete": 0, "sound": 1, "precision": [1, 3], "recall": [1, 1]}
    assert kept["classes/shop"]["gold"] == ["main.run -> basket.empty"]
    assert [each["item"] for each in kept["classes/shop"]["top"] if not each.get("gold")] == [
        "main.run -> basket.Basket.__init__", "main.run -> basket.Basket.add"
    ]  # fmt: skip


def test_sampled_calls_are_judged_by_jedi(lab: Path, cli: Cli) -> None:
    """Calls that lead out of the project count for precision alone, and the kept edges tell their rung."""
    kept = answers(lab, cli, "edges-jedi", "engrep", "names")
    of_engrep = {site.rpartition(":")[0]: row for site, row in kept["engrep"].items()}
    assert {site: (row["category"], row["values"]) for site, row in of_engrep.items()} == {
        "shop/main.py:6": ("inside", {"precision": [1, 1], "recall": 1}),
        "shop/main.py:7": ("inside", {"precision": [1, 1], "recall": 1}),
        "shop/main.py:8": ("outside", {}),
    }
    assert of_engrep["shop/main.py:7"]["top"][0]["why"] == {"typed receiver": 0.98}
    (by_name,) = [row for site, row in kept["names"].items() if site.startswith("shop/main.py:7")]
    assert by_name["values"] == {"precision": [1, 2], "recall": 1}
