"""Call-graph sets and jedi are read as they say, and edges are judged only where they know the answer."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from call_graph_sets import PYTHON
from conftest import write_files

from engrep.engine.errors import UsageError
from engrep.eval.graph_scores import Scored, score
from engrep.eval.graph_sets import CallGraph, go_programs, jelly_programs, js_callgraph_programs, pycg_programs
from engrep.eval.jedi_golds import Place, gold_of
from engrep.eval.systems.registry import make
from engrep.eval.tasks.edges_programs import outcome_of, program_case

GO = """
    #- vta/testdata/shapes.go
    package shapes

    type Shape interface { Area() }
    type Square struct{}
    func (s *Square) Area() {}
    func measure(s Shape) { s.Area() }
    func run() { measure(nil); func() { hidden() }() }
    func hidden() {}

    // WANT:
    // measure: invoke s.Area() -> Square.Area
    // run: measure(nil) -> measure
    // run$1: hidden() -> hidden
    #- vta/testdata/flow.go
    package flow

    // WANT:
    // Local(t0) -> Return(run[0])
    #- cha/testdata/all.go
    package main

    func f() { g[int](1); f() }
    func g[T any](x T) {}

    // WANT:
    // All calls
    //   f --> g[int]
    //   (*T).M --> (T).M
    //   (T).M$bound --> (T).M
    #- rta/testdata/pair.txtar
    -- go.mod --
    module example.com
    -- main.go --
    package main
    import "example.com/sub"
    func main() { sub.Go() }
    // WANT:
    //
    // edge main --static function call--> example.com/sub.Go
    // edge main --static function call--> reflect.ValueOf
    // reachable main

    -- sub/sub.go --
    package sub
    func Go() {}
    """


def test_go_lists_are_read_by_their_kind(tmp_path: Path) -> None:
    """Wrappers, libraries and data flow give no edges; each analysis says of which callers it names every callee."""
    write_files(tmp_path, GO)
    graphs = {graph.name: graph for graph in go_programs(tmp_path)}
    assert {name: (set(graph.wanted), graph.judged) for name, graph in graphs.items()} == {
        "vta/testdata/shapes.go": (
            {("measure", "Square.Area"), ("run", "measure"), ("run", "hidden")}, frozenset({"measure", "run"})
        ),
        "cha/testdata/all.go": ({("f", "g")}, None),
        "rta/testdata/pair.txtar": ({("main", "Go")}, frozenset()),
    }  # fmt: skip


def scored_by(graph: CallGraph, system: str = "engrep") -> Scored:
    """Have a system read a program."""
    return score(graph, make(system, "edges").calls(graph.texts))


def test_go_programs_are_scored(tmp_path: Path) -> None:
    """A call through an interface is missing and known to be one; an edge that the set does not name is false."""
    write_files(tmp_path, GO)
    graphs = {graph.name: graph for graph in go_programs(tmp_path)}
    shapes = scored_by(graphs["vta/testdata/shapes.go"])
    assert (len(shapes.hit), len(shapes.judged), shapes.declared) == (2, 2, 1)
    every_call = graphs["cha/testdata/all.go"]
    of_all = scored_by(every_call)
    assert [right for _, right in of_all.judged] == [True, False]  # f does not list itself
    outcome = outcome_of(program_case(every_call), every_call, of_all, 1.0)
    assert outcome.values == {"complete": 0.0, "sound": 1.0, "precision": (1.0, 2.0), "recall": (1.0, 1.0)}
    assert [(each.item, each.gold, each.why[0][0]) for each in outcome.top] == [
        ("f -> g", (0,), "same module"), ("f -> f", (), "same module")
    ]  # fmt: skip
    assert not scored_by(graphs["rta/testdata/pair.txtar"]).judged


def test_snippets_name_constructors(tmp_path: Path) -> None:
    """A class that is called is its `__init__`, or nothing without one; what Python brings is not asked for."""
    write_files(tmp_path, PYTHON)
    callees = ["basket.Basket.__init__", "basket.Basket.add", "basket.empty", "<builtin>.len"]
    (tmp_path / "classes/shop/callgraph.json").write_text(json.dumps({"main.run": callees, "main": []}))
    (graph,) = pycg_programs(tmp_path)
    assert (graph.name, graph.category, sorted(graph.texts)) == ("classes/shop", "classes", ["basket.py", "main.py"])
    each = scored_by(graph)
    assert each.hit.keys() == graph.wanted == {("main.run", callee) for callee in callees[:3]}
    assert all(right for _, right in each.judged)


def test_names_alone_find_every_namesake(tmp_path: Path) -> None:
    """`names` shows all definitions of a called name, `unique-name` none where there are several."""
    write_files(
        tmp_path,
        """
        #- a.py
        def save(): pass
        def load(): pass
        #- b.py
        import a
        class File:
            def save(self): pass
        a.save()
        a.load()
        """,
    )
    texts = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    shown = {
        system: {call.name: sorted(edge.callee.qualified_name for edge in call.edges) for call in make(system, "edges").calls(texts)}
        for system in ("engrep", "names", "unique-name")
    }  # fmt: skip
    assert shown == {
        "engrep": {"save": ["a.save"], "load": ["a.load"]},
        "names": {"save": ["a.save", "b.File.save"], "load": ["a.load"]},
        "unique-name": {"save": [], "load": ["a.load"]},
    }


def test_edges_below_a_confidence_are_not_shown(tmp_path: Path) -> None:
    """`engrep@0` shows guesses too, with the rung that each stands on; what is no number is refused."""
    write_files(
        tmp_path,
        """
        #- a.py
        class A:
            def save_it(self): pass
        #- b.py
        class B:
            def save_it(self): pass
        #- c.py
        def run(thing):
            thing.save_it()
        """,
    )
    texts = {path.name: path.read_bytes() for path in sorted(tmp_path.iterdir())}
    (sure,) = make("engrep", "edges").calls(texts)
    (guessed,) = make("engrep@0", "edges").calls(texts)
    assert (sure.outcome, sure.edges) == ("ambiguous", ())
    assert [(edge.callee.local_name, edge.rung) for edge in guessed.edges] == [
        ("A.save_it", "ambiguous"), ("B.save_it", "ambiguous")
    ]  # fmt: skip
    for spec in ("engrep-dense", "names@2", "nothing"):
        with pytest.raises(UsageError):
            make(spec, "edges")


def test_recorded_runs_judge_only_calls_that_ran(tmp_path: Path) -> None:
    """A class goes by its own line or its constructor's; the call that never ran is not held against anyone."""
    write_files(
        tmp_path,
        """
        #- a.js
        class A { constructor() {} }
        class B {
          constructor() {}
        }
        function f() { return new A(); }
        function never() { f(); }
        new B(); f();
        """,
    )
    recorded = {
        "files": ["a.js"], "functions": ["0:1:1:1:29", "0:3:3:3:20", "0:5:1:5:33"], "calls": ["0:5:23:5:30", "0:7:1:7:8", "0:7:10:7:13"],
        "call2fun": [[0, 0], [1, 1], [2, 2]],
    }  # fmt: skip
    (tmp_path / "a.json").write_text(json.dumps(recorded), encoding="utf-8")
    (tmp_path / "options.json").write_text("[]", encoding="utf-8")
    (tmp_path / "gone.json").write_text(json.dumps({**recorded, "files": ["gone.js"]}), encoding="utf-8")
    (graph,) = jelly_programs(tmp_path)
    each = scored_by(graph)
    assert each.hit.keys() == graph.wanted == {("a.js:5", "a.js:1"), ("a.js:7", "a.js:3"), ("a.js:7", "a.js:5")}
    assert all(right for _, right in each.judged)
    assert len(each.judged) == 3


