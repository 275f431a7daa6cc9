"""Foreign call-graph sets are read as they say, and edges are judged only where a set knows all of them."""

from __future__ import annotations

import json
from pathlib import Path

from conftest import write_files

from engrep.eval.graph_scores import losses, report, score
from engrep.eval.graph_sets import go_cases, jelly_cases, js_callgraph_cases

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
    cases = {case.name: case for case in go_cases(tmp_path)}
    assert {name: (set(case.wanted), case.judged) for name, case in cases.items()} == {
        "vta/testdata/shapes.go": (
            {("measure", "Square.Area"), ("run", "measure"), ("run", "hidden")}, frozenset({"measure", "run"})
        ),
        "cha/testdata/all.go": ({("f", "g")}, None),
        "rta/testdata/pair.txtar": ({("main", "Go")}, frozenset()),
    }  # fmt: skip


def test_go_programs_are_scored(tmp_path: Path) -> None:
    """A call through an interface is missing and known to be one; an edge that the set does not name is false."""
    write_files(tmp_path, GO)
    scored = {each.case.name: each for each in (score(case, 0.8) for case in go_cases(tmp_path))}
    shapes = scored["vta/testdata/shapes.go"]
    assert (len(shapes.hit), len(shapes.judged), shapes.declared) == (2, 2, 1)
    assert [right for _, right in scored["cha/testdata/all.go"].judged] == [True, False]  # f does not list itself
    assert not scored["rta/testdata/pair.txtar"].judged
    assert "  false   f -> ('f',) (same module)" in "\n".join(losses(scored.values()))
    assert report(list(scored.values())).startswith(
        "3 programs, 2 without a false edge, 2 without a missing one\n"
        "precision 75.0 [30.1, 95.4] of 4 edges, recall 80.0 [37.6, 96.4] of 5; 1 calls of missing edges"
    )


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
    graph = {
        "files": ["a.js"], "functions": ["0:1:1:1:29", "0:3:3:3:20", "0:5:1:5:33"], "calls": ["0:5:23:5:30", "0:7:1:7:8", "0:7:10:7:13"],
        "call2fun": [[0, 0], [1, 1], [2, 2]],
    }  # fmt: skip
    (tmp_path / "a.json").write_text(json.dumps(graph), encoding="utf-8")
    (tmp_path / "options.json").write_text("[]", encoding="utf-8")
    (tmp_path / "gone.json").write_text(json.dumps({**graph, "files": ["gone.js"]}), encoding="utf-8")
    (case,) = jelly_cases(tmp_path)
    each = score(case, 0.8)
    assert each.hit.keys() == case.wanted == {("a.js:5", "a.js:1"), ("a.js:7", "a.js:3"), ("a.js:7", "a.js:5")}
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
    (case,) = js_callgraph_cases(tmp_path)
    each = score(case, 0.8)
    assert list(each.hit) == [("main.js:3", "lib.js:1")]
    assert [(found.call, right) for found, right in each.judged] == [("main.js:3", True), ("main.js:4", False)]