def test_truth_files_judge_their_own_file(tmp_path: Path) -> None:
    """All calls of the file that bears the expectation's name are judged, those of files beside it are not."""
    write_files(
        tmp_path,
        """
        #- es6/main.js
        import { square } from './lib';
        function unlisted() {}
        square(2);
        unlisted();
        #- es6/lib.js
        export function square(x) { return twice(x); }
        function twice(x) { return x; }
        #- es6/main.truth
        main.js:global:3 -> lib.js:square:1
        main.js:global:3 -> Native
        #- limits/main.js
        f();
        #- limits/main.truth
        main.js:global:1 -> main.js:f:9
        """,
    )
    (graph,) = js_callgraph_programs(tmp_path)
    each = scored_by(graph)
    assert list(each.hit) == [("main.js:3", "lib.js:1")]
    assert [(found.call, right) for found, right in each.judged] == [("main.js:3", True), ("main.js:4", False)]


def test_what_jedi_says_becomes_an_answer() -> None:
    """A definition inside counts, so does what a variable holds; elsewhere is outside, and no word is silence."""
    site = ("a.py", 3, 4, "run")
    function, variable = Place("function", "b.py", 1, "run", "b.run"), Place("statement", "a.py", 2, "run", "a.run")
    elsewhere = Place("function", "", 9, "run", "os.run")
    inside = gold_of(site, [variable], [function])
    assert (inside.answer, inside.places) == ("inside", frozenset({("a.py", 2, "run"), ("b.py", 1, "run")}))
    assert gold_of(site, [elsewhere], [elsewhere]).answer == "outside"
    assert gold_of(site, [], []).answer == "silent"
